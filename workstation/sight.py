"""What of a customer's record a role is shown: telephones, addresses, numbers masked in lists and in forms (pure).

Cards, search results and rows of the timeline are masked by `crm_core.masking.mask`; these are the records that pages
and the API read for changing them. A mask that comes back from a form, or over the API, means "as it was".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar, cast

from crm_core.access import Field
from crm_core.masking import BY_NAME, SECRET_FLAGS, masked, told
from crm_core.parties import ContactFacts
from crm_core.store.customers import Changed, Consent, Contact, Customer
from crm_core.store.fields import FieldValue
from crm_core.store.work_log import Told

Hidden = frozenset[Field]
V = TypeVar("V")
__all__ = [
    "Hidden", "as_meant", "changed", "consent", "contact", "customer", "facts", "filled", "kept", "line", "open_flags",
    "refilled", "text", "told", "values", "with_secret",
]  # fmt: skip
CHANGED: Mapping[str, Field] = {**BY_NAME, "number": Field.PHONE, "verified": Field.PHONE}
"""Which field a line of the history is about, by what it says was changed."""


def text(field: Field, value: str, hidden: Hidden) -> str:
    """Return one value as it is shown."""
    return masked(field, value) if field in hidden else value


def customer(one: Customer, hidden: Hidden) -> Customer:
    """Return a customer as he is shown, with his people, and without flags that must stay secret."""
    return replace(
        one,
        name=text(Field.NAME, one.name, hidden),
        tax_number=text(Field.TAX_NUMBER, one.tax_number, hidden),
        facts=replace(one.facts, flags=open_flags(one.facts.flags)),
        accounts=tuple(replace(it, address=text(Field.ADDRESS, it.address, hidden)) for it in one.accounts),
        contacts=tuple(contact(it, hidden) for it in one.contacts),
    )


def open_flags(flags: Iterable[str]) -> tuple[str, ...]:
    """Return the flags that may be seen."""
    return tuple(flag for flag in flags if flag not in SECRET_FLAGS)


def with_secret(flags: Iterable[str], stored: Iterable[str]) -> tuple[str, ...]:
    """Return flags as they are to be stored: who could not see a secret one cannot have taken it away."""
    return (*open_flags(flags), *(flag for flag in stored if flag in SECRET_FLAGS))


def contact(one: Contact, hidden: Hidden) -> Contact:
    """Return a contact as he is shown."""
    return replace(
        one,
        facts=facts(one.facts, hidden),
        numbers=tuple(replace(it, number=text(Field.PHONE, it.number, hidden)) for it in one.numbers),
    )


def facts(one: ContactFacts, hidden: Hidden) -> ContactFacts:
    """Return what can be changed of a contact, as it is shown."""
    return replace(
        one,
        name=text(Field.CONTACT_NAME, one.name, hidden),
        phone=text(Field.PHONE, one.phone, hidden),
        email=text(Field.EMAIL, one.email, hidden),
    )


def kept(field: Field, sent: str | None, stored: str, hidden: Hidden) -> str | None:
    """Return what stays of a field when a form comes back: the stored value where its mask, or nothing, came.

    Args:
        field: which.
        sent: what came, None when the field was left out.
        stored: what is on record.
        hidden: what whoever sent it may not see.

    Returns:
        The stored value; None when something new was said.

    """
    if sent is None or (field in hidden and stored and sent.strip() == masked(field, stored)):
        return stored
    return None


def changed(one: Changed, hidden: Hidden) -> Changed:
    """Return a line of the history as it is shown: telephones and addresses were changed from one to another."""
    if one.what == "flags":
        before, after = (", ".join(open_flags(value.split(", "))) for value in (one.before, one.after))
        return replace(one, before=before, after=after)
    field = CHANGED.get(one.what)
    if one.what == "name":
        field = Field.CONTACT_NAME if one.object.startswith("contact ") else Field.NAME
    if field is None or field not in hidden:
        return one
    plain = {"yes", "no"} if one.what == "verified" else set()
    before, after = (value if value in plain else masked(field, value) for value in (one.before, one.after))
    return replace(one, before=before, after=after)


def consent(one: Consent, hidden: Hidden) -> Consent:
    """Return a word about a consent as it is shown."""
    return replace(one, contact=text(Field.CONTACT_NAME, one.contact, hidden), note=text(Field.NOTE, one.note, hidden))


def filled(values: Mapping[str, V], hidden: Hidden) -> dict[str, V]:
    """Return a form that was filled as it is shown: whatever its fields are called, what is in them is masked."""
    return {name: cast("V", told(it, hidden)) if isinstance(it, str) else it for name, it in values.items()}


def refilled(sent: Mapping[str, object], stored: Mapping[str, object], hidden: Hidden) -> dict[str, object]:
    """Return a form that came back as it was meant: a mask means "as it was", and so does nothing in its place."""
    masks = {name: it for name, it in filled(stored, hidden).items() if it != stored[name]}
    meant = {name: stored[name] if name in masks and it == masks[name] else it for name, it in sent.items()}
    return {**{name: stored[name] for name in masks if name not in sent}, **meant}


def line(one: Told, hidden: Hidden) -> Told:
    """Return a line of the history of an application or a task as it is shown."""
    return replace(one, before=told(one.before, hidden), after=told(one.after, hidden), said=told(one.said, hidden))


def as_meant(sent: Sequence[str], stored: Sequence[str], hidden: Hidden) -> list[str]:
    """Return values that came back as they were meant: those whose masks came are as they were."""
    masks = {told(one, hidden): one for one in stored}
    return [masks.get(one, one) for one in sent]


def values(one: FieldValue, hidden: Hidden) -> FieldValue:
    """Return a custom field's value as it is shown."""
    return replace(one, values=tuple(told(each, hidden) for each in one.values))
