"""What the worker does for applications and signals, again and again (shell). docs/work.md says how often.

Both may run in two workers at once: the sweep takes rows that nobody else has locked, a rule's batch locks its run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core import db as way
from crm_core.errors import CrmError
from crm_core.settings import Settings
from crm_core.store import alarms, processes_alarms
from crm_core.store import signals as store
from crm_core.work.forms import Site

log = structlog.get_logger(__name__)
PATIENCE = 2700.0
"""Seconds the rules may run; what is left is done when they run next."""


def sweep() -> int:
    """Remind and escalate; returns how often something was said of applications and of their steps."""
    return _run(sweep_all)


def signals() -> int:
    """Run every rule that is on as far as time allows; returns how many accounts were found."""
    return _run(run_rules)


def _run(work: Callable[[AsyncEngine, Site], Awaitable[int]]) -> int:
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them

    async def whole() -> int:
        engine = way.engine(settings, name="busbar-worker", size=1)
        try:
            return await work(engine, site_of(settings))
        finally:
            await engine.dispose()

    return asyncio.run(whole())


def site_of(settings: Settings) -> Site:
    """Return where the utility is."""
    return Site(country=settings.country, time_zone=settings.time_zone)


async def sweep_all(engine: AsyncEngine, site: Site) -> int:
    """Sweep until nothing is due, each batch a transaction of its own: deadlines, then limits of steps."""
    deadlines = await _sweep(engine, lambda db, now: alarms.sweep(db, site, now))
    return deadlines + await _sweep(engine, processes_alarms.sweep)


async def _sweep(engine: AsyncEngine, batch: Callable[[way.Writing, datetime], Awaitable[int]]) -> int:
    total = 0
    while True:
        async with way.transaction(engine) as db:
            done = await batch(db, clock.now())
        total += done
        if done < alarms.BATCH:
            return total


async def run_rules(engine: AsyncEngine, site: Site, seconds: float = PATIENCE) -> int:
    """Run every rule that is on, batch by batch."""
    ends = time.monotonic() + seconds
    found = 0
    for one in await _active(engine):
        async with way.transaction(engine) as db:
            period = await store.begin(db, one, site, clock.now())
        try:
            found += await _run_one(engine, one.rule_id, period, site, ends)
        except CrmError as error:
            # One rule that cannot be worked out any more is not in the way of the others.
            await log.aerror("signals.stuck", rule=one.rule_id, period=str(period), code=error.code)
            async with way.transaction(engine) as db:
                await store.stuck(db, one.rule_id, period, error.code)
    return found


async def _active(engine: AsyncEngine) -> list[store.Kept]:
    """Every rule that is on, the oldest first."""
    found: list[store.Kept] = []
    async with way.reading(engine) as db:
        while page := await store.rules(db, active=True, before=found[-1].rule_id if found else None, limit=200):
            found += page
    return found[::-1]


async def _run_one(engine: AsyncEngine, rule_id: int, period: date, site: Site, ends: float) -> int:
    known: store.Known = {}
    while time.monotonic() < ends:
        async with way.transaction(engine) as db:
            run = await store.batch(db, rule_id, period, site, clock.now(), known=known)
        if run is None:
            break
        if run.finished_at is not None:
            await log.ainfo("signals.done", rule=rule_id, period=str(period), found=run.found)
            return run.found
    return 0
