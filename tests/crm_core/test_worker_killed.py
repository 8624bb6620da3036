"""The worker is killed while a rule runs: what it left half done goes on at once, and nobody gets a task twice."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from rq.scheduler import RQScheduler
from sqlalchemy import func, select, text

from crm_core import clock, tables
from crm_core.db import Database, reading, transaction
from crm_core.settings import Settings
from crm_core.store import signals
from crm_core.work.signals import read
from crm_core.worker import QUEUE
from crm_core.worker import queue as queue_of
from deploy import composition
from deploy.supervisor import Supervisor
from tests.crm_core.conftest import Base
from tests.support.house import environment
from tests.support.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]
ACCOUNTS = 5
RULE = {"title": "Again", "what": "cycle", "then": {"team": "contact_centre"}}
BLOCKED = text("select count(*) from pg_locks where not granted and relation = 'signal_hits'::regclass")


@asynccontextmanager
async def up(settings: Settings) -> AsyncIterator[None]:
    """Only the worker of `busbar up`, in the hands of its supervisor."""
    (part,) = composition.own_processes(settings, only=frozenset({"worker"}))
    supervisor = Supervisor(settings.run_dir / "log", settings.run_dir / "state", print)
    try:
        await supervisor.start([replace(part, environment=environment(settings))])
        yield
    finally:
        await supervisor.end()


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, and theirs."""
    found = [
        int(word) for one in Path(f"/proc/{pid}/task").glob("*/children") for word in one.read_text("ascii").split()
    ]
    return found + [further for one in found for further in children(one)]


def pid_of(settings: Settings) -> int:
    """Return the worker's number, 0 while there is none."""
    note = settings.run_dir / "state" / "worker.pid"
    return int((note.read_text("utf-8") if note.exists() else "0").partition(" ")[0] or 0)


def kill(settings: Settings) -> int:
    """End the worker and whatever works for it, as a machine that loses its power does; return whom."""
    pid = pid_of(settings)
    for one in (pid, *children(pid)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    return pid


async def switched_on(pools: Database, base: Base) -> int:
    for _ in range(ACCOUNTS):
        await base.subscriber()
    rule, _ = read(RULE)
    assert rule is not None
    async with transaction(pools) as db:
        key, _ = await signals.save(db, None, RULE, await base.user("marta", "manager"), clock.now())
        assert key is not None
        await signals.previewed(db, key, rule, clock.now())
        await signals.switch(db, key, active=True)
    return key


async def test_a_rule_goes_on_where_a_killed_worker_left_it_and_no_task_is_made_twice(
    settings: Settings, db: Database, base: Base
) -> None:
    key = await switched_on(db, base)

    async def blocked() -> bool:
        async with reading(db) as seen:
            return bool(await seen.scalar(BLOCKED))

    async def finished() -> bool:
        async with reading(db) as seen:
            return any(run.finished_at for run in await signals.runs(seen, key))

    with Redis.from_url(settings.redis_url) as valkey:
        async with AsyncExitStack() as house:
            async with transaction(db) as holder:
                await holder.execute(text("lock table signal_hits in exclusive mode"))
                await house.enter_async_context(up(settings))
                await eventually(blocked, 30, "the worker is in the middle of the rule")
                dead = kill(settings)
            await eventually(lambda: pid_of(settings) not in {0, dead}, 20, "another worker was started")
            await eventually(finished, 30, "what was left half done is done")
            assert await counted(db) == (ACCOUNTS, ACCOUNTS)
            before, dead = looked(valkey), kill(settings)
            valkey.expire(RQScheduler.get_locking_key(QUEUE), 1)
            await eventually(lambda: pid_of(settings) not in {0, dead}, 20, "a third one was started")
            await eventually(lambda: looked(valkey) - before, 30, "it has looked through the rules again")
            await eventually(lambda: valkey.exists(RQScheduler.get_locking_key(QUEUE)), 30, "it lays out what comes")
    assert await counted(db) == (ACCOUNTS, ACCOUNTS)


def looked(valkey: Redis) -> set[str]:
    """Return the runs of rules at a worker's start that are over."""
    over = queue_of(valkey).finished_job_registry.get_job_ids(cleanup=False)
    return {name for name in over if "signals-start" in name}


async def counted(pools: Database) -> tuple[int, int]:
    """Return how many hits and tasks there are."""
    async with reading(pools) as db:
        hits = await db.scalar(select(func.count()).select_from(tables.signal_hits))
        return int(hits or 0), int(await db.scalar(select(func.count()).select_from(tables.tasks)) or 0)
