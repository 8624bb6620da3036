"""Days of the plan as pages show them: forecast, needed, planned, and what came of it (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.store import workforce, workforce_leave, workforce_shifts
from crm_core.store.workforce import Stood
from crm_core.store.workforce_shifts import Given
from crm_core.work.forms import Site
from crm_core.workforce.adherence import Doing, Done, Part, doing, there
from crm_core.workforce.forecast import INTERVALS, MINUTES
from crm_core.workforce.leave import Conflict, conflicts, days_of
from crm_core.workforce.plan import NOTHING, DayPlan
from crm_core.workforce.shifts import Shift, planned

DAY = timedelta(days=1)


async def days(  # noqa: PLR0913, PLR0917 -- one question, thing by thing
    db: AsyncConnection, first: date, last: date, site: Site, now: datetime, queue: str = ""
) -> list[DayPlan]:
    """Return the days from one to another.

    Args:
        db: the base.
        first: first day.
        last: last one.
        site: whose clock.
        now: the moment; days that have begun show what came.
        queue: code of a queue, whose calls and need are shown; "" all of them. Shifts are never of one queue.

    """
    every = days_of(first, last)
    known = await workforce.forecasts(db, first, last, queue)
    # A night shift of the day before reaches into the first one.
    given = await workforce_shifts.listing(db, first - DAY, last)
    plan = planned((one.shift for one in given), every)
    begun = [day for day in every if site.midnight(day) <= now]
    came = await workforce.calls(db, begun[0], begun[-1], site, queue) if begun else {}
    stood = (
        await workforce.states(db, site.midnight(begun[0]), min(now, site.midnight(begun[-1] + DAY))) if begun else []
    )
    facts = _facts(stood, begun, site, now)
    found = []
    for day in every:
        kept = known.get(day)
        found.append(
            DayPlan(
                day=day,
                calls=None if kept is None else kept.forecast.calls,
                low=NOTHING if kept is None else kept.forecast.low,
                high=NOTHING if kept is None else kept.forecast.high,
                needed=NOTHING if kept is None else tuple(map(float, kept.needed)),
                planned=plan[day],
                came=came.get(day, NOTHING) if day in begun else None,
                there=facts.get(day),
            )
        )
    return found


def edges(day: date, site: Site) -> list[datetime]:
    """Return when the half hours of a day begin, and when the last of them ends."""
    begins = site.midnight(day)
    # By the clock on the wall: what a change of clocks skips or repeats lies in one half hour.
    return [begins.replace(hour=n // 2, minute=n % 2 * MINUTES) for n in range(INTERVALS)] + [site.midnight(day + DAY)]


def _facts(stood: Sequence[Stood], begun: Sequence[date], site: Site, now: datetime) -> dict[date, tuple[float, ...]]:
    rows = {day: [0.0] * INTERVALS for day in begun}
    bounds = {day: edges(day, site) for day in begun}
    for done in did(stood).values():
        for day in begun:
            for number, part in enumerate(there(done, bounds[day], now)):
                rows[day][number] += part
    return {day: tuple(round(one, 2) for one in row) for day, row in rows.items()}


def did(stood: Sequence[Stood]) -> dict[int, list[Done]]:
    """Return what each operator did, in order."""
    found: dict[int, list[Done]] = {}
    for one in stood:
        found.setdefault(one.operator_id, []).append(Done(at=one.at, doing=doing(one.state, one.reason)))
    return found


def parts(shift: Shift, site: Site) -> tuple[Part, ...]:
    """Return a shift as parts of the clock, work and breaks in turn."""
    found, at = [], shift.begins
    for one in shift.breaks:
        found += [(at, one.begins, Doing.WORK), (one.begins, one.ends, Doing.BREAK)]
        at = one.ends
    found.append((at, shift.ends, Doing.WORK))
    return tuple(
        Part(begins=moment(shift.day, begins, site), ends=moment(shift.day, ends, site), doing=does)
        for begins, ends, does in found
        if ends > begins
    )


def moment(day: date, minutes: int, site: Site) -> datetime:
    """Return the moment so many minutes after the midnight of a day, by the clock on the wall."""
    on = day + timedelta(days=minutes // 1440)
    return site.midnight(on).replace(hour=minutes % 1440 // 60, minute=minutes % 60)


async def conflicts_of(
    db: AsyncConnection, requests: Sequence[workforce_leave.Leave]
) -> dict[int, tuple[Conflict, ...]]:
    """Return, by request, the days on which the plan would be short without him."""
    if not requests:
        return {}
    first, last = min(one.first for one in requests), max(one.last for one in requests)
    known = await workforce.forecasts(db, first, last)
    given = await workforce_shifts.listing(db, first - DAY, last)
    need: Mapping[date, Sequence[float]] = {day: kept.needed for day, kept in known.items()}
    plan = planned((one.shift for one in given), days_of(first, last))
    shifts = by_operator(given)
    return {
        one.request_id: conflicts(days_of(one.first, one.last), need, plan, shifts.get(one.operator_id, []))
        for one in requests
    }


def by_operator(given: Sequence[Given]) -> dict[int, list[Shift]]:
    """Return everybody's shifts, in order."""
    found: dict[int, list[Shift]] = {}
    for one in given:
        found.setdefault(one.shift.operator_id, []).append(one.shift)
    return found


async def today_of(db: AsyncConnection, today: date, operator_id: int | None = None) -> list[Given]:
    """Return the published shifts that a day has a part in, those of the night before among them."""
    given = await workforce_shifts.listing(db, today - DAY, today, operator_id=operator_id, published=True)
    return [one for one in given if one.shift.day == today or one.shift.ends > 1440]
