"""Agreements and service points of an account, read and changed with every change kept (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import parties
from crm_core.db import Writing
from crm_core.errors import BadValue, ChangedMeanwhile, NoSuchAccount, NoSuchContact
from crm_core.parties import AgreementFacts, Change, PointFacts
from crm_core.store.parties import By, remember
from crm_core.tables import accounts, agreements, service_points, tariffs

MOST = 200
"""Agreements, or points, of a customer that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An agreement of an account."""

    agreement_id: int
    account_id: int
    customer_id: int
    version: int
    facts: AgreementFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A service point of an account."""

    point_id: int
    account_id: int
    customer_id: int
    version: int
    facts: PointFacts


async def agreements_of(db: AsyncConnection, customer_id: int, account_id: int | None = None) -> list[Agreement]:
    """Return the agreements of a customer's accounts, or of one of them; of each account the newest first."""
    query = _agreements().where(accounts.c.customer_id == customer_id)
    if account_id is not None:
        query = query.where(accounts.c.id == account_id)
    order = agreements.c.account_id, agreements.c.started_on.desc(), agreements.c.id.desc()
    rows = await db.execute(query.order_by(*order).limit(MOST))
    return [_agreement(row) for row in rows]


async def points_of(db: AsyncConnection, customer_id: int, account_id: int | None = None) -> list[Point]:
    """Return the service points of a customer's accounts, or of one of them."""
    query = _points().where(accounts.c.customer_id == customer_id)
    if account_id is not None:
        query = query.where(accounts.c.id == account_id)
    rows = await db.execute(query.order_by(service_points.c.account_id, service_points.c.id).limit(MOST))
    return [_point(row) for row in rows]


async def agreement(db: AsyncConnection, agreement_id: int) -> Agreement:
    """Return an agreement.

    Raises:
        NoSuchContact: there is none of that id.

    """
    row = (await db.execute(_agreements().where(agreements.c.id == agreement_id))).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no agreement {agreement_id}")
    return _agreement(row)


async def point(db: AsyncConnection, point_id: int) -> Point:
    """Return a service point.

    Raises:
        NoSuchContact: there is none of that id.

    """
    row = (await db.execute(_points().where(service_points.c.id == point_id))).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no service point {point_id}")
    return _point(row)


async def add_agreement(db: Writing, by: By, account_id: int, facts: AgreementFacts) -> int:
    """Add an agreement to an account; return its id.

    Raises:
        NoSuchAccount: there is none of that id.
        BadValue: there is no such tariff.

    """
    customer_id = await owner(db, account_id)
    await _tariff(db, facts)
    values = {"account_id": account_id, **_agreement_values(facts)}
    key = int((await db.execute(insert(agreements).values(values).returning(agreements.c.id))).scalar_one())
    await remember(db, by, customer_id, f"agreement {key}", parties.beginnings(facts))
    return key


async def change_agreement(
    db: Writing, by: By, agreement_id: int, version: int, facts: AgreementFacts
) -> tuple[Change, ...]:
    """Change an agreement; return what became different.

    Raises:
        NoSuchContact: there is none of that id.
        ChangedMeanwhile: it has another version by now.
        BadValue: there is no such tariff.

    """
    await _tariff(db, facts)
    row = (
        await db.execute(_agreements().where(agreements.c.id == agreement_id).with_for_update(of=agreements))
    ).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no agreement {agreement_id}")
    changed = parties.changes(_agreement(row).facts, facts)
    await _change(db, agreements, row, version, _agreement_values(facts) if changed else {})
    await remember(db, by, row.customer_id, f"agreement {agreement_id}", changed)
    return changed


async def add_point(db: Writing, by: By, account_id: int, facts: PointFacts) -> int:
    """Add a service point to an account; return its id.

    Raises:
        NoSuchAccount: there is none of that id.

    """
    customer_id = await owner(db, account_id)
    values = {"account_id": account_id, **_point_values(facts)}
    key = int((await db.execute(insert(service_points).values(values).returning(service_points.c.id))).scalar_one())
    await remember(db, by, customer_id, f"service point {key}", parties.beginnings(facts))
    return key


async def change_point(db: Writing, by: By, point_id: int, version: int, facts: PointFacts) -> tuple[Change, ...]:
    """Change a service point; return what became different.

    Raises:
        NoSuchContact: there is none of that id.
        ChangedMeanwhile: it has another version by now.

    """
    row = (
        await db.execute(_points().where(service_points.c.id == point_id).with_for_update(of=service_points))
    ).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no service point {point_id}")
    changed = parties.changes(_point(row).facts, facts)
    await _change(db, service_points, row, version, _point_values(facts) if changed else {})
    await remember(db, by, row.customer_id, f"service point {point_id}", changed)
    return changed


async def owner(db: AsyncConnection, account_id: int) -> int:
    """Return the customer of an account.

    Raises:
        NoSuchAccount: there is none of that id.

    """
    found = await db.scalar(select(accounts.c.customer_id).where(accounts.c.id == account_id))
    if found is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    return int(found)


async def _tariff(db: AsyncConnection, facts: AgreementFacts) -> None:
    if facts.tariff_id is not None:
        known = await db.scalar(select(tariffs.c.id).where(tariffs.c.id == facts.tariff_id))
        if known is None:
            raise BadValue(f"tariff_id: there is no tariff {facts.tariff_id}")


async def _change(db: Writing, table: Table, row: Row[Any], version: int, values: dict[str, Any]) -> None:
    if row.version != version:
        raise ChangedMeanwhile(f"version {row.version} is stored, version {version} was shown")
    if values:
        await db.execute(update(table).where(table.c.id == row.id).values(**values, version=version + 1))


def _agreements() -> Any:
    return select(agreements, accounts.c.customer_id).join(accounts, accounts.c.id == agreements.c.account_id)


def _points() -> Any:
    return select(service_points, accounts.c.customer_id).join(accounts, accounts.c.id == service_points.c.account_id)


def _agreement(row: Row[Any]) -> Agreement:
    facts = AgreementFacts(
        number=row.number,
        supply=row.supply,
        started_on=row.started_on,
        ended_on=row.ended_on,
        prepay=row.prepay,
        budget_bill=row.budget_bill,
        tariff_id=row.tariff_id,
        shut_off_on=row.shut_off_on,
    )
    return Agreement(
        agreement_id=row.id,
        account_id=row.account_id,
        customer_id=row.customer_id,
        version=row.version,
        facts=facts,
    )


def _agreement_values(facts: AgreementFacts) -> dict[str, Any]:
    return {
        "number": facts.number,
        "supply": facts.supply,
        "started_on": facts.started_on,
        "ended_on": facts.ended_on,
        "prepay": facts.prepay,
        "budget_bill": facts.budget_bill,
        "tariff_id": facts.tariff_id,
        "shut_off_on": facts.shut_off_on,
    }


def _point(row: Row[Any]) -> Point:
    facts = PointFacts(service=row.service, phases=row.phases, max_kw=row.max_kw, node=row.node)
    return Point(
        point_id=row.id, account_id=row.account_id, customer_id=row.customer_id, version=row.version, facts=facts
    )


def _point_values(facts: PointFacts) -> dict[str, Any]:
    return {"service": facts.service, "phases": facts.phases, "max_kw": facts.max_kw, "node": facts.node}
