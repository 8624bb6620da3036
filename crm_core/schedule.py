"""What the house does by itself, and how often; jobs laid out ahead so that none is missed and none runs twice (shell).

Each time a job is to run has a name of its own (`schedule-<job>-<slot>`), and a name can be laid out once: two workers
that start together, or one that starts again, lay out the same names. A worker lays them out when it starts, after
each job it has run, whether that ended well or died, and while it is idle; what was due while no worker was there runs
once, then the next. What a dead worker left half done goes on as soon as one starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rq import Queue
from rq.exceptions import DuplicateJobError

KEEP_RESULT, KEEP_FAILURE = 60, 24 * 3600
"""Seconds that the trace of a run stays in Valkey."""
IDLE = 10
"""Seconds after which an idle worker looks whether everything is laid out, and whether somebody hands it over: the
lock of a killed scheduler runs out after a minute, and only a worker that looks takes its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """A job that comes again and again; slots are counted from midnight UTC."""

    job: str
    """Full name of a function in `crm_core.worker.JOBS`, without arguments."""
    seconds: int
    after: int = 0
    """Seconds into the slot at which it runs, so that not everything runs at once."""
    timeout: int = 300
    """Seconds after which a run is ended."""
    at_start: bool = False
    """Runs when a worker starts, too: what a dead one left half done goes on at once."""

    def next_slot(self, now: datetime) -> datetime:
        """Return the first time to run that lies after `now`."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        passed = (now - midnight).total_seconds() - self.after
        slots = int(passed // self.seconds) + 1
        return midnight + timedelta(seconds=slots * self.seconds + self.after)


SCHEDULE: tuple[Every, ...] = (
    # access and audit
    # ledger
    Every(job="crm_core.promise_job.due", seconds=3600, after=300, timeout=3000, at_start=True),
    # work
    Every(job="crm_core.work.jobs.sweep", seconds=60, at_start=True),
    Every(job="crm_core.work.jobs.signals", seconds=3600, after=600, timeout=3000, at_start=True),
    Every(job="crm_core.advice_jobs.measure", seconds=3600, after=2100, timeout=1800),
    # exchange of files
    Every(job="crm_core.exporting.work.sweep", seconds=300, after=45),
    # search and duplicates
    Every(job="crm_core.finding_jobs.fold_names", seconds=30, after=20),
    # recordings
    Every(job="crm_core.recording_jobs.collect", seconds=60, after=40, timeout=1800),
    Every(job="crm_core.recording_jobs.expire", seconds=3600, after=1500, timeout=1800),
    # segments, fields, documents
    Every(job="crm_core.segment_jobs.refresh", seconds=30, after=10),
    # queues and routing rules
    Every(job="crm_core.alert_jobs.deliver", seconds=20, after=5, at_start=True),
    # nodes, trunks, endpoints
    Every(job="routing.linecheck.run", seconds=300, after=90, timeout=280),
    # reports
    Every(job="workstation.reporting_jobs.send", seconds=60, after=25, timeout=900, at_start=True),
    # campaigns
    Every(job="outbound.jobs.sweep", seconds=300, after=150, timeout=1800),
    # workforce
    Every(job="crm_core.workforce_jobs.refresh", seconds=86_400, after=4_500, timeout=1800),
    # quality of calls
    Every(job="crm_core.quality_jobs.refresh", seconds=86_400, after=5_400, timeout=1800),
)
"""Whoever adds a job that comes again adds it here and in `crm_core.worker.JOBS`."""


def lay_out(queue: Queue, now: datetime, schedule: Sequence[Every] = SCHEDULE) -> list[str]:
    """Lay out the next run of every job that has none yet; return the names of those that are new.

    Args:
        queue: where the jobs go; its worker must run with a scheduler.
        now: the present moment.
        schedule: what comes again.

    """
    return [name for one in schedule if (name := _laid_out(queue, one, one.next_slot(now)))]


def catch_up(queue: Queue, now: datetime, schedule: Sequence[Every] = SCHEDULE) -> list[str]:
    """Hand over at once what a dead worker may have left half done; return the names.

    What waits to be done already is not handed over again, so a worker that dies each time it starts piles nothing up.
    """
    waiting = queue.get_job_ids()
    handed = []
    for one in schedule:
        if one.at_start and not any(name.startswith(_named(one)) for name in waiting):
            name = f"{_named(one)}start-{now:%Y%m%dT%H%M%S}"
            with suppress(DuplicateJobError):
                queue.enqueue(one.job, job_id=name, unique=True, **_terms(one))
                handed.append(name)
    return handed


def _named(one: Every) -> str:
    return f"schedule-{one.job.replace('.', '-')}-"


def _terms(one: Every) -> dict[str, int]:
    return {"job_timeout": one.timeout, "result_ttl": KEEP_RESULT, "failure_ttl": KEEP_FAILURE}


def _laid_out(queue: Queue, one: Every, slot: datetime) -> str:
    name = f"{_named(one)}{slot:%Y%m%dT%H%M%S}"
    try:
        queue.enqueue_at(slot, one.job, job_id=name, unique=True, **_terms(one))
    except DuplicateJobError:
        return ""
    return name
