"""Versions of the rules of plans and restrictions; the one in force on a day (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.debt_rules import DebtRules
from crm_core.tables import debt_policies, users
from crm_core.text import storable

NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the rules."""

    version_id: int
    valid_from: date
    rules: DebtRules
    note: str
    created_by: str
    """Name of a user."""
    created_at: datetime


async def in_force(db: AsyncConnection, on: date) -> DebtRules:
    """Return the rules in force on a day; the defaults when there are none yet."""
    t = debt_policies.c
    query = select(t.rules).where(t.valid_from <= on).order_by(t.valid_from.desc(), t.id.desc()).limit(1)
    found = await db.scalar(query)
    return DebtRules() if found is None else DebtRules.model_validate(found)


async def versions(db: AsyncConnection, *, before: int | None = None, limit: int = 50) -> list[Version]:
    """Return versions, newest first, from behind `before` (a version's id) on."""
    query = (
        select(debt_policies, users.c.name.label("author"))
        .outerjoin(users, users.c.id == debt_policies.c.created_by)
        .order_by(debt_policies.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(debt_policies.c.id < before)
    return [_version(row) for row in await db.execute(query)]


async def add(db: Writing, rules: DebtRules, valid_from: date, note: str, by: int | None) -> int:
    """Add a version; return its id. A newer one of the same day takes its place."""
    row = {
        "rules": rules.model_dump(mode="json"),
        "valid_from": valid_from,
        "note": storable(note, NOTE),
        "created_by": by,
    }
    return int((await db.execute(insert(debt_policies).values(row).returning(debt_policies.c.id))).scalar_one())


def _version(row: Any) -> Version:
    return Version(
        version_id=row.id,
        valid_from=row.valid_from,
        rules=DebtRules.model_validate(row.rules),
        note=row.note,
        created_by=row.author or "",
        created_at=row.created_at,
    )
