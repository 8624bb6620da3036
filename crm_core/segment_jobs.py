"""What workers do for segments: keep the facts fresh, freeze lists (shell)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import DuplicateJobError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, worker
from crm_core.db import engine as open_engine
from crm_core.db import transaction
from crm_core.jobs import Progress, perform
from crm_core.settings import Settings
from crm_core.store import account_facts, segments

FREEZE = "segment.list"
"""Kind of the job that freezes a list; `detail` names it by `snapshot_id`."""
REFRESH = f"{__name__}.refresh"
PATIENCE = 240.0
"""Seconds one run works at the facts; what is left is done by the next."""
RUNNING = 300


def freeze(job_id: int) -> None:
    """Write a segment's members down."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, lambda progress: frozen(settings, progress))


def refresh() -> int:
    """Work out the facts of accounts that changed, or of which something fell due; returns of how many."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    return asyncio.run(_refresh(settings))


async def frozen(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    """Make the list that a job asks for; what changed before it was asked for is in it."""
    snapshot_id = int(progress.job.detail["snapshot_id"])
    await caught_up(progress.engine, settings, PATIENCE)
    async with transaction(progress.engine) as db:
        members = await segments.make_snapshot(db, snapshot_id, today=today(settings))
    return {"snapshot_id": snapshot_id, "members": members}


async def caught_up(engine: AsyncEngine, settings: Settings, patience: float) -> int:
    """Work out facts until none waits or time is over; return of how many accounts."""
    ends = time.monotonic() + patience
    total = 0
    async with transaction(engine) as db:
        await account_facts.fall_due(db, today(settings))
    while time.monotonic() < ends:
        async with transaction(engine) as db:
            done = await account_facts.catch_up(db, today(settings), settings.time_zone)
        if not done:
            break
        total += done
    return total


async def _refresh(settings: Settings) -> int:
    engine = open_engine(settings, name="busbar-facts", size=1)
    try:
        return await caught_up(engine, settings, PATIENCE)
    finally:
        await engine.dispose()


def ask_refresh(redis_url: str) -> None:
    """Have a worker catch up soon, unless one was asked already; a Valkey that is away costs nothing but freshness."""
    try:
        with Redis.from_url(redis_url) as valkey:
            worker.queue(valkey).enqueue(
                REFRESH, job_id="facts-refresh", unique=True, job_timeout=RUNNING, result_ttl=0, failure_ttl=1
            )
    except (DuplicateJobError, RedisError):
        return


def today(settings: Settings) -> date:
    """Return the date at the utility."""
    return clock.now().astimezone(ZoneInfo(settings.time_zone)).date()
