"""Work is put on record for whoever asks, and handed to the workers once its transaction is committed (shell)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import RedisError

from crm_core import jobs
from crm_core.access import Role
from crm_core.settings import Settings
from crm_core.store.jobs import Job
from workstation.sentences import Translate

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks for work, by a page or by the API."""

    user_id: int
    role: Role
    ip: str
    words: Translate
    """gettext of their language."""


async def hand_over(settings: Settings, job: Job) -> None:
    """Hand a job to the workers; when Valkey is away it waits on record until a worker starts."""

    def send() -> None:
        with Redis.from_url(settings.redis_url) as valkey:
            jobs.send(valkey, job)

    try:
        await asyncio.to_thread(send)
    except RedisError as error:
        await log.awarning("job.waits", job=job.job_id, error=type(error).__name__)
