"""How a contact can end: the list people choose from (shell)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import dispositions


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """One way a contact can end."""

    code: str
    title: str
    """In English; templates translate it."""
    flags: str
    """H R C F S D as DOMAIN.md D4."""


async def choices(db: AsyncConnection) -> list[Disposition]:
    """Return what an operator may choose, the most frequent first; retired ones and the house's own are left out."""
    query = (
        select(dispositions)
        .where(dispositions.c.category == "service", ~dispositions.c.retired)
        .order_by(dispositions.c.position)
    )
    return [Disposition(code=row.code, title=row.title, flags=row.flags) for row in await db.execute(query)]
