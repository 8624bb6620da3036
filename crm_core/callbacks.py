"""The life of a call-back, its limits and when it is tried again: nothing else changes its state (pure).

docs/lives/callback.md draws TRANSITIONS; a test holds the two together. One *attempt* is one standing in the queue; a
number is dialled at most once in an attempt, and only after `DIAL` is on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm_core.work.sla import WorkCalendar, add_working


class CallbackState(StrEnum):
    """Where a call-back stands."""

    OPEN = "open"
    """Waits for its time."""
    STANDING = "standing"
    """An attempt stands in the queue for him; nothing was dialled."""
    DIALLING = "dialling"
    """An operator is there, the number is being called, or is about to be."""
    KEPT = "kept"
    """He was reached: the promise is kept."""
    FAILED = "failed"
    """Given up; a person has the task to see to it."""
    CANCELLED = "cancelled"
    CAME = "came"
    """He called us himself meanwhile, and was served."""


class CallbackStep(StrEnum):
    """What happens to a call-back."""

    STAND = "stands in the queue"
    WITHDRAW = "leaves the queue undialled"
    DIAL = "is dialled"
    REACH = "is reached"
    RETRY = "is not reached and will be tried again"
    GIVE_UP = "is given up"
    CANCEL = "is cancelled"
    COME = "calls by himself"
    MOVE = "is given another time"
    REOPEN = "is taken up again"


OPEN, STANDING, DIALLING = CallbackState.OPEN, CallbackState.STANDING, CallbackState.DIALLING
KEPT, FAILED, CANCELLED, CAME = (
    CallbackState.KEPT, CallbackState.FAILED, CallbackState.CANCELLED, CallbackState.CAME,
)  # fmt: skip

TRANSITIONS: Mapping[tuple[CallbackState, CallbackStep], CallbackState] = {
    (OPEN, CallbackStep.STAND): STANDING,
    (OPEN, CallbackStep.CANCEL): CANCELLED,
    (OPEN, CallbackStep.COME): CAME,
    (OPEN, CallbackStep.MOVE): OPEN,
    (STANDING, CallbackStep.WITHDRAW): OPEN,
    (STANDING, CallbackStep.DIAL): DIALLING,
    (STANDING, CallbackStep.CANCEL): CANCELLED,
    (STANDING, CallbackStep.COME): CAME,
    (DIALLING, CallbackStep.REACH): KEPT,
    (DIALLING, CallbackStep.RETRY): OPEN,
    (DIALLING, CallbackStep.GIVE_UP): FAILED,
    (DIALLING, CallbackStep.COME): CAME,
    (FAILED, CallbackStep.COME): CAME,
    (FAILED, CallbackStep.REOPEN): OPEN,
}
"""A pair that is not here is a step out of turn."""

LIVE = frozenset({OPEN, STANDING, DIALLING})
"""Promises that are still to be kept."""


class Ending(StrEnum):
    """How an attempt ended."""

    REACHED = "reached"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    REFUSED = "refused"
    """The network will not connect this number: it does not exist, or nobody may call it."""
    FAULT = "fault"
    """The network, or our side of it, failed."""
    PUT_OFF = "put-off"
    """The operator hung up before it was dialled."""
    BROKEN_OFF = "broken-off"
    """It rang, and our side ended it: the operator hung up or lost his telephone."""
    CALLING = "calling"
    """He was on the line with us himself."""
    WITHDRAWN = "withdrawn"
    """It left the queue for reasons of our own, undialled."""
    CLOSED = "closed"
    """Outside business hours."""
    UNKNOWN = "unknown"
    """It may have been dialled, and nobody was there to see how that ended. Never dialled again by itself."""


UNDIALLED = frozenset({Ending.PUT_OFF, Ending.CALLING, Ending.WITHDRAWN, Ending.CLOSED})
"""Endings that say for certain that nobody's telephone rang, when the attempt was standing."""
FINAL = frozenset({Ending.REFUSED, Ending.UNKNOWN})
"""Endings after which no machine tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """When a subscriber who was not reached is tried again."""

    tries: int = 3
    """How often his telephone may ring in all."""
    waits: Mapping[Ending, timedelta] = field(
        default_factory=lambda: {
            Ending.BUSY: timedelta(minutes=5),
            Ending.NO_ANSWER: timedelta(minutes=15),
            Ending.FAULT: timedelta(minutes=5),
            Ending.BROKEN_OFF: timedelta(minutes=1),
            Ending.PUT_OFF: timedelta(minutes=1),
            Ending.CALLING: timedelta(minutes=2),
            Ending.WITHDRAWN: timedelta(seconds=2),
        }
    )
    """After what; what is not here is tried again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What becomes of a call-back whose attempt ended."""

    step: CallbackStep
    due_at: datetime | None = None
    """When it is tried again."""


def settle(ending: Ending, *, dialled: bool, tries: int, now: datetime, retries: Retries) -> Settled:
    """Say what becomes of a call-back when an attempt of it ended.

    Args:
        ending: how the attempt ended.
        dialled: it is on record as dialled.
        tries: times his telephone was called so far, this one included.
        now: UTC.
        retries: the rule.

    """
    if not dialled:
        again = now + retries.waits.get(ending, timedelta())
        return Settled(step=CallbackStep.WITHDRAW, due_at=again)
    if ending is Ending.REACHED:
        return Settled(step=CallbackStep.REACH)
    if ending in FINAL or tries >= retries.tries:
        return Settled(step=CallbackStep.GIVE_UP)
    return Settled(step=CallbackStep.RETRY, due_at=now + retries.waits.get(ending, timedelta()))


def advance(state: CallbackState, step: CallbackStep) -> CallbackState | None:
    """Return the state after a step, None when it is out of turn."""
    return TRANSITIONS.get((state, step))


# --- an attempt ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A call-back with an attempt of it that stands in the queue, or should."""

    callback_id: int
    attempt: int
    state: CallbackState
    number: str
    caller: str
    account_id: int | None
    queue: str
    language: str
    topic: str
    dialled: str
    flags: tuple[str, ...]
    path: tuple[str, ...]
    waiting_since: datetime
    wanted_at: datetime | None
    tries: int
    note: str
    call_id: str
    """Of the attempt's stand-in, as the floor named it."""


