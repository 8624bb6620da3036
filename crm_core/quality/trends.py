"""How scores go over the weeks, one's own against the team's, and which team figures may be shown (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

WEEKS: Final = 12
LEAST_COLLEAGUES: Final = 3
"""With fewer scored colleagues a team's mean would say how one of them was scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean of scores and what it was made of."""

    own: Decimal | None
    own_calls: int
    team: Decimal | None
    colleagues: int
    """Who are in the team's mean, oneself left out."""

    @property
    def shown(self) -> Mean:
        """Return it as it may be shown."""
        if self.colleagues >= LEAST_COLLEAGUES:
            return self
        return Mean(own=self.own, own_calls=self.own_calls, team=None, colleagues=self.colleagues)


NOTHING: Final = Mean(own=None, own_calls=0, team=None, colleagues=0)


def weeks(known: Mapping[date, Mean], last: date, count: int = WEEKS) -> list[tuple[date, Mean]]:
    """Return the means of some weeks up to a last Monday, oldest first, with those in which nothing was scored."""
    days = [last - timedelta(days=7 * back) for back in reversed(range(count))]
    return [(day, known.get(day, NOTHING).shown) for day in days]


def line(values: list[Decimal | None], width: int, height: int) -> str:
    """Return the path of a drawing of scores from 0 to 100, each in the middle of its step, broken where one lacks."""
    step = width / max(len(values), 1)
    parts, drawing = [], False
    for place, value in enumerate(values):
        if value is not None:
            at = f"{(place + 0.5) * step:.1f} {height - float(value) * height / 100:.1f}"
            # A week that stands alone is a dot: a line of no length.
            parts.append(f"L{at}" if drawing else f"M{at}h0")
        drawing = value is not None
    return " ".join(parts)
