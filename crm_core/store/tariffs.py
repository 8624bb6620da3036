"""Tariffs and their versions, read and added to; a version that was billed by is never changed (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import tariffs as rules
from crm_core.db import Writing
from crm_core.errors import NoSuchContact
from crm_core.tables import tariffs
from crm_core.tariffs import TariffFacts, Tier, stored, tiers_of

LOCK = 0x7A21FF
"""Advisory lock: versions of tariffs follow one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """One version of a tariff."""

    tariff_id: int
    code: str
    name: str
    valid_from: date
    valid_to: date | None
    tiers: tuple[Tier, ...]
    vat: Decimal | None


async def listing(db: AsyncConnection, *, after: tuple[str, int] | None = None, limit: int = 50) -> list[Tariff]:
    """Return versions by code, the newest of each first, from behind `after` (code and id) on."""
    query = select(tariffs).order_by(tariffs.c.code, tariffs.c.id.desc()).limit(limit)
    if after is not None:
        code, key = after
        query = query.where((tariffs.c.code > code) | ((tariffs.c.code == code) & (tariffs.c.id < key)))
    return [_tariff(row) for row in await db.execute(query)]


async def find(db: AsyncConnection, tariff_id: int) -> Tariff:
    """Return one version.

    Raises:
        NoSuchContact: there is none of that id.

    """
    row = (await db.execute(select(tariffs).where(tariffs.c.id == tariff_id))).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no tariff {tariff_id}")
    return _tariff(row)


async def valid_on(db: AsyncConnection, on: date) -> list[Tariff]:
    """Return the versions that are valid on a day, by name: what an agreement may be on."""
    rows = await db.execute(_valid(on).order_by(tariffs.c.name, tariffs.c.id).limit(500))
    return [_tariff(row) for row in rows]


async def newest(db: AsyncConnection, code: str) -> date | None:
    """Return when the newest version of a code begins, None for a code that there is not."""
    found: date | None = await db.scalar(select(func.max(tariffs.c.valid_from)).where(tariffs.c.code == code))
    return found


async def add(db: Writing, facts: TariffFacts, today: date) -> int | dict[str, rules.Fault]:
    """Add a version: the one before it ends the day before.

    Accounts name a tariff by any of its versions; which one holds is decided by its code and the day
    (`card_statement`), so that nothing of them is rewritten.

    Returns:
        Its id, or what is wrong with it by field; then nothing is stored.

    """
    await db.execute(select(func.pg_advisory_xact_lock(LOCK)))
    before = await newest(db, facts.code)
    if faults := rules.faults(facts, before, today):
        return faults
    prices, tiers = stored(facts.tiers)
    row = {
        "code": facts.code,
        "name": facts.name,
        "valid_from": facts.valid_from,
        "prices": prices,
        "tiers": tiers,
        "vat": facts.vat,
    }
    ended = update(tariffs).where(tariffs.c.code == facts.code, tariffs.c.valid_to.is_(None))
    await db.execute(ended.values(valid_to=facts.valid_from - timedelta(1)))
    return int((await db.execute(insert(tariffs).values(row).returning(tariffs.c.id))).scalar_one())


def _valid(on: date) -> Select[Any]:
    return select(tariffs).where(tariffs.c.valid_from <= on, tariffs.c.valid_to.is_(None) | (tariffs.c.valid_to >= on))


def _tariff(row: Any) -> Tariff:
    return Tariff(
        tariff_id=row.id,
        code=row.code,
        name=row.name,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        tiers=tiers_of(row.prices, row.tiers),
        vat=row.vat,
    )
