"""Premises, meters and how accounts are billed, read and changed with every change kept (shell)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock, parties
from crm_core.db import Writing
from crm_core.errors import BadValue, ChangedMeanwhile, NoSuchAccount, NoSuchContact
from crm_core.parties import Change
from crm_core.store.parties import By, remember
from crm_core.supply import AccountFacts, MeterFacts, PremisesFacts
from crm_core.tables import accounts, meters, premises, service_points

MOST = 200
"""Meters of a customer that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """An account, and how it is billed."""

    account_id: int
    customer_id: int
    number: str
    version: int
    facts: AccountFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """Premises."""

    premises_id: int
    customer_ids: tuple[int, ...]
    """Whose accounts are there."""
    account_ids: tuple[int, ...]
    address: str
    time_zone: str
    version: int
    facts: PremisesFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A meter."""

    meter_id: int
    account_id: int
    customer_id: int
    serial: str
    model: str
    installed_on: date
    removed_on: date | None
    today: date
    """At its premises."""
    version: int
    facts: MeterFacts


async def billed(db: AsyncConnection, account_id: int, *, locked: bool = False) -> Billed:
    """Return how an account is billed.

    Raises:
        NoSuchAccount: there is none of that id.

    """
    query = select(accounts).where(accounts.c.id == account_id)
    row = (await db.execute(query.with_for_update() if locked else query)).one_or_none()
    if row is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    facts = AccountFacts(billing_day=row.billing_day, bill_by=row.bill_by)
    return Billed(account_id=row.id, customer_id=row.customer_id, number=row.number, version=row.version, facts=facts)


async def change_billed(db: Writing, by: By, account_id: int, version: int, facts: AccountFacts) -> tuple[Change, ...]:
    """Change how an account is billed; return what became different.

    Raises:
        NoSuchAccount: there is none of that id.
        ChangedMeanwhile: it has another version by now.

    """
    known = await billed(db, account_id, locked=True)
    changed = await _change(db, accounts, account_id, (known.version, version), (known.facts, facts))
    await remember(db, by, known.customer_id, f"account {account_id}", changed)
    return changed


async def find_premises(db: AsyncConnection, premises_id: int, *, locked: bool = False) -> Premises:
    """Return premises.

    Raises:
        NoSuchContact: there are none of that id.

    """
    query = select(premises).where(premises.c.id == premises_id)
    row = (await db.execute(query.with_for_update() if locked else query)).one_or_none()
    if row is None:
        raise NoSuchContact(f"there are no premises {premises_id}")
    there = select(accounts.c.id, accounts.c.customer_id).where(accounts.c.premises_id == premises_id)
    whose = list(await db.execute(there.order_by(accounts.c.id).limit(MOST)))
    facts = PremisesFacts(residents=row.residents, area=row.area, latitude=row.latitude, longitude=row.longitude)
    return Premises(
        premises_id=row.id,
        customer_ids=tuple(dict.fromkeys(one.customer_id for one in whose)),
        account_ids=tuple(one.id for one in whose),
        address=row.address,
        time_zone=row.time_zone,
        version=row.version,
        facts=facts,
    )


async def change_premises(
    db: Writing, by: By, premises_id: int, version: int, facts: PremisesFacts
) -> tuple[Change, ...]:
    """Change premises; it is in the history of everybody who has an account there. Return what became different.

    Raises:
        NoSuchContact: there are none of that id.
        ChangedMeanwhile: they have another version by now.

    """
    known = await find_premises(db, premises_id, locked=True)
    changed = await _change(db, premises, premises_id, (known.version, version), (known.facts, facts))
    for customer_id in known.customer_ids:
        await remember(db, by, customer_id, f"premises {premises_id}", changed)
    return changed


async def meters_of(db: AsyncConnection, customer_id: int, account_id: int | None = None) -> list[Meter]:
    """Return the meters of a customer's accounts, or of one of them, those that are in place first."""
    order = meters.c.account_id, meters.c.removed_on.is_not(None), meters.c.installed_on.desc(), meters.c.id
    query = _meters().where(accounts.c.customer_id == customer_id)
    if account_id is not None:
        query = query.where(accounts.c.id == account_id)
    query = query.order_by(*order).limit(MOST)
    return [_meter(row) for row in await db.execute(query)]


async def meter(db: AsyncConnection, meter_id: int, *, locked: bool = False) -> Meter:
    """Return a meter.

    Raises:
        NoSuchContact: there is none of that id.

    """
    query = _meters().where(meters.c.id == meter_id)
    row = (await db.execute(query.with_for_update(of=meters) if locked else query)).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no meter {meter_id}")
    return _meter(row)


async def change_meter(db: Writing, by: By, meter_id: int, version: int, facts: MeterFacts) -> tuple[Change, ...]:
    """Change a meter's seal, verification, reading by itself and point; return what became different.

    Raises:
        NoSuchContact: there is none of that id.
        ChangedMeanwhile: it has another version by now.
        BadValue: the point is another account's.

    """
    known = await meter(db, meter_id, locked=True)
    if facts.point_id is not None and facts.point_id not in await points_at(db, known.account_id):
        raise BadValue(f"point_id: account {known.account_id} has no service point {facts.point_id}")
    changed = await _change(db, meters, meter_id, (known.version, version), (known.facts, facts))
    await remember(db, by, known.customer_id, f"meter {meter_id}", changed)
    return changed


async def points_at(db: AsyncConnection, account_id: int) -> dict[int, str]:
    """Return an account's service points: what is supplied, by id."""
    query = select(service_points.c.id, service_points.c.service).where(service_points.c.account_id == account_id)
    return {row.id: row.service for row in await db.execute(query.order_by(service_points.c.id).limit(MOST))}


async def _change(
    db: Writing, table: Table, key: int, versions: tuple[int, int], facts: tuple[Any, Any]
) -> tuple[Change, ...]:
    """Write new facts over known ones when the version that was seen is the stored one."""
    (stored, seen), (before, after) = versions, facts
    if stored != seen:
        raise ChangedMeanwhile(f"version {stored} is stored, version {seen} was shown")
    changed = parties.changes(before, after)
    if changed:
        values = {one.name: getattr(after, one.name) for one in fields(after)}
        await db.execute(update(table).where(table.c.id == key).values(**values, version=seen + 1))
    return changed


def _meters() -> Select[Any]:
    return (
        select(meters, accounts.c.customer_id, premises.c.time_zone)
        .join(accounts, accounts.c.id == meters.c.account_id)
        .join(premises, premises.c.id == accounts.c.premises_id)
    )


def _meter(row: Row[Any]) -> Meter:
    return Meter(
        meter_id=row.id,
        account_id=row.account_id,
        customer_id=row.customer_id,
        serial=row.serial,
        model=row.model,
        installed_on=row.installed_on,
        removed_on=row.removed_on,
        today=clock.now().astimezone(ZoneInfo(row.time_zone)).date(),
        version=row.version,
        facts=MeterFacts(
            seal=row.seal,
            sealed_on=row.sealed_on,
            verified_on=row.verified_on,
            verification_due=row.verification_due,
            amr=row.amr,
            virtual=row.virtual,
            point_id=row.point_id,
        ),
    )
