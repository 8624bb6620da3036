"""Promises to pay: taken, put off, called off, settled when their day and grace have passed (shell)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Select, cast, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import money
from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger.posting import Outcome, State, is_amount, refused
from crm_core.ledger.promises import PromiseEvent, PromiseRule, PromiseState, Standing, advance, outcome, refusal
from crm_core.store import ledger, ledger_debtors, locks, policies
from crm_core.tables import payments, promise_steps, promises
from crm_core.text import one_line, storable

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A promise on record."""

    promise_id: int
    account_id: int
    amount: Decimal
    due_on: date
    status: str
    made_on: date
    made_by: int | None
    paid: Decimal | None
    created_at: datetime
    settled_at: datetime | None
    instead_of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """What somebody promises."""

    amount: Decimal
    due_on: date
    by: int | None
    call_id: str = ""
    reference: str = ""
    instead_of_open: bool = False
    """Puts off the promise that is open."""
    reason: str = ""


async def promise(db: Writing, account_id: int, wanted: NewPromise) -> Outcome:
    """Take a promise; the very one that is open already changes nothing (AC40, AC42).

    Raises:
        NoSuchAccount: there is no such account.
    """
    today = await locks.account(db, account_id)
    rules = await policies.money_on(db, today)
    if not is_amount(wanted.amount):
        return refused("promise-of-nothing")
    current = await open_one(db, account_id)
    if current is not None and (current.amount, current.due_on) == (wanted.amount, wanted.due_on):
        return Outcome(state=State.KNOWN, key=str(current.promise_id))
    where = await standing(db, account_id, today)
    if wanted.instead_of_open:
        where = replace(where, has_open=False)
    no = refusal(wanted.amount, wanted.due_on, where, rules.promise, today)
    if no:
        return refused(no)
    if current is not None:
        await _step(db, current, PromiseEvent.PUT_OFF, wanted.by, wanted.reason)
    row = {
        "account_id": account_id,
        "amount": wanted.amount,
        "due_on": wanted.due_on,
        "made_on": today,
        "made_by": wanted.by,
        "call_id": one_line(wanted.call_id, 80) or None,
        "reference": one_line(wanted.reference, 40) or None,
        "instead_of": current.promise_id if current is not None else None,
    }
    key = (await db.execute(insert(promises).values(row).returning(promises.c.id))).scalar_one()
    return Outcome(state=State.POSTED, key=str(key))


async def call_off(db: Writing, promise_id: int, by: int, reason: str) -> Outcome:
    """Call an open promise off; one that was settled stays as it is (AC44).

    Raises:
        NoSuchPosting: there is no such promise.
    """
    one = await find(db, promise_id)
    await locks.account(db, one.account_id)
    one = await find(db, promise_id)
    if advance(PromiseState(one.status), PromiseEvent.CALLED_OFF) is None:
        return refused("promise-settled-already")
    await _step(db, one, PromiseEvent.CALLED_OFF, by, reason)
    return Outcome(state=State.POSTED, key=str(promise_id))


async def put_off(db: Writing, account_id: int, by: int | None, reason: str) -> None:
    """Put an open promise off, on a locked account: something else was agreed instead."""
    current = await open_one(db, account_id)
    if current is not None:
        await _step(db, current, PromiseEvent.PUT_OFF, by, reason)


async def look(db: Writing, account_id: int, rule: PromiseRule, today: date) -> None:
    """After money moved on a locked account: settle its open promise when it is kept by that."""
    current = await open_one(db, account_id)
    if current is None:
        return
    paid = (await _paid(db, [current], rule)).get(current.promise_id, money.ZERO)
    if outcome(current.amount, current.due_on, paid, rule, today) is PromiseEvent.PAID:
        await _step(db, current, PromiseEvent.PAID, None, "", paid)


