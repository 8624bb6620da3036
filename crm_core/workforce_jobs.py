"""What workers do for the workforce: forecasts of every queue, proposals of shifts (shell).

The forecast is made anew each night; a day that is over keeps the last one that was made before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import holidays
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.errors import BadValue
from crm_core.jobs import Progress, perform
from crm_core.settings import Settings
from crm_core.store import policies, workforce, workforce_leave, workforce_shifts, working_time
from crm_core.work.forms import Site
from crm_core.workforce import forecast as forecasting
from crm_core.workforce.almanac import Almanac
from crm_core.workforce.plan import DAYS, PlanRules, whole
from crm_core.workforce.roster import Person, Proposal, propose
from crm_core.workforce.staffing import needs

FORECAST = "workforce.forecast"
"""Kind of the job that makes forecasts."""
ROSTER = "workforce.roster"
"""Kind of the job that proposes shifts; `detail` has `first` and `last` (ISO 8601)."""
KNOWN_DAYS = 760
"""Days of history that are learned from: two years and a month."""
OWN_CALLS = 400
"""With so many calls in eight weeks a queue has a forecast of its own."""
AROUND = timedelta(days=14)
"""Shifts so near to the time that is planned count for rest."""
log = structlog.get_logger(__name__)


def forecast(job_id: int) -> None:
    """Make the forecasts anew."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, lambda progress: forecast_made(settings, progress))


def roster(job_id: int) -> None:
    """Propose shifts."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, roster_made)


def refresh() -> int:
    """Make the forecasts anew, every night (`crm_core.schedule`); returns how many there are."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them

    async def run() -> int:
        engine = open_engine(settings, name="busbar-workforce", size=1)
        try:
            return len(await made(engine, _site(settings), clock.now()))
        finally:
            await engine.dispose()

    return asyncio.run(run())


def _site(settings: Settings) -> Site:
    return Site(country=settings.country, time_zone=settings.time_zone)


async def forecast_made(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    """Make the forecasts anew; tell of which queues."""
    found = await made(progress.engine, _site(settings), clock.now())
    if not found:
        raise BadValue(f"there is no forecast before {forecasting.LEAST_DAYS} days of calls are on record")
    return {"forecasts": found}


async def made(engine: AsyncEngine, site: Site, now: datetime) -> list[str]:
    """Make a forecast of all calls, and of each queue that has enough of them; return the queues, "" for all."""
    today = site.today(now)
    async with reading(engine) as db:
        rules = await workforce.rules(db)
        almanac = await calendar(db, rules, site, today)
        eight_weeks = site.midnight(today - timedelta(days=workforce.HANDLED_DAYS))
        queues = ["", *await workforce.busy_queues(db, eight_weeks, now, OWN_CALLS)]
    return [queue for queue in queues if await _made(engine, site, now, rules, almanac, queue)]


async def _made(  # noqa: PLR0913, PLR0917 -- one forecast, thing by thing
    engine: AsyncEngine, site: Site, now: datetime, rules: PlanRules, almanac: Almanac, queue: str
) -> bool:
    today = site.today(now)
    since = today - timedelta(days=KNOWN_DAYS)
    async with reading(engine) as db:
        # Today is not over, and the first day was not counted from its beginning.
        counted = await workforce.calls(db, since, today - timedelta(days=1), site, queue)
        strange = await workforce.strange_days(db, site.midnight(since), site)
        length = await workforce.handle(db, today, site, queue) or float(rules.handle)
    known = {day: row for day, row in whole(counted).items() if day > min(counted)}
    model = await asyncio.to_thread(forecasting.learn, known, almanac, strange)
    if model is None:
        return False
    days = forecasting.ahead(model, today, DAYS + 7)
    needed = {one.day: needs(one.calls, length, rules.promise()) for one in days}
    async with transaction(engine) as db:
        await workforce.keep(db, queue, days, needed, length, now)
    await log.ainfo("workforce.forecast", queue=queue, days=len(known), level=round(model.level, 3))
    return True


async def calendar(db: AsyncConnection, rules: PlanRules, site: Site, today: date) -> Almanac:
    """Return the utility's calendar: its country's holidays, its own days, its bills and reading window."""
    years = range(today.year - 3, today.year + 2)
    public = set(holidays.country_holidays(site.country, years=years)) if site.country else set()
    for own in await working_time.own_days(db, today - timedelta(days=KNOWN_DAYS), 40):
        # A weekend that is off is an ordinary one.
        if own.works:
            public.discard(own.day)
        elif own.day.weekday() < 5:
            public.add(own.day)
    return rules.almanac(frozenset(public), await policies.readings_on(db, today))


async def roster_made(progress: Progress) -> Mapping[str, Any]:
    """Propose shifts for the days that are asked for; what is published or given by hand stays."""
    first, last = (date.fromisoformat(progress.job.detail[name]) for name in ("first", "last"))
    async with transaction(progress.engine) as db:
        await workforce_shifts.discard(db, first, last)
    async with reading(progress.engine) as db:
        rules = await workforce.rules(db)
        known = await workforce.forecasts(db, first, last)
        patterns = await workforce_shifts.patterns(db)
        crew = await _crew(db, first, last)
    if not known:
        raise BadValue("there is no forecast for these days: make it first")
    if not patterns:
        raise BadValue("there is no kind of shift yet: make one first")
    need = {day: tuple(map(float, kept.needed)) for day, kept in known.items()}
    found = await asyncio.to_thread(propose, need, crew, patterns, rules.rest)
    async with transaction(progress.engine) as db:
        new = await workforce_shifts.propose(db, found.shifts)
    return told(found, new)


async def _crew(db: AsyncConnection, first: date, last: date) -> list[Person]:
    given = await workforce_shifts.listing(db, first - AROUND, last + AROUND)
    away = await workforce_leave.away(db, first, last)
    return [
        Person(
            operator_id=one.operator_id,
            leave=away.get(one.operator_id, frozenset()),
            known=tuple(shift.shift for shift in given if shift.shift.operator_id == one.operator_id),
        )
        for one in await workforce_shifts.people(db)
    ]


def told(found: Proposal, new: int) -> dict[str, Any]:
    """Return what is told of a proposal."""
    return {
        "shifts": new,
        "short_before": round(found.short_before, 1),
        "short_after": round(found.short_after, 1),
        "moved": found.moved,
        "lacks": [
            [one.day.isoformat(), one.half_hours, [[why or "", people] for why, people in one.because]]
            for one in found.lacks
        ],
    }
