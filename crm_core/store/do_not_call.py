"""Numbers that are not to be called: put on the list, lifted with a reason, never deleted (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.store import access_log
from crm_core.tables import do_not_call, users
from crm_core.text import one_line

ACTION = "contact_law.managed"
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A number on the list."""

    entry_id: int
    number: str
    source: str
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None
    lift_reason: str


async def listing(db: AsyncConnection, *, number: str = "", before: int | None = None, limit: int = 50) -> list[Silent]:
    """Return entries, newest first; of one number when it is given, lifted ones too."""
    query = (
        select(do_not_call, users.c.name.label("person"))
        .outerjoin(users, users.c.id == do_not_call.c.added_by)
        .order_by(do_not_call.c.id.desc())
        .limit(limit)
    )
    query = query.where(do_not_call.c.number == number) if number else query.where(do_not_call.c.lifted_at.is_(None))
    if before is not None:
        query = query.where(do_not_call.c.id < before)
    return [
        Silent(
            entry_id=row.id,
            number=row.number,
            source=row.source,
            reason=row.reason,
            by=row.person or "",
            at=row.added_at,
            lifted_at=row.lifted_at,
            lift_reason=row.lift_reason,
        )
        for row in await db.execute(query)
    ]


async def add(db: Writing, numbers: Sequence[str], reason: str, by: int | None, *, source: str = "office") -> int:
    """Put numbers (E.164) on the list; returns how many were not on it."""
    rows = [
        {"number": one_line(one, 20), "source": source, "reason": one_line(reason, LONGEST_REASON), "added_by": by}
        for one in dict.fromkeys(numbers)
    ]
    if not rows:
        return 0
    added = insert(do_not_call).values(rows).on_conflict_do_nothing().returning(do_not_call.c.id)
    keys = list((await db.execute(added)).scalars())
    if keys:
        await access_log.record(db, by, ACTION, "do not call", f"{len(keys)} numbers put on: {reason}")
    return len(keys)


async def lift(db: Writing, entry_id: int, reason: str, by: int | None) -> bool:
    """Take a number off the list, with a reason; False when it was off already."""
    this = update(do_not_call).where(do_not_call.c.id == entry_id, do_not_call.c.lifted_at.is_(None))
    values = {"lifted_at": func.now(), "lifted_by": by, "lift_reason": one_line(reason, LONGEST_REASON)}
    done = (await db.execute(this.values(values))).rowcount
    if done:
        await access_log.record(db, by, ACTION, f"do not call {entry_id}", f"lifted: {one_line(reason, 200)}")
    return bool(done)
