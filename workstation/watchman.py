"""The watchman: seals the access log, watches it by rules, once a day anchors it and lets old things go (shell).

Every web process has one; advisory locks see to it that one of them works at a time. Nobody waits for him: what he
does late is done later, and a base that is away is tried again.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, guard_jobs, journal
from crm_core.db import reading, transaction
from crm_core.settings import Settings
from crm_core.store import chain, jobs, watching
from crm_core.watch import Step
from workstation.handing import hand_over

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
ROUND_SECONDS = 60.0
"""Between two looks at everybody: alerts end then, and what was missed is found."""
REST_SECONDS = 10.0
"""A row that was committed late is sealed at the latest after this, when nothing else comes."""
MOST_BATCHES = 10
DAY = timedelta(days=1)
DAY_LOCK = 0x64617931
"""Advisory lock of what is done once a day ("day1")."""


class Watchman:
    """One per process.

    Args:
        settings: zone of the utility, where anchors go, the way to the workers.
        engine: the customer base.

    """

    def __init__(self, settings: Settings, engine: AsyncEngine) -> None:
        self._settings = settings
        self._engine = engine
        self._zone = ZoneInfo(settings.time_zone)
        self._seen = 0
        self._sealed_at = self._round_at = float("-inf")
        self._day_at = float("-inf")

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.tick()
            except Exception as error:  # noqa: BLE001 -- the loop must live on
                await log.awarning("watchman.waits", error=f"{type(error).__name__}: {error}"[:200])

    async def tick(self) -> None:
        """Do what is due now."""
        at = asyncio.get_running_loop().time()
        async with reading(self._engine) as db:
            newest, people = await watching.newcomers(db, self._seen)
        if newest > self._seen or at - self._sealed_at > REST_SECONDS:
            self._sealed_at = at
            await self._seal()
        everybody = at - self._round_at > ROUND_SECONDS
        if everybody or people:
            await self._look(None if everybody else people)
            self._round_at = at if everybody else self._round_at
        self._seen = max(self._seen, newest)
        if at - self._day_at > ROUND_SECONDS:
            self._day_at = at
            await self.daily()

    async def _seal(self) -> None:
        """Seal what waits; after a flood of rows the rest is left to the next second."""
        for _ in range(MOST_BATCHES):
            async with transaction(self._engine) as db:
                if await chain.seal(db) < chain.BATCH:
                    return

    async def _look(self, people: set[int] | None) -> None:
        async with transaction(self._engine) as db:
            told = await watching.look(db, clock.now(), self._zone, people)
        for what, here in told:
            if what is Step.RAISED:
                await log.awarning("alert.raised", rule=here.rule, user_id=here.user_id, value=here.value)

    async def daily(self) -> None:
        """Anchor the chain and hand out the day's retention, unless it was done within the last day."""
        now = clock.now()
        if self._is_anchored(now):
            return
        await chain.seal_all(self._engine, everything=True)
        async with reading(self._engine) as db:
            tip = await chain.last(db)
        if tip is not None:
            await asyncio.to_thread(journal.anchor, self._settings, tip, now)
        await self._retain(now)

    def _is_anchored(self, now: datetime) -> bool:
        done = journal.last_anchor(journal.anchors_file(self._settings))
        return done is not None and now - done < DAY

    async def _retain(self, now: datetime) -> None:
        """Ask for the day's retention; one process asks, and not again within a day."""
        async with transaction(self._engine) as db:
            if not (await db.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": DAY_LOCK})).scalar_one():
                return
            last = await jobs.listing(db, kind=guard_jobs.RETENTION, limit=1)
            if last and now - last[0].created_at < DAY:
                return
            job = await jobs.create(db, guard_jobs.RETENTION, "Retention", None, {})
        await hand_over(self._settings, job)
