"""Call-backs as pages and programs ask for them: lists, one with its attempts, the kept rate, people's changes (shell).

Steps of the floor are in `callbacks`; both go by the same table (`crm_core.callbacks.TRANSITIONS`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.callbacks import DIALLING, LIVE, OPEN, STANDING, CallbackState, CallbackStep, advance
from crm_core.db import Writing
from crm_core.errors import CallbackOutOfTurn, NoSuchCallback
from crm_core.store.callbacks import NOTIFY
from crm_core.tables import accounts, callback_attempts, callbacks, users, voice_messages
from crm_core.text import one_line

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A call-back as lists show it."""

    callback_id: int
    number: str
    caller: str
    account_id: int | None
    account_number: str
    queue: str
    topic: str
    language: str
    note: str
    asked_at: datetime
    asked_by: str
    waiting_since: datetime
    wanted_at: datetime | None
    due_at: datetime
    promised_until: datetime
    state: CallbackState
    tries: int
    outcome: str
    ended_at: datetime | None
    reason: str
    task_id: int | None

    @property
    def late(self) -> bool:
        """Whether it ended after the promise."""
        return self.ended_at is not None and self.ended_at > self.promised_until

    def may(self, step: CallbackStep) -> bool:
        """Whether a step is in turn."""
        return advance(self.state, step) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One standing in the queue."""

    attempt: int
    began_at: datetime
    dialled_at: datetime | None
    ended_at: datetime | None
    outcome: str
    operator: str
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How promises were kept."""

    promised: int
    """Whose window has ended, or that were kept or failed before."""
    in_time: int
    late: int
    failed: int
    open_late: int
    """Still to be kept, though the window has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that a caller left."""

    message_id: int
    number: str
    account_id: int | None
    account_number: str
    language: str
    seconds: int
    at: datetime
    file: str
    """"" once the sound was removed."""
    task_id: int | None


