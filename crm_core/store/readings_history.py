"""Every row of an account's readings, with who, why and what became of it; its meters; visits without one (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import meters, no_reads, users

Place = tuple[date, int, int]
"""Where a row stands: its day, its register, its revision."""

HISTORY: LiteralString = """
select g.taken_on, g.register_id, g.revision, m.serial, r.code, g.value, g.consumption, g.source, g.quality, g.doubt,
       g.reason, g.created_at, u.name as person,
       exists (select from readings n where n.account_id = g.account_id and n.register_id = g.register_id
                  and n.taken_on = g.taken_on and n.revision > g.revision) as superseded
  from readings g join registers r on r.id = g.register_id join meters m on m.id = r.meter_id
       left join users u on u.id = g.by_user
 where g.account_id = %(account_id)s
   and (%(on)s::date is null or (g.taken_on, g.register_id, g.revision) < (%(on)s::date, %(register)s, %(revision)s))
 order by g.taken_on desc, g.register_id desc, g.revision desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; a correction is another one of the same day."""

    taken_on: date
    register_id: int
    revision: int
    serial: str
    code: str
    value: Decimal
    consumption: Decimal | None
    source: str
    quality: str
    doubt: str
    reason: str
    created_at: datetime | None
    person: str
    superseded: bool
    """A later revision of that day stands instead."""

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return self.taken_on, self.register_id, self.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """A visit on which nothing could be read."""

    taken_on: date
    serial: str
    why: str
    note: str
    person: str


async def history(db: AsyncConnection, account_id: int, *, before: Place | None = None, limit: int = 50) -> list[Row]:
    """Return rows of an account's readings, newest day first, from behind `before` on."""
    on, register, revision = before or (None, None, None)
    values = {"account_id": account_id, "on": on, "register": register, "revision": revision, "limit": limit}
    return [_row(row) for row in await db.exec_driver_sql(HISTORY, values)]


async def not_read(db: AsyncConnection, account_id: int, *, limit: int = 20) -> list[NotRead]:
    """Return an account's newest visits without a reading."""
    query = (
        select(no_reads, meters.c.serial, users.c.name)
        .join(meters, meters.c.id == no_reads.c.meter_id)
        .outerjoin(users, users.c.id == no_reads.c.by_user)
        .where(no_reads.c.account_id == account_id)
        .order_by(no_reads.c.id.desc())
        .limit(limit)
    )
    return [
        NotRead(taken_on=row.taken_on, serial=row.serial, why=row.why, note=row.note, person=row.name or "")
        for row in await db.execute(query)
    ]


def _row(row: Any) -> Row:
    return Row(
        taken_on=row.taken_on,
        register_id=row.register_id,
        revision=row.revision,
        serial=row.serial,
        code=row.code,
        value=row.value,
        consumption=row.consumption,
        source=row.source,
        quality=row.quality,
        doubt=row.doubt or "",
        reason=row.reason or "",
        created_at=row.created_at,
        person=row.person or "",
        superseded=row.superseded,
    )
