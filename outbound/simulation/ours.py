"""The real pacing in a simulated shift (pure)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from outbound.abandonment import Cap
from outbound.history import Abandoned, Answered, Connected, History, Talked, Unanswered, Wrapped
from outbound.pacing import Decision, Load, calls_to_place
from outbound.shares import Share
from outbound.simulation.shift import Hall

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEGMENT = "all"


class Mistaken(History):
    """A history that says another share of answered calls than it has seen."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def share(self, segment: str, now: datetime) -> Share:
        """Return what is believed."""
        seen = super().share(segment, now)
        return replace(seen, mean=min(0.99, seen.mean * self._factor))


class Ours:
    """Nothing is known in advance."""

    name = "busbar"
    every = 1.0

    def __init__(self, cap: Cap, believed: float = 1.0, ends: float | None = None) -> None:
        self.cap, self.ends = cap, ends
        self.history = History() if believed == 1.0 else Mistaken(believed)
        self.last: Decision | None = None

    def place(self, hall: Hall, now: float, /) -> int:
        """Return how many calls to place."""
        self.last = calls_to_place(self.load(hall, now), self.history, self.cap, _moment(now))
        return self.last.calls

    def load(self, hall: Hall, now: float) -> Load:
        """Return what the hall looks like at a moment."""
        return Load(
            idle=hall.idle,
            talking=tuple([int(now - since) for since in hall.talking.values()]),
            wrapping=tuple([int(now - since) for since in hall.wrapping.values()]),
            ringing=((SEGMENT, tuple([int(now - since) for since in hall.ringing.values()])),),
            waiting=len(hall.waiting),
            lines=hall.lines,
            segment=SEGMENT,
            left=None if self.ends is None else self.ends - now,
        )

    def answered(self, now: float, seconds: float, /) -> None:
        """A call was answered."""
        self.history.note(Answered(_moment(now), SEGMENT, seconds))

    def failed(self, now: float, seconds: float, /) -> None:
        """A call ended without an answer."""
        self.history.note(Unanswered(_moment(now), SEGMENT, seconds))

    def connected(self, now: float, who: int, /) -> None:
        """A talk began."""
        self.history.note(Connected(_moment(now), who))

    def talked(self, now: float, who: int, /) -> None:
        """A talk ended."""
        self.history.note(Talked(_moment(now), who))

    def wrapped(self, now: float, who: int, /) -> None:
        """A wrap-up ended."""
        self.history.note(Wrapped(_moment(now), who))

    def abandoned(self, now: float, /) -> None:
        """Somebody was abandoned."""
        self.history.note(Abandoned(_moment(now)))


def _moment(now: float) -> datetime:
    return START + timedelta(seconds=now)
