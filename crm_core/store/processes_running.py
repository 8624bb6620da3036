"""Where each application stands in its process: begun, moved with its stage, ended (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import WorkRefused
from crm_core.processes.process import Moment, OwnerKind
from crm_core.processes.process import Step as ProcessStep
from crm_core.processes.running import Bell, Held, assigned, bell, deadline
from crm_core.store import processes, processes_telling, tasks, work_log, working_time
from crm_core.store.processes import Kept
from crm_core.store.processes_telling import SOURCE, About
from crm_core.store.work_log import APPLICATION, Line
from crm_core.tables import applications, process_runs, work_history
from crm_core.work.forms import Site
from crm_core.work.lives import CLOSED, Stage, Step
from crm_core.work.sla import WorkCalendar, resumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where an application stands."""

    kept: Kept
    """The version it runs on."""
    step: ProcessStep
    role: str
    entered_at: datetime
    due_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None


async def of(db: AsyncConnection, application_id: int, *, lock: bool = False) -> Run | None:
    """Return where an application stands in its process, None where it runs without one.

    Args:
        db: a connection; one that writes where it is locked.
        application_id: whose; its row is locked before, so that whoever moves both takes them in one order.
        lock: until the transaction ends.

    """
    query = select(process_runs).where(process_runs.c.application_id == application_id)
    row = (await db.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        return None
    kept = await processes.one(db, row.version_id)
    step = kept.process.step(row.step) or kept.process.first
    return Run(
        kept=kept, step=step, role=row.role, entered_at=row.entered_at, due_at=row.due_at, paused_at=row.paused_at,
        ended_at=row.ended_at,
    )  # fmt: skip


async def been(db: AsyncConnection, application_id: int) -> frozenset[str]:
    """Return the steps that an application has left, by its history."""
    lines = work_history.c
    query = select(lines.before).where(
        lines.subject == APPLICATION, lines.subject_id == application_id, lines.what == "step"
    )
    return frozenset((await db.execute(query.distinct())).scalars()) - {""}


async def begin(db: Writing, application_id: int, kind: str, calendar: WorkCalendar, now: datetime) -> None:
    """Let an application that was filed just now begin its first step, where its kind has steps."""
    kept = await processes.published(db, kind)
    if kept is not None:
        await enter(db, application_id, kept, kept.process.first, None, calendar, now)


async def enter(  # noqa: PLR0913, PLR0917 -- what enters which step of which version, by whom, where and when
    db: Writing,
    application_id: int,
    kept: Kept,
    step: ProcessStep,
    by: int | None,
    calendar: WorkCalendar,
    now: datetime,
    said: str = "",
) -> None:
    """Let an application begin a step: whose it is, until when, who hears of it."""
    row = (await db.execute(select(applications).where(applications.c.id == application_id))).one()
    before = await db.scalar(select(process_runs.c.step).where(process_runs.c.application_id == application_id))
    held = await _give(db, row, step, by, now)
    until = deadline(step, calendar, now)
    values = {
        "version_id": kept.version_id, "step": step.code, "role": held.role, "entered_at": now, "due_at": until,
        "paused_at": None, "ended_at": None, **_rings(bell(step, calendar, now, until, now)),
    }  # fmt: skip
    new = upsert(process_runs).values(application_id=application_id, **values)
    await db.execute(new.on_conflict_do_update(index_elements=["application_id"], set_=values))
    line = Line(subject_id=application_id, what="step", user_id=by, before=before or "", after=step.code, said=said)
    await work_log.add(db, APPLICATION, now, [line])
    await tasks.cancel_of_application(db, application_id, now, sources=(SOURCE,))
    about = _about(row, held, step, now, until)
    await processes_telling.tell(db, Moment.ENTRY, [about], now, unless=by)
    await processes_telling.write(db, about, now)


async def _give(db: Writing, row: Row[*tuple[Any, ...]], step: ProcessStep, by: int | None, now: datetime) -> Held:
    """Give an application to whose a step is."""
    named = int(step.owner.name) if step.owner.kind is OwnerKind.PERSON else None
    people = await processes_telling.colleagues(db, [row.owner_id, row.filed_by, named])
    held = assigned(step.owner, Held(owner_id=row.owner_id, team=row.team or ""), row.filed_by, people)
    changes = [
        ("owner", str(row.owner_id or ""), str(held.owner_id or "")),
        ("team", row.team or "", held.team),
    ]
    lines = [
        Line(subject_id=row.id, what=what, user_id=by, before=old, after=new)
        for what, old, new in changes
        if old != new
    ]
    if lines:
        change = update(applications).where(applications.c.id == row.id)
        await db.execute(change.values(owner_id=held.owner_id, team=held.team or None))
        await work_log.add(db, APPLICATION, now, lines)
    return held


def _about(
    row: Row[*tuple[Any, ...]], held: Held, step: ProcessStep, entered: datetime, until: datetime | None
) -> About:
    return About(
        application_id=row.id, number=row.number, kind=row.kind, title=row.title, account_id=row.account_id,
        owner_id=held.owner_id, team=held.team, filed_by=row.filed_by, step=step, entered_at=entered, due_at=until,
    )  # fmt: skip


async def require_end(db: AsyncConnection, application_id: int) -> None:
    """Check that an application may be done where it stands.

    Raises:
        WorkRefused: steps are still ahead of it.

    """
    run = await of(db, application_id)
    if run is not None and run.ended_at is None and not run.step.last:
        raise WorkRefused("process-not-over")


async def follow(  # noqa: PLR0913, PLR0917 -- what was moved, where to, where and when
    db: Writing, application_id: int, wanted: Step, stage: Stage, site: Site, now: datetime
) -> None:
    """Take the process along with the stage: a wait pauses it, an end ends it, who opens it again begins it again."""
    run = await of(db, application_id, lock=True)
    if run is None:
        return
    change = update(process_runs).where(process_runs.c.application_id == application_id)
    if stage in CLOSED:
        await db.execute(change.values(ended_at=now, alarm_at=None, alarm=None, paused_at=None))
    elif wanted is Step.REOPEN:
        calendar = await working_time.calendar(db, site)
        await enter(db, application_id, run.kept, run.kept.process.first, None, calendar, now)
    elif stage is Stage.WAITING:
        await db.execute(change.values(paused_at=now))
    elif run.paused_at is not None:
        calendar = await working_time.calendar(db, site)
        await db.execute(change.values(paused_at=None, **_after_wait(run, calendar, now)))


def _after_wait(run: Run, calendar: WorkCalendar, now: datetime) -> dict[str, Any]:
    """Limit and next word after a wait; a limit that had passed before it stays, with what is still to be said."""
    if run.due_at is None or run.step.limit is None or run.paused_at is None:
        return {}
    until = resumed(calendar, run.step.limit, run.paused_at, now, run.due_at)
    if until == run.due_at:
        return {}
    return {"due_at": until, **_rings(bell(run.step, calendar, now, until, now))}


def _rings(found: Bell | None) -> dict[str, Any]:
    return {"alarm_at": None, "alarm": None} if found is None else {"alarm_at": found.at, "alarm": found.why.value}
