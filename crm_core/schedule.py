"""What the house does by itself, and how often; jobs laid out ahead so that none is missed and none runs twice (shell).

Each time a job is to run has a name of its own (`schedule-<job>-<slot>`), and a name can be laid out once: two workers
that start together, or one that starts again, lay out the same names. A worker lays them out when it starts and after
each job it has run, whether that ended well or died; what was due while no worker was there runs once, then the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rq import Queue
from rq.exceptions import DuplicateJobError

KEEP_RESULT, KEEP_FAILURE = 60, 24 * 3600
"""Seconds that the trace of a run stays in Valkey."""


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

    def next_slot(self, now: datetime) -> datetime:
        """Return the first time to run that lies after `now`."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        passed = (now - midnight).total_seconds() - self.after
        slots = int(passed // self.seconds) + 1
        return midnight + timedelta(seconds=slots * self.seconds + self.after)


SCHEDULE: tuple[Every, ...] = (
    # access and audit
    # ledger
    # work
    Every(job="crm_core.work.jobs.sweep", seconds=60),
    Every(job="crm_core.work.jobs.signals", seconds=3600, after=600, timeout=3000),
    # exchange of files
    # search and duplicates
    Every(job="crm_core.finding_jobs.fold_names", seconds=30, after=20),
    # segments, fields, documents
    Every(job="crm_core.segment_jobs.refresh", seconds=30, after=10),
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


def _laid_out(queue: Queue, one: Every, slot: datetime) -> str:
    name = f"schedule-{one.job.replace('.', '-')}-{slot:%Y%m%dT%H%M%S}"
    try:
        queue.enqueue_at(
            slot,
            one.job,
            job_id=name,
            unique=True,
            job_timeout=one.timeout,
            result_ttl=KEEP_RESULT,
            failure_ttl=KEEP_FAILURE,
        )
    except DuplicateJobError:
        return ""
    return name
