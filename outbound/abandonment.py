"""The cap on abandoned calls as a statistical promise: what may be abandoned, over which window, and how surely (pure).

A window is a period of whole days in the campaign's zone, each following the last ("separately over each successive
30-day period", 16 CFR 310.4(b)(4)(i); a day under many national rules). The *credit* of a window is what may still be
abandoned in it: cap x answered - abandoned. The promise is that the upper confidence bound of what will have been
abandoned, if dialling stopped now and calls that ring were answered as they may be, stays within cap x answered.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

KEPT = timedelta(days=400)
"""Counts older than this are in no window."""
EPOCH = date(2024, 1, 1)


class Denominator(StrEnum):
    """What abandoned calls are a share of."""

    PEOPLE = "people"
    """Calls answered by a person, as the rules have it."""
    ANSWERED = "answered"
    """All answered calls, machines among them: a lower figure, for where nobody can tell them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """How many calls may be abandoned, as pacing counts them; what a profile says of it: `outbound.law.profile`."""

    share: float = 0.03
    """Of answered; 0: none, each call waits for a free operator of its own (progressive)."""
    confidence: float = 0.99
    """Of the upper bound."""
    days: int = 1
    """Length of the window."""
    anchor: date = EPOCH
    """First day of a window, e.g. of the campaign."""
    opens: time = time(0)
    """When the window's first day begins, local."""
    zone: tzinfo = UTC
    denominator: Denominator = Denominator.PEOPLE

    def __post_init__(self) -> None:
        """Raises ValueError: a share is not of 0 to 1, or a window not of 1 to 366 days."""
        if not 0.0 <= self.share < 1.0:
            raise ValueError(f"the cap is a share from 0 to below 1, not {self.share!r}")
        if not 0.5 <= self.confidence < 1.0:
            raise ValueError(f"the confidence is a share from 0.5 to below 1, not {self.confidence!r}")
        if not 1 <= self.days <= 366:
            raise ValueError(f"a window has 1 to 366 days, not {self.days!r}")

    def opened(self, now: datetime) -> datetime:
        """Return when the window that holds now began, UTC."""
        local = now.astimezone(self.zone)
        today = local.date() if local.timetz().replace(tzinfo=None) >= self.opens else local.date() - timedelta(days=1)
        first = today - timedelta(days=(today - self.anchor).days % self.days)
        return datetime.combine(first, self.opens, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one window, so far."""

    answered: int = 0
    abandoned: int = 0
    first: float | None = None
    """When the first was answered, seconds since the epoch, to a quarter of an hour before."""

    def credit(self, cap: float) -> float:
        """Return how many calls may still be abandoned; negative when the cap, a share, is passed."""
        return cap * self.answered - self.abandoned

    @property
    def share(self) -> float:
        """Abandoned of answered."""
        return self.abandoned / self.answered if self.answered else 0.0


class Ledger:
    """Answered and abandoned calls by the hour, from which the counts of any window are told."""

    __slots__ = ("_hours", "_since", "_so_far")

    def __init__(self) -> None:
        self._hours: deque[list[float]] = deque()
        """[seconds since the epoch at which it began, answered, abandoned], quarters of an hour; zones begin there."""
        self._since: datetime | None = None
        self._so_far = Counts()

    def note(self, stamp: float, *, answered: int = 0, abandoned: int = 0) -> None:
        """Take in calls of a moment, seconds since the epoch; moments come in order."""
        begins = stamp - stamp % 900
        if not self._hours or self._hours[-1][0] < begins:
            self._hours.append([begins, 0, 0])
            while self._hours[0][0] < begins - KEPT.total_seconds():
                self._hours.popleft()
        last = self._hours[-1]
        last[1] += answered
        last[2] += abandoned
        if self._since is not None and begins >= self._since.timestamp():
            self._so_far = Counts(
                self._so_far.answered + answered, self._so_far.abandoned + abandoned, self._so_far.first or begins
            )

    def counts(self, since: datetime) -> Counts:
        """Return what was counted since a window opened."""
        if since != self._since:
            stamp = since.timestamp()
            inside = [one for one in self._hours if one[0] >= stamp]
            self._since = since
            first = inside[0][0] if inside else None
            self._so_far = Counts(int(sum(one[1] for one in inside)), int(sum(one[2] for one in inside)), first)
        return self._so_far
