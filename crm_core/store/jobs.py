"""Background jobs on record: asked for, how far they are, what came of them (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.joblife import OPEN, State, before
from crm_core.store import trouble_news
from crm_core.tables import jobs
from crm_core.text import one_line

SILENT = timedelta(minutes=2)
"""A running job without a sign of life for so long lost its worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands."""

    job_id: int
    kind: str
    title: str
    state: State
    asked_by: int | None
    done: int
    total: int
    """0 while nobody knows."""
    note: str
    """What is being done just now."""
    detail: Mapping[str, Any]
    """What was asked, and what came of it."""
    trouble: str
    """One sentence, when it failed."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


async def create(db: Writing, kind: str, title: str, asked_by: int | None, detail: Mapping[str, Any]) -> Job:
    """Ask for a job; `crm_core.jobs.send` hands it to the workers once this transaction is committed."""
    values = {"kind": kind, "title": one_line(title, 200), "asked_by": asked_by, "detail": dict(detail)}
    return _job((await db.execute(insert(jobs).values(values).returning(jobs))).one())


async def by_id(db: AsyncConnection, job_id: int) -> Job | None:
    """Return a job, None when there is no such one."""
    row = (await db.execute(select(jobs).where(jobs.c.id == job_id))).one_or_none()
    return None if row is None else _job(row)


async def listing(
    db: AsyncConnection, *, kind: str = "", asked_by: int | None = None, before_id: int | None = None, limit: int = 50
) -> list[Job]:
    """Return jobs, newest first; `before_id` is the last one shown."""
    query = select(jobs).order_by(jobs.c.id.desc()).limit(limit)
    if kind:
        query = query.where(jobs.c.kind == kind)
    if asked_by is not None:
        query = query.where(jobs.c.asked_by == asked_by)
    if before_id is not None:
        query = query.where(jobs.c.id < before_id)
    return [_job(row) for row in await db.execute(query)]


async def waiting(db: AsyncConnection, now: datetime) -> list[Job]:
    """Return what workers have to do: jobs that wait, and running ones that lost their worker; oldest first."""
    lost = (jobs.c.state == State.RUNNING) & (func.coalesce(jobs.c.beat_at, jobs.c.started_at) < now - SILENT)
    query = select(jobs).where(or_(jobs.c.state == State.WAITING, lost)).order_by(jobs.c.id).limit(1_000)
    return [_job(row) for row in await db.execute(query)]


async def started(db: Writing, job_id: int, now: datetime) -> Job | None:
    """Take a job up; None when it is over, or another worker is at it."""
    mine = or_(jobs.c.state == State.WAITING, func.coalesce(jobs.c.beat_at, jobs.c.started_at) < now - SILENT)
    values = {"state": State.RUNNING, "started_at": func.coalesce(jobs.c.started_at, now), "beat_at": now}
    return await _change(db, job_id, State.RUNNING, values, mine)


async def advanced(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, job_id: int, done: int, total: int, note: str, now: datetime
) -> bool:
    """Note how far a job is; False when it was cancelled meanwhile and must stop."""
    change = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == State.RUNNING)
        .values(done=done, total=total, note=one_line(note, 200), beat_at=now)
    )
    return (await db.execute(change)).rowcount > 0


async def finished(db: Writing, job_id: int, detail: Mapping[str, Any], now: datetime) -> Job | None:
    """End a job that did what it should; `detail` is added to what is known of it."""
    values = {
        "state": State.DONE,
        "finished_at": now,
        "note": "",
        "done": func.greatest(jobs.c.done, jobs.c.total),
        "detail": jobs.c.detail.op("||")(dict(detail)),
    }
    return await _change(db, job_id, State.DONE, values)


async def failed(db: Writing, job_id: int, trouble: str, now: datetime) -> Job | None:
    """End a job that could not be done; `trouble` is one sentence for the person who asked."""
    # What broke may be an import that cannot say so itself any more.
    await trouble_news.tell(db)
    return await _change(
        db, job_id, State.FAILED, {"state": State.FAILED, "finished_at": now, "trouble": one_line(trouble, 500)}
    )


async def cancelled(db: Writing, job_id: int, now: datetime) -> Job | None:
    """Stop a job; a running one stops at its next step. None when it is over already."""
    return await _change(db, job_id, State.CANCELLED, {"state": State.CANCELLED, "finished_at": now})


async def _change(db: Writing, job_id: int, state: State, values: Mapping[str, Any], *more: Any) -> Job | None:
    change = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_([str(old) for old in before(state)]), *more)
        .values(values)
        .returning(jobs)
    )
    row = (await db.execute(change)).one_or_none()
    return None if row is None else _job(row)


def is_open(job: Job) -> bool:
    """Tell whether something is still to come of a job."""
    return job.state in OPEN


def _job(row: Row[*tuple[Any, ...]]) -> Job:
    return Job(
        job_id=row.id,
        kind=row.kind,
        title=row.title,
        state=State(row.state),
        asked_by=row.asked_by,
        done=row.done,
        total=row.total,
        note=row.note,
        detail=row.detail,
        trouble=row.trouble,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