async def listing(
    db: AsyncConnection,
    now: datetime,
    view: str = "",
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Return call-backs, the newest first.

    Args:
        db: a connection, `reading` will do.
        now: UTC.
        view: a `CallbackState`, `live` for all that are still to be kept, `due` for those whose time has come, `late`
            for those whose promise is broken, "" for all.
        before: only older ones than this key.
        limit: at most so many.

    """
    query = _all().order_by(callbacks.c.id.desc()).limit(limit)
    live = callbacks.c.state.in_([one.value for one in LIVE])
    if view == "live":
        query = query.where(live)
    elif view == "due":
        query = query.where(callbacks.c.state == OPEN.value, callbacks.c.due_at <= now)
    elif view == "late":
        query = query.where(live, callbacks.c.promised_until < now)
    elif view == "progress":
        query = query.where(callbacks.c.state.in_([STANDING.value, DIALLING.value]))
    elif view:
        query = query.where(callbacks.c.state == view)
    if before is not None:
        query = query.where(callbacks.c.id < before)
    return [_listed(row) for row in await db.execute(query)]


VIEWS = ("live", "due", "progress", "late", *(state.value for state in CallbackState))


def _all() -> Any:
    joined = callbacks.outerjoin(accounts, accounts.c.id == callbacks.c.account_id).outerjoin(
        users, users.c.id == callbacks.c.asked_by
    )
    return select(callbacks, accounts.c.number.label("account_number"), users.c.name.label("asker")).select_from(joined)


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        callback_id=row.id,
        number=row.number,
        caller=row.caller,
        account_id=row.account_id,
        account_number=row.account_number or "",
        queue=row.queue,
        topic=row.topic,
        language=row.language,
        note=row.note,
        asked_at=row.asked_at,
        asked_by=row.asker or "",
        waiting_since=row.waiting_since,
        wanted_at=row.wanted_at,
        due_at=row.due_at,
        promised_until=row.promised_until,
        state=CallbackState(row.state),
        tries=row.tries,
        outcome=row.outcome,
        ended_at=row.ended_at,
        reason=row.reason,
        task_id=row.task_id,
    )


async def one(db: AsyncConnection, callback_id: int) -> Listed:
    """Return a call-back.

    Raises:
        NoSuchCallback: there is none of this key.

    """
    row = (await db.execute(_all().where(callbacks.c.id == callback_id))).one_or_none()
    if row is None:
        raise NoSuchCallback(f"there is no call-back {callback_id}")
    return _listed(row)


async def attempts(db: AsyncConnection, callback_id: int, limit: int = 50) -> list[Attempt]:
    """Return the attempts to call back, the newest first."""
    query = (
        select(callback_attempts, users.c.name)
        .outerjoin(users, users.c.id == callback_attempts.c.operator_id)
        .where(callback_attempts.c.callback_id == callback_id)
        .order_by(callback_attempts.c.attempt.desc())
        .limit(limit)
    )
    return [
        Attempt(
            attempt=row.attempt,
            began_at=row.began_at,
            dialled_at=row.dialled_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
            operator=row.name or "",
            call_id=row.call_id,
        )
        for row in await db.execute(query)
    ]


async def kept(db: AsyncConnection, since: datetime, now: datetime) -> Kept:
    """Return how promises of the time from `since` on were kept; by when the promise ran out."""
    state, until, ended = callbacks.c.state, callbacks.c.promised_until, callbacks.c.ended_at
    reached = state == CallbackState.KEPT.value
    failed = state == CallbackState.FAILED.value
    broken = state.in_([one.value for one in LIVE]) & (until < now)
    query = select(
        func.count(case((or_(reached, failed, broken), 1))).label("promised"),
        func.count(case((reached & (ended <= until), 1))).label("in_time"),
        func.count(case((reached & (ended > until), 1))).label("late"),
        func.count(case((failed, 1))).label("failed"),
        func.count(case((broken, 1))).label("open_late"),
    ).where(until >= since)
    row = (await db.execute(query)).one()
    return Kept(promised=row.promised, in_time=row.in_time, late=row.late, failed=row.failed, open_late=row.open_late)


# --- people change them ------------------------------------------------------------------------------------------


async def cancel(db: Writing, callback_id: int, reason: str, by: int, now: datetime) -> None:
    """Take a promise back. What is being dialled is not stopped: whoever is there speaks to him.

    Raises:
        NoSuchCallback: there is none of this key.
        CallbackOutOfTurn: it is over, or being dialled.

    """
    state = await _step(db, callback_id, CallbackStep.CANCEL)
    values = {"state": state.value, "ended_at": now, "ended_by": by, "reason": one_line(reason, LONGEST_REASON)}
    await db.execute(update(callbacks).where(callbacks.c.id == callback_id).values(values))
    await db.execute(NOTIFY)


async def move(db: Writing, callback_id: int, due_at: datetime, until: datetime, reason: str) -> None:
    """Give a promise another time, and another window with it; one that failed is taken up again.

    Raises:
        NoSuchCallback: there is none of this key.
        CallbackOutOfTurn: it is over, stands in the queue, or is being dialled.

    """
    row = await _locked(db, callback_id)
    state = CallbackState(row.state)
    failed = state is CallbackState.FAILED
    after = advance(state, CallbackStep.REOPEN if failed else CallbackStep.MOVE)
    if after is None:
        raise CallbackOutOfTurn("this call-back cannot be given another time now")
    values: dict[str, Any] = {
        "state": after.value,
        "due_at": due_at,
        "wanted_at": due_at,
        "promised_until": until,
        "reason": one_line(reason, LONGEST_REASON),
    }
    if failed:
        values |= {"ended_at": None, "tries": 0}
    await db.execute(update(callbacks).where(callbacks.c.id == callback_id).values(values))
    await db.execute(NOTIFY)


async def _step(db: Writing, callback_id: int, step: CallbackStep) -> CallbackState:
    state = CallbackState((await _locked(db, callback_id)).state)
    after = advance(state, step)
    if after is None:
        raise CallbackOutOfTurn(f"a call-back that is {state.value} cannot be: {step.value}")
    return after


async def _locked(db: Writing, callback_id: int) -> Row[Any]:
    row = (await db.execute(select(callbacks).where(callbacks.c.id == callback_id).with_for_update())).one_or_none()
    if row is None:
        raise NoSuchCallback(f"there is no call-back {callback_id}")
    return row


# --- messages ----------------------------------------------------------------------------------------------------


async def messages(db: AsyncConnection, *, before: int | None = None, limit: int = 50) -> list[Message]:
    """Return messages that callers left, the newest first."""
    query = _messages().order_by(voice_messages.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(voice_messages.c.id < before)
    return [_message(row) for row in await db.execute(query)]


async def message(db: AsyncConnection, message_id: int) -> Message:
    """Return a message.

    Raises:
        NoSuchCallback: there is none of this key.

    """
    row = (await db.execute(_messages().where(voice_messages.c.id == message_id))).one_or_none()
    if row is None:
        raise NoSuchCallback(f"there is no message {message_id}")
    return _message(row)


def _messages() -> Any:
    joined = voice_messages.outerjoin(accounts, accounts.c.id == voice_messages.c.account_id)
    return select(voice_messages, accounts.c.number.label("account_number")).select_from(joined)


def _message(row: Row[Any]) -> Message:
    return Message(
        message_id=row.id,
        number=row.number,
        account_id=row.account_id,
        account_number=row.account_number or "",
        language=row.language,
        seconds=row.seconds,
        at=row.at,
        file="" if row.erased else row.file,
        task_id=row.task_id,
    )