def leg_of(node: str, callback_id: int, attempt: int) -> str:
    """Return the id that an attempt's stand-in has as a call: no two attempts ever share one."""
    return f"{node}-back{callback_id}.{attempt}"


# --- may he be called back ---------------------------------------------------------------------------------------


class Refusal(StrEnum):
    """Why a wish to be called back is not taken down; also every `crm_core.outward.NoCall`."""

    NO_LINE = "no-line"
    """This house calls nobody."""
    TOO_MANY = "too-many"
    """This number was, or is to be, called back often enough today, or asked too often."""
    FULL = "full"
    """More promises are open than can be kept."""
    NOT_OPEN = "not-open"
    """The time is outside business hours, past, or too far ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Against those who would have strangers rung, or the house's money spent (SECURITY.md AC05, AC12)."""

    per_number: int = 3
    """Wishes for one number within a day, whoever asks."""
    per_stranger: int = 1
    """Of them, those asked from another number, or from a withheld one."""
    per_caller: int = 3
    """Wishes from one number within a day."""
    withheld: int = 20
    """Wishes from callers without a number, all together, within a day."""
    open: int = 500
    """Open call-backs of the whole house."""
    ahead: timedelta = timedelta(days=7)
    """How far off a chosen time may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked within the last day, and is open."""

    for_number: int
    for_number_by_others: int
    by_caller: int
    """From the same number; of a withheld one, from all withheld numbers."""
    open: int


def judge_asking(asked: Asked, limits: Limits, *, number: str, caller: str) -> Refusal | None:
    """Say whether one more wish may be taken down; None when it may.

    Args:
        asked: what was asked before it.
        limits: the house's.
        number: to be called, E.164.
        caller: the number that asks, E.164 or "" when withheld.

    """
    if asked.open >= limits.open:
        return Refusal.FULL
    stranger = caller != number
    if asked.for_number >= limits.per_number or (stranger and asked.for_number_by_others >= limits.per_stranger):
        return Refusal.TOO_MANY
    if asked.by_caller >= (limits.per_caller if caller else limits.withheld):
        return Refusal.TOO_MANY
    return None


def judge_time(wanted: datetime, now: datetime, calendar: WorkCalendar, limits: Limits) -> Refusal | None:
    """Say whether a chosen time can be promised; None when it can."""
    if not now <= wanted <= now + limits.ahead or not is_open(calendar, wanted):
        return Refusal.NOT_OPEN
    return None


def is_open(calendar: WorkCalendar, at: datetime) -> bool:
    """Whether the house works at a moment."""
    return any(opens <= at < closes for opens, closes in calendar.spans(calendar.local(at)))


def opening(calendar: WorkCalendar, at: datetime) -> datetime:
    """Return the first moment from `at` on when the house works.

    Raises:
        NeverWorked: the working week has no hours.

    """
    return at if is_open(calendar, at) else add_working(calendar, at, timedelta())


def next_hour(calendar: WorkCalendar, hour: int, now: datetime, limits: Limits) -> datetime | None:
    """Return the next moment when the clocks of the house show a full hour and it works; None when there is none."""
    if not 0 <= hour < 24:
        return None
    zone = ZoneInfo(calendar.time_zone)
    for days in range(limits.ahead.days + 1):
        day = calendar.local(now) + timedelta(days=days)
        at = datetime.combine(day, time(hour), zone).astimezone(UTC)
        if at.astimezone(zone).hour != hour:
            continue  # The clocks skip it on this day.
        if judge_time(at, now, calendar, limits) is None:
            return at
    return None


def promised_until(calendar: WorkCalendar, due_at: datetime, window: timedelta) -> datetime:
    """Return until when a call-back must be made to have been kept: the window, counted in working time."""
    return add_working(calendar, due_at, window)


def kept_rate(kept_in_time: int, promised: int) -> float | None:
    """Return the share of promises that were kept in time, None when none has fallen due.

    Promised are those whose window has ended, or that have ended earlier; who called by himself, or called it off, is
    left out: nothing was owed to him any more.
    """
    return kept_in_time / promised if promised else None
