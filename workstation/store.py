"""Rows that only the workstation reads or writes (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert

from crm_core.db import Writing
from crm_core.tables import access_log


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


async def add_access(db: Writing, rows: Sequence[Access]) -> None:
    """Add rows to the access log, many at once, each at its own moment."""
    await db.execute(insert(access_log), [asdict(row) for row in rows])
