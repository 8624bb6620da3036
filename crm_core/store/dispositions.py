"""How a contact can end: the list people choose from, and what every code is called (shell)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import dispositions

CHOSEN = ("service", "collections")
"""Categories that people choose from, in the order they are offered; the others the house sets itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """One way a contact can end."""

    code: str
    title: str
    """In English; templates translate it."""
    flags: str
    """H R C F S D as DOMAIN.md D4."""
    category: str
    """`service`, or `collections`: worth offering where there is a debt."""


async def choices(db: AsyncConnection) -> list[Disposition]:
    """Return what an operator may choose, service before collections, the most frequent first; no retired ones."""
    place = case({name: place for place, name in enumerate(CHOSEN)}, value=dispositions.c.category)
    query = (
        select(dispositions)
        .where(dispositions.c.category.in_(CHOSEN), ~dispositions.c.retired)
        .order_by(place, dispositions.c.position)
    )
    return [
        Disposition(code=row.code, title=row.title, flags=row.flags, category=row.category)
        for row in await db.execute(query)
    ]


async def titles(db: AsyncConnection) -> dict[str, str]:
    """Return the English title of every code there ever was, for timelines: retired ones and the house's own too."""
    query = select(dispositions.c.code, dispositions.c.title).order_by(dispositions.c.category, dispositions.c.position)
    return {row.code: row.title for row in await db.execute(query)}
