"""Reads customers as they are compared and merged (shell)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.duplicates.merging import Record
from crm_core.duplicates.references import MOVING
from crm_core.duplicates.traits import Subscriber
from crm_core.tables import accounts, contacts, customers, merges, metadata, premises

MOST_PLACES = 50
"""Addresses and contacts of one customer that are read; who has more is a firm known by its tax number."""


def _gathered(query: Select[Any], name: str) -> ColumnElement[Any]:
    return func.array(query.correlate(customers).limit(MOST_PLACES).scalar_subquery()).label(name)


SUBSCRIBERS = select(
    customers.c.id,
    customers.c.kind,
    customers.c.name_key,
    customers.c.tax_number,
    _gathered(
        select(contacts.c.phone).where(contacts.c.customer_id == customers.c.id, contacts.c.phone != ""), "phones"
    ),
    _gathered(
        select(func.lower(contacts.c.email)).where(contacts.c.customer_id == customers.c.id, contacts.c.email != ""),
        "emails",
    ),
    _gathered(
        select(premises.c.address_key)
        .join(accounts, accounts.c.premises_id == premises.c.id)
        .where(accounts.c.customer_id == customers.c.id),
        "places",
    ),
)


def standing_loser(customer_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a customer was merged into another one."""
    return select(merges.c.id).where(merges.c.loser_id == customer_id, merges.c.undone_at.is_(None)).exists()


def keys(ids: Collection[int]) -> ColumnElement[Any]:
    """Return ids as one parameter, however many."""
    return func.any(bindparam(None, list(ids), ARRAY(Integer)))


async def following(db: AsyncConnection, after: int, limit: int) -> list[Subscriber]:
    """Return customers in the order of their keys, those that were merged into others left out."""
    query = SUBSCRIBERS.where(customers.c.id > after, ~standing_loser(customers.c.id))
    return [_subscriber(row) for row in await db.execute(query.order_by(customers.c.id).limit(limit))]


async def these(db: AsyncConnection, ids: Collection[int]) -> dict[int, Subscriber]:
    """Return customers by key; unknown keys are left out."""
    if not ids:
        return {}
    rows = await db.execute(SUBSCRIBERS.where(customers.c.id == keys(ids)))
    return {row.id: _subscriber(row) for row in rows}


async def records(db: AsyncConnection, ids: Sequence[int]) -> dict[int, Record]:
    """Return customers with all that a merge wants to know of them; unknown keys are left out."""
    counted = [
        select(func.count()).where(metadata.tables[one.table].c[one.column] == customers.c.id).scalar_subquery()
        for one in MOVING
    ]
    query = SUBSCRIBERS.add_columns(
        customers.c.name,
        customers.c.language,
        customers.c.flags,
        customers.c.created_at,
        cast(array(counted), ARRAY(Integer)).label("counts"),
    ).where(customers.c.id == keys(ids))
    return {row.id: _record(row) for row in await db.execute(query)}


def _subscriber(row: Row[*tuple[Any, ...]]) -> Subscriber:
    return Subscriber(
        customer_id=row.id,
        kind=row.kind,
        name_key=row.name_key,
        tax_number=row.tax_number,
        phones=frozenset(row.phones),
        emails=frozenset(row.emails),
        address_keys=frozenset(row.places),
    )


def _record(row: Row[*tuple[Any, ...]]) -> Record:
    return Record(
        subscriber=_subscriber(row),
        name=row.name,
        language=row.language,
        flags=tuple(row.flags),
        created_at=row.created_at,
        counts={one.place: count for one, count in zip(MOVING, row.counts, strict=True) if count},
    )
