"""The worker: background jobs from Valkey, and only those the house knows (shell).

Whoever may write to Valkey may name any function in a job, whatever the serializer. So a job is looked up in a list of
ours before anything of it is imported, and jobs travel as JSON, which carries no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

QUEUE = "busbar"
JOBS: Mapping[str, str] = {
    # office and tokens
    # access and audit
    # the card
    # ledger
    # work
    # exchange of files
    # search and duplicates
    "crm_core.duplicates.job.run": "looks through the base for customers that may be one",
    # segments, fields, documents
}
"""Functions that may run as jobs: full name, and what it is for. Whoever adds a job adds it here."""


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


class InlineWorker(SimpleWorker):
    """The same without child processes and signals, for tests: it may run in any thread."""

    job_class = KnownJob
    queue_class = KnownQueue
    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        """Leave the process's signals alone."""


def work_off(connection: Redis) -> None:
    """Do every job that waits, here and now: for tests and tools."""
    inline = InlineWorker([queue(connection)], connection=connection, serializer=JSONSerializer)
    inline.work(burst=True, logging_level="CRITICAL")
