"""What a campaign has lived through, as far as pacing needs it: a fold over facts (pure).

The same facts in the same order make the same history, whenever it is asked; a floor that starts again reads them
from the record.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from outbound.abandonment import Ledger
from outbound.shares import Share, Shares
from outbound.survival import (
    LONGEST_RING,
    LONGEST_WRAP,
    Chances,
    Times,
    free_after_talking,
    free_after_writing,
    will_answer,
)

FINE = 50.0
"""Tables of calls that ring are made for shares 2 % apart."""
SETTLED = 40.0
"""Seconds after dialling: by then nearly every call has been answered or has failed."""
TABLES = 64
"""Tables that are kept."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A call was answered."""

    at: datetime
    segment: str
    seconds: float
    """Since it was dialled."""
    person: bool = True
    """False: a machine, which is known before anybody is connected."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A call ended without an answer."""

    at: datetime
    segment: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A person answered, and no operator was there in time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Connected:
    """An operator began to talk."""

    at: datetime
    operator: int


@dataclass(frozen=True, slots=True)
class Talked:
    """An operator's talk ended; he writes up."""

    at: datetime
    operator: int


@dataclass(frozen=True, slots=True)
class Wrapped:
    """An operator's wrap-up ended."""

    at: datetime
    operator: int


Fact = Answered | Unanswered | Abandoned | Connected | Talked | Wrapped


class Past(Protocol):
    """What a decision asks of the past."""

    people: Ledger
    """Answered by a person, and abandoned."""
    everything: Ledger
    """Answered by anybody or anything, and abandoned."""

    def share(self, segment: str, now: datetime) -> Share:
        """Return what share of calls dialled now is answered by somebody who needs an operator."""
        ...

    def ring(self) -> float:
        """Return after how many seconds a call is answered on average; 0 when none was."""
        ...

    def answer(self, share: float) -> Chances:
        """Return the chance of an answer by the age of a call that rings."""
        ...

    def talking(self, within: int) -> Chances:
        """Return the chance to be free in so many seconds, by the age of a talk."""
        ...

    def wrapping(self, within: int) -> Chances:
        """Return the chance to be free in so many seconds, by the age of a wrap-up."""
        ...


class History:
    """What was lived through so far."""

    def __init__(self) -> None:
        self.people, self.everything = Ledger(), Ledger()
        self._shares = Shares()
        self._talks, self._wraps = Times(), Times(LONGEST_WRAP)
        self._wraps_then = self._wraps.known
        """As they were when `known` of the talks was taken: one table less to make."""
        self._answers, self._failures = Times(LONGEST_RING), Times(LONGEST_RING)
        self._open: list[tuple[float, int, bool, Answered | Unanswered]] = []
        self._serial = 0
        self._tables: dict[tuple[str, int, int, int], Chances] = {}

    def note(self, fact: Fact) -> None:
        """Take in what happened; facts come in the order of their moments."""
        stamp = fact.at.timestamp()
        match fact:
            case Answered():
                self._ended(fact, answered=fact.person)
                self.people.note(stamp, answered=int(fact.person))
                self.everything.note(stamp, answered=1)
            case Unanswered():
                self._ended(fact, answered=False)
            case Abandoned():
                self.people.note(stamp, abandoned=1)
                self.everything.note(stamp, abandoned=1)
            case Connected():
                self._wraps.forget(fact.operator)
                self._talks.begin(fact.operator, stamp)
            case Talked():
                version = self._talks.version
                self._talks.end(fact.operator, stamp)
                if version != self._talks.version:
                    self._wraps_then = self._wraps.known
                self._wraps.begin(fact.operator, stamp)
            case Wrapped():
                self._wraps.end(fact.operator, stamp)

    def _ended(self, fact: Answered | Unanswered, *, answered: bool) -> None:
        """Keep how a call ended until those dialled with it have ended too: the quick ones are not like all."""
        stamp = fact.at.timestamp()
        self._serial += 1
        settles = max(stamp, stamp - fact.seconds + SETTLED)
        heapq.heappush(self._open, (settles, self._serial, answered, fact))

    def _settle(self, now: float) -> None:
        while self._open and self._open[0][0] <= now:
            _, _, answered, fact = heapq.heappop(self._open)
            self._shares.note(fact.segment, fact.at.hour, answered=answered)
            (self._answers if answered else self._failures).note(fact.seconds)

    def share(self, segment: str, now: datetime) -> Share:
        """Return what share of calls dialled now is answered by somebody who needs an operator."""
        self._settle(now.timestamp())
        return self._shares.of(segment, now.hour)

    def ring(self) -> float:
        """Return after how many seconds a call is answered on average; 0 when none was."""
        return self._answers.known.mean

    def answer(self, share: float) -> Chances:
        """Return the chance of an answer by the age of a call that rings."""
        level = round(math.log(min(0.995, max(0.005, share))) * FINE)
        key = ("answer", level, self._answers.version, self._failures.version)
        return self._kept(key) or self._keep(
            key, will_answer(self._answers.known, self._failures.known, math.exp(level / FINE))
        )

    def talking(self, within: int) -> Chances:
        """Return the chance to be free in so many seconds, by the age of a talk."""
        key = ("talk", within, self._talks.version, 0)
        return self._kept(key) or self._keep(key, free_after_talking(self._talks.known, self._wraps_then, within))

    def wrapping(self, within: int) -> Chances:
        """Return the chance to be free in so many seconds, by the age of a wrap-up."""
        key = ("wrap", within, self._wraps.version, 0)
        return self._kept(key) or self._keep(key, free_after_writing(self._wraps.known, within))

    def _kept(self, key: tuple[str, int, int, int]) -> Chances | None:
        return self._tables.get(key)

    def _keep(self, key: tuple[str, int, int, int], table: Chances) -> Chances:
        if len(self._tables) >= TABLES:
            self._tables.clear()
        self._tables[key] = table
        return table
