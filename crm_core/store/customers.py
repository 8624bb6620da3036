"""Customers with their people, consents and history, read for a page (shell)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import parties
from crm_core.errors import NoSuchContact, NoSuchCustomer
from crm_core.parties import ContactFacts, CustomerFacts
from crm_core.store.customers_alike import became
from crm_core.tables import (
    accounts,
    consents,
    contact_numbers,
    contacts,
    customer_changes,
    customers,
    merges,
    premises,
    users,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of a customer, as a line."""

    account_id: int
    number: str
    address: str
    status: str
    premises_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """The customer that another one was merged into."""

    customer_id: int
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Another number of a contact."""

    number_id: int
    number: str
    label: str
    verified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person who may speak for a customer."""

    contact_id: int
    customer_id: int
    version: int
    facts: ContactFacts
    verified: bool
    verified_at: datetime | None
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer with all that belongs to him."""

    customer_id: int
    kind: str
    name: str
    tax_number: str
    version: int
    facts: CustomerFacts
    accounts: tuple[Account, ...]
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One word about a consent; the newest of a kind is what holds."""

    consent_id: int
    kind: str
    given: bool
    at: datetime
    how: str
    by_user: str
    contact: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One line of the history."""

    change_id: int
    at: datetime
    by_user: str
    object: str
    what: str
    before: str
    after: str
    reason: str


async def customer(db: AsyncConnection, customer_id: int) -> Customer:
    """Return a customer.

    Raises:
        NoSuchCustomer: there is none of that id.

    """
    row = (await db.execute(select(customers).where(customers.c.id == customer_id))).one_or_none()
    if row is None:
        raise NoSuchCustomer(f"there is no customer {customer_id}")
    lines = (
        select(accounts.c.id, accounts.c.number, accounts.c.status, accounts.c.premises_id, premises.c.address)
        .join(premises, premises.c.id == accounts.c.premises_id)
        .where(accounts.c.customer_id == customer_id)
        .order_by(accounts.c.closed_on.is_not(None), accounts.c.id)
        .limit(parties.MOST_CONTACTS)
    )
    return Customer(
        customer_id=row.id,
        kind=row.kind,
        name=row.name,
        tax_number=row.tax_number,
        version=row.version,
        facts=customer_facts(row),
        accounts=tuple(
            Account(
                account_id=one.id,
                number=one.number,
                address=one.address,
                status=one.status,
                premises_id=one.premises_id,
            )
            for one in await db.execute(lines)
        ),
        contacts=await _contacts(db, customer_id),
    )


async def survivor(db: AsyncConnection, customer_id: int) -> Survivor | None:
    """Return the customer that this one was merged into, None when he stands for himself."""
    query = (
        select(customers.c.id, customers.c.name, merges.c.merged_at)
        .join(merges, merges.c.survivor_id == customers.c.id)
        .where(merges.c.loser_id == customer_id, merges.c.undone_at.is_(None))
    )
    row = (await db.execute(query)).one_or_none()
    return None if row is None else Survivor(customer_id=row.id, name=row.name, at=row.merged_at)


async def _contacts(db: AsyncConnection, customer_id: int) -> tuple[Contact, ...]:
    people = contacts.c.customer_id == customer_id, contacts.c.ended_at.is_(None)
    numbers: dict[int, list[Number]] = {}
    query = (
        select(contact_numbers)
        .join(contacts, contacts.c.id == contact_numbers.c.contact_id)
        .where(*people, contact_numbers.c.ended_at.is_(None))
        .order_by(contact_numbers.c.id)
    )
    for row in await db.execute(query):
        numbers.setdefault(row.contact_id, []).append(_number(row))
    rows = await db.execute(select(contacts).where(*people).order_by(contacts.c.id).limit(parties.MOST_CONTACTS))
    return tuple(contact_of(row, numbers.get(row.id, ())) for row in rows)


async def contact(db: AsyncConnection, contact_id: int) -> Contact:
    """Return a contact.

    Raises:
        NoSuchContact: there is none of that id, or it has ended.

    """
    query = select(contacts).where(contacts.c.id == contact_id, contacts.c.ended_at.is_(None))
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no contact {contact_id}")
    numbers = select(contact_numbers).where(
        contact_numbers.c.contact_id == contact_id, contact_numbers.c.ended_at.is_(None)
    )
    return contact_of(row, [_number(one) for one in await db.execute(numbers.order_by(contact_numbers.c.id))])


async def consents_now(db: AsyncConnection, customer_id: int) -> list[Consent]:
    """Return the newest word about each kind of consent."""
    newest = (
        _consents().where(consents.c.customer_id == customer_id).order_by(consents.c.kind, consents.c.id.desc())
    ).ext(distinct_on(consents.c.kind))
    return [_consent(row) for row in await db.execute(newest)]


async def consent_history(
    db: AsyncConnection, customer_id: int, before: int | None = None, limit: int = 50
) -> list[Consent]:
    """Return every word about consents, the newest first.

    Args:
        db: a connection, `reading` will do.
        customer_id: whose.
        before: only older ones than this.
        limit: at most so many.
    """
    query = _consents().where(consents.c.customer_id == customer_id).order_by(consents.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(consents.c.id < before)
    return [_consent(row) for row in await db.execute(query)]


async def history(db: AsyncConnection, customer_id: int, before: int | None = None, limit: int = 50) -> list[Changed]:
    """Return what was changed of a customer, the newest first; `before` as in `consent_history`.

    With what was changed of those who were merged into him.
    """
    query = (
        select(customer_changes, users.c.name)
        .outerjoin(users, users.c.id == customer_changes.c.by_user)
        .where(customer_changes.c.customer_id.in_(became(customer_id)))
        .order_by(customer_changes.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(customer_changes.c.id < before)
    return [
        Changed(
            change_id=row.id,
            at=row.at,
            by_user=row.name or "",
            object=row.object,
            what=row.what,
            before=row.before,
            after=row.after,
            reason=row.reason,
        )
        for row in await db.execute(query)
    ]


async def accounts_of(db: AsyncConnection, customer_id: int) -> list[int]:
    """Return the accounts of a customer: whose cards a change of his changes."""
    query = select(accounts.c.id).where(accounts.c.customer_id == customer_id).limit(parties.MOST_CONTACTS)
    return list((await db.execute(query)).scalars())


def _consents() -> Any:
    return (
        select(consents, users.c.name.label("by_name"), contacts.c.name.label("contact"))
        .outerjoin(users, users.c.id == consents.c.by_user)
        .outerjoin(contacts, contacts.c.id == consents.c.contact_id)
    )


def _consent(row: Row[Any]) -> Consent:
    return Consent(
        consent_id=row.id,
        kind=row.kind,
        given=row.given,
        at=row.at,
        how=row.how,
        by_user=row.by_name or "",
        contact=row.contact or "",
        note=row.note,
    )


def customer_facts(row: Row[Any]) -> CustomerFacts:
    """Read from a row of `customers` what can be changed."""
    return CustomerFacts(
        language=row.language,
        status=row.status,
        priority=row.priority,
        special_need=row.special_need,
        flags=tuple(row.flags),
    )


def contact_of(row: Row[Any], numbers: Iterable[Number] = ()) -> Contact:
    """Read a contact from a row of `contacts`."""
    return Contact(
        contact_id=row.id,
        customer_id=row.customer_id,
        version=row.version,
        facts=ContactFacts(
            name=row.name,
            role=row.role,
            phone=row.phone,
            email=row.email,
            language=row.language,
            channel=row.channel,
            opt_out=tuple(row.opt_out),
        ),
        verified=row.verified,
        verified_at=row.verified_at,
        numbers=tuple(numbers),
    )


def _number(row: Row[Any]) -> Number:
    return Number(number_id=row.id, number=row.number, label=row.label, verified_at=row.verified_at)
