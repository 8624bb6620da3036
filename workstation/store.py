"""Rows that only the workstation reads or writes (shell): who saw what, dispositions for the desk's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import access_log, dispositions


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One thing somebody saw, did, or was refused."""

    at: datetime
    user_id: int | None
    action: str
    """`card.viewed`, `search`, `sign_in`, `sign_in.refused`, `refused`, `reading.submitted`, `contact.closed`, …"""
    object: str
    reason: str
    ip: str


@dataclass(frozen=True, slots=True)
class Disposition:
    """A result an operator may choose."""

    code: str
    title: str
    flags: str


async def add_access(db: AsyncConnection, rows: Sequence[Access]) -> None:
    """Add rows to the access log."""
    await db.execute(insert(access_log), [asdict(row) for row in rows])


async def list_dispositions(db: AsyncConnection) -> list[Disposition]:
    """Return the results people may choose, in their order."""
    columns = dispositions.c
    query = (
        select(columns.code, columns.title, columns.flags)
        .where(columns.retired.is_(False))
        .order_by(columns.position, columns.code)
    )
    return [Disposition(row.code, row.title, row.flags) for row in await db.execute(query)]
