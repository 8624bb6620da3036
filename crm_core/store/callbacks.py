"""Call-backs as they are promised, tried and kept: what the floor and the IVR do with them (shell).

Every step is a comparison with what is on record, made under the row's lock: whoever comes too late, or from another
life of the floor, changes nothing and is told so. What pages ask is in `callback_lists`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Row, case, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.callbacks import (
    DIALLING,
    LIVE,
    OPEN,
    STANDING,
    Asked,
    CallbackState,
    CallbackStep,
    Ending,
    Limits,
    Refusal,
    Retries,
    Standing,
    advance,
    judge_asking,
    leg_of,
    settle,
)
from crm_core.db import Writing
from crm_core.store import tasks
from crm_core.store.tasks import NewTask
from crm_core.tables import callback_attempts, callbacks
from crm_core.text import one_line, storable

CHANNEL = "busbar_callbacks"
"""What is notified when something may have fallen due."""
NOTIFY = text(f"notify {CHANNEL}")
LISTEN = text(f"listen {CHANNEL}")
LOCK = text("select pg_advisory_xact_lock(hashtext('busbar callbacks'))")
"""Wishes are judged one after the other: two at once from one number would both be the last that is allowed."""
LASTING = text("set local synchronous_commit = on")
"""What is promised, and what is about to be dialled, outlives the server whatever else it is set to."""
DAY = timedelta(days=1)
DriverError = psycopg.Error
"""What whoever listens to the base itself may meet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCallback:
    """A promise that is to be given."""

    call_id: str
    number: str
    """E.164, of a kind that we call."""
    caller: str
    """The number that asks, "" when withheld."""
    account_id: int | None
    queue: str
    language: str
    topic: str
    dialled: str
    flags: tuple[str, ...]
    path: tuple[str, ...]
    waiting_since: datetime
    wanted_at: datetime | None
    due_at: datetime
    promised_until: datetime
    note: str = ""
    asked_by: int | None = None


async def ask(db: Writing, new: NewCallback, limits: Limits, now: datetime) -> int | Refusal:
    """Promise a call-back, or refuse to. The same call's wish twice is one.

    Returns:
        The key of the call-back, or why there is none.

    """
    await db.execute(LOCK)
    await db.execute(LASTING)
    known = await db.scalar(select(callbacks.c.id).where(callbacks.c.call_id == one_line(new.call_id, 80)))
    if known is not None:
        return int(known)
    live = callbacks.c.state.in_([one.value for one in LIVE])
    mine = select(callbacks.c.id).where(callbacks.c.number == new.number, callbacks.c.caller == new.caller, live)
    already = await db.scalar(mine.limit(1)) if new.caller else None
    if already is not None:
        # He asks again for what he has: the older wish has the better place.
        return int(already)
    refused = judge_asking(await _asked(db, new, now), limits, number=new.number, caller=new.caller)
    if refused is not None and new.asked_by is None:
        return refused
    values = {
        "call_id": one_line(new.call_id, 80),
        "number": new.number,
        "caller": one_line(new.caller, 40),
        "account_id": new.account_id,
        "queue": one_line(new.queue, 40),
        "language": one_line(new.language, 8),
        "topic": one_line(new.topic, 40),
        "dialled": one_line(new.dialled, 40),
        "flags": list(new.flags),
        "path": list(new.path),
        "waiting_since": new.waiting_since,
        "note": storable(new.note, 2000),
        "asked_at": now,
        "asked_by": new.asked_by,
        "wanted_at": new.wanted_at,
        "due_at": new.due_at,
        "promised_until": new.promised_until,
    }
    key = await db.scalar(insert(callbacks).values(values).returning(callbacks.c.id))
    await db.execute(NOTIFY)
    return int(key or 0)


