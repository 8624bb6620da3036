"""In which class a row of a campaign's list is: exactly one at every moment, so that they sum to the list (pure).

The order of the rules is the rule: an open call comes before everything, then what a person decided, then what was
reached, then money, then what the network and the law said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outbound.terms import Klass, Reason


class Party(StrEnum):
    """With whom an operator talked, as his disposition says."""

    NOBODY = ""
    RIGHT = "right"
    THIRD = "third"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What happened to a row."""

    attempt_open: bool = False
    removed: bool = False
    paid: bool = False
    party: Party = Party.NOBODY
    """The best that was reached; the right one counts more."""
    numbers_left: bool = True
    """There is a number that may be dialled, as far as numbers go."""
    had_numbers: bool = True
    """There ever was one."""
    tries: int = 0
    most_tries: int = 1
    reasons: Sequence[Reason] = ()
    """The last no of the law; empty when it was yes, or nobody asked."""
    next_at: datetime | None = None
    """When the answer becomes yes if only time passes; None with reasons: not by itself."""
    campaign_over: bool = False


FOR_GOOD = frozenset({Reason.PAID, Reason.NO_NUMBER})
"""Reasons that are a class of their own."""
REACHED: Mapping[Party, Klass] = {Party.RIGHT: Klass.REACHED_RIGHT_PARTY, Party.THIRD: Klass.REACHED_THIRD_PARTY}
LIVE = frozenset({Klass.WAITING, Klass.IN_WORK, Klass.BLOCKED_BY_LAW})
"""Classes of rows that something may still happen to by itself."""
DONE = frozenset(Klass) - LIVE


def klass(facts: RowFacts) -> Klass:
    """Return the class of a row."""
    blocked = bool(facts.reasons) and facts.next_at is None
    rules = (
        (facts.attempt_open, Klass.IN_WORK),
        (facts.removed, Klass.REMOVED),
        (facts.party is Party.RIGHT, Klass.REACHED_RIGHT_PARTY),
        (facts.paid or Reason.PAID in facts.reasons, Klass.PAID),
        (not facts.numbers_left or (blocked and Reason.NO_NUMBER in facts.reasons), Klass.BAD_NUMBER),
        (facts.party is Party.THIRD and facts.tries >= facts.most_tries, Klass.REACHED_THIRD_PARTY),
        (facts.tries >= facts.most_tries, Klass.NOT_REACHED),
        (blocked, Klass.BLOCKED_BY_LAW),
        (facts.party is Party.THIRD and facts.campaign_over, Klass.REACHED_THIRD_PARTY),
        (facts.campaign_over and facts.tries > 0, Klass.NOT_REACHED),
        (facts.campaign_over, Klass.EXPIRED),
    )
    return next((found for is_so, found in rules if is_so), Klass.WAITING)


def put_off(reasons: Sequence[Reason], next_at: datetime | None) -> Klass:
    """Return the class of a waiting row to which the law, or the gate, has just said no."""
    return klass(RowFacts(reasons=reasons, next_at=next_at))


def party(flags: str) -> Party:
    """Return with whom a talk was, by the flags of its disposition (DOMAIN.md D4): H somebody, R the right party."""
    if "R" in flags:
        return Party.RIGHT
    return Party.THIRD if "H" in flags else Party.NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """How many rows stand where."""

    counts: Mapping[Klass, int]

    @property
    def total(self) -> int:
        """All rows of the list."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Rows of which the ledger has the last word."""
        return sum(self.counts.get(one, 0) for one in DONE)

    @property
    def reached(self) -> int:
        """Rows whose right party was talked with."""
        return self.counts.get(Klass.REACHED_RIGHT_PARTY, 0)

    @property
    def callable(self) -> int:
        """Rows that calling could reach: all but those who paid, were removed, or whom the law protects."""
        away = (Klass.PAID, Klass.REMOVED, Klass.BLOCKED_BY_LAW)
        return self.total - sum(self.counts.get(one, 0) for one in away)

    @property
    def rate(self) -> float | None:
        """Reached of those whom calling could reach, 0 … 1; None when there is nobody (docs/campaigns.md)."""
        return self.reached / self.callable if self.callable else None