async def settle_due(db: Writing, today: date, rule: PromiseRule, limit: int = BATCH) -> int:
    """Settle promises whose day and grace have passed, oldest first; return how many, 0 when none is left.

    Several workers may do this at once: each takes promises that no other holds.
    """
    last = today - timedelta(rule.grace_days + 1)
    query = (
        _promises()
        .where(promises.c.status == PromiseState.OPEN, promises.c.due_on <= last)
        .order_by(promises.c.due_on, promises.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [_of(row) for row in await db.execute(query)]
    paid = await _paid(db, due, rule)
    for one in due:
        sum_ = paid.get(one.promise_id, money.ZERO)
        event = outcome(one.amount, one.due_on, sum_, rule, today)
        if event is not None:
            await _step(db, one, event, None, "", sum_)
    return len(due)


async def standing(db: AsyncConnection, account_id: int, today: date) -> Standing:
    """Return what an account looks like to somebody who takes a promise."""
    rules = await policies.money_on(db, today)
    book = await ledger.load(db, account_id)
    known = await ledger_debtors.who(db, account_id, today)
    disputed = any(one.disputed for one in book.owed)
    return Standing(
        owed=ledger.undisputed(book, book.by(rules.allocation)),
        flags=known.flags | ({"dispute"} if disputed else set()),
        has_open=known.has_promise,
        has_plan=known.has_plan,
    )


async def of_account(db: AsyncConnection, account_id: int, *, before: int | None = None, limit: int = 50) -> list[Kept]:
    """Return an account's promises, newest first, from behind `before` (a promise's id) on."""
    query = _promises().where(promises.c.account_id == account_id).order_by(promises.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(promises.c.id < before)
    return [_of(row) for row in await db.execute(query)]


async def find(db: AsyncConnection, promise_id: int) -> Kept:
    """Return one promise.

    Raises:
        NoSuchPosting: there is none of that id.
    """
    row = (await db.execute(_promises().where(promises.c.id == promise_id))).one_or_none()
    if row is None:
        raise NoSuchPosting(f"there is no promise {promise_id}")
    return _of(row)


async def open_one(db: AsyncConnection, account_id: int) -> Kept | None:
    """Return an account's open promise; there is at most one."""
    query = _promises().where(promises.c.account_id == account_id, promises.c.status == PromiseState.OPEN)
    row = (await db.execute(query)).one_or_none()
    return None if row is None else _of(row)


async def _step(  # noqa: PLR0913, PLR0917 -- one step of a life
    db: Writing, one: Kept, event: PromiseEvent, by: int | None, reason: str, paid: Decimal | None = None
) -> None:
    after = advance(PromiseState(one.status), event)
    query = update(promises).where(promises.c.id == one.promise_id)
    await db.execute(query.values(status=after, settled_at=func.now(), paid=paid))
    step = {
        "promise_id": one.promise_id,
        "before": one.status,
        "after": after,
        "by_user": by,
        "reason": storable(reason, 500),
    }
    await db.execute(insert(promise_steps).values(step))


async def _paid(db: AsyncConnection, due: list[Kept], rule: PromiseRule) -> dict[int, Decimal]:
    """Return what came in for each promise between its making and the end of its grace.

    A payment that was taken back is taken off; one from before the promise does not count, nor does its reversal.
    """
    if not due:
        return {}
    since = func.coalesce(promises.c.made_on, cast(promises.c.created_at, Date))
    query = (
        select(promises.c.id, func.sum(payments.c.amount).label("paid"))
        .join(
            payments,
            (payments.c.account_id == promises.c.account_id)
            & (payments.c.paid_on >= since)
            & (payments.c.paid_on <= promises.c.due_on + rule.grace_days)
            & (payments.c.reverses_on.is_(None) | (payments.c.reverses_on >= since)),
        )
        .where(promises.c.id.in_([one.promise_id for one in due]))
        .group_by(promises.c.id)
    )
    return {row.id: row.paid for row in await db.execute(query)}


def _promises() -> Select[Any]:
    made = func.coalesce(promises.c.made_on, cast(promises.c.created_at, Date)).label("since")
    return select(promises, made)


def _of(row: Any) -> Kept:
    return Kept(
        promise_id=row.id,
        account_id=row.account_id,
        amount=row.amount,
        due_on=row.due_on,
        status=row.status,
        made_on=row.since,
        made_by=row.made_by,
        paid=row.paid,
        created_at=row.created_at,
        settled_at=row.settled_at,
        instead_of=row.instead_of,
    )
