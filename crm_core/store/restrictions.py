"""Orders to restrict a supply: given, carried out, lifted, called off; the account is locked first (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, cast, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import debt, money
from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger.posting import Outcome, State, refused
from crm_core.plans import PlanState
from crm_core.restrictions import (
    Kind,
    OrderEvent,
    OrderState,
    Standing,
    Warned,
    advance,
    not_before,
    refusal,
    too_early,
    warning,
)
from crm_core.store import debt_rules, locks
from crm_core.tables import accounts, adjustments, customers, disputes, invoices, notices, plans, restrictions
from crm_core.text import storable

STANDING = (OrderState.ORDERED, OrderState.DONE)
REASON = 500
MONTHS = 12
"""Bills from which the usual charge of a month is worked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order on record."""

    order_id: int
    account_id: int
    kind: str
    status: str
    amount: Decimal
    warned_on: date
    not_before: date
    ordered_at: datetime
    done_on: date | None
    lifted_on: date | None
    reason: str


async def order(db: Writing, account_id: int, kind: Kind, by: int, reason: str) -> Outcome:
    """Order that a supply be restricted.

    Raises:
        NoSuchAccount: there is no such account.

    """
    today = await locks.account(db, account_id)
    rule = (await debt_rules.in_force(db, today)).restriction
    where = await standing(db, account_id, today)
    if no := refusal(where, rule):
        return refused(no)
    warned = where.warned_on or today
    row = {
        "account_id": account_id,
        "kind": kind,
        "amount": where.overdue,
        "warned_on": warned,
        "not_before": not_before(warned, rule),
        "ordered_by": by,
        "reason": storable(reason, REASON),
    }
    key = (await db.execute(insert(restrictions).values(row).returning(restrictions.c.id))).scalar_one()
    return Outcome(state=State.POSTED, key=str(key))


async def step(db: Writing, order_id: int, event: OrderEvent, by: int, reason: str) -> Outcome:
    """Note what happened to an order, today.

    Raises:
        NoSuchPosting: there is no such order.

    """
    account_id = await db.scalar(select(restrictions.c.account_id).where(restrictions.c.id == order_id))
    if account_id is None:
        raise NoSuchPosting(f"there is no order {order_id}")
    today = await locks.account(db, account_id)
    one = await find(db, order_id)
    after = advance(OrderState(one.status), event)
    if after is None:
        return refused("restriction-over")
    if event is OrderEvent.CARRIED_OUT and too_early(one.not_before, today):
        return refused("restriction-too-early")
    values: dict[str, Any] = {"status": after, "changed_by": by}
    if event is OrderEvent.CARRIED_OUT:
        values["done_on"] = today
    elif event is OrderEvent.RESTORED:
        values["lifted_on"] = today
    if reason:
        values["reason"] = storable(reason, REASON)
    await db.execute(update(restrictions).where(restrictions.c.id == order_id).values(values))
    return Outcome(state=State.POSTED, key=str(order_id))


async def standing(db: AsyncConnection, account_id: int, today: date) -> Standing:
    """Return what an account looks like to somebody who orders a restriction."""
    of = (
        select(accounts.c.flags, customers.c.flags.label("theirs"), customers.c.status)
        .join(customers, customers.c.id == accounts.c.customer_id)
        .where(accounts.c.id == account_id)
    )
    row = (await db.execute(of)).one()
    disputed = await _any(db, disputes.c.account_id == account_id, disputes.c.status == "open")
    return Standing(
        overdue=(await _owed(db, account_id, today)).overdue,
        monthly=await _monthly(db, account_id),
        flags=frozenset({*row.flags, *row.theirs, row.status, *(["dispute"] if disputed else [])}),
        warned_on=warning(await _warnings(db, account_id)),
        has_standing=await _any(db, restrictions.c.account_id == account_id, restrictions.c.status.in_(STANDING)),
        plan_is_kept=await _any(db, plans.c.account_id == account_id, plans.c.status == PlanState.OPEN),
    )


async def of_account(db: AsyncConnection, account_id: int, limit: int = 50) -> list[Order]:
    """Return an account's orders, newest first."""
    query = select(restrictions).where(restrictions.c.account_id == account_id)
    return [_order(row) for row in await db.execute(query.order_by(restrictions.c.id.desc()).limit(limit))]


async def find(db: AsyncConnection, order_id: int) -> Order:
    """Return one order.

    Raises:
        NoSuchPosting: there is none of that id.

    """
    row = (await db.execute(select(restrictions).where(restrictions.c.id == order_id))).one_or_none()
    if row is None:
        raise NoSuchPosting(f"there is no order {order_id}")
    return _order(row)


async def _owed(db: AsyncConnection, account_id: int, today: date) -> debt.Debt:
    """Return what is open of bills and charges, by age."""
    bills = select(invoices.c.due_on, invoices.c.open_amount, invoices.c.disputed).where(
        invoices.c.account_id == account_id, invoices.c.open_amount != 0
    )
    charges = select(adjustments.c.due_on, adjustments.c.open_amount).where(
        adjustments.c.account_id == account_id, adjustments.c.open_amount > 0
    )
    opened = [
        debt.OpenInvoice(due_on=row.due_on, amount=row.open_amount, disputed=row.disputed)
        for row in await db.execute(bills)
    ]
    opened += [debt.OpenInvoice(due_on=row.due_on, amount=row.open_amount) for row in await db.execute(charges)]
    return debt.count(opened, today)


async def _monthly(db: AsyncConnection, account_id: int) -> Decimal:
    """Return the usual charge of a month: the mean of the last twelve bills."""
    last = (
        select(invoices.c.amount)
        .where(invoices.c.account_id == account_id)
        .order_by(invoices.c.period.desc())
        .limit(MONTHS)
        .subquery()
    )
    return money.rounded(await db.scalar(select(func.coalesce(func.avg(last.c.amount), 0))) or money.ZERO)


async def _warnings(db: AsyncConnection, account_id: int) -> list[Warned]:
    on = cast(func.coalesce(notices.c.told_at, notices.c.sent_at), Date).label("on")
    query = select(notices.c.kind, notices.c.status, on).where(notices.c.account_id == account_id)
    return [Warned(kind=row.kind, status=row.status, on=row.on) for row in await db.execute(query)]


async def _any(db: AsyncConnection, *conditions: Any) -> bool:
    return bool(await db.scalar(select(select(1).where(*conditions).exists())))


def _order(row: Any) -> Order:
    return Order(
        order_id=row.id,
        account_id=row.account_id,
        kind=row.kind,
        status=row.status,
        amount=row.amount,
        warned_on=row.warned_on,
        not_before=row.not_before,
        ordered_at=row.ordered_at,
        done_on=row.done_on,
        lifted_on=row.lifted_on,
        reason=row.reason,
    )
