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

from crm_core import clock, schedule

QUEUE = "busbar"
JOBS: Mapping[str, str] = {
    # office and tokens
    # access and audit
    "crm_core.guard_jobs.retain": "throw away what is older than its rule allows",
    "crm_core.guard_jobs.erase": "make a subscriber a pseudonym",
    "crm_core.guard_jobs.answer": "gather everything known of a subscriber",
    # the card
    # ledger
    "crm_core.promise_job.due": "settles promises whose day and grace have passed, every hour",
    "crm_core.promise_job.run": "settles promises whose day and grace have passed",
    # work
    "crm_core.work.jobs.sweep": "reminders and escalation of applications",
    "crm_core.work.jobs.signals": "rules that make contacts recur and notice falling activity",
    "crm_core.advice_jobs.measure": "notes whether what was advised was done, every hour",
    # exchange of files
    "crm_core.importing.work.judge": "judge every row of a file and change nothing",
    "crm_core.importing.work.commit": "bring a judged file in",
    "crm_core.importing.work.undo": "take an import back",
    "crm_core.exporting.work.make": "make the file of an approved export",
    "crm_core.exporting.work.sweep": "delete files whose time is over",
    # search and duplicates
    "crm_core.duplicates.job.run": "looks through the base for customers that may be one",
    "crm_core.finding_jobs.fold_names": "names of contacts that the search finds their customers by",
    # segments, fields, documents
    "crm_core.segment_jobs.freeze": "writes down who belongs to a segment now",
    "crm_core.segment_jobs.refresh": "works out what segments ask of accounts that changed",
    # flows of the IVR
    # prompts and voices
    # queues and routing rules
    "routing.trial.run": "tries routing rules on the calls of a day",
    "crm_core.alert_jobs.deliver": "tells alerts of the floor by mail and to other programs",
    # call-backs
    # transfers and conferences
    # recordings
    "crm_core.recording_jobs.collect": "put away what the switch has recorded",
    "crm_core.recording_jobs.expire": "shred recordings whose time is over",
    # nodes, trunks, endpoints
    "routing.linecheck.run": "calls through every trunk and the menu, and raises an alert with the leg that failed",
    # reports
    "workstation.reporting_jobs.send": "makes reports that are due and mails links to them",
    # campaigns
    "outbound.jobs.feed": "adds debtors of a segment or a file to a campaign",
    "outbound.jobs.check": "works out who of a campaign's list may be called, and when",
    "outbound.jobs.sweep": "feeds campaigns by their segments, ends those whose time is over",
    # workforce
    "crm_core.workforce_jobs.forecast": "forecasts calls of every queue",
    "crm_core.workforce_jobs.refresh": "forecasts calls of every queue, each night",
    "crm_core.workforce_jobs.roster": "proposes shifts for some days",
    # quality of calls
    "crm_core.quality_jobs.refresh": "chooses calls to be scored by the rules, closes what is over, each night",
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

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a job, then see to it that what comes again is laid out, however the job ended."""
        super().execute_job(job, queue)
        schedule.lay_out(self.queues[0], clock.now())

    def run_maintenance_tasks(self) -> None:
        """Tidy up, then see to it that what comes again is laid out, even after Valkey was emptied."""
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        schedule.lay_out(self.queues[0], clock.now())


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
