"""Customers and their people, changed with every change kept (shell).

Whoever changes something says which version he saw; when somebody else was quicker, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, func, insert, select, update

from crm_core import parties
from crm_core.db import Writing
from crm_core.errors import BadValue, ChangedMeanwhile, NoSuchContact, NoSuchCustomer
from crm_core.parties import Change, ContactFacts, CustomerFacts
from crm_core.store.customers import contact_of, customer_facts
from crm_core.tables import consents, contact_numbers, contacts, customer_changes, customers


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes something, when, and why."""

    user_id: int
    now: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """A consent given or withdrawn."""

    kind: str
    given: bool
    how: str
    contact_id: int | None = None
    note: str = ""


async def change_customer(
    db: Writing, by: By, customer_id: int, version: int, facts: CustomerFacts
) -> tuple[Change, ...]:
    """Change a customer; return what became different.

    Raises:
        NoSuchCustomer: there is none of that id.
        ChangedMeanwhile: it has another version by now.

    """
    row = (await db.execute(select(customers).where(customers.c.id == customer_id).with_for_update())).one_or_none()
    if row is None:
        raise NoSuchCustomer(f"there is no customer {customer_id}")
    _same(row.version, version)
    changed = parties.changes(customer_facts(row), facts)
    if changed:
        values = {
            "language": facts.language,
            "status": facts.status,
            "priority": facts.priority,
            "special_need": facts.special_need,
            "flags": list(facts.flags),
        }
        await _update(db, customers, customer_id, version, values)
        await remember(db, by, customer_id, "customer", changed)
    return changed


async def add_contact(db: Writing, by: By, customer_id: int, facts: ContactFacts) -> int:
    """Add a person to a customer; return his id.

    Raises:
        NoSuchCustomer: there is none of that id.
        BadValue: he has very many already.

    """
    known = (await db.execute(select(customers.c.id).where(customers.c.id == customer_id).with_for_update())).first()
    if known is None:
        raise NoSuchCustomer(f"there is no customer {customer_id}")
    of_his = select(func.count()).where(contacts.c.customer_id == customer_id, contacts.c.ended_at.is_(None))
    if int(await db.scalar(of_his) or 0) >= parties.MOST_CONTACTS:
        raise BadValue(f"a customer has at most {parties.MOST_CONTACTS} contacts: end one that is not needed any more")
    values = {"customer_id": customer_id, **_contact_values(facts)}
    contact_id = int((await db.execute(insert(contacts).values(values).returning(contacts.c.id))).scalar_one())
    await remember(db, by, customer_id, f"contact {contact_id}", parties.beginnings(facts))
    return contact_id


async def change_contact(db: Writing, by: By, contact_id: int, version: int, facts: ContactFacts) -> tuple[Change, ...]:
    """Change a contact; a number that is another one is not verified any more.

    Raises:
        NoSuchContact: there is none of that id, or it has ended.
        ChangedMeanwhile: it has another version by now.

    """
    row = await _held(db, contact_id)
    _same(row.version, version)
    changed = parties.changes(contact_of(row).facts, facts)
    if changed:
        values = _contact_values(facts)
        if facts.phone != row.phone and row.verified:
            values |= {"verified": False, "verified_at": None, "verified_by": None}
            changed = (*changed, Change(what="verified", before="yes", after="no"))
        await _update(db, contacts, contact_id, version, values)
        await remember(db, by, row.customer_id, f"contact {contact_id}", changed)
    return changed


async def end_contact(db: Writing, by: By, contact_id: int, version: int) -> int:
    """End a contact: it is kept, and neither shown nor recognised any more; return whose it was.

    Raises:
        NoSuchContact: there is none of that id, or it has ended already.
        ChangedMeanwhile: it has another version by now.

    """
    row = await _held(db, contact_id)
    _same(row.version, version)
    await _update(db, contacts, contact_id, version, {"ended_at": by.now})
    await remember(db, by, row.customer_id, f"contact {contact_id}", [Change(what="name", before=row.name, after="")])
    return int(row.customer_id)


async def verify_contact(db: Writing, by: By, contact_id: int, version: int) -> int:
    """Note that the contact's own number was tried and is his; return whose contact he is.

    Raises:
        NoSuchContact: there is none of that id, or it has ended.
        ChangedMeanwhile: it has another version by now: perhaps another number.
        BadValue: he has no number.

    """
    row = await _held(db, contact_id)
    _same(row.version, version)
    if not row.phone:
        raise BadValue("phone: there is no number to verify")
    values = {"verified": True, "verified_at": by.now, "verified_by": by.user_id}
    await _update(db, contacts, contact_id, version, values)
    said = [Change(what="verified", before=parties.written(row.verified), after=row.phone)]
    await remember(db, by, row.customer_id, f"contact {contact_id}", said)
    return int(row.customer_id)


