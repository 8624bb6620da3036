"""Until when something must be done: working time, working days or calendar days from a moment (pure).

Working time is half-open: an office open from 09:00 to 18:00 works at 09:00 and no longer at 18:00. Intervals are laid
in the utility's time zone and counted in UTC, so a day with a change of clocks is as long as it really is: an hour that
the clock skips is not worked, one that it repeats is worked twice. A deadline falls on working time or on its end.
Days off come from the `holidays` library for the country; the utility's own rows add days off and days worked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from crm_core.errors import NeverWorked

FAR = 3660
"""Days looked ahead for working time; a week without any would be looked through for ever."""
DAY = timedelta(days=1)


class Unit(StrEnum):
    """What a term counts."""

    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    """Whole working days after the day of filing; due when the last of them ends."""
    CALENDAR_DAYS = "calendar_days"
    """Days by the calendar; due when the last of them ends."""
    MINUTES = "minutes"
    """By the clock, day and night: hazards and outages do not wait for the office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long something may take."""

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Part of a day that is worked, local time; `[opens, closes)`. `closes` 00:00 is midnight at the day's end."""

    opens: time
    closes: time


NINE_TO_SIX = (Span(opens=time(9), closes=time(18)),)
WEEK: Mapping[int, tuple[Span, ...]] = dict.fromkeys(range(5), NINE_TO_SIX)
"""Monday is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """When a utility works."""

    time_zone: str
    country: str = ""
    """Whose public holidays are days off, ISO 3166; "" for none."""
    week: Mapping[int, tuple[Span, ...]] = field(default_factory=lambda: dict(WEEK))
    days: Mapping[date, bool] = field(default_factory=dict)
    """The utility's own: True is worked although the week or a holiday says no, False is off."""

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return what is worked on a local day, in UTC, in order, without overlaps."""
        if not self.works(day):
            return ()
        # A day worked by exception has the hours of an ordinary one.
        hours = self.week.get(day.weekday()) or next((spans for spans in self.week.values() if spans), ())
        found: list[tuple[datetime, datetime]] = []
        for opens, closes in sorted(part for one in hours for part in _cut(self.time_zone, day, one)):
            if found and opens <= found[-1][1]:
                found[-1] = (found[-1][0], max(found[-1][1], closes))
            else:
                found.append((opens, closes))
        return tuple(found)

    def works(self, day: date) -> bool:
        """Tell whether a local day is a working day."""
        own = self.days.get(day)
        if own is not None:
            return own
        return bool(self.week.get(day.weekday())) and day not in _public(self.country, day.year)

    def local(self, at: datetime) -> date:
        """Return the local day of a moment."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def end_of(self, day: date) -> datetime:
        """Return the moment a local day ends, in UTC."""
        parts = _cut(self.time_zone, day, Span(opens=time(), closes=time()))
        return parts[-1][1] if parts else _pieces(self.time_zone, day)[-1][0]


def _cut(zone: str, day: date, span: Span) -> list[tuple[datetime, datetime]]:
    """Return when the clocks of a zone show a time of the span on a day, in UTC."""
    opens = datetime.combine(day, span.opens, UTC)
    closes = datetime.combine(day + DAY if span.closes == time() else day, span.closes, UTC)
    cut = [(max(opens - off, start), min(closes - off, end)) for start, end, off in _pieces(zone, day)]
    return [(start, end) for start, end in cut if start < end]


@lru_cache(maxsize=4096)
def _pieces(zone: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """Cut the time around a day where its clocks change: from, to, and how far they are ahead of UTC."""
    start = datetime.combine(day, time(), UTC) - timedelta(hours=30)
    end = start + timedelta(hours=84)
    before, after = _ahead(zone, start), _ahead(zone, end)
    if before == after:
        return ((start, end, before),)
    low, high = start, end
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if _ahead(zone, middle) == before else (low, middle)
    return ((start, high, before), (high, end, after))


def _ahead(zone: str, at: datetime) -> timedelta:
    return at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


@lru_cache(maxsize=256)
def _public(country: str, year: int) -> frozenset[date]:
    """Public holidays of a year; a country the library does not know has none."""
    if not country:
        return frozenset()
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def _worked_from(calendar: WorkCalendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What is worked from a moment on."""
    day = calendar.local(start)
    for _ in range(FAR):
        for opens, closes in calendar.spans(day):
            if closes > start:
                yield max(opens, start), closes
        day += DAY


def add_working(calendar: WorkCalendar, start: datetime, much: timedelta) -> datetime:
    """Return the moment by which so much working time has gone since `start`, in UTC.

    Never outside working time: a sum that ends with the day stays at its end. Nothing to add is the first worked
    moment from `start` on.

    Raises:
        NeverWorked: there is not so much working time in ten years.

    """
    left = max(much, timedelta())
    for opens, closes in _worked_from(calendar, start.astimezone(UTC)):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise NeverWorked("the working week has no hours")


def between(calendar: WorkCalendar, start: datetime, end: datetime) -> timedelta:
    """Return the working time in `[start, end)`; nothing when `end` is not after `start`."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    if end <= start:
        return total
    for opens, closes in _worked_from(calendar, start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def due(calendar: WorkCalendar, start: datetime, term: Term) -> datetime:
    """Return until when something filed at `start` must be done, in UTC.

    Args:
        calendar: when the utility works.
        start: when it was filed.
        term: how long it may take; zero is at once.

    Raises:
        NeverWorked: there is not so much working time in ten years.

    """
    start = start.astimezone(UTC)
    match term.unit:
        case Unit.MINUTES:
            return start + timedelta(minutes=term.amount)
        case Unit.WORKING_HOURS:
            return add_working(calendar, start, timedelta(hours=term.amount))
        case Unit.CALENDAR_DAYS:
            return calendar.end_of(calendar.local(start) + DAY * term.amount)
        case Unit.WORKING_DAYS:
            return _working_days(calendar, start, term.amount)


def _working_days(calendar: WorkCalendar, start: datetime, amount: int) -> datetime:
    """End of the `amount`th working day after the day of filing; 0 is the end of the day, or of the next worked one."""
    day = calendar.local(start)
    left, day = (amount, day) if amount else (1, day - DAY)
    for _ in range(FAR):
        day += DAY
        spans = calendar.spans(day)
        if spans and spans[-1][1] > start:
            left -= 1
            if left == 0:
                return spans[-1][1]
    raise NeverWorked("the working week has no hours")


def resumed(calendar: WorkCalendar, term: Term, stopped: datetime, at: datetime, deadline: datetime) -> datetime:
    """Return the deadline after a wait for the customer: what was left when it began is left when it ends.

    Args:
        calendar: when the utility works.
        term: of the kind; says whether working time or the clock counts.
        stopped: when the wait began.
        at: when it ended.
        deadline: before the wait; one that had passed by then stays.

    """
    if deadline <= stopped or at <= stopped:
        return deadline
    if term.unit in {Unit.MINUTES, Unit.CALENDAR_DAYS}:
        return deadline + (at - stopped)
    return add_working(calendar, at, between(calendar, stopped, deadline))
