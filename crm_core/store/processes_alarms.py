"""Limits of steps that come due: who has them is told, and his supervisor is (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select, update

from crm_core.db import Writing
from crm_core.processes.process import Moment
from crm_core.store import processes, processes_telling, tasks, work_log
from crm_core.store.alarms import BATCH, QUIET
from crm_core.store.processes import Kept
from crm_core.store.processes_telling import SOURCE, About
from crm_core.store.work_log import APPLICATION, Line
from crm_core.tables import applications, process_runs


async def sweep(db: Writing, now: datetime, limit: int = BATCH) -> int:
    """Speak up about the steps whose moment has come, the earliest first; returns of how many.

    Two sweeps at once take different ones. What waits for the customer or is closed is left alone.
    """
    a, r = applications.c, process_runs.c
    query = (
        select(
            applications, r.version_id, r.step, r.entered_at, r.due_at.label("step_due_at"), r.alarm.label("step_alarm")
        )
        .join(process_runs, r.application_id == a.id)
        .where(r.alarm_at <= now, r.ended_at.is_(None), a.stage.not_in(QUIET))
        .order_by(r.alarm_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await db.execute(query)).all()
    if not rows:
        return 0
    kept = await processes.some(db, {row.version_id for row in rows})
    for moment in (Moment.SOON, Moment.LATE):
        about = [_about(row, kept) for row in rows if row.step_alarm == moment]
        if about:
            # One reminder at a time: what was near is late now, and nobody reads both.
            await tasks.replace_of_applications(
                db, "reminder", [one.application_id for one in about], now, source=SOURCE
            )
            await processes_telling.tell(db, moment, about, now)
    lines = [Line(subject_id=row.id, what="alarm", after=f"step_{row.step_alarm}") for row in rows]
    await work_log.add(db, APPLICATION, now, lines)
    soon = r.alarm == Moment.SOON.value
    change = update(process_runs).where(r.application_id.in_([row.id for row in rows]))
    # What was near comes at its limit; what is late has been said, and its supervisor knows.
    await db.execute(change.values(alarm_at=case((soon, r.due_at)), alarm=case((soon, Moment.LATE.value))))
    return len(rows)


def _about(row: Row[*tuple[Any, ...]], kept: Mapping[int, Kept]) -> About:
    process = kept[row.version_id].process
    return About(
        application_id=row.id, number=row.number, kind=row.kind, title=row.title, account_id=row.account_id,
        owner_id=row.owner_id, team=row.team or "", filed_by=row.filed_by,
        step=process.step(row.step) or process.first, entered_at=row.entered_at, due_at=row.step_due_at,
    )  # fmt: skip
