"""When a report is made again, and to whom it may go (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MOST_PEOPLE, MOST_ADDRESSES = 20, 20
LAST_DAY = 28
"""Of a month: every month has it."""
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})")


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def next_at(  # noqa: PLR0913 -- a time of a calendar has so many parts
    every: Every, *, weekday: int, day: int, at_minute: int, zone: str, after: datetime
) -> datetime:
    """Return the first time that lies after a moment.

    Args:
        every: how often.
        weekday: ISO, of a weekly one.
        day: of the month, of a monthly one.
        at_minute: minute of the day on the clock of the utility; one that a change of clocks leaves out comes an hour
            later, one that it brings twice comes once.
        zone: of the utility.
        after: the moment.

    """
    where = ZoneInfo(zone)
    begins = after.astimezone(where).date()
    days = (begins + timedelta(days=ahead) for ahead in range(63))
    times = (_at(on, at_minute, where) for on in days if _falls(every, on, weekday, day))
    return next(moment for moment in times if moment > after)


def _falls(every: Every, on: date, weekday: int, day: int) -> bool:
    match every:
        case Every.DAY:
            return True
        case Every.WEEK:
            return on.isoweekday() == weekday
        case Every.MONTH:
            return on.day == day


def _at(on: date, at_minute: int, zone: ZoneInfo) -> datetime:
    local = datetime.combine(on, time(at_minute // 60, at_minute % 60), zone)
    return local.astimezone(ZoneInfo("UTC"))


def goes_to(address: str, domains: Collection[str]) -> bool:
    """Whether a report may go to an e-mail address: one of a domain that the house has named."""
    found = _ADDRESS.fullmatch(address)
    return found is not None and found[1].lower() in {domain.lower() for domain in domains}
