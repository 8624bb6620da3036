"""How often, and how many at once, operators may lead callers and themselves to numbers outside (pure).

Numbers outside cost money, and one person with a desk must not be able to make the house ring a number all day
(SECURITY.md, AC06). What is counted is what was ordered; who is refused has spent nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.views import OperatorId

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MOST_NUMBERS = 10_000
"""Different numbers of one day that are counted; a day with more is none of this house, and the next is refused."""
TOO_OFTEN = "outside-too-often"
NUMBER_TOO_OFTEN = "outside-number-often"
LINES_FULL = "outside-lines-full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many there may be; 0 of any: nobody is led outside."""

    operator_minute: int = 6
    """By one operator within any minute."""
    operator_hour: int = 60
    """By one operator within any hour."""
    number_day: int = 200
    """To one number on one day of the utility, by all operators."""
    lines: int = 30
    """At once, in the whole house."""


@dataclass(slots=True)
class Spent:
    """What was led outside of late: an hour of each operator, a day of each number."""

    day: str = ""
    _by_operator: dict[OperatorId, deque[datetime]] = field(default_factory=dict)
    _by_number: dict[str, int] = field(default_factory=dict)

    def take(self, caps: Caps, operator: OperatorId, number: str, lines: int, day: str, now: datetime) -> str:  # noqa: PLR0913, PLR0917 - who, where to, how many there are, when
        """Count one more leg outside; return "" when it may be, else why not, and then nothing is counted.

        Args:
            caps: how many there may be.
            operator: who wishes it.
            number: where to, E.164.
            lines: legs outside that there are at this moment.
            day: the utility's day; with a new one every number begins anew.
            now: never earlier than before; a clock that was set back only makes the limits stricter.

        """
        if day != self.day:
            self.day, self._by_number = day, {}
            self._forget(now)
        times = self._of(operator, now)
        if lines >= caps.lines:
            return LINES_FULL
        within = sum(now - one < MINUTE for one in times)
        if within >= caps.operator_minute or len(times) >= caps.operator_hour:
            return TOO_OFTEN
        known = self._by_number.get(number, 0)
        if known >= caps.number_day or (known == 0 and len(self._by_number) >= MOST_NUMBERS):
            return NUMBER_TOO_OFTEN
        self._by_operator[operator] = times
        times.append(now)
        self._by_number[number] = known + 1
        return ""

    def _of(self, operator: OperatorId, now: datetime) -> deque[datetime]:
        """Return when this operator led somebody outside within the hour: at most `operator_hour` moments."""
        times = self._by_operator.get(operator, deque())
        while times and now - times[0] >= HOUR:
            times.popleft()
        return times

    def _forget(self, now: datetime) -> None:
        """Forget operators of whom nothing counts any more."""
        self._by_operator = {who: times for who in list(self._by_operator) if (times := self._of(who, now))}

    @property
    def held(self) -> int:
        """How many moments and numbers are kept."""
        return sum(map(len, self._by_operator.values())) + len(self._by_number)
