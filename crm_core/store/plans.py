"""Plans to pay off a debt in parts: agreed, called off, settled when a part's day and grace have passed (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import money
from crm_core.db import Writing
from crm_core.documents.content import instalments_of
from crm_core.errors import NoSuchPosting
from crm_core.ledger.posting import Outcome, State, is_amount, refused
from crm_core.ledger.promises import Standing
from crm_core.plans import PaidPart, Part, PlanEvent, PlanRule, PlanState, advance, outcome, refusal, stand
from crm_core.store import debt_rules, ledger_promises, locks
from crm_core.tables import payments, plan_parts, plans
from crm_core.text import one_line, storable

BATCH = 500
NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """What somebody agrees to."""

    amount: Decimal
    parts: int
    first_on: date
    by: int | None
    call_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan on record, and how its parts stand."""

    plan_id: int
    account_id: int
    amount: Decimal
    made_on: date
    status: str
    paid: Decimal
    """What came in since it was made; until it was settled for one that is over."""
    parts: tuple[PaidPart, ...]
    note: str
    reason: str
    created_at: datetime
    settled_at: datetime | None


async def agree(db: Writing, account_id: int, wanted: NewPlan) -> Outcome:
    """Agree a plan of equal parts a month apart; the very one that is open already changes nothing.

    Raises:
        NoSuchAccount: there is no such account.

    """
    today = await locks.account(db, account_id)
    if not is_amount(wanted.amount) or wanted.amount < 0 or wanted.parts < 1:
        return refused("plan-of-nothing")
    rule = (await debt_rules.in_force(db, today)).plan
    parts = parts_of(wanted)
    current = await open_one(db, account_id, today)
    if current is not None and tuple(one.part for one in current.parts) == parts:
        return Outcome(state=State.KNOWN, key=str(current.plan_id))
    owed = await ledger_promises.standing(db, account_id, today)
    where = Standing(owed=owed.owed, flags=owed.flags, has_open=current is not None)
    if no := refusal(wanted.amount, parts, where, rule, today):
        return refused(no)
    row = {
        "account_id": account_id,
        "amount": wanted.amount,
        "made_on": today,
        "made_by": wanted.by,
        "call_id": one_line(wanted.call_id, 80) or None,
        "note": storable(wanted.note, NOTE),
    }
    key = int((await db.execute(insert(plans).values(row).returning(plans.c.id))).scalar_one())
    rows = [{"plan_id": key, "number": one.number, "due_on": one.due_on, "amount": one.amount} for one in parts]
    await db.execute(insert(plan_parts), rows)
    return Outcome(state=State.POSTED, key=str(key))


def parts_of(wanted: NewPlan) -> tuple[Part, ...]:
    """Return the parts of a plan that somebody agrees to; they add up to its amount."""
    found = instalments_of(wanted.amount, wanted.parts, wanted.first_on)
    return tuple(Part(number=one.number, due_on=one.due_on, amount=one.amount) for one in found)


async def call_off(db: Writing, plan_id: int, by: int, reason: str) -> Outcome:
    """Call an open plan off; one that was settled stays as it is.

    Raises:
        NoSuchPosting: there is no such plan.

    """
    account_id = await db.scalar(select(plans.c.account_id).where(plans.c.id == plan_id))
    if account_id is None:
        raise NoSuchPosting(f"there is no plan {plan_id}")
    one = await find(db, plan_id, await locks.account(db, account_id))
    if advance(PlanState(one.status), PlanEvent.CALLED_OFF) is None:
        return refused("plan-settled-already")
    await _settle(db, one, PlanEvent.CALLED_OFF, by, reason)
    return Outcome(state=State.POSTED, key=str(plan_id))


