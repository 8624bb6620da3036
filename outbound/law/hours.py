"""When a zone's clocks allow a contact: the next opening, the next closing, and both for several zones at once (pure).

A span of hours is what the clocks show: an hour that they skip is not there, one that they repeat is there twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays as library

from crm_core.work.sla import Span, WorkCalendar
from outbound.law.profile import Holidays, Hours, Spans

HORIZON: Final = 400
"""Days looked ahead; longer than any holiday, and than any window of a profile."""
DAY: Final = timedelta(days=1)
WEEKEND: Final = 5
"""`date.weekday()` of Saturday."""


@lru_cache(maxsize=1024)
def known(zone: str) -> bool:
    """Tell whether there is such a zone; its name may come from an import."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


_zone = lru_cache(maxsize=1024)(ZoneInfo)
"""The library keeps eight by itself, and a country may have eleven."""


def local_day(zone: str, at: datetime) -> date:
    """Return the date that the clocks of a zone show."""
    return at.astimezone(_zone(zone)).date()


def starts(zone: str, day: date) -> datetime:
    """Return when a date begins in a zone, in UTC."""
    # Where midnight is skipped, the offset before the change leads to the change itself.
    return datetime.combine(day, time(), _zone(zone)).astimezone(UTC)


def resting(hours: Hours, holidays: Holidays, zone: str, at: datetime) -> bool:
    """Tell whether it is only because of a weekend or a holiday that the clocks do not allow it: Monday's would."""
    day = local_day(zone, at)
    rests = day not in holidays.worked and (day.weekday() >= WEEKEND or _off(holidays, day))
    return rests and any(opens <= at < closes for opens, closes in _laid(hours.week[0], zone, day))


def spans(hours: Hours, holidays: Holidays, zone: str, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Return when a zone's clocks allow a contact on a date, in UTC, in order, without overlaps."""
    if day in holidays.worked:
        of_day = hours.week[0]
    elif _off(holidays, day):
        of_day = _both(hours.week[day.weekday()], hours.holidays) if day.weekday() >= WEEKEND else hours.holidays
    else:
        of_day = hours.week[day.weekday()]
    return _laid(of_day, zone, day)


@lru_cache(maxsize=65_536)
def _laid(of_day: Spans, zone: str, day: date) -> tuple[tuple[datetime, datetime], ...]:
    return WorkCalendar(time_zone=zone, week=dict.fromkeys(range(7), of_day)).spans(day)


def is_open(hours: Hours, holidays: Holidays, zone: str, at: datetime) -> bool:
    """Tell whether the clocks of a zone allow a contact at a moment."""
    return any(opens <= at < closes for opens, closes in spans(hours, holidays, zone, local_day(zone, at)))


def first_open(hours: Hours, holidays: Holidays, zones: Sequence[str], at: datetime) -> datetime | None:
    """Return the first moment from `at` on when every zone's clocks allow it; None: not within `HORIZON`."""
    moment, last = at, at + DAY * HORIZON
    while moment <= last:
        found = [_opening(hours, holidays, zone, moment) for zone in zones]
        opens = [one for one in found if one is not None]
        if len(opens) < len(found):
            return None
        latest = max(opens, default=moment)
        if latest == moment:
            return moment
        moment = latest
    return None


def last_open(hours: Hours, holidays: Holidays, zones: Sequence[str], at: datetime) -> datetime | None:
    """Return when the first of the zones closes, all being open at `at`; None: none does within `HORIZON`."""
    closing = [one for one in (_closing(hours, holidays, zone, at) for zone in zones) if one is not None]
    return min(closing, default=None)


def _opening(hours: Hours, holidays: Holidays, zone: str, at: datetime) -> datetime | None:
    day = local_day(zone, at)
    for ahead in range(HORIZON + 1):
        for opens, closes in spans(hours, holidays, zone, day + DAY * ahead):
            if closes > at:
                return max(opens, at)
    return None


def _closing(hours: Hours, holidays: Holidays, zone: str, at: datetime) -> datetime | None:
    day, end = local_day(zone, at), at
    for ahead in range(HORIZON + 1):
        for opens, closes in spans(hours, holidays, zone, day + DAY * ahead):
            if opens > end:
                return end
            end = max(end, closes)
        # A day whose hours end before midnight, or that has none, ends it too.
        if end < starts(zone, day + DAY * (ahead + 1)):
            return end
    return None


def _both(left: Spans, right: Spans) -> Spans:
    """Return what two lists of spans have in common."""
    common = [(max(a.opens, b.opens), min(_close(a), _close(b))) for a in left for b in right]
    return tuple(
        Span(opens=opens, closes=time() if closes == time.max else closes) for opens, closes in common if opens < closes
    )


def _close(span: Span) -> time:
    return time.max if span.closes == time() else span.closes


def _off(holidays: Holidays, day: date) -> bool:
    return day in holidays.off or day in _public(holidays.country, holidays.subdivision, day.year)


@lru_cache(maxsize=256)
def _public(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Public holidays of a year, none of a country that the library does not know."""
    if not country:
        return frozenset()
    try:
        return frozenset(library.country_holidays(country, subdiv=subdivision or None, years=year))
    except NotImplementedError:
        return frozenset()
