"""Reminders and escalation of applications: what has come due becomes a task, once (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.store import kinds, tasks, work_log, working_time
from crm_core.store.work_log import APPLICATION, Line
from crm_core.tables import applications, teams
from crm_core.work.forms import Site
from crm_core.work.kinds import Alarm, Kind, alarms, following
from crm_core.work.lives import CLOSED, Stage
from crm_core.work.sla import WorkCalendar

BATCH = 200
"""Applications one transaction speaks up about."""
QUIET = [stage.value for stage in CLOSED] + [Stage.WAITING.value]
TO_LEAD = frozenset({"accept", "late"})
"""What the team's lead hears; the rest its owner does."""


async def sweep(db: Writing, site: Site, now: datetime, limit: int = BATCH) -> int:
    """Speak up about the applications whose moment has come, the earliest first; returns about how many.

    Two sweeps at once take different ones. What waits for the customer or is closed is left alone: its clock stands.
    """
    query = (
        select(applications)
        .where(applications.c.alarm_at <= now, applications.c.stage.not_in(QUIET))
        .order_by(applications.c.alarm_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await db.execute(query)).all()
    if not rows:
        return 0
    calendar = await working_time.calendar(db, site)
    known = {kind_id: await kinds.by_id(db, kind_id) for kind_id in {row.kind_id for row in rows} - {None}}
    leads = await _leads(db)
    new = [_task(row, leads) for row in rows if not _passed(row)]
    for kind in ("reminder", "escalation"):
        # One reminder and one word to the lead at a time: what was near is due now, and nobody reads both.
        about = [one.application_id for one in new if one.kind == kind and one.application_id is not None]
        await tasks.replace_of_applications(db, kind, about, now)
    await tasks.add(db, new, now)
    lines = [Line(subject_id=row.id, what="alarm", after=row.alarm) for row in rows if not _passed(row)]
    await work_log.add(db, APPLICATION, now, lines)
    change = update(applications).where(applications.c.id == bindparam("of_id"))
    await db.execute(
        change.values(
            alarm_at=bindparam("next_at"), alarm=bindparam("next_why"), late_at=bindparam("late")
        ).execution_options(synchronize_session=None),
        [_after(row, known, calendar, now) for row in rows],
    )
    return len(rows)


def _passed(row: Row[*tuple[Any, ...]]) -> bool:
    """Somebody has accepted it in the meantime."""
    return bool(row.alarm == "accept" and row.stage != Stage.FILED)


async def _leads(db: AsyncConnection) -> Mapping[str, int | None]:
    return {row.code: row.lead_id for row in await db.execute(select(teams.c.code, teams.c.lead_id))}


def _task(row: Row[*tuple[Any, ...]], leads: Mapping[str, int | None]) -> tasks.NewTask:
    up = row.alarm in TO_LEAD
    due_at = row.due_at or row.alarm_at
    return tasks.NewTask(
        kind="escalation" if up else "reminder", title=f"{row.number} {row.title}", account_id=row.account_id,
        application_id=row.id, owner_id=leads.get(row.team or "") if up else row.owner_id, team=row.team,
        due_at=due_at, source="application", facts={"why": row.alarm, "number": row.number, "kind": row.kind},
        once=f"alarm:{row.id}:{row.alarm}:{due_at:%Y%m%d%H%M}",
    )  # fmt: skip


def _after(
    row: Row[*tuple[Any, ...]], known: Mapping[int, Kind], calendar: WorkCalendar, now: datetime
) -> dict[str, Any]:
    """What is said next; of several moments that passed while nobody looked, each is said, one a sweep."""
    planned: Sequence[Alarm] = ()
    if row.kind_id is not None:
        planned = alarms(known[row.kind_id], calendar, row.filed_at or now, row.due_at)
    said = [place for place, one in enumerate(planned) if one.why == row.alarm]
    alarm = following(planned[said[-1] + 1 :] if said else planned, accepted=row.stage != Stage.FILED)
    return {
        "of_id": row.id,
        "next_at": None if alarm is None else alarm.at,
        "next_why": None if alarm is None else alarm.why,
        "late": now if row.alarm == "late" else row.late_at,
    }