async def add_number(db: Writing, by: By, contact_id: int, number: str, label: str) -> int:
    """Add another number to a contact; return whose contact he is.

    Raises:
        NoSuchContact: there is none of that id, or it has ended.
        BadValue: he has that number already, or very many.

    """
    row = await _held(db, contact_id)
    query = select(contact_numbers.c.number).where(
        contact_numbers.c.contact_id == contact_id, contact_numbers.c.ended_at.is_(None)
    )
    known = list((await db.execute(query)).scalars())
    if number in {*known, row.phone}:
        raise BadValue("number: this contact has this number already")
    if len(known) >= parties.MOST_NUMBERS:
        raise BadValue(f"number: a contact has at most {parties.MOST_NUMBERS} other numbers: end one first")
    await db.execute(insert(contact_numbers).values(contact_id=contact_id, number=number, label=label))
    said = [Change(what="number", before="", after=number)]
    await remember(db, by, row.customer_id, f"contact {contact_id}", said)
    return int(row.customer_id)


async def verify_number(db: Writing, by: By, number_id: int) -> int:
    """Note that another number of a contact was tried and is his; return whose contact he is.

    Raises:
        NoSuchContact: there is no such number, or it has ended.

    """
    row = await _held_number(db, number_id)
    values = {"verified_at": by.now, "verified_by": by.user_id}
    await db.execute(update(contact_numbers).where(contact_numbers.c.id == number_id).values(values))
    said = [Change(what="verified", before="", after=row.number)]
    await remember(db, by, row.customer_id, f"contact {row.contact_id}", said)
    return int(row.customer_id)


async def end_number(db: Writing, by: By, number_id: int) -> int:
    """End another number of a contact; return whose contact he is.

    Raises:
        NoSuchContact: there is no such number, or it has ended already.

    """
    row = await _held_number(db, number_id)
    await db.execute(update(contact_numbers).where(contact_numbers.c.id == number_id).values(ended_at=by.now))
    said = [Change(what="number", before=row.number, after="")]
    await remember(db, by, row.customer_id, f"contact {row.contact_id}", said)
    return int(row.customer_id)


async def record_consent(db: Writing, by: By, customer_id: int, consent: NewConsent) -> int:
    """Add a word about a consent; the earlier ones stay.

    Raises:
        NoSuchCustomer: there is none of that id.
        NoSuchContact: the contact is not his.

    """
    if (await db.execute(select(customers.c.id).where(customers.c.id == customer_id))).first() is None:
        raise NoSuchCustomer(f"there is no customer {customer_id}")
    if consent.contact_id is not None:
        his = select(contacts.c.id).where(contacts.c.id == consent.contact_id, contacts.c.customer_id == customer_id)
        if (await db.execute(his)).first() is None:
            raise NoSuchContact(f"customer {customer_id} has no contact {consent.contact_id}")
    values = {
        "customer_id": customer_id,
        "contact_id": consent.contact_id,
        "kind": consent.kind,
        "given": consent.given,
        "at": by.now,
        "how": consent.how,
        "by_user": by.user_id,
        "note": consent.note,
    }
    made = await db.execute(insert(consents).values(values).returning(consents.c.id))
    word = "given" if consent.given else "withdrawn"
    said = [Change(what=consent.kind, before="", after=f"{word}, {consent.how}")]
    await remember(db, by, customer_id, "consent", said)
    return int(made.scalar_one())


async def remember(db: Writing, by: By, customer_id: int, object_: str, changed: Iterable[Change]) -> None:
    """Keep what was changed: who, when, which field, from what to what."""
    rows = [
        {
            "customer_id": customer_id,
            "at": by.now,
            "by_user": by.user_id,
            "object": object_,
            "what": one.what,
            "before": one.before,
            "after": one.after,
            "reason": by.reason,
        }
        for one in changed
    ]
    if rows:
        await db.execute(insert(customer_changes), rows)


async def _held(db: Writing, contact_id: int) -> Row[Any]:
    query = select(contacts).where(contacts.c.id == contact_id, contacts.c.ended_at.is_(None)).with_for_update()
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no contact {contact_id}")
    return row


async def _held_number(db: Writing, number_id: int) -> Row[Any, Any, Any]:
    query = (
        select(contact_numbers.c.number, contact_numbers.c.contact_id, contacts.c.customer_id)
        .join(contacts, contacts.c.id == contact_numbers.c.contact_id)
        .where(contact_numbers.c.id == number_id, contact_numbers.c.ended_at.is_(None))
        .with_for_update(of=contact_numbers)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchContact(f"there is no number {number_id}")
    return row


def _same(now: int, seen: int) -> None:
    if now != seen:
        raise ChangedMeanwhile(f"version {now} is stored, version {seen} was shown")


async def _update(db: Writing, table: Table, key: int, version: int, values: dict[str, Any]) -> None:
    await db.execute(update(table).where(table.c.id == key).values(**values, version=version + 1))


def _contact_values(facts: ContactFacts) -> dict[str, Any]:
    return {
        "name": facts.name,
        "role": facts.role,
        "phone": facts.phone,
        "email": facts.email,
        "language": facts.language,
        "channel": facts.channel,
        "opt_out": list(facts.opt_out),
    }