async def _asked(db: AsyncConnection, new: NewCallback, now: datetime) -> Asked:
    """Count what was asked within a day, in one look at each index."""
    lately = callbacks.c.asked_at > now - DAY
    same, others = callbacks.c.number == new.number, callbacks.c.caller != callbacks.c.number
    for_number = select(func.count(), func.count(case((others, 1)))).where(same, lately)
    by_caller = select(func.count()).where(callbacks.c.caller == new.caller, lately, callbacks.c.asked_by.is_(None))
    is_open = select(func.count()).where(callbacks.c.state.in_([one.value for one in LIVE]))
    wished, strangers = (await db.execute(for_number)).one()
    return Asked(
        for_number=wished,
        for_number_by_others=strangers,
        by_caller=await db.scalar(by_caller) or 0,
        open=await db.scalar(is_open) or 0,
    )


# --- attempts ----------------------------------------------------------------------------------------------------


async def claim(db: Writing, node: str, most: int, now: datetime) -> list[Standing]:
    """Put an attempt of each call-back that is due on record, who waited longest first.

    From here on until `end` the floor answers for them; two floors never claim the same one.

    Args:
        db: a transaction; nothing may be done with what is returned before it is committed.
        node: the Asterisk where they shall stand.
        most: so many at once.
        now: UTC.

    """
    due = (
        select(callbacks.c.id)
        .where(callbacks.c.state == OPEN.value, callbacks.c.due_at <= now)
        .order_by(callbacks.c.waiting_since, callbacks.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    keys = list((await db.execute(due)).scalars())
    if not keys:
        return []
    change = update(callbacks).where(callbacks.c.id.in_(keys), callbacks.c.state == OPEN.value)
    changed = change.values(state=STANDING.value, attempt=callbacks.c.attempt + 1).returning(callbacks)
    rows = (await db.execute(changed)).all()
    legs = {row.id: leg_of(node, row.id, row.attempt) for row in rows}
    await db.execute(
        insert(callback_attempts),
        [{"callback_id": row.id, "attempt": row.attempt, "began_at": now, "call_id": legs[row.id]} for row in rows],
    )
    found = [_standing(row, legs[row.id]) for row in rows]
    return sorted(found, key=lambda one: (one.waiting_since, one.callback_id))


async def postpone(db: Writing, until: datetime, now: datetime) -> None:
    """Put off what is due: nobody is called outside business hours."""
    due = callbacks.c.state == OPEN.value, callbacks.c.due_at <= now
    await db.execute(update(callbacks).where(*due).values(due_at=until))


async def next_due(db: AsyncConnection) -> datetime | None:
    """Return when the next open call-back falls due, None when none is open."""
    found: datetime | None = await db.scalar(
        select(func.min(callbacks.c.due_at)).where(callbacks.c.state == OPEN.value)
    )
    return found


async def standing(db: AsyncConnection) -> list[Standing]:
    """Return the attempts that are on record as standing or dialled: what a floor that starts has to see to."""
    joined = callbacks.join(
        callback_attempts,
        (callback_attempts.c.callback_id == callbacks.c.id) & (callback_attempts.c.attempt == callbacks.c.attempt),
    )
    query = (
        select(callbacks, callback_attempts.c.call_id.label("leg"))
        .select_from(joined)
        .where(callbacks.c.state.in_([STANDING.value, DIALLING.value]))
        .order_by(callbacks.c.id)
    )
    return [_standing(row, row.leg) for row in await db.execute(query)]


def _standing(row: Row[Any], leg: str) -> Standing:
    return Standing(
        callback_id=row.id,
        attempt=row.attempt,
        state=CallbackState(row.state),
        number=row.number,
        caller=row.caller,
        account_id=row.account_id,
        queue=row.queue,
        language=row.language,
        topic=row.topic,
        dialled=row.dialled,
        flags=tuple(row.flags),
        path=tuple(row.path),
        waiting_since=row.waiting_since,
        wanted_at=row.wanted_at,
        tries=row.tries,
        note=row.note,
        call_id=leg,
    )


async def dial(db: Writing, callback_id: int, attempt: int, operator_id: int | None, now: datetime) -> bool:
    """Put on record that the number is called now, for this attempt; True when it may be.

    It may be exactly once: the attempt is the newest, and stands. Whoever hears False does not dial.
    """
    await db.execute(LASTING)
    step = update(callbacks).where(
        callbacks.c.id == callback_id, callbacks.c.attempt == attempt, callbacks.c.state == STANDING.value
    )
    done = await db.execute(step.values(state=DIALLING.value, tries=callbacks.c.tries + 1))
    if not done.rowcount:
        return False
    which = callback_attempts.c.callback_id == callback_id, callback_attempts.c.attempt == attempt
    await db.execute(update(callback_attempts).where(*which).values(dialled_at=now, operator_id=operator_id))
    return True


async def end(  # noqa: PLR0913, PLR0917 - what an attempt was
    db: Writing,
    callback_id: int,
    attempt: int,
    ending: Ending,
    retries: Retries,
    now: datetime,
    *,
    not_before: datetime | None = None,
) -> CallbackState | None:
    """Put on record how an attempt ended, and what becomes of the call-back; ended twice is ended once.

    Args:
        db: a transaction.
        callback_id: which.
        attempt: its number.
        ending: how it ended.
        retries: when it is tried again.
        now: UTC.
        not_before: it is not tried again earlier.

    Returns:
        The call-back's state now; None when it was not this attempt's any more.

    """
    query = select(callbacks).where(callbacks.c.id == callback_id, callbacks.c.attempt == attempt).with_for_update()
    row = (await db.execute(query)).one_or_none()
    which = callback_attempts.c.callback_id == callback_id, callback_attempts.c.attempt == attempt
    closed = callback_attempts.c.ended_at.is_(None)
    await db.execute(update(callback_attempts).where(*which, closed).values(ended_at=now, outcome=ending.value))
    if row is None or CallbackState(row.state) not in {STANDING, DIALLING}:
        return None
    state = CallbackState(row.state)
    settled = settle(ending, dialled=state is DIALLING, tries=row.tries, now=now, retries=retries)
    after = advance(state, settled.step)
    if after is None:
        return None
    changes: dict[str, Any] = {"state": after.value, "outcome": ending.value}
    if settled.due_at is not None:
        changes["due_at"] = max(settled.due_at, not_before or settled.due_at)
    if after not in LIVE:
        changes["ended_at"] = now
    if settled.step is CallbackStep.GIVE_UP:
        changes["task_id"] = await _hand_over(db, row, ending, now)
    await db.execute(update(callbacks).where(callbacks.c.id == callback_id).values(changes))
    return after


async def _hand_over(db: Writing, row: Row[Any], ending: Ending, now: datetime) -> int | None:
    """Give a person the task to see to whom no machine may call any more."""
    wanted = NewTask(
        kind="callback",
        title=f"Call back {row.number}: not reached",
        account_id=row.account_id,
        source="contact",
        facts={"callback": row.id, "outcome": ending.value, "tries": row.tries},
        note=row.note,
        once=f"callback {row.id} {row.attempt}",
    )
    made = await tasks.add(db, [wanted], now)
    return made[0] if made else None


async def came(db: Writing, number: str, call_id: str, now: datetime) -> int:
    """Put on record that somebody who was to be called back spoke to us himself; returns how many promises that ends.

    Args:
        db: a transaction.
        number: his, "" when withheld: then only what was asked in this very call.
        call_id: of the call in which he was answered.
        now: UTC.

    """
    theirs = callbacks.c.call_id == call_id
    if number:
        theirs = or_(theirs, callbacks.c.number == number, callbacks.c.caller == number)
    takes = [state.value for state in CallbackState if advance(state, CallbackStep.COME) is not None]
    # Failed ones of long ago are history; of one that is being dialled the floor tells the end.
    lately = or_(callbacks.c.state != CallbackState.FAILED.value, callbacks.c.ended_at > now - DAY)
    change = update(callbacks).where(theirs, callbacks.c.state.in_(takes), lately)
    values = {"state": CallbackState.CAME.value, "ended_at": now, "reason": one_line(call_id, 80)}
    return int((await db.execute(change.values(values))).rowcount)
