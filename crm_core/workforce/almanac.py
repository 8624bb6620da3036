"""What is known of a day before it comes: weekday, holidays, bills, the reading window, season (pure).

A day becomes a row of numbers, most of them nothing, that the forecast puts weights on. What moves calls of a utility
is in its calendar: bills go out, readings are due, people are away.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
BILL_STEPS = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 7), (8, 10))
"""Days since the bills went out, from and to, that have a weight each: callers come in a wave that ebbs."""
LAST_OF_WINDOW = 3
"""Last days of the reading window: who is late calls then."""
YEAR = 365.25
SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Almanac:
    """The calendar of one utility."""

    holidays: Collection[date] = frozenset()
    """Days off that are no ordinary weekend."""
    bill_day: int = 3
    """Day of the month on which bills go out; in a shorter month its last day."""
    window_first: int = 15
    window_last: int = 26
    """Days of the month on which readings are taken for it."""
    own: Mapping[date, Collection[str]] = field(default_factory=dict)
    """Names of further causes by day, each gets a weight of its own: a campaign of letters, a change of tariffs."""

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a holiday."""
        return day in self.holidays

    def kind(self, day: date) -> int:
        """Return which course a day takes, as a weekday: a holiday goes like a Sunday."""
        return SUNDAY if self.is_holiday(day) else day.weekday()

    def since_bill(self, day: date) -> int:
        """Return how many days ago bills went out last."""
        here = bill_of(day.year, day.month, self.bill_day)
        if here <= day:
            return (day - here).days
        before = day.replace(day=1) - DAY
        return (day - bill_of(before.year, before.month, self.bill_day)).days

    def causes(self, day: date, origin: date) -> dict[str, float]:
        """Return what may make a day busier or quieter, by name; what is not there is nothing.

        Args:
            day: which.
            origin: the day that the trend is counted from.

        """
        found = {"always": 1.0, f"weekday {self.kind(day)}": 1.0}
        if self.is_holiday(day):
            found["holiday"] = 1.0
        elif self.is_holiday(day + DAY):
            found["eve"] = 1.0
        elif self.is_holiday(day - DAY):
            found["after holiday"] = 1.0
        since = self.since_bill(day)
        for first, last in BILL_STEPS:
            if first <= since <= last:
                found[f"bill {first}"] = 1.0
        if self.window_first <= day.day <= self.window_last:
            found["window"] = 1.0
            if day.day > self.window_last - LAST_OF_WINDOW:
                found["window ends"] = 1.0
        found.update({f"own {name}": 1.0 for name in self.own.get(day, ())})
        return found | _season(day, origin)


def _season(day: date, origin: date) -> dict[str, float]:
    turn = 2.0 * math.pi * day.timetuple().tm_yday / YEAR
    waves = {
        f"season {name} {times}": wave(times * turn)
        for times in (1, 2)
        for name, wave in (("cos", math.cos), ("sin", math.sin))
    }
    return waves | {"trend": (day - origin).days / YEAR}


def bill_of(year: int, month: int, bill_day: int) -> date:
    """Return the day on which the bills of a month go out."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=bill_day - 1), following - DAY)
