"""What a house decided about planning, as data, and what a plan is made of (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from crm_core.reading_policy import ReadingRules
from crm_core.strict import Strict
from crm_core.workforce.almanac import Almanac
from crm_core.workforce.forecast import INTERVALS, Counts, History
from crm_core.workforce.rest import RestRules
from crm_core.workforce.staffing import Promise

WEEKS = 3
DAYS = 7 * WEEKS
"""Days that are planned ahead."""
NOTHING: Counts = (0.0,) * INTERVALS
EVEN = 0.5
"""So many operators more or less than needed is as planned."""
WEEK = timedelta(days=7)


class PlanRules(Strict):
    """One version."""

    share: Annotated[float, Field(ge=0.3, le=0.99)] = 0.8
    """Of callers who are answered within the threshold."""
    threshold: Annotated[int, Field(ge=1, le=600)] = 20
    """Seconds."""
    patience: Annotated[int, Field(ge=5, le=3600)] | None = None
    """Seconds until a caller gives up, on average; none: Erlang C, as if all waited for ever."""
    busiest: Annotated[float, Field(ge=0.4, le=1)] = 0.88
    """Share of his time that an operator may be busy."""
    extra: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Operators besides, as a share, since not everybody can do everything."""
    away: Annotated[float, Field(ge=0, le=0.6)] = 0.1
    """Share of planned time lost to illness, training, meetings."""
    handle: Annotated[int, Field(ge=10, le=7200)] = 240
    """Seconds of a call with its writing up, where history says nothing."""
    bill_day: Annotated[int, Field(ge=1, le=31)] = 3
    """Day of the month on which bills go out."""
    rest: RestRules = RestRules()

    def promise(self) -> Promise:
        """Return what callers are promised."""
        return Promise(
            share=self.share,
            threshold=self.threshold,
            patience=self.patience,
            busiest=self.busiest,
            extra=self.extra,
            away=self.away,
        )

    def almanac(self, holidays: Collection[date], readings: ReadingRules) -> Almanac:
        """Return the utility's calendar."""
        return Almanac(
            holidays=holidays,
            bill_day=self.bill_day,
            window_first=readings.window_first,
            window_last=readings.window_last,
        )


def whole(counted: Mapping[date, Counts]) -> History:
    """Return a history in which days without any call are there, where nobody calls on such days.

    A day that was not counted at all is left out: between two weeks with calls on its weekday it is a hole.
    """
    if not counted:
        return {}
    first, last = min(counted), max(counted)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {
        day: counted.get(day, NOTHING)
        for day in every
        if day in counted or not (day - WEEK in counted or day + WEEK in counted)
    }


class Standing(StrEnum):
    """How a half hour is planned."""

    NOBODY_NEEDED = "nobody_needed"
    SHORT = "short"
    EVEN = "even"
    OVER = "over"


def standing(needed: float, planned: float) -> Standing:
    """Return how a half hour is planned."""
    if needed <= 0 and planned <= EVEN:
        return Standing.NOBODY_NEEDED
    if planned < needed - EVEN:
        return Standing.SHORT
    return Standing.OVER if planned > needed + max(1.0, 0.15 * needed) else Standing.EVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """A day as the page shows it."""

    day: date
    calls: Counts | None
    """Forecast; None: none was made."""
    low: Counts
    high: Counts
    needed: Sequence[float]
    planned: Sequence[float]
    came: Counts | None = None
    """Calls that came, of a day that has begun."""
    there: Sequence[float] | None = None
    """Operators who were at the telephone."""

    @property
    def standings(self) -> tuple[Standing, ...]:
        """How each half hour is planned."""
        return tuple(standing(need, plan) for need, plan in zip(self.needed, self.planned, strict=True))

    @property
    def short(self) -> int:
        """Half hours that are short."""
        return self.standings.count(Standing.SHORT)

    @property
    def over(self) -> int:
        """Half hours with more than are needed."""
        return self.standings.count(Standing.OVER)

    @property
    def worst(self) -> float:
        """Operators who lack in the half hour that is worst."""
        return max((need - plan for need, plan in zip(self.needed, self.planned, strict=True)), default=0.0)
