"""An application is taken from one step of its process to the next (shell)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchWork, WorkRefused
from crm_core.processes.process import Step, Way
from crm_core.processes.running import Held, barred, lacking, open_ways
from crm_core.store import application_work, processes_running, teams, working_time
from crm_core.store.processes_running import Run
from crm_core.tables import application_files, applications
from crm_core.work.forms import Site
from crm_core.work.lives import Mover, Stage
from crm_core.work.lives import Step as Move


async def ways(db: AsyncConnection, application_id: int, run: Run, mover: Mover) -> tuple[Way, ...]:
    """Return the ways somebody may take an application now."""
    query = select(applications.c.stage, applications.c.owner_id, applications.c.team, applications.c.form)
    row = (await db.execute(query.where(applications.c.id == application_id))).one()
    held = Held(owner_id=row.owner_id, team=row.team or "", role=run.role)
    if barred(Stage(row.stage), held, mover, await teams.of_user(db, mover.user_id)) is not None:
        return ()
    return open_ways(run.step, row.form or {})


async def papers(db: AsyncConnection, application_id: int) -> frozenset[str]:
    """Return which of its kind's documents are attached to an application."""
    query = select(application_files.c.document).where(application_files.c.application_id == application_id).distinct()
    return frozenset((await db.execute(query)).scalars())


async def leave(  # noqa: PLR0913, PLR0917 -- what, where to, by whom, with which words, where and when
    db: Writing, application_id: int, to: str, mover: Mover, said: str, site: Site, now: datetime
) -> Step:
    """Take an application from its step to another one; what nobody had begun is begun by that.

    Raises:
        NoSuchWork: there is no such application.
        WorkRefused: not now, not yours, no such way, or something is missing; the code says which. Nothing was changed.

    """
    query = select(applications).where(applications.c.id == application_id).with_for_update()
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no application {application_id}")
    run = await processes_running.of(db, application_id, lock=True)
    if run is None or run.ended_at is not None:
        raise WorkRefused("step-not-now")
    form, held = row.form or {}, Held(owner_id=row.owner_id, team=row.team or "", role=run.role)
    why = barred(Stage(row.stage), held, mover, await teams.of_user(db, mover.user_id))
    why = why or lacking(run.step, form, await papers(db, application_id))
    if why is not None:
        raise WorkRefused(why.code)
    target = run.kept.process.step(to)
    if target is None or to not in {way.to for way in open_ways(run.step, form)}:
        raise WorkRefused("process-no-way")
    if Stage(row.stage) is not Stage.IN_WORK:
        await application_work.step(db, application_id, Move.START, mover, "", site, now)
    calendar = await working_time.calendar(db, site)
    await processes_running.enter(db, application_id, run.kept, target, mover.user_id, calendar, now, said)
    return target
