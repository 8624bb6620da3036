"""Search by what is sure: numbers, e-mails, the beginning of a name or an address, each one short range of an index.

Its parts are what the search by words is made of too (pure: it only says what is to be asked).
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from crm_core.lookup import BEYOND, Questions, Words
from crm_core.tables import (
    accounts,
    applications,
    contact_names,
    contact_numbers,
    contacts,
    customers,
    meters,
    premises,
)

Ranked = Select[tuple[int, int, str, str]]
"""Account, rank, why it was found, and the text that matched."""


def sure(asked: Questions) -> list[Ranked]:
    """Return what is found along one short range of an index each."""
    parts = [*_by_account(asked), *_by_contact(asked), *_by_thing(asked)]
    if asked.name is not None:
        parts.append(named(5).where(begins(customers.c.name_key, asked.name)))
        parts.append(spoken_for(6).where(begins(contact_names.c.name_key, asked.name)))
    if asked.address is not None:
        parts.append(placed(6).where(begins(premises.c.address_key, asked.address)))
    return parts


def _by_account(asked: Questions) -> list[Ranked]:
    parts: list[Ranked] = []
    if asked.account is not None:
        parts.append(_hit(1, "account").where(accounts.c.number == asked.account))
    if asked.account_from is not None:
        # Digits sort alike in every collation, so a range finds what begins with them.
        digits = asked.account_from
        parts.append(_hit(4, "account").where(accounts.c.number.between(digits, digits.ljust(12, "9"))))
    return parts


def _by_contact(asked: Questions) -> list[Ranked]:
    parts: list[Ranked] = []
    # Who is no contact any more answers for nobody.
    living = and_(contacts.c.customer_id == accounts.c.customer_id, contacts.c.ended_at.is_(None))
    if asked.phone is not None:
        parts.append(_hit(2, "phone", contacts.c.phone).join(contacts, living).where(contacts.c.phone == asked.phone))
        by_further = _hit(2, "phone", contact_numbers.c.number).join(contacts, living)
        by_further = by_further.join(contact_numbers, contact_numbers.c.contact_id == contacts.c.id)
        parts.append(by_further.where(contact_numbers.c.number == asked.phone, contact_numbers.c.ended_at.is_(None)))
    if asked.email_from is not None:
        by_email = _hit(4, "email", contacts.c.email).join(contacts, living)
        small = func.lower(contacts.c.email)
        parts.append(by_email.where(contacts.c.email != "", between(small, asked.email_from)))
    return parts


def _by_thing(asked: Questions) -> list[Ranked]:
    parts: list[Ranked] = []
    if asked.serial is not None:
        by_meter = _hit(3, "meter", meters.c.serial).join(meters, meters.c.account_id == accounts.c.id)
        parts.append(by_meter.where(_is_any(meters.c.serial, asked.serial)))
    if asked.application is not None:
        by_application = _hit(3, "application", applications.c.number)
        by_application = by_application.join(applications, applications.c.account_id == accounts.c.id)
        parts.append(by_application.where(_is_any(applications.c.number, asked.application)))
    if asked.tax_number is not None:
        by_customer = _hit(3, "tax_number", customers.c.tax_number)
        by_customer = by_customer.join(customers, customers.c.id == accounts.c.customer_id)
        parts.append(by_customer.where(has_tax_number(asked.tax_number)))
    return parts


def has_tax_number(number: str) -> ColumnElement[bool]:
    """Whether a customer has this tax number; said as in the index's condition, so that it is used."""
    return and_(customers.c.tax_number != "", customers.c.tax_number == number)


def _hit(rank: int, why: str, matched: ColumnElement[str] | None = None) -> Ranked:
    shown = literal("", Text) if matched is None else cast(matched, Text)
    return select(
        accounts.c.id,
        literal(rank, Integer).label("rank"),
        literal(why, Text).label("why"),
        shown.label("matched"),
    ).select_from(accounts)


def named(rank: int) -> Ranked:
    """Select accounts by their customer's name."""
    return _hit(rank, "name").join(customers, customers.c.id == accounts.c.customer_id)


def spoken_for(rank: int) -> Ranked:
    """Select accounts by a contact of their customer: an accountant, a director, one of the family."""
    return (
        _hit(rank, "contact", contacts.c.name)
        .join(contacts, contacts.c.customer_id == accounts.c.customer_id)
        .join(contact_names, contact_names.c.contact_id == contacts.c.id)
    )


def placed(rank: int) -> Ranked:
    """Select accounts by the address of their premises."""
    return _hit(rank, "address").join(premises, premises.c.id == accounts.c.premises_id)


def _is_any(column: ColumnElement[str], typed: str) -> ColumnElement[bool]:
    """Whether a number is the typed one, in its own, capital or small letters."""
    spellings = list(dict.fromkeys([typed, typed.upper(), typed.lower()]))
    return column == func.any(bindparam(None, spellings, ARRAY(String)))


def begins(column: ColumnElement[str], words: Words) -> ColumnElement[bool]:
    """Whether a text begins with what was typed."""
    return between(column, words.beginning)


def between(column: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """Whether a text begins with another.

    The operators of text_pattern_ops compare bytes: a plain range uses the index in every collation, and in a
    prepared statement, where LIKE with a parameter cannot.
    """
    low, high = cast(beginning, Text), cast(beginning + BEYOND, Text)
    return and_(column.op("~>=~", is_comparison=True)(low), column.op("~<~", is_comparison=True)(high))
