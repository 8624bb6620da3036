"""The worker: background jobs from Valkey, and only those the house knows (shell).

Whoever may write to Valkey may name any function in a job, whatever the serializer. So a job is looked up in a list of
ours before anything of it is imported, and jobs travel as JSON, which carries no code.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from crm_core import clock, schedule
from crm_core.settings import Settings

QUEUE = "busbar"
JOBS: Mapping[str, str] = {
    # office and tokens
    # access and audit
    # the card
    # ledger
    # work
    "crm_core.work.jobs.sweep": "reminders and escalation of applications",
    "crm_core.work.jobs.signals": "rules that make contacts recur and notice falling activity",
    # exchange of files
    # search and duplicates
    # segments, fields, documents
}
"""Functions that may run as jobs: full name, and what it is for. Whoever adds a job adds it here."""
log = structlog.get_logger()


class JobRefused(RuntimeError):
    """A job names a function that is not on the list; it was not imported and not run."""


def _allowed(name: str) -> None:
    if name not in JOBS:
        raise JobRefused(f"not one of our jobs: {name[:200]!r}")


class KnownJob(Job):
    """A job whose function must be on the list before it is looked up."""

    @property
    def func(self) -> Any:
        """The function to run.

        Raises:
            JobRefused: it is not one of ours.

        """
        _allowed(str(self.func_name))
        return super().func

    def perform(self) -> Any:
        """Run the job.

        Raises:
            JobRefused: it is not one of ours, or calls a method of an instance.

        """
        _allowed(str(self.func_name))
        if self.instance is not None:
            raise JobRefused("jobs are functions of ours, never methods of what came along")
        return super().perform()


class KnownQueue(Queue):
    """A queue of such jobs."""

    job_class = KnownJob


def queue(connection: Redis) -> Queue:
    """Return the house's queue, for whoever has a job to be done."""
    return KnownQueue(QUEUE, connection=connection, serializer=JSONSerializer)


class KnownWorker(Worker):
    """Runs jobs one at a time, each in a child process that may die without harm."""

    job_class = KnownJob
    queue_class = KnownQueue

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a job, then see to it that what comes again is laid out, however the job ended."""
        super().execute_job(job, queue)
        schedule.lay_out(self.queues[0], clock.now())


class InlineWorker(SimpleWorker):
    """The same without child processes, for tests."""

    job_class = KnownJob
    queue_class = KnownQueue


def main(settings: Settings) -> None:
    """Work until SIGTERM; a job that runs then is finished first."""
    connection = Redis.from_url(settings.redis_url)
    worker = KnownWorker([queue(connection)], connection=connection, serializer=JSONSerializer)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.stdout.write("ready: worker\n")
    sys.stdout.flush()
    schedule.lay_out(worker.queues[0], clock.now())
    worker.work(with_scheduler=True, logging_level="WARNING")
    log.info("worker ended")
