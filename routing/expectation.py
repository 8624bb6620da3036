"""How long somebody will wait: an interval from the flow that was measured, never a number that nobody knows (pure).

Whoever is k-th in line waits until the k-th operator from now gets free. What is known is how long the last contacts
kept their operators. If a contact lasted exponentially long, k of them at n operators at work would take k/n of the
mean, times an F-distributed ratio with 2k and 2m degrees of freedom, m being the contacts measured: the uncertainty of
the mean is part of it (predictive distribution of a gamma sum with a gamma-distributed rate; Johnson, Kotz,
Balakrishnan, Continuous Univariate Distributions, ch. 27). Contacts vary less than that, others overtake: what comes of
both is measured by replay, `busbar simulate waits`.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta

from routing.operator import NOT_READY, OFFLINE, Operator

REMEMBERED = 60
"""Contacts of a queue from which is judged: about the last half hour of ten operators."""
LEAST = 8
"""Contacts without which nothing is said."""
NORMAL_90 = 1.2816
"""Quantile of the standard normal at 90 %: each end of the interval is missed by one in ten, were the model true."""


@dataclass(frozen=True, slots=True)
class Span:
    """An interval that is announced, whole minutes."""

    name: str
    least: int
    most: int | None
    """None: longer than `least`, nobody can say how long."""


SPANS = (
    Span("under_1", 0, 1),
    Span("under_2", 0, 2),
    Span("1_3", 1, 3),
    Span("2_5", 2, 5),
    Span("under_5", 0, 5),
    Span("3_10", 3, 10),
    Span("under_10", 0, 10),
    Span("5_20", 5, 20),
    Span("over_20", 20, None),
    Span("over_10", 10, None),
)
"""What may be said, the most precise first; the first that holds the whole interval is said."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between these, seconds."""

    least: float
    most: float


class Flow:
    """How long the last contacts of one queue kept their operators, from being connected until being free again."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=REMEMBERED)
        self._sum = 0.0

    def note(self, took: timedelta) -> None:
        """Take in a contact that is over."""
        self.note_seconds(took.total_seconds())

    def note_seconds(self, seconds: float) -> None:
        """Take in a contact that is over, in seconds."""
        if len(self._seconds) == REMEMBERED:
            self._sum -= self._seconds[0]
        self._seconds.append(seconds)
        self._sum += seconds

    @property
    def measured(self) -> int:
        """How many contacts are known."""
        return len(self._seconds)

    def bounds(self, place: int, operators: int) -> Bounds | None:
        """Return between what somebody will wait, None when nobody can say.

        Args:
            place: in line, from 1.
            operators: at work for this queue, all of them busy.

        """
        if place < 1 or operators < 1 or self.measured < LEAST:
            return None
        mean = self._sum / self.measured * place / operators
        return Bounds(
            mean * f_quantile(-NORMAL_90, 2 * place, 2 * self.measured),
            mean * f_quantile(NORMAL_90, 2 * place, 2 * self.measured),
        )


class Flows:
    """The flow of every queue, and who is at work for it."""

    def __init__(self) -> None:
        self._of: dict[str, Flow] = {}
        self._at_work: Counter[frozenset[str]] = Counter()
        """Operators at work by the queues they serve; nobody named: every queue."""

    def note(self, queue: str, took: timedelta) -> None:
        """Take in a contact of a queue that is over."""
        self._of.setdefault(queue, Flow()).note(took)

    def count(self, before: Operator | None, after: Operator) -> None:
        """Take in that an operator changed."""
        if before is not None and _works(before):
            self._at_work[_served(before)] -= 1
        if _works(after):
            self._at_work[_served(after)] += 1

    def operators(self, queue: str) -> int:
        """Return how many are at work for a queue."""
        return sum(many for queues, many in self._at_work.items() if not queues or queue in queues)

    def expected(self, queue: str, place: int) -> Span | None:
        """Return what may be said of the wait at a place of a queue."""
        flow = self._of.get(queue)
        return span(flow.bounds(place, self.operators(queue))) if flow is not None else None


def _served(operator: Operator) -> frozenset[str]:
    return frozenset(queue for queue, _ in operator.profile.queues)


def _works(operator: Operator) -> bool:
    return operator.state not in {OFFLINE, NOT_READY} and operator.next_reason is None


def f_quantile(z: float, first: int, second: int) -> float:
    """Return a quantile of the F distribution, by Paulson's normal approximation of its cube root.

    Paulson, An approximate normalization of the analysis of variance distribution (1942); within 1 % here.

    Args:
        z: quantile of the standard normal at the wanted probability.
        first: degrees of freedom of the numerator.
        second: of the denominator, at least 6.

    """
    a, b = 2 / (9 * first), 2 / (9 * second)
    root = z * ((1 - b) ** 2 * a + (1 - a) ** 2 * b - a * b * z * z) ** 0.5
    return float(max(0.0, ((1 - a) * (1 - b) + root) / ((1 - b) ** 2 - b * z * z)) ** 3)


def span(bounds: Bounds | None) -> Span | None:
    """Return what is announced of an interval: whole minutes that hold all of it; None when nothing honest is short."""
    if bounds is None:
        return None
    for one in SPANS:
        within = one.most is None or bounds.most <= one.most * 60
        if one.least * 60 <= bounds.least and within:
            return one
    return None


def holds(one: Span, seconds: float) -> bool:
    """Whether a wait is as it was announced."""
    return one.least * 60 <= seconds and (one.most is None or seconds <= one.most * 60)
