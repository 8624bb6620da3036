"""Shifts: patterns with their breaks, a person's day, and how many are there in each half hour (pure).

Times are minutes from the local midnight of the shift's day; a shift that goes on into the next day ends above 1,440.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from crm_core.strict import Strict
from crm_core.workforce.forecast import INTERVALS, MINUTES

DAY_MINUTES = 1_440
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
Minute = Annotated[int, Field(ge=0, lt=DAY_MINUTES)]


class Pause(Strict):
    """A break of a pattern."""

    after: Annotated[int, Field(ge=15, le=960)]
    """Minutes from the shift's beginning."""
    minutes: Annotated[int, Field(ge=5, le=120)]
    paid: bool = True
    """A meal is not, as a rule: it is no working time."""


class Pattern(Strict):
    """A kind of shift."""

    code: Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[a-z][a-z0-9_-]*$")]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    starts: Minute
    minutes: Annotated[int, Field(ge=60, le=960)]
    """From its beginning to its end, breaks among it."""
    pauses: Annotated[tuple[Pause, ...], Field(max_length=8)] = ()
    weekdays: Annotated[tuple[int, ...], Field(min_length=1, max_length=7)] = EVERY_DAY
    """Days on which it may begin, Monday is 0."""

    @model_validator(mode="after")
    def _sound(self) -> Pattern:
        ends = 0
        for one in self.pauses:
            if one.after < ends:
                raise ValueError("pauses: each begins after the one before has ended")
            ends = one.after + one.minutes
        if ends > self.minutes:
            raise ValueError("pauses: they end before the shift does")
        if any(not 0 <= one <= 6 for one in self.weekdays):
            raise ValueError("weekdays: 0 is Monday, 6 is Sunday")
        return self

    def on(self, day: date) -> bool:
        """Whether it may begin on a day."""
        return day.weekday() in self.weekdays

    def shift(self, operator_id: int, day: date) -> Shift:
        """Return it as a person's day."""
        return Shift(
            operator_id=operator_id,
            day=day,
            pattern=self.code,
            begins=self.starts,
            ends=self.starts + self.minutes,
            breaks=tuple(
                Break(begins=self.starts + one.after, ends=self.starts + one.after + one.minutes, paid=one.paid)
                for one in self.pauses
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A break of somebody's day."""

    begins: int
    ends: int
    paid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """When somebody works on a day."""

    operator_id: int
    day: date
    begins: int
    ends: int
    breaks: tuple[Break, ...] = ()
    pattern: str = ""

    @property
    def paid(self) -> int:
        """Minutes of working time."""
        return self.ends - self.begins - sum(one.ends - one.begins for one in self.breaks if not one.paid)

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Return when he is at the telephone, breaks taken out."""
        found, at = [], self.begins
        for one in self.breaks:
            if one.begins > at:
                found.append((at, one.begins))
            at = max(at, one.ends)
        if self.ends > at:
            found.append((at, self.ends))
        return tuple(found)


def share(shift: Shift) -> dict[tuple[date, int], float]:
    """Return which half hours he is there in, and for how much of each; those of the next day among them."""
    found: dict[tuple[date, int], float] = {}
    for begins, ends in shift.spans():
        for number in range(begins // MINUTES, -(-ends // MINUTES)):
            there = min(ends, (number + 1) * MINUTES) - max(begins, number * MINUTES)
            key = (shift.day + timedelta(days=number // INTERVALS), number % INTERVALS)
            found[key] = found.get(key, 0.0) + there / MINUTES
    return found


def planned(shifts: Iterable[Shift], days: Sequence[date]) -> dict[date, tuple[float, ...]]:
    """Return how many are planned to be at the telephone in each half hour of some days."""
    found = {day: [0.0] * INTERVALS for day in days}
    for shift in shifts:
        for (day, number), there in share(shift).items():
            if day in found:
                found[day][number] += there
    return {day: tuple(round(one, 3) for one in counts) for day, counts in found.items()}
