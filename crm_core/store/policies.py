"""Rules as data: versions of what the utility decided about readings and money (shell).

A version is never changed; a newer one of the same day takes its place. Every decision reads what is in force on its
day, so all processes follow a new version from its first day on without being told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.ledger.rules import MoneyRules
from crm_core.reading_policy import ReadingRules
from crm_core.tables import money_policies, reading_policies, users
from crm_core.text import storable

NOTE = 500
R = TypeVar("R", MoneyRules, ReadingRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Generic[R]):
    """One version of rules."""

    version_id: int
    valid_from: date
    rules: R
    note: str
    created_by: str
    """Name of a user, "" for what came with the house."""
    created_at: datetime


async def readings_on(db: AsyncConnection, on: date) -> ReadingRules:
    """Return the rules of readings in force on a day; those of DOMAIN D2 when there are none yet."""
    row = (await db.execute(_in_force(reading_policies, on))).one_or_none()
    return ReadingRules() if row is None else _readings(row)


async def money_on(db: AsyncConnection, on: date) -> MoneyRules:
    """Return the rules of money in force on a day; the defaults when there are none yet."""
    row = (await db.execute(_in_force(money_policies, on))).one_or_none()
    return MoneyRules() if row is None else _money(row)


async def readings_versions(
    db: AsyncConnection, *, before: int | None = None, limit: int = 50
) -> list[Version[ReadingRules]]:
    """Return versions of the rules of readings, newest first, from behind `before` (a version's id) on."""
    rows = await db.execute(_versions(reading_policies, before, limit))
    return [_version(row, _readings(row)) for row in rows]


async def money_versions(
    db: AsyncConnection, *, before: int | None = None, limit: int = 50
) -> list[Version[MoneyRules]]:
    """Return versions of the rules of money, newest first, from behind `before` (a version's id) on."""
    rows = await db.execute(_versions(money_policies, before, limit))
    return [_version(row, _money(row)) for row in rows]


async def add_readings(db: Writing, rules: ReadingRules, valid_from: date, note: str, by: int | None) -> int:
    """Add a version of the rules of readings; return its id."""
    row = rules.model_dump() | {"factors": rules.model_dump(mode="json")["factors"]}
    return await _add(db, reading_policies, row | _origin(valid_from, note, by))


async def add_money(db: Writing, rules: MoneyRules, valid_from: date, note: str, by: int | None) -> int:
    """Add a version of the rules of money; return its id."""
    return await _add(db, money_policies, {"rules": rules.model_dump(mode="json")} | _origin(valid_from, note, by))


def _origin(valid_from: date, note: str, by: int | None) -> dict[str, Any]:
    return {"valid_from": valid_from, "note": storable(note, NOTE), "created_by": by}


async def _add(db: Writing, table: Table, row: dict[str, Any]) -> int:
    return int((await db.execute(insert(table).values(row).returning(table.c.id))).scalar_one())


def _in_force(table: Table, on: date) -> Any:
    return select(table).where(table.c.valid_from <= on).order_by(table.c.valid_from.desc(), table.c.id.desc()).limit(1)


def _versions(table: Table, before: int | None, limit: int) -> Any:
    query = (
        select(table, users.c.name.label("author"))
        .outerjoin(users, users.c.id == table.c.created_by)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return query if before is None else query.where(table.c.id < before)


def _readings(row: Any) -> ReadingRules:
    return ReadingRules.model_validate({name: getattr(row, name) for name in ReadingRules.model_fields})


def _money(row: Any) -> MoneyRules:
    return MoneyRules.model_validate(row.rules)


def _version(row: Any, rules: R) -> Version[R]:
    return Version(
        version_id=row.id,
        valid_from=row.valid_from,
        rules=rules,
        note=row.note,
        created_by=row.author or "",
        created_at=row.created_at,
    )
