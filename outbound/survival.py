"""How long things have lasted so far, and what that says of those that still last (pure).

Times are kept as counts of whole seconds. A person who has talked for `a` seconds will be free again within the next
`h` with a probability that the talks which lasted at least `a` tell: their hazard, second by second, and the time of
writing up that comes after (the life-table estimator of actuaries; Cutler and Ederer, 1958). Where few have lasted so
long, the estimate leans on the mean of all; with nothing seen it says that nobody gets free, which is the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import mul

LONGEST = 900
"""Seconds; what lasts longer is treated as having lasted so long."""
LONGEST_WRAP = 300
LONGEST_RING = 90
MEMORY = 2_000
"""Times of which more than this are known count half from then on: habits change."""
LEAN = 4.0
"""So many imagined times of the mean's hazard stand beside those that were seen."""
NONE = 1e-30
DOUBT = 8.0
"""So many times must be seen before half of what they say is believed."""


@dataclass(frozen=True, slots=True)
class Known:
    """How many lasted how long, as tables are made of it."""

    counts: tuple[float, ...]
    """By whole seconds; the last holds what lasted longer."""
    total: float = 0.0
    seconds: float = 0.0
    """That all of them lasted, what still lasts among them."""
    lasting: tuple[int, ...] = ()
    """Seconds that those have lasted which were not over."""

    @property
    def mean(self) -> float:
        """Seconds, 0 when nothing was seen; of an exponential time it is the likeliest."""
        return self.seconds / self.total if self.total else 0.0

    def at_risk(self) -> list[float]:
        """Return for each age how many lasted at least so long."""
        ended = list(self.counts)
        for age in self.lasting:
            ended[min(age, len(ended) - 1)] += 1.0
        return list(accumulate(reversed(ended)))[::-1]


