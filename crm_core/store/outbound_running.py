"""What the dialler reads besides: contact law in force, and what a row was tried (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import attempts, campaign_rows, law_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRow:
    """One attempt of a row that ended."""

    number: str
    outcome: str
    at: datetime
    """When it was dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A text of contact law in force."""

    code: str
    version: int
    body: str


async def laws(db: AsyncConnection) -> dict[str, Published]:
    """Return the texts that are published, by code."""
    query = select(law_versions.c.code, law_versions.c.version, law_versions.c.body)
    found = await db.execute(query.where(law_versions.c.state == "published"))
    return {row.code: Published(code=row.code, version=row.version, body=row.body) for row in found}


async def tried(db: AsyncConnection, row_id: int) -> list[TriedRow]:
    """Return the attempts of a row that ended, oldest first."""
    query = (
        select(attempts.c.number, attempts.c.outcome, attempts.c.planned_at)
        .where(attempts.c.row_id == row_id, attempts.c.ended_at.is_not(None))
        .order_by(attempts.c.id)
    )
    return [TriedRow(number=row.number, outcome=row.outcome, at=row.planned_at) for row in await db.execute(query)]


async def account_of(db: AsyncConnection, row_id: int) -> tuple[int, int] | None:
    """Return campaign and account of a row; None when there is no such row."""
    query = select(campaign_rows.c.campaign_id, campaign_rows.c.account_id).where(campaign_rows.c.id == row_id)
    row = (await db.execute(query)).one_or_none()
    return None if row is None else (int(row.campaign_id), int(row.account_id))
