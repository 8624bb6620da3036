"""What was done to an application or a task, line by line; lines are only ever added (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.tables import users, work_history
from crm_core.text import one_line, storable

APPLICATION, TASK = "application", "task"
LONGEST_SAID = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was done."""

    subject_id: int
    what: str
    """filed, stage, step, owner, team, due, form, comment, file, alarm, message, state."""
    user_id: int | None = None
    """None: the house itself."""
    before: str = ""
    after: str = ""
    said: str = ""
    """Reason, result or comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line as it is shown."""

    line_id: int
    at: datetime
    user: str
    """"" for the house itself."""
    what: str
    before: str
    after: str
    said: str


async def add(db: Writing, subject: str, at: datetime, lines: Sequence[Line]) -> None:
    """Add lines, in order."""
    if lines:
        await db.execute(insert(work_history), [_values(subject, at, line) for line in lines])


def _values(subject: str, at: datetime, line: Line) -> dict[str, Any]:
    return {
        "subject": subject,
        "subject_id": line.subject_id,
        "at": at,
        "user_id": line.user_id,
        "what": line.what,
        "before": one_line(line.before, 200),
        "after": one_line(line.after, 200),
        "said": storable(line.said, LONGEST_SAID),
    }


async def told(
    db: AsyncConnection, subject: str, subject_id: int, before: int | None = None, limit: int = 50
) -> list[Told]:
    """Return the newest lines about one application or task, `before` a line's key for older ones."""
    query = (
        select(work_history, users.c.name)
        .outerjoin(users, users.c.id == work_history.c.user_id)
        .where(work_history.c.subject == subject, work_history.c.subject_id == subject_id)
        .order_by(work_history.c.id.desc())
        .limit(min(limit, 200))
    )
    if before is not None:
        query = query.where(work_history.c.id < before)
    return [
        Told(
            line_id=row.id,
            at=row.at,
            user=row.name or "",
            what=row.what,
            before=row.before,
            after=row.after,
            said=row.said,
        )
        for row in await db.execute(query)
    ]
