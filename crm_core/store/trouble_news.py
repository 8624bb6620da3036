"""The word that something which went wrong beside the line was found, or looked at (shell)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select

from crm_core.db import Writing

CHANNEL: Final = "busbar_troubles"


async def tell(db: Writing) -> None:
    """Tell it at commit; who listens reads what stands then (`crm_core.store.troubles`)."""
    await db.execute(select(func.pg_notify(CHANNEL, "")))
