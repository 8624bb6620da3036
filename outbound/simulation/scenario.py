"""What a simulated shift is made of: operators, debtors, and how long everything takes (pure)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random

HOUR = 3_600.0
SHAPE = 3
"""Of the gamma-distributed part of the ring before an answer."""

Steps = tuple[tuple[float, float], ...]
"""(from this second, this value), first from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A shift. Seconds everywhere."""

    operators: int
    seconds: float = 8 * HOUR
    warm: float = 0.0
    """So long is not counted in `Outcome.settled`: everybody begins idle, and with nothing known."""
    answered: Steps = ((0.0, 0.30),)
    """Share of calls that are answered; it changes steadily from each point to the next."""
    staff: Steps = ()
    """(from this second, so many operators): they come and go at a stroke; the busy go when they have written up."""
    talk: float = 120.0
    talk_variation: float = 1.0
    """Variation coefficient; lognormal."""
    wrap: float = 20.0
    wrap_variation: float = 0.5
    soonest: float = 3.0
    """Nobody answers sooner."""
    ring: float = 12.0
    """Mean until an answer."""
    failing: tuple[tuple[float, float], ...] = ((0.60, 30.0), (0.25, 5.0), (0.15, 18.0))
    """Of the calls that are not answered: this share ends after so long (nobody there; busy or refused; a machine)."""
    grace: float = 2.0
    cap: float = 0.03
    lines: int = 10_000

    def share(self, at: float) -> float:
        """Return what share is answered of calls dialled at a moment."""
        before, after = self.answered[0], None
        for one, two in pairwise(self.answered):
            if one[0] <= at < two[0]:
                before, after = one, two
        if after is None:
            return self.answered[-1][1] if at >= self.answered[-1][0] else before[1]
        return before[1] + (after[1] - before[1]) * (at - before[0]) / (after[0] - before[0])


class Chance:
    """What is by chance, each kind from a stream of its own, so that all laws meet the same debtors and talks."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._calls, self._talks, self._wraps, self.leaving = map(Random, range(seed * 4, seed * 4 + 4))
        self._talk = _lognormal(scenario.talk, scenario.talk_variation)
        self._wrap = _lognormal(scenario.wrap, scenario.wrap_variation)
        self._flat = len(scenario.answered) == 1
        self._rest = (scenario.ring - scenario.soonest) / SHAPE

    def call(self, now: float) -> tuple[bool, float]:
        """Return whether a call dialled now is answered, and after how long it is or ends."""
        scenario, draw = self._scenario, self._calls.random
        one, two, three, four = draw(), draw(), draw(), draw()
        share = scenario.answered[0][1] if self._flat else scenario.share(now)
        if one < share:
            # A sum of three exponentials: Gamma(3).
            return True, scenario.soonest - self._rest * math.log((1.0 - two) * (1.0 - three) * (1.0 - four))
        for part, after in scenario.failing:
            if two < part:
                return False, after
            two -= part
        return False, scenario.failing[-1][1]

    def talk(self) -> float:
        """Return how long a talk takes."""
        return self._talks.lognormvariate(*self._talk)

    def wrap(self) -> float:
        """Return how long writing up takes."""
        return self._wraps.lognormvariate(*self._wrap)


def _lognormal(mean: float, variation: float) -> tuple[float, float]:
    """Return mean and deviation of the logarithm."""
    variance = math.log(1.0 + variation * variation)
    return math.log(mean) - variance / 2.0, math.sqrt(variance)
