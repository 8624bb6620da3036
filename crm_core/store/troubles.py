"""What went wrong without a caller noticing and is still to be looked at: recordings, imports (shell).

Whatever changes it tells so (`crm_core.store.trouble_news`); the floor alarms supervisors by it (`routing.troubles`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.store import imports, recordings

FRESH: Final = timedelta(days=1)
"""An import that failed longer ago was seen, or nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """What is to be looked at."""

    recordings: int = 0
    """That are missing, silent or damaged, and nobody has looked at."""
    imports: int = 0
    """1 when the newest import of the last day failed."""


async def standing(db: AsyncConnection, now: datetime) -> Troubles:
    """Return what is to be looked at now."""
    failed = await imports.newest_failed(db, now - FRESH)
    return Troubles(recordings=await recordings.faults(db), imports=int(failed))
