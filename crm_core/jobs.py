"""Background work with a record: handed to the workers, performed with progress that pages can watch (shell).

The record in PostgreSQL is the truth; Valkey only wakes a worker. What Valkey lost is handed over again
(`send_waiting`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import redis.asyncio as aioredis
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import DuplicateJobError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, worker
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.errors import CrmError, NoSuchJob
from crm_core.settings import Settings
from crm_core.store import jobs as store
from crm_core.store.jobs import Job

EVERY_SECONDS = 0.5
"""Progress is written and told at most so often."""
LONGEST_SECONDS = 12 * 3600
"""After so long the worker ends a job."""
FUNCTIONS: Mapping[str, str] = {
    # office and tokens
    # access and audit
    "retention": "crm_core.guard_jobs.retain",
    "erasure": "crm_core.guard_jobs.erase",
    "subject_answer": "crm_core.guard_jobs.answer",
    # the card
    # ledger
    "promises": "crm_core.promise_job.run",
    # work
    # exchange of files
    "import.judge": "crm_core.importing.work.judge",
    "import.commit": "crm_core.importing.work.commit",
    "import.undo": "crm_core.importing.work.undo",
    "export.make": "crm_core.exporting.work.make",
    # search and duplicates
    "duplicates": "crm_core.duplicates.job.run",
    # segments, fields, documents
    "segment.list": "crm_core.segment_jobs.freeze",
    # flows of the IVR
    # prompts and voices
    # queues and routing rules
    "routing.trial": "routing.trial.run",
    # call-backs
    # transfers and conferences
    # recordings
    # nodes, trunks, endpoints
    # campaigns
    "campaign.feed": "outbound.jobs.feed",
    "campaign.check": "outbound.jobs.check",
    # workforce
    "workforce.forecast": "crm_core.workforce_jobs.forecast",
    "workforce.roster": "crm_core.workforce_jobs.roster",
}
"""What performs a kind of job: the full name of `def run(job_id: int) -> None`, which stands in `worker.JOBS` too."""
log = structlog.get_logger(__name__)


class Cancelled(Exception):
    """The job was cancelled while it ran."""


class Progress:
    """How far a running job is; told to the record and to whoever watches."""

    def __init__(self, engine: AsyncEngine, valkey: aioredis.Redis, job: Job) -> None:
        self.engine = engine
        """The way to the base for the work itself."""
        self.job = job
        self._valkey = valkey
        self._told = 0.0

    async def advance(self, done: int, total: int = 0, note: str = "", *, now: bool = False) -> None:
        """Say how far the work is; cheap to call for every row.

        Args:
            done: units done so far.
            total: units in all, 0 while nobody knows.
            note: what is being done just now, for people.
            now: tell it even when something was told a moment ago.

        Raises:
            Cancelled: somebody stopped the job; leave what is half done to the transaction.

        """
        loop_time = asyncio.get_running_loop().time()
        if not now and loop_time - self._told < EVERY_SECONDS:
            return
        self._told = loop_time
        async with transaction(self.engine) as db:
            if not await store.advanced(db, self.job.job_id, done, total, note, clock.now()):
                raise Cancelled
        await tell(self._valkey, self.job.job_id, done=done, total=total, note=note)


Work = Callable[[Progress], Awaitable[Mapping[str, Any] | None]]
"""What a job does; returns what came of it."""


def perform(settings: Settings, job_id: int, work: Work) -> None:
    """Perform a job in a worker: taken up once, its end written down whatever happens.

    Args:
        settings: of the house.
        job_id: which job.
        work: does it, over `progress.engine`; the message of a `CrmError` it raises is what people read.

    """
    asyncio.run(_perform(settings, job_id, work))


async def _perform(settings: Settings, job_id: int, work: Work) -> None:
    engine = open_engine(settings, name="busbar-job", size=2)
    valkey = aioredis.Redis.from_url(settings.redis_url)
    try:
        async with transaction(engine) as db:
            job = await store.started(db, job_id, clock.now())
        if job is None:
            return
        await tell(valkey, job_id, state=job.state)
        ended = await _ended(engine, Progress(engine, valkey, job), work)
        if ended is not None:
            await tell(valkey, job_id, state=ended.state, trouble=ended.trouble)
    finally:
        await valkey.aclose()
        await engine.dispose()


async def _ended(engine: AsyncEngine, progress: Progress, work: Work) -> Job | None:
    job_id = progress.job.job_id
    try:
        outcome = await work(progress)
    except Cancelled:
        return None
    except CrmError as error:
        trouble = str(error)
    except Exception as error:  # noqa: BLE001 -- whatever broke, the record says that it did
        await log.aexception("job.broken", job=job_id, kind=progress.job.kind, error=repr(error)[:200])
        trouble = "Something broke on our side. It was written down."
    else:
        async with transaction(engine) as db:
            return await store.finished(db, job_id, outcome or {}, clock.now())
    async with transaction(engine) as db:
        return await store.failed(db, job_id, trouble, clock.now())


def send(valkey: Redis, job: Job) -> None:
    """Hand a job to the workers, after the transaction that made it; handing it over twice does no harm.

    Raises:
        NoSuchJob: nobody performs this kind of job.
        RedisError: Valkey is away; the job waits until `send_waiting`.

    """
    function = FUNCTIONS.get(job.kind)
    if function is None:
        raise NoSuchJob(f"nobody performs jobs of the kind {job.kind}")
    try:
        worker.queue(valkey).enqueue(
            function,
            job.job_id,
            job_id=f"job-{job.job_id}",
            unique=True,
            job_timeout=LONGEST_SECONDS,
            result_ttl=0,
            # One that lost its worker must not stand in the way of being handed over again.
            failure_ttl=60,
        )
    except DuplicateJobError:
        return


async def send_waiting(engine: AsyncEngine, valkey: Redis) -> int:
    """Hand over every job that waits or lost its worker; returns how many. Workers do it at their start."""
    async with reading(engine) as db:
        found = await store.waiting(db, clock.now())
    for job in found:
        if job.kind in FUNCTIONS:
            send(valkey, job)
    return len(found)


def channel(job_id: int) -> str:
    """Return where news of a job is told (pub/sub)."""
    return f"busbar:job:{job_id}"


async def tell(valkey: aioredis.Redis, job_id: int, **news: object) -> None:
    """Tell whoever watches a job; a Valkey that is away costs the watchers a look, never the job."""
    try:
        await valkey.publish(channel(job_id), json.dumps(news))
    except RedisError as error:
        await log.awarning("job.untold", job=job_id, error=type(error).__name__)


async def watch(redis_url: str, engine: AsyncEngine, job_id: int, *, every: float = 15.0) -> AsyncIterator[Job]:
    """Yield a job as it stands now and after each news of it, until it is over; at least once in `every` seconds."""
    valkey = aioredis.Redis.from_url(redis_url)
    try:
        async with valkey.pubsub() as heard:
            await heard.subscribe(channel(job_id))
            async with aclosing(_looks(heard, engine, job_id, every)) as looks:
                async for job in looks:
                    yield job
    finally:
        await valkey.aclose()


async def _looks(heard: Any, engine: AsyncEngine, job_id: int, every: float) -> AsyncGenerator[Job]:
    while True:
        async with reading(engine) as db:
            job = await store.by_id(db, job_id)
        if job is None:
            return
        yield job
        if not store.is_open(job):
            return
        await heard.get_message(ignore_subscribe_messages=True, timeout=every)
