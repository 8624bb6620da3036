"""Leave: the life of a request as a table, and what a day off does to the plan (pure). docs/lives/leave.md draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from crm_core.workforce.shifts import Shift, share

LONGEST = 62
"""Days of one request."""
AHEAD = 400
"""Days from now on that can be asked for."""


class LeaveState(StrEnum):
    """Where a request is in its life."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class LeaveStep(StrEnum):
    """What is done with it."""

    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    """By who asked; after approval too: then he works."""


class LeaveKind(StrEnum):
    """Why somebody is away."""

    VACATION = "vacation"
    SICK = "sick"
    UNPAID = "unpaid"
    TRAINING = "training"


TRANSITIONS: Final[dict[tuple[LeaveState, LeaveStep], LeaveState]] = {
    (LeaveState.ASKED, LeaveStep.APPROVE): LeaveState.APPROVED,
    (LeaveState.ASKED, LeaveStep.DECLINE): LeaveState.DECLINED,
    (LeaveState.ASKED, LeaveStep.WITHDRAW): LeaveState.WITHDRAWN,
    (LeaveState.APPROVED, LeaveStep.WITHDRAW): LeaveState.WITHDRAWN,
}
LIVE = frozenset({LeaveState.ASKED, LeaveState.APPROVED})
"""States in which another request for the same day is refused."""


def advance(state: LeaveState, step: LeaveStep) -> LeaveState | None:
    """Return the state after a step, None when it may not happen in this one."""
    return TRANSITIONS.get((state, step))


class LeaveRefusal(StrEnum):
    """Why a request cannot be made."""

    ENDS_BEFORE = "ends_before"
    PAST = "past"
    TOO_LONG = "too_long"
    TOO_FAR = "too_far"
    ASKED_ALREADY = "asked_already"


def asking_refusal(
    first: date, last: date, today: date, live: Sequence[tuple[date, date]], kind: LeaveKind
) -> LeaveRefusal | None:
    """Return what forbids a request, None when nothing does.

    Args:
        first: first day away.
        last: last one.
        today: the utility's day.
        live: first and last days of his requests that are asked or approved.
        kind: illness may be told up to two weeks afterwards.

    """
    earliest = today - timedelta(days=14) if kind is LeaveKind.SICK else today
    if last < first:
        return LeaveRefusal.ENDS_BEFORE
    if first < earliest:
        return LeaveRefusal.PAST
    if (last - first).days + 1 > LONGEST:
        return LeaveRefusal.TOO_LONG
    if (last - today).days > AHEAD:
        return LeaveRefusal.TOO_FAR
    if any(first <= until and since <= last for since, until in live):
        return LeaveRefusal.ASKED_ALREADY
    return None


def days_of(first: date, last: date) -> list[date]:
    """Return the days from one to another."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A day on which the plan would be short without him."""

    day: date
    half_hours: int
    """In which somebody would lack."""
    worst: float
    """Operators who would lack in the worst of them."""


def conflicts(
    days: Sequence[date],
    need: Mapping[date, Sequence[float]],
    there: Mapping[date, Sequence[float]],
    his: Sequence[Shift],
) -> tuple[Conflict, ...]:
    """Return the days of a request on which the plan would be short, or shorter, without him.

    Args:
        days: he wants to be away on.
        need: operators in each half hour, where it is known.
        there: planned ones, he among them.
        his: his own shifts.

    """
    mine: dict[tuple[date, int], float] = {}
    for shift in his:
        if shift.day in days:
            mine |= share(shift)
    found = []
    for day in days:
        lacks = [
            wanted - (there[day][number] - mine[day, number])
            for number, wanted in enumerate(need.get(day, ()))
            if mine.get((day, number), 0.0) > 0.0 and day in there
        ]
        short = [one for one in lacks if one > 1e-9]
        if short:
            found.append(Conflict(day=day, half_hours=len(short), worst=round(max(short), 2)))
    return tuple(found)
