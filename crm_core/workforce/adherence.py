"""How a day keeps to its plan: what somebody does now beside what he should, and adherence in minutes (pure).

Adherence is DOMAIN B5's: minutes in the scheduled kind of state over scheduled minutes. Conformance asks only how long
somebody worked, not when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

LENIENT = timedelta(minutes=3)
"""So long after a change of plan nobody is said to be late: a talk is finished first."""
WORKING = frozenset({"ready", "reserved", "talking", "wrap_up"})
"""States of `routing.views.OperatorState` in which somebody is at the telephone."""
DUTIES = frozenset({"training", "meeting", "coaching", "task", "campaign"})
"""Reasons of a pause that are work, too."""


class Doing(StrEnum):
    """Kinds of states, and of parts of a shift."""

    WORK = "work"
    BREAK = "break"
    AWAY = "away"
    """Signed out, or no shift."""


class Verdict(StrEnum):
    """What is said of somebody now."""

    AS_PLANNED = "as_planned"
    MISSING = "missing"
    """Should work and is signed out."""
    IN_BREAK = "in_break"
    """Should work and is in a pause."""
    NO_BREAK = "no_break"
    """Should have a break and works on."""
    EXTRA = "extra"
    """Works without a shift."""
    TURNING = "turning"
    """The plan changed a moment ago."""
    FREE = "free"
    """No shift, and not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What somebody should do in a time."""

    begins: datetime
    ends: datetime
    doing: Doing


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What somebody did from a moment on."""

    at: datetime
    doing: Doing


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How somebody kept to his plan up to a moment."""

    scheduled: float
    """Minutes of the plan that have passed."""
    kept: float
    """Of them, in the scheduled kind of state."""
    worked: float
    """At the telephone or on duty, in and out of his plan."""
    to_work: float
    """Minutes that he should have worked."""

    @property
    def adherence(self) -> float | None:
        """Share of the scheduled minutes kept; None before the shift."""
        return self.kept / self.scheduled if self.scheduled > 0 else None

    @property
    def conformance(self) -> float | None:
        """Worked over what should have been worked; None before the shift."""
        return self.worked / self.to_work if self.to_work > 0 else None


def doing(state: str, reason: str) -> Doing:
    """Return the kind of an operator's state."""
    if state in WORKING or (state == "not_ready" and reason in DUTIES):
        return Doing.WORK
    return Doing.BREAK if state == "not_ready" else Doing.AWAY


def due(parts: Sequence[Part], now: datetime) -> Part | None:
    """Return the part of a plan that a moment lies in."""
    return next((one for one in parts if one.begins <= now < one.ends), None)


def verdict(parts: Sequence[Part], is_doing: Doing, now: datetime) -> Verdict:
    """Return what is said of somebody now.

    Args:
        parts: of his plan, in order.
        is_doing: what he does.
        now: the moment.

    """
    part = due(parts, now)
    should = Doing.AWAY if part is None else part.doing
    if is_doing is should:
        return Verdict.FREE if should is Doing.AWAY else Verdict.AS_PLANNED
    if any(timedelta() <= now - edge < LENIENT for one in parts for edge in (one.begins, one.ends)):
        return Verdict.TURNING
    if should is Doing.WORK:
        return Verdict.MISSING if is_doing is Doing.AWAY else Verdict.IN_BREAK
    if is_doing is Doing.WORK:
        return Verdict.NO_BREAK if should is Doing.BREAK else Verdict.EXTRA
    # In a pause, or gone for a walk, while nothing of him is wanted.
    return Verdict.AS_PLANNED if should is Doing.BREAK else Verdict.FREE


def kept(parts: Sequence[Part], done: Sequence[Done], now: datetime) -> Kept:
    """Return how somebody kept to his plan up to a moment.

    Args:
        parts: of his plan, in order, none over another.
        done: what he did, in order; the first says what he did before the plan began.
        now: the moment; what comes later counts for nothing.

    """
    times = list(_times(done, now))
    scheduled = _minutes((one.begins, min(one.ends, now)) for one in parts)
    keeping = _minutes(
        (max(one.begins, begins), min(one.ends, ends, now))
        for one in parts
        for begins, ends, was in times
        if _same(one.doing, was)
    )
    return Kept(
        scheduled=scheduled,
        kept=keeping,
        worked=_minutes((begins, ends) for begins, ends, was in times if was is Doing.WORK),
        to_work=_minutes((one.begins, min(one.ends, now)) for one in parts if one.doing is Doing.WORK),
    )


def _same(should: Doing, was: Doing) -> bool:
    # Who signs out for his meal has his break as well.
    return was is should or (should is Doing.BREAK and was is Doing.AWAY)


def _times(done: Sequence[Done], now: datetime) -> Iterable[tuple[datetime, datetime, Doing]]:
    for number, one in enumerate(done):
        ends = done[number + 1].at if number + 1 < len(done) else now
        if one.at < min(ends, now):
            yield one.at, min(ends, now), one.doing


def _minutes(spans: Iterable[tuple[datetime, datetime]]) -> float:
    return sum(max(0.0, (ends - begins).total_seconds()) for begins, ends in spans) / 60.0


def there(done: Sequence[Done], edges: Sequence[datetime], now: datetime) -> list[float]:
    """Return for what share of each time somebody was at the telephone.

    Args:
        done: what he did, in order.
        edges: when each time begins, in order, and when the last of them ends.
        now: the moment; what comes later is nothing.

    """
    worked = [(begins, ends) for begins, ends, was in _times(done, now) if was is Doing.WORK]
    found = []
    for begins, ends in pairwise(edges):
        length = (ends - begins).total_seconds() / 60.0
        within = _minutes((max(begins, since), min(ends, until)) for since, until in worked)
        found.append(within / length if length > 0 else 0.0)
    return found
