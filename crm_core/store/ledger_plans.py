"""Plans of instalments: agreed, called off, settled by the money that comes in or does not (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import money
from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger.plans import PlanEvent, PlanRule, PlanState, Progress, Terms, advance, outcome, progress, refusal
from crm_core.ledger.posting import Outcome, State, is_amount, refused
from crm_core.store import ledger, ledger_debtors, ledger_promises, locks, policies
from crm_core.tables import payments, plans
from crm_core.text import one_line, storable

BATCH = 500
CameIn = Sequence[tuple[date, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan on record."""

    plan_id: int
    account_id: int
    terms: Terms
    status: str
    made_on: date
    paid: Decimal
    """What came in for it: so far, or until it was settled."""
    settled_at: datetime | None
    reason: str

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return progress(self.terms, self.paid)


async def agree(db: Writing, account_id: int, terms: Terms, by: int | None, *, call_id: str = "") -> Outcome:
    """Make a plan, which puts off an open promise; the very one that stands already changes nothing (AC42).

    Raises:
        NoSuchAccount: there is no such account.
    """
    today = await locks.account(db, account_id)
    rules = await policies.money_on(db, today)
    if not is_amount(terms.amount):
        return refused("plan-of-nothing")
    current = await open_one(db, account_id)
    if current is not None and current.terms == terms:
        return Outcome(state=State.KNOWN, key=str(current.plan_id))
    known = await ledger_debtors.who(db, account_id, today)
    book = await ledger.load(db, account_id)
    owed = ledger.undisputed(book, book.by(rules.allocation))
    no = refusal(terms, owed, known.flags, rules.plan, today, has_open=current is not None)
    if no:
        return refused(no)
    await ledger_promises.put_off(db, account_id, by, "a plan of instalments instead")
    row = {
        "account_id": account_id,
        "amount": terms.amount,
        "parts": terms.parts,
        "first_on": terms.first_on,
        "made_on": today,
        "made_by": by,
        "call_id": one_line(call_id, 80) or None,
    }
    key = (await db.execute(insert(plans).values(row).returning(plans.c.id))).scalar_one()
    return Outcome(state=State.POSTED, key=str(key))


async def call_off(db: Writing, plan_id: int, by: int, reason: str) -> Outcome:
    """Call an open plan off; one that was settled stays as it is.

    Raises:
        NoSuchPosting: there is no such plan.
    """
    one = await find(db, plan_id)
    await locks.account(db, one.account_id)
    one = await find(db, plan_id)
    if advance(PlanState(one.status), PlanEvent.CALLED_OFF) is None:
        return refused("plan-settled-already")
    await _settle(db, one, PlanEvent.CALLED_OFF, by, reason)
    return Outcome(state=State.POSTED, key=str(plan_id))


async def look(db: Writing, account_id: int, rule: PlanRule, today: date) -> None:
    """After money moved on a locked account: settle its open plan when all of it was paid by that."""
    current = await open_one(db, account_id)
    if current is None:
        return
    came_in = (await _came_in(db, [current])).get(current.plan_id, ())
    if outcome(current.terms, came_in, rule, today) is PlanEvent.PAID:
        await _settle(db, current, PlanEvent.PAID, None, "")


async def settle_due(
    db: Writing, today: date, rule: PlanRule, after: int = 0, limit: int = BATCH
) -> tuple[int, int | None]:
    """Look at open plans from behind `after` on; return how many were settled, and behind which to go on.

    Several workers may do this at once: each takes plans that no other holds.
    """
    query = select(plans).where(plans.c.status == PlanState.OPEN, plans.c.id > after).order_by(plans.c.id).limit(limit)
    rows = (await db.execute(query.with_for_update(skip_locked=True))).all()
    found = [_of(row, money.ZERO) for row in rows]
    came_in = await _came_in(db, found)
    count = 0
    for one in found:
        event = outcome(one.terms, came_in.get(one.plan_id, ()), rule, today)
        if event is not None:
            count += 1
            await _settle(db, one, event, None, "")
    return count, found[-1].plan_id if len(found) == limit else None


async def of_account(db: AsyncConnection, account_id: int, *, before: int | None = None, limit: int = 50) -> list[Plan]:
    """Return an account's plans, newest first, from behind `before` (a plan's id) on."""
    query = select(plans).where(plans.c.account_id == account_id).order_by(plans.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(plans.c.id < before)
    return await _read(db, query)


async def find(db: AsyncConnection, plan_id: int) -> Plan:
    """Return one plan.

    Raises:
        NoSuchPosting: there is none of that id.
    """
    found = await _read(db, select(plans).where(plans.c.id == plan_id))
    if not found:
        raise NoSuchPosting(f"there is no plan {plan_id}")
    return found[0]


async def open_one(db: AsyncConnection, account_id: int) -> Plan | None:
    """Return an account's open plan; there is at most one."""
    found = await _read(db, select(plans).where(plans.c.account_id == account_id, plans.c.status == PlanState.OPEN))
    return found[0] if found else None


async def _read(db: AsyncConnection, query: Any) -> list[Plan]:
    rows = (await db.execute(query)).all()
    standing = [_of(row, money.ZERO) for row in rows if row.status == PlanState.OPEN]
    came_in = await _came_in(db, standing)
    return [
        _of(row, money.total(amount for _, amount in came_in.get(row.id, ())) if row.paid is None else row.paid)
        for row in rows
    ]


async def _settle(db: Writing, one: Plan, event: PlanEvent, by: int | None, reason: str) -> None:
    came_in = (await _came_in(db, [one])).get(one.plan_id, ())
    await db.execute(
        update(plans)
        .where(plans.c.id == one.plan_id)
        .values(
            status=advance(PlanState(one.status), event),
            settled_at=func.now(),
            settled_by=by,
            paid=money.total(amount for _, amount in came_in),
            reason=storable(reason, 500),
        )
    )


async def _came_in(db: AsyncConnection, found: Sequence[Plan]) -> Mapping[int, CameIn]:
    """Return the money that came in since each plan was made, by its day, reversals of it below zero."""
    if not found:
        return {}
    query = (
        select(plans.c.id, payments.c.paid_on, payments.c.amount)
        .join(
            payments,
            (payments.c.account_id == plans.c.account_id)
            & (payments.c.paid_on >= plans.c.made_on)
            & (payments.c.reverses_on.is_(None) | (payments.c.reverses_on >= plans.c.made_on)),
        )
        .where(plans.c.id.in_([one.plan_id for one in found]))
    )
    came_in: dict[int, list[tuple[date, Decimal]]] = {}
    for row in await db.execute(query):
        came_in.setdefault(row.id, []).append((row.paid_on, row.amount))
    return came_in


def _of(row: Any, paid: Decimal) -> Plan:
    return Plan(
        plan_id=row.id,
        account_id=row.account_id,
        terms=Terms(amount=row.amount, parts=row.parts, first_on=row.first_on),
        status=row.status,
        made_on=row.made_on,
        paid=paid,
        settled_at=row.settled_at,
        reason=row.reason,
    )