async def settle_due(db: Writing, today: date, after: int = 0, limit: int = BATCH) -> int | None:
    """Settle open plans of which a part's day and grace have passed, a batch of them in the order of their ids.

    Several workers may do this at once: each takes plans that no other holds.

    Args:
        db: a transaction.
        today: at the utility.
        after: the last plan that was looked at.
        limit: plans of a batch.

    Returns:
        The last plan of the batch, None when there was none left.

    """
    rule = (await debt_rules.in_force(db, today)).plan
    last = today - timedelta(rule.grace_days + 1)
    over = select(plan_parts.c.plan_id).where(plan_parts.c.plan_id == plans.c.id, plan_parts.c.due_on <= last).exists()
    query = (
        select(plans)
        .where(plans.c.status == PlanState.OPEN, plans.c.id > after, over)
        .order_by(plans.c.id)
        .limit(limit)
        .with_for_update(of=plans, skip_locked=True)
    )
    rows = list(await db.execute(query))
    for one in await _with_parts(db, rows, today, rule):
        event = outcome(tuple(it.part for it in one.parts), one.paid, rule, today)
        if event is not None:
            await _settle(db, one, event, None, "")
    return rows[-1].id if rows else None


async def of_account(
    db: AsyncConnection, account_id: int, today: date, *, before: int | None = None, limit: int = 50
) -> list[Plan]:
    """Return an account's plans, newest first, from behind `before` (a plan's id) on."""
    query = select(plans).where(plans.c.account_id == account_id).order_by(plans.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(plans.c.id < before)
    return await _with_parts(db, list(await db.execute(query)), today)


async def find(db: AsyncConnection, plan_id: int, today: date) -> Plan:
    """Return one plan.

    Raises:
        NoSuchPosting: there is none of that id.

    """
    found = await _with_parts(db, list(await db.execute(select(plans).where(plans.c.id == plan_id))), today)
    if not found:
        raise NoSuchPosting(f"there is no plan {plan_id}")
    return found[0]


async def open_one(db: AsyncConnection, account_id: int, today: date) -> Plan | None:
    """Return an account's open plan; there is at most one."""
    query = select(plans).where(plans.c.account_id == account_id, plans.c.status == PlanState.OPEN)
    found = await _with_parts(db, list(await db.execute(query)), today)
    return found[0] if found else None


async def _settle(db: Writing, one: Plan, event: PlanEvent, by: int | None, reason: str) -> None:
    after = advance(PlanState(one.status), event)
    values = {"status": after, "settled_at": func.now(), "settled_by": by, "reason": storable(reason, NOTE)}
    await db.execute(update(plans).where(plans.c.id == one.plan_id).values(**values, paid=one.paid))


async def _with_parts(
    db: AsyncConnection, rows: Sequence[Any], today: date, rule: PlanRule | None = None
) -> list[Plan]:
    """Read the parts of plans and what came in for them, each in one question."""
    if not rows:
        return []
    keys = [row.id for row in rows]
    query = select(plan_parts).where(plan_parts.c.plan_id.in_(keys)).order_by(plan_parts.c.plan_id, plan_parts.c.number)
    parts: dict[int, list[Part]] = {}
    for row in await db.execute(query):
        parts.setdefault(row.plan_id, []).append(Part(number=row.number, due_on=row.due_on, amount=row.amount))
    paid = await _paid(db, keys)
    fits = rule or (await debt_rules.in_force(db, today)).plan
    return [_plan(row, parts.get(row.id, []), paid, fits, today) for row in rows]


async def _paid(db: AsyncConnection, keys: Sequence[int]) -> Mapping[int, Decimal]:
    """Return what came in for each plan since the day it was made, reversals taken off."""
    of_plan = (payments.c.account_id == plans.c.account_id) & (payments.c.paid_on >= plans.c.made_on)
    query = (
        select(plans.c.id, func.sum(payments.c.amount).label("paid"))
        .join(payments, of_plan)
        .where(plans.c.id.in_(keys))
        .group_by(plans.c.id)
    )
    return {row.id: row.paid for row in await db.execute(query)}


def _plan(row: Any, parts: Sequence[Part], paid: Mapping[int, Decimal], rule: PlanRule, on: date) -> Plan:
    came = row.paid if row.paid is not None else paid.get(row.id, money.ZERO)
    return Plan(
        plan_id=row.id,
        account_id=row.account_id,
        amount=row.amount,
        made_on=row.made_on,
        status=row.status,
        paid=came,
        parts=stand(parts, came, rule, on),
        note=row.note,
        reason=row.reason,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
