"""Which contacts stand behind the facts of a report: found by their calls, opened by who may (shell)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import interactions


async def contacts_of(db: AsyncConnection, call_ids: Collection[str]) -> dict[str, int]:
    """Return the contacts of some calls by the calls' ids; one that is past its time is missing."""
    query = select(interactions.c.call_id, interactions.c.id).where(interactions.c.call_id.in_(set(call_ids) - {""}))
    return {row.call_id: row.id for row in await db.execute(query)}
