"""Orders to restrict supply: given, carried out, lifted, withdrawn; the agreement's supply goes along (shell)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger import orders, restriction
from crm_core.ledger.orders import STANDING, OrderEvent, OrderKind, OrderState
from crm_core.ledger.posting import Outcome, State, refused
from crm_core.ledger.restriction import Debtor, Restriction
from crm_core.parties import Supply
from crm_core.store import ledger_debtors, locks, policies, supply
from crm_core.store.parties import By
from crm_core.tables import agreements, restriction_orders
from crm_core.text import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order on record."""

    order_id: int
    account_id: int
    agreement_id: int
    kind: str
    status: str
    amount: Decimal
    """What was owed when it was given."""
    planned_on: date
    reason: str
    given_at: datetime
    carried_out_at: datetime | None
    ended_at: datetime | None
    note: str

    @property
    def stands(self) -> bool:
        """It was given and neither withdrawn nor lifted."""
        return self.status in STANDING


async def give(db: Writing, account_id: int, kind: OrderKind, planned_on: date, by: By) -> Outcome:
    """Order that an account's supply be restricted on a day; the same order given already changes nothing.

    Raises:
        NoSuchAccount: there is no such account.
    """
    today = await locks.account(db, account_id)
    found, owing = await _judged(db, account_id, today)
    current = await standing(db, account_id)
    if current is not None and (current.kind, current.planned_on) == (kind, planned_on):
        return Outcome(state=State.KNOWN, key=str(current.order_id))
    agreement_id = await _supplied(db, account_id)
    no = orders.giving_refusal(found, planned_on, today, stands=current is not None, supplied=agreement_id is not None)
    if no or not by.reason.strip():
        return refused(no or "adjustment-reason")
    row = {
        "account_id": account_id,
        "agreement_id": agreement_id,
        "kind": kind,
        "amount": owing.owed,
        "planned_on": planned_on,
        "reason": storable(by.reason, 500),
        "given_by": by.user_id,
    }
    key = (await db.execute(insert(restriction_orders).values(row).returning(restriction_orders.c.id))).scalar_one()
    return Outcome(state=State.POSTED, key=str(key))


async def step(db: Writing, order_id: int, event: OrderEvent, by: By) -> Outcome:
    """Carry an order out, lift it or withdraw it; the agreement's supply says the same from now on.

    Raises:
        NoSuchPosting: there is no such order.
    """
    one = await find(db, order_id)
    today = await locks.account(db, one.account_id)
    one = await find(db, order_id)
    found, _ = await _judged(db, one.account_id, today)
    no = orders.step_refusal(OrderState(one.status), event, found, one.planned_on, today)
    if no:
        return refused(no)
    after = orders.advance(OrderState(one.status), event)
    if event is OrderEvent.CARRY_OUT:
        stamps: dict[str, Any] = {"carried_out_at": func.now()}
    else:
        stamps = {"ended_at": func.now(), "ended_by": by.user_id, "note": storable(by.reason, 500)}
    await db.execute(
        update(restriction_orders).where(restriction_orders.c.id == order_id).values(status=after, **stamps)
    )
    if event is not OrderEvent.WITHDRAW:
        await _supply(db, one, Supply(one.kind) if event is OrderEvent.CARRY_OUT else Supply.CONNECTED, by, today)
    return Outcome(state=State.POSTED, key=str(order_id))


async def standing(db: AsyncConnection, account_id: int) -> Order | None:
    """Return the order that stands against an account."""
    mine = restriction_orders.c.account_id == account_id, restriction_orders.c.status.in_(STANDING)
    row = (await db.execute(select(restriction_orders).where(*mine))).one_or_none()
    return None if row is None else _of(row)


async def find(db: AsyncConnection, order_id: int) -> Order:
    """Return one order.

    Raises:
        NoSuchPosting: there is none of that id.
    """
    row = (await db.execute(select(restriction_orders).where(restriction_orders.c.id == order_id))).one_or_none()
    if row is None:
        raise NoSuchPosting(f"there is no restriction order {order_id}")
    return _of(row)


async def of_account(
    db: AsyncConnection, account_id: int, *, before: int | None = None, limit: int = 50
) -> list[Order]:
    """Return an account's orders, newest first, from behind `before` (an order's id) on."""
    query = select(restriction_orders).where(restriction_orders.c.account_id == account_id)
    if before is not None:
        query = query.where(restriction_orders.c.id < before)
    return [_of(row) for row in await db.execute(query.order_by(restriction_orders.c.id.desc()).limit(limit))]


async def _judged(db: Writing, account_id: int, today: date) -> tuple[Restriction, Debtor]:
    rules = await policies.money_on(db, today)
    owing = await ledger_debtors.debtor(db, account_id, rules, today)
    return restriction.judge(owing, rules.restriction, today), owing


async def _supplied(db: Writing, account_id: int) -> int | None:
    """Return the newest agreement whose supply flows."""
    query = select(agreements.c.id).where(
        agreements.c.account_id == account_id, agreements.c.supply == Supply.CONNECTED, agreements.c.ended_on.is_(None)
    )
    return (await db.execute(query.order_by(agreements.c.started_on.desc(), agreements.c.id.desc()).limit(1))).scalar()


async def _supply(db: Writing, one: Order, state: Supply, by: By, today: date) -> None:
    """Write the supply's new state down with the agreement, as every change of it is."""
    known = await supply.agreement(db, one.agreement_id)
    off = today if state is not Supply.CONNECTED else None
    facts = replace(known.facts, supply=state, shut_off_on=off)
    await supply.change_agreement(db, by, one.agreement_id, known.version, facts)


def _of(row: Any) -> Order:
    return Order(
        order_id=row.id,
        account_id=row.account_id,
        agreement_id=row.agreement_id,
        kind=row.kind,
        status=row.status,
        amount=row.amount,
        planned_on=row.planned_on,
        reason=row.reason,
        given_at=row.given_at,
        carried_out_at=row.carried_out_at,
        ended_at=row.ended_at,
        note=row.note,
    )
