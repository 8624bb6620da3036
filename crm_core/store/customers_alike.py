"""Reads customers as they are compared and merged (shell)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, bindparam, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.duplicates.merging import Record
from crm_core.duplicates.references import MOVING, Reference
from crm_core.duplicates.traits import Subscriber
from crm_core.tables import (
    accounts,
    contact_numbers,
    contacts,
    custom_fields,
    customers,
    merges,
    metadata,
    premises,
)

MOST_PLACES = 50
"""Addresses and contacts of one customer that are read; who has more is a firm known by its tax number."""


def _gathered(query: Select[Any], name: str) -> ColumnElement[Any]:
    return func.array(query.correlate(customers).limit(MOST_PLACES).scalar_subquery()).label(name)


def _theirs(what: ColumnElement[str]) -> Select[Any]:
    """Select something of a customer's contacts, those that have ended left out."""
    living = contacts.c.customer_id == customers.c.id, contacts.c.ended_at.is_(None)
    return select(what).select_from(contacts).where(*living)


SUBSCRIBERS = select(
    customers.c.id,
    customers.c.kind,
    customers.c.name_key,
    customers.c.tax_number,
    _gathered(_theirs(contacts.c.phone).where(contacts.c.phone != ""), "phones"),
    _gathered(
        _theirs(contact_numbers.c.number)
        .join(contact_numbers, contact_numbers.c.contact_id == contacts.c.id)
        .where(contact_numbers.c.ended_at.is_(None)),
        "further",
    ),
    _gathered(_theirs(func.lower(contacts.c.email)).where(contacts.c.email != ""), "emails"),
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


def became(customer_id: int) -> Select[tuple[int]]:
    """Select the customers that a customer is made of: himself, and everybody who was merged into one of them."""
    them = select(literal(customer_id, Integer).label("id")).cte("them", recursive=True)
    gone = select(merges.c.loser_id).where(merges.c.survivor_id == them.c.id, merges.c.undone_at.is_(None))
    them = them.union(gone)
    return select(them.c.id)


def points_at(one: Reference, customer_id: ColumnElement[int] | int) -> ColumnElement[bool]:
    """Whether a row of the reference's table points at a customer."""
    table = metadata.tables[one.table]
    points = table.c[one.column] == customer_id
    if not one.of_entity:
        return points
    fields = select(custom_fields.c.id).where(custom_fields.c.entity == one.of_entity)
    return and_(points, table.c.field_id.in_(fields))


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
    counted = [select(func.count()).where(points_at(one, customers.c.id)).scalar_subquery() for one in MOVING]
    query = SUBSCRIBERS.add_columns(
        customers.c.name,
        customers.c.language,
        customers.c.status,
        customers.c.priority,
        customers.c.special_need,
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
        phones=frozenset([*row.phones, *row.further]),
        emails=frozenset(row.emails),
        address_keys=frozenset(row.places),
    )


def _record(row: Row[*tuple[Any, ...]]) -> Record:
    return Record(
        subscriber=_subscriber(row),
        name=row.name,
        language=row.language,
        status=row.status,
        priority=row.priority,
        special_need=row.special_need,
        flags=tuple(row.flags),
        created_at=row.created_at,
        counts={one.place: count for one, count in zip(MOVING, row.counts, strict=True) if count},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItsAccount:
    """An account of one of two customers."""

    account_id: int
    number: str
    address: str
    closed_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItsContact:
    """A contact of one of two customers."""

    name: str
    role: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What a person looks at before two records are made one; at most fifty of each."""

    accounts: tuple[ItsAccount, ...]
    contacts: tuple[ItsContact, ...]


async def belongings(db: AsyncConnection, customer_id: int) -> Belongings:
    """Return accounts and contacts of a customer."""
    its_accounts = (
        select(accounts.c.id.label("account_id"), accounts.c.number, premises.c.address, accounts.c.closed_on)
        .join(premises, premises.c.id == accounts.c.premises_id)
        .where(accounts.c.customer_id == customer_id)
        .order_by(accounts.c.closed_on.is_not(None), accounts.c.id)
        .limit(MOST_PLACES)
    )
    its_contacts = (
        select(contacts.c.name, contacts.c.role, contacts.c.phone, contacts.c.email)
        .where(contacts.c.customer_id == customer_id, contacts.c.ended_at.is_(None))
        .order_by(contacts.c.id)
        .limit(MOST_PLACES)
    )
    return Belongings(
        accounts=tuple(ItsAccount(**row) for row in (await db.execute(its_accounts)).mappings()),
        contacts=tuple(ItsContact(**row) for row in (await db.execute(its_contacts)).mappings()),
    )
