"""Who looked at what: a log that can only grow; looking counts as doing (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.tables import access_log, users
from crm_core.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One line of the log."""

    access_id: int
    at: datetime
    user_id: int | None
    user: str
    action: str
    object: str
    reason: str
    ip: str


async def record(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, user_id: int | None, action: str, object_: str = "", reason: str = "", ip: str = ""
) -> None:
    """Add a line, at the server's present moment.

    Args:
        db: the transaction of what is logged, so that neither stays without the other.
        user_id: who; None before anybody signed in.
        action: `crm_core.access.Action`, or `sign_in`, `sign_in.refused`, `sign_out`.
        object_: what it was done to, `account 17`, a login, a search text.
        reason: why, `call 1732300000.17`, or what the person gave as a reason.
        ip: from where.
    """
    await db.execute(
        insert(access_log).values(
            user_id=user_id,
            action=one_line(action, 40),
            object=one_line(object_, 80),
            reason=one_line(reason, 500),
            ip=one_line(ip, 45),
        )
    )


async def recent(
    db: AsyncConnection, *, user_id: int | None = None, object_: str | None = None, limit: int = 100
) -> list[Access]:
    """Return the newest lines, of one user or about one object when asked."""
    query = (
        select(access_log, users.c.name)
        .outerjoin(users, users.c.id == access_log.c.user_id)
        .order_by(access_log.c.id.desc())
        .limit(limit)
    )
    if user_id is not None:
        query = query.where(access_log.c.user_id == user_id)
    if object_ is not None:
        query = query.where(access_log.c.object == object_)
    return [
        Access(
            access_id=row.id,
            at=row.at,
            user_id=row.user_id,
            user=row.name or "",
            action=row.action,
            object=row.object,
            reason=row.reason,
            ip=row.ip,
        )
        for row in await db.execute(query)
    ]
