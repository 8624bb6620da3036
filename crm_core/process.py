"""The worker's process: hands over what waits, then works until it is told to stop (shell)."""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog
from redis import Redis
from rq.serializers import JSONSerializer

from crm_core import clock, jobs, logs, schedule
from crm_core.db import engine as open_engine
from crm_core.settings import Settings
from crm_core.worker import KnownWorker, queue

log = structlog.get_logger(__name__)


def main(settings: Settings) -> None:
    """Work until SIGTERM; a job that runs then is finished first."""
    logs.begin()
    connection = Redis.from_url(settings.redis_url)
    worker = KnownWorker(
        [queue(connection)], connection=connection, serializer=JSONSerializer,
        maintenance_interval=schedule.IDLE, worker_ttl=schedule.IDLE + 15,
    )  # fmt: skip
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    asyncio.run(_take_up(settings, connection))
    sys.stdout.write("ready: worker\n")
    sys.stdout.flush()
    schedule.catch_up(queue(connection), clock.now())
    schedule.lay_out(queue(connection), clock.now())
    worker.work(with_scheduler=True, logging_level="WARNING")
    log.info("worker ended")


async def _take_up(settings: Settings, connection: Redis) -> None:
    """Hand over jobs that Valkey forgot or that lost their worker."""
    engine = open_engine(settings, name="busbar-worker", size=1)
    try:
        found = await jobs.send_waiting(engine, connection)
        if found:
            await log.ainfo("jobs.taken_up", count=found)
    finally:
        await engine.dispose()
