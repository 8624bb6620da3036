"""The score of a call: weighted means of what applied, nothing at all when a fatal item failed (pure).

With points `p` of at most `m` for an item of weight `w`, over the items of a section that applied to the call:

    section = sum(w * p / m) / sum(w)
    total   = 100 * sum(W * section) / sum(W)      over the sections in which anything applied
    total   = 0                                    when a fatal item was answered no

What did not apply is left out of both sums. Counted as kept it would lift every short call; counted as missed it would
punish an operator for what the caller never asked. Both sums are exact fractions; only the result is rounded, half up,
to two decimals, so that a form of thirds adds up to 100. Sections keep their own score when a fatal item failed: what
else was good is still to be seen, and to be learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from crm_core.quality.forms import Section, items

Answers = Mapping[str, int | None]
"""Points by item; None: it did not apply. What is not there was not answered yet."""
PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a call is worth."""

    total: Decimal | None
    """From 0 to 100; None when nothing applied."""
    sections: Mapping[str, Decimal | None]
    """From 0 to 100 each, a fatal item notwithstanding; None where nothing applied."""
    fatal: tuple[str, ...] = ()
    """Items that made it nothing."""


def score(sections: Sequence[Section], answers: Answers) -> Score:
    """Return the score of a form that was filled; items that are not answered count as not applicable."""
    shares = {one.code: _section(one, answers) for one in sections}
    known = [(one.weight, share) for one in sections if (share := shares[one.code]) is not None]
    fatal = tuple(code for code, item in items(sections).items() if item.fatal and answers.get(code) == 0)
    total = _mean(known)
    if total is not None and fatal:
        total = Fraction(0)
    return Score(total=_percent(total), sections={code: _percent(one) for code, one in shares.items()}, fatal=fatal)


def _section(section: Section, answers: Answers) -> Fraction | None:
    return _mean(
        [
            (item.weight, Fraction(points, item.most))
            for item in section.items
            if (points := answers.get(item.code)) is not None
        ]
    )


def _mean(parts: Sequence[tuple[int, Fraction]]) -> Fraction | None:
    whole = sum(weight for weight, _ in parts)
    return sum((weight * share for weight, share in parts), Fraction(0)) / whole if whole else None


def _percent(share: Fraction | None) -> Decimal | None:
    if share is None:
        return None
    return (Decimal(100 * share.numerator) / Decimal(share.denominator)).quantize(PLACES, ROUND_HALF_UP)


def unanswered(sections: Sequence[Section], answers: Answers) -> tuple[str, ...]:
    """Return the items that have no answer yet."""
    return tuple(code for code in items(sections) if code not in answers)


def unfit(sections: Sequence[Section], answers: Answers) -> tuple[str, ...]:
    """Return the items whose answer their form does not know: too many points, or not applicable where it must be."""
    known = items(sections)
    return tuple(
        code
        for code, points in answers.items()
        if code not in known
        or (points is None and not known[code].optional)
        or (points is not None and not 0 <= points <= known[code].most)
    )