class Times:
    """Counts of how long something lasted, and since when it lasts where it is not over.

    What still lasts must be counted among those that could have ended: else the first to end, the short ones, are
    taken for all. `known` is taken anew when what was seen has grown by an eighth: tables need not be made again for
    each time, and what they say depends on what was noted, never on when it was asked.
    """

    __slots__ = ("_counts", "_last", "_next", "_noted", "_seconds", "_since", "_total", "known", "version")

    def __init__(self, longest: int = LONGEST) -> None:
        self._last = longest
        self._counts = [0.0] * (longest + 1)
        self._total = self._seconds = 0.0
        self._noted, self._next = 0, 1
        self._since: dict[int, float] = {}
        self.known = Known(tuple(self._counts))
        self.version = 0

    def begin(self, who: int, at: float) -> None:
        """Take in that it begins for somebody."""
        self._since[who] = at

    def end(self, who: int, at: float) -> None:
        """Take in that it is over for somebody; of whom no beginning is known nothing is learned."""
        since = self._since.pop(who, None)
        if since is not None:
            self.note(at - since, at)

    def forget(self, who: int) -> None:
        """Take in that nobody will know how long it lasted."""
        self._since.pop(who, None)

    def note(self, seconds: float, at: float = 0.0) -> None:
        """Take in a time that is over."""
        self._counts[min(self._last, max(0, int(seconds)))] += 1.0
        self._total += 1.0
        self._seconds += max(0.0, seconds)
        self._noted += 1
        if self._total > MEMORY:
            self._counts = [one / 2 for one in self._counts]
            self._total, self._seconds = self._total / 2, self._seconds / 2
        if self._noted >= self._next:
            lasting = tuple([max(0, int(at - since)) for since in self._since.values()])
            self.known = Known(tuple(self._counts), self._total, self._seconds + sum(lasting), lasting)
            self.version += 1
            self._next = self._noted + max(1, int(self._total) // 8)


@dataclass(frozen=True, slots=True)
class Chances:
    """For each age in seconds: cumulants of "it happens" (1) or not (0), so that sums of many are a matter of adding.

    `mean` is the probability p, `spread` p(1-p), `skew` p(1-p)(1-2p): the first three cumulants of a Bernoulli trial.
    """

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    skew: tuple[float, ...]

    def added(self, ages: tuple[int, ...]) -> tuple[float, float, float]:
        """Return the cumulants of how many of these happen."""
        last = len(self.mean) - 1
        if ages and max(ages) > last:
            ages = tuple(min(age, last) for age in ages)
        return (
            sum(map(self.mean.__getitem__, ages)),
            sum(map(self.spread.__getitem__, ages)),
            sum(map(self.skew.__getitem__, ages)),
        )


def chances(probabilities: list[float]) -> Chances:
    """Return the cumulants of trials with these probabilities."""
    kept = [min(1.0, max(0.0, one)) for one in probabilities]
    spread = [one * (1.0 - one) for one in kept]
    skew = [one * (1.0 - 2.0 * p) for one, p in zip(spread, kept, strict=True)]
    return Chances(tuple(kept), tuple(spread), tuple(skew))


def ends(times: Known, weights: list[float]) -> list[float]:
    """Return for each age the sum over the coming seconds of the chance that it ends in each, times the weights."""
    counts, ahead = times.counts, len(weights)
    if not times.total:
        return [0.0] * len(counts)
    hazards, alive = _life(times, ahead)
    ending = list(map(mul, alive, hazards))
    belief = _belief(times)
    return [
        belief * sum(map(mul, ending[age : age + ahead], weights)) / max(left, NONE)
        for age, left in enumerate(alive[: len(counts)])
    ]


def ended_by(times: Known, within: int) -> list[float]:
    """Return the chance that what begins now is over after 0, 1 … so many seconds."""
    if not times.total:
        return [0.0] * (within + 1)
    belief = _belief(times)
    return [belief * (1.0 - left) for left in _life(times, 0)[1][: within + 1]]


def _belief(times: Known) -> float:
    return times.total / (times.total + DOUBT)


def _life(times: Known, beyond: int) -> tuple[list[float], list[float]]:
    """Return the hazard of each second, and how many are left at its beginning."""
    usual = LEAN / max(1.0, times.mean)
    hazards = [(ended + usual) / (risk + LEAN) for ended, risk in zip(times.counts, times.at_risk(), strict=True)]
    # The last second holds all that lasted longer: from there on it is the mean that speaks.
    hazards[-1] = usual / LEAN
    hazards += [hazards[-1]] * beyond
    return hazards, list(accumulate(hazards, lambda left, hazard: left * (1.0 - hazard), initial=1.0))


def free_after_writing(wraps: Known, within: int) -> Chances:
    """Return for each age of a wrap-up the chance that it ends within so many seconds."""
    return chances(ends(wraps, [1.0] * within))


def free_after_talking(talks: Known, wraps: Known, within: int) -> Chances:
    """Return for each age of a talk the chance that it and its wrap-up end within so many seconds."""
    # Of a talk that ends in second k, the wrap-up has the rest of the time, half a second less on average.
    written = ended_by(wraps, within)
    return chances(ends(talks, [(one + other) / 2 for one, other in pairwise(written)][::-1]))


def will_answer(answers: Known, failures: Known, share: float) -> Chances:
    """Return for each age of a call that rings the chance that it is answered some time (Bayes).

    Args:
        answers: seconds from dialling until answered, of those that were.
        failures: seconds until the call ended, of those that were not.
        share: of calls that are answered.

    """
    still, gone = answers.at_risk(), failures.at_risk()
    # What is imagined beside few answers: that waiting longer says nothing.
    found = []
    for age in range(len(answers.counts)):
        yes = share * (still[age] + LEAN) / (answers.total + LEAN)
        no = (1.0 - share) * (gone[age] + LEAN) / (failures.total + LEAN)
        found.append(yes / (yes + no))
    return chances(found)
