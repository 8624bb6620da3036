"""How far graders agree who scored the same call without seeing each other: percent by item, alpha over all (pure).

Percent agreement is what a team can read, but chance alone gives much of it. Krippendorff's alpha takes that off, bears
any number of graders and answers that are missing, and is the same figure for yes/no and for scales: 1 is perfect, 0
what chance gives, below 0 systematic disagreement. Cohen's kappa would need exactly two graders who answered all.

Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania, 2011; held to its
worked examples by the tests. He calls 0.8 reliable, and from 0.667 on fit for tentative conclusions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Final

from crm_core.quality.forms import Section, items
from crm_core.quality.scoring import Answers

RELIABLE: Final = 0.8
TENTATIVE: Final = 0.667
Difference = Callable[[Fraction, Fraction], Fraction]


def nominal(one: Fraction, other: Fraction) -> Fraction:
    """Return how much two answers differ that are the same or not."""
    return Fraction(one != other)


def interval(one: Fraction, other: Fraction) -> Fraction:
    """Return how much two answers differ whose distance means something."""
    return (one - other) ** 2


def alpha(units: Iterable[Sequence[Fraction]], difference: Difference = interval) -> float | None:
    """Return Krippendorff's alpha.

    Args:
        units: the values each thing got, missing ones left out; what has one value says nothing and is passed over.
        difference: of two values.

    Returns:
        None when there is nothing to compare, or every value is the same: then nobody could have disagreed.

    """
    pairable = [tuple(one) for one in units if len(one) > 1]
    values = [value for one in pairable for value in one]
    expected = _pairs(values, difference)
    if not expected:
        return None
    observed = sum((_pairs(one, difference) / (len(one) - 1) for one in pairable), Fraction(0))
    return float(1 - (len(values) - 1) * observed / expected)


def _pairs(values: Sequence[Fraction], difference: Difference) -> Fraction:
    """Sum the differences of all ordered pairs."""
    counts: dict[Fraction, int] = {}
    for one in values:
        counts[one] = counts.get(one, 0) + 1
    return 2 * sum(
        (counts[one] * counts[other] * difference(one, other) for one, other in combinations(counts, 2)), Fraction(0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAgreement:
    """How graders answered one item."""

    code: str
    percent: float | None
    """Pairs of graders with the same answer, "not applicable" among the answers; None with fewer than two graders."""
    answers: tuple[int | None, ...]
    """In the graders' order."""


def by_item(sections: Sequence[Section], graders: Sequence[Answers]) -> tuple[ItemAgreement, ...]:
    """Return how graders of one call agree, item by item."""
    return tuple(
        ItemAgreement(code=code, percent=_same(given), answers=given)
        for code in items(sections)
        if (given := tuple(one[code] for one in graders if code in one))
    )


def _same(given: Sequence[int | None]) -> float | None:
    pairs = list(combinations(given, 2))
    return sum(one == other for one, other in pairs) / len(pairs) if pairs else None


def of_call(sections: Sequence[Section], graders: Sequence[Answers]) -> float | None:
    """Return alpha over the items of one call; answers are shares of an item's points, so that all weigh the same."""
    return alpha(_units(sections, graders))


def _units(sections: Sequence[Section], graders: Sequence[Answers]) -> list[list[Fraction]]:
    known = items(sections)
    return [
        [Fraction(points, item.most) for one in graders if (points := one.get(code)) is not None]
        for code, item in known.items()
    ]


def of_calls(calls: Iterable[tuple[Sequence[Section], Sequence[Answers]]]) -> float | None:
    """Return alpha over the items of several calls."""
    return alpha(unit for sections, graders in calls for unit in _units(sections, graders))
