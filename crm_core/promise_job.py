"""Promises and plans whose day and grace have passed are settled, batch by batch, as a job or a command (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, jobs
from crm_core.db import reading, transaction
from crm_core.settings import Settings
from crm_core.store import ledger_promises, plans, policies

KIND = "promises"


async def settle(engine: AsyncEngine, today: date, progress: jobs.Progress | None = None) -> int:
    """Settle every promise and plan that is due, each batch in a transaction of its own; return how many promises.

    Args:
        engine: the way to the base.
        today: the day it is at the utility.
        progress: told after each batch, when there is one.

    Raises:
        Cancelled: the job was stopped; what is settled stays settled.

    """
    async with reading(engine) as db:
        rule = (await policies.money_on(db, today)).promise
    done = 0
    while True:
        async with transaction(engine) as db:
            count = await ledger_promises.settle_due(db, today, rule)
        done += count
        if progress is not None:
            await progress.advance(done, note=f"{done} promises settled")
        if count < ledger_promises.BATCH:
            break
    looked: int | None = 0
    while looked is not None:
        async with transaction(engine) as db:
            looked = await plans.settle_due(db, today, looked)
    return done


def run(job_id: int) -> None:
    """Perform the job in a worker."""
    perform(Settings(), job_id)  # type: ignore[call-arg]  # the environment brings them


def perform(settings: Settings, job_id: int) -> None:
    """Perform the job with these settings."""
    today = clock.now().astimezone(ZoneInfo(settings.time_zone)).date()

    async def work(progress: jobs.Progress) -> Mapping[str, Any]:
        return {"settled": await settle(progress.engine, today, progress)}

    jobs.perform(settings, job_id, work)
