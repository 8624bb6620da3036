"""The keys that people chose for themselves (shell)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.tables import user_keys


async def of_user(db: AsyncConnection, user_id: int) -> object:
    """Return the keys of a person as they were kept, None when he never changed one."""
    return (await db.execute(select(user_keys.c["keys"]).where(user_keys.c.user_id == user_id))).scalar_one_or_none()


async def keep(db: Writing, user_id: int, chosen: Mapping[str, str]) -> None:
    """Keep a person's keys in the place of those he had; nothing changed is nothing kept."""
    row = upsert(user_keys).values({"user_id": user_id, "keys": dict(chosen)})
    change = {"keys": row.excluded["keys"], "changed_at": row.excluded.changed_at}
    await db.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=change))
