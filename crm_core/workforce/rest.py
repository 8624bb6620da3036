"""Rest that the law and the house owe to who works in shifts: what a plan may not break (pure).

The defaults are those of the Russian labour code: 40 hours a week (article 91), 42 hours of unbroken rest in a week
(article 110); 11 hours between two shifts are those of directive 2003/88/EC, article 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from crm_core.strict import Strict
from crm_core.workforce.shifts import DAY_MINUTES, Shift

WEEK = timedelta(days=7)


class RestRules(Strict):
    """What is owed to everybody."""

    between_hours: Annotated[int, Field(ge=0, le=24)] = 11
    """From the end of a shift to the beginning of the next."""
    week_hours: Annotated[int, Field(ge=1, le=84)] = 40
    """Working time of a week, Monday to Sunday; a shift counts where it begins."""
    weekly_rest_hours: Annotated[int, Field(ge=0, le=96)] = 42
    """Without a break, in every week."""
    days_in_row: Annotated[int, Field(ge=1, le=14)] = 6


class Breach(StrEnum):
    """What would be broken."""

    ON_LEAVE = "on_leave"
    TWO_SHIFTS = "two_shifts"
    """Two shifts begin on one day."""
    TOO_SOON = "too_soon"
    """Too little rest after the shift before."""
    WEEK_FULL = "week_full"
    NO_WEEKLY_REST = "no_weekly_rest"
    TOO_MANY_DAYS = "too_many_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule that a plan breaks, and on which day."""

    breach: Breach
    day: date


def broken(shifts: Iterable[Shift], rules: RestRules, leave: Iterable[date] = ()) -> tuple[Broken, ...]:
    """Return every rule that one person's shifts break, by day.

    Args:
        shifts: of one person.
        rules: what is owed to him.
        leave: days on which he is away.

    """
    ordered = sorted(shifts, key=lambda one: (one.day, one.begins))
    away = set(leave)
    found = [Broken(breach=Breach.ON_LEAVE, day=one.day) for one in ordered if one.day in away]
    found += _neighbours(ordered, rules)
    found += _rows(ordered, rules)
    for monday in sorted({_monday(one.day) for one in ordered}):
        week = [one for one in ordered if _monday(one.day) == monday]
        if sum(one.paid for one in week) > rules.week_hours * 60:
            found.append(Broken(breach=Breach.WEEK_FULL, day=monday))
        if _longest_rest(ordered, monday) < rules.weekly_rest_hours * 60:
            found.append(Broken(breach=Breach.NO_WEEKLY_REST, day=monday))
    return tuple(sorted(found, key=lambda one: (one.day, one.breach)))


def _neighbours(ordered: Sequence[Shift], rules: RestRules) -> list[Broken]:
    found = []
    for before, after in pairwise(ordered):
        if before.day == after.day:
            found.append(Broken(breach=Breach.TWO_SHIFTS, day=after.day))
        elif minute(after.day, after.begins) - minute(before.day, before.ends) < rules.between_hours * 60:
            found.append(Broken(breach=Breach.TOO_SOON, day=after.day))
    return found


def _rows(ordered: Sequence[Shift], rules: RestRules) -> list[Broken]:
    found, length = [], 0
    last: date | None = None
    for day in sorted({one.day for one in ordered}):
        length = length + 1 if last is not None and (day - last).days == 1 else 1
        last = day
        if length > rules.days_in_row:
            found.append(Broken(breach=Breach.TOO_MANY_DAYS, day=day))
    return found


def _longest_rest(ordered: Sequence[Shift], monday: date) -> int:
    """Return the longest time without work that touches a week and ends or begins in it, minutes."""
    begins, ends = minute(monday, 0), minute(monday + WEEK, 0)
    near = [one for one in ordered if monday - WEEK <= one.day < monday + 2 * WEEK]
    # Before the first and after the last known shift the week's own bounds count: what lies beyond is not planned yet.
    edges = [begins, *sorted(x for one in near for x in (minute(one.day, one.begins), minute(one.day, one.ends)))]
    edges.append(ends)
    free = zip(edges[::2], edges[1::2], strict=True)
    return max((min(until, ends) - max(since, begins) for since, until in free), default=0)


def minute(day: date, minutes: int) -> int:
    """Return a moment of the plan as minutes, for telling how far two are apart."""
    return day.toordinal() * DAY_MINUTES + minutes


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
