"""Promises and plans whose day and grace have passed are settled, batch by batch, as a job or a command (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, jobs
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.settings import Settings
from crm_core.store import ledger_plans, ledger_promises, policies

KIND = "promises"


async def settle(engine: AsyncEngine, today: date, progress: jobs.Progress | None = None) -> int:
    """Settle every promise and plan that is due, each batch in a transaction of its own; return how many.

    Args:
        engine: the way to the base.
        today: the day it is at the utility.
        progress: told after each batch, when there is one.

    Raises:
        Cancelled: the job was stopped; what is settled stays settled.

    """
    async with reading(engine) as db:
        rules = await policies.money_on(db, today)
    done, more = 0, True
    while more:
        async with transaction(engine) as db:
            count = await ledger_promises.settle_due(db, today, rules.promise)
        done, more = done + count, count == ledger_promises.BATCH
        await _tell(progress, done)
    after: int | None = 0
    while after is not None:
        async with transaction(engine) as db:
            count, after = await ledger_plans.settle_due(db, today, rules.plan, after)
        done += count
        await _tell(progress, done)
    return done


async def _tell(progress: jobs.Progress | None, done: int) -> None:
    if progress is not None:
        await progress.advance(done, note=f"{done} promises and plans settled")


def due() -> None:
    """Settle what is due today without anybody asking for it (`crm_core.schedule`)."""
    asyncio.run(_due(Settings()))  # type: ignore[call-arg]  # the environment brings them


async def _due(settings: Settings) -> None:
    engine = open_engine(settings, name="busbar-promises", size=1)
    try:
        await settle(engine, today_at(settings))
    finally:
        await engine.dispose()


def today_at(settings: Settings) -> date:
    """Return the day it is at the utility."""
    return clock.now().astimezone(ZoneInfo(settings.time_zone)).date()


def run(job_id: int) -> None:
    """Perform the job in a worker."""
    perform(Settings(), job_id)  # type: ignore[call-arg]  # the environment brings them


def perform(settings: Settings, job_id: int) -> None:
    """Perform the job with these settings."""

    async def work(progress: jobs.Progress) -> Mapping[str, Any]:
        return {"settled": await settle(progress.engine, today_at(settings), progress)}

    jobs.perform(settings, job_id, work)
