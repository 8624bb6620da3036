"""What is shown of a field that somebody may not see in full; the one place where anything is masked (pure).

Cards, search results, rows of the timeline, frames of websockets, the API and exports all pass through `mask`
or `masked` on the server: what a page does not get cannot be read out of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args, get_type_hints

from crm_core.access import Field
from crm_core.card import Candidate, Card, FieldRow, InteractionRow, Part, Person, PersonNumber, TaskRow
from crm_core.lookup import Found, Hit
from crm_core.parties import EMAIL

STARS = "***"
BY_NAME: Mapping[str, Field] = {
    "phone": Field.PHONE,
    "email": Field.EMAIL,
    "tax_number": Field.TAX_NUMBER,
    "address": Field.ADDRESS,
    "customer": Field.NAME,
    "note": Field.NOTE,
}
"""Fields of any part of a card that hold what their name says: a part added later is masked from its first day."""
BY_PART: Mapping[type[Part], Mapping[str, Field]] = {
    Person: {"name": Field.CONTACT_NAME},
    PersonNumber: {"number": Field.PHONE},
    Candidate: {"contact": Field.CONTACT_NAME},
    InteractionRow: {"number": Field.PHONE},
}
BY_WHY: Mapping[str, Field] = {
    "phone": Field.PHONE,
    "email": Field.EMAIL,
    "tax_number": Field.TAX_NUMBER,
    "name": Field.NAME,
    "contact": Field.CONTACT_NAME,
    "address": Field.ADDRESS,
}
"""Which field a search matched, by its `why`."""
TEXTS: Mapping[type[Part], tuple[str, ...]] = {
    FieldRow: ("value",),
    InteractionRow: ("note",),
    TaskRow: ("title",),
}
"""What people wrote in words of their own: a telephone or an address in it is masked where it stands."""
ADDRESSES: Mapping[Field, tuple[str, re.Pattern[str]]] = {
    Field.EMAIL: ("@", re.compile(EMAIL.pattern)),
    Field.PHONE: ("+", re.compile(r"(?<![\w+])\+[1-9]\d{7,14}(?!\d)")),
}
"""E-mail addresses and E.164 numbers in a text, each with a sign that must be there."""
IDENTITY = frozenset(
    {"account_id", "account_number", "customer", "kind", "language", "address", "time_zone", "tax_number", "currency"}
)
"""Who somebody is, and what he can name of himself: that much of a card is no word about a debt."""
SECRET_FLAGS = frozenset({"honey"})
"""Flags nobody may see who opens cards: a bait that says so catches nobody."""

P = TypeVar("P", bound=Part)


def masked(field: Field, value: object) -> str:
    """Return what is shown of a value; "" stays "", so that a missing value can be asked for.

    Telephone numbers keep country, area and the last two digits (`+7 912 ***-**-89`), names their initials,
    addresses their town.
    """
    text = str(value)
    return _MASKS[field](text) if text else ""


def mask(part: P, hidden: frozenset[Field]) -> P:
    """Return a part of the card with the hidden fields masked, in it and in everything it holds.

    Args:
        part: a whole card, a search result, a row of the timeline.
        hidden: `crm_core.access.hidden` of who will see it.

    """
    if not hidden:
        return part
    plan = _plan(type(part), hidden)
    if plan is None:
        return part
    changed: dict[str, Any] = {}
    for name, hide in plan.own:
        text = str(getattr(part, name))
        changed[name] = hide(text) if text else ""
    for name in plan.texts:
        changed[name] = told(getattr(part, name), hidden)
    for name in plan.inner:
        changed[name] = tuple([mask(one, hidden) for one in getattr(part, name)])
    return _replaced(part, changed)


def told(words: str, hidden: frozenset[Field]) -> str:
    """Return a text with every telephone number and e-mail address in it masked that may not be seen."""
    for field, sign, found in _addresses(hidden):
        if sign in words:
            words = found.sub(lambda match, field=field: masked(field, match[0]), words)  # type: ignore[misc]
    return words


def mask_card(card: Card, hidden: frozenset[Field]) -> Card:
    """As `mask`, and without flags that must stay secret."""
    if not SECRET_FLAGS.isdisjoint(card.flags):
        card = _replaced(card, {"flags": tuple(flag for flag in card.flags if flag not in SECRET_FLAGS)})
    return mask(card, hidden)


def unverified(card: Card) -> Card:
    """Return what of a card may be seen of a called debtor before it is known that it is he who answered.

    Only what is named here stays: a field that is added later is hidden from its first day. Of all others nothing is
    left, not even that there is something.
    """
    blank = {name: _blank(getattr(card, name)) for name in card.__struct_fields__ if name not in IDENTITY}
    contacts = tuple(
        [Person(name=one.name, role=one.role, phone="", email="", verified=False) for one in card.contacts]
    )
    meters = tuple([_replaced(one, {"registers": ()}) for one in card.meters])
    return _replaced(card, blank | {"contacts": contacts, "meters": meters})


def _blank(value: object) -> object:
    match value:
        case tuple():
            return ()
        case str():
            return ""
        case int() | Decimal():
            return type(value)(0)
        case _:
            return None


def mask_found(found: Found, hidden: frozenset[Field]) -> Found:
    """As `mask`, for what a search found: what of an account matched may be the very value that is masked."""
    return replace(found, hits=tuple([_masked_hit(hit, hidden) for hit in found.hits])) if hidden else found


def _masked_hit(hit: Hit, hidden: frozenset[Field]) -> Hit:
    field = BY_WHY.get(hit.candidate.why)
    matched = masked(field, hit.matched) if field in hidden and field is not None else hit.matched
    return replace(hit, candidate=mask(hit.candidate, hidden), matched=matched)


def mask_row(row: Mapping[str, object], fields: Mapping[str, Field], hidden: frozenset[Field]) -> dict[str, object]:
    """Return a row of an export or of the API with its hidden columns masked.

    Args:
        row: values by column.
        fields: which column holds which field; columns that are not named hold none.
        hidden: as in `mask`.

    """
    return {
        column: masked(fields[column], value) if column in fields and fields[column] in hidden else value
        for column, value in row.items()
    }


def _replaced(part: P, changed: Mapping[str, Any]) -> P:
    """As `copy.replace` of Python 3.13: frozen parts are made anew."""
    return cast("P", cast("Any", part).__replace__(**changed))


@dataclass(frozen=True, slots=True)
class _Plan:
    own: tuple[tuple[str, Callable[[str], str]], ...]
    """Name and how it is hidden: looked up once, for an enumeration's hash is worked out anew each time."""
    inner: tuple[str, ...]
    """Fields that hold parts of which something is masked."""
    texts: tuple[str, ...]
    """Fields in words of somebody's own."""


@lru_cache(maxsize=256)
def _addresses(hidden: frozenset[Field]) -> tuple[tuple[Field, str, re.Pattern[str]], ...]:
    """Return the kinds of addresses that are hidden within words."""
    return tuple((field, sign, found) for field, (sign, found) in ADDRESSES.items() if field in hidden)


@lru_cache(maxsize=1024)
def _plan(kind: type[Part], hidden: frozenset[Field]) -> _Plan | None:
    """Work out once what is to be done with a kind of part; None when there is nothing."""
    special = BY_PART.get(kind, {})
    own = []
    inner = []
    for name, hint in get_type_hints(kind).items():
        field = special.get(name) or BY_NAME.get(name)
        if field is not None and field in hidden:
            own.append((name, _MASKS[field]))
        held = next((one for one in get_args(hint) if isinstance(one, type) and issubclass(one, Part)), None)
        if held is not None and _plan(held, hidden) is not None:
            inner.append(name)
    texts = TEXTS.get(kind, ()) if not hidden.isdisjoint(ADDRESSES) else ()
    plain = tuple(name for name in texts if name not in dict(own))
    return _Plan(tuple(own), tuple(inner), plain) if own or inner or plain else None


def _phone(number: str) -> str:
    if len(number) < 8:
        return STARS
    if len(number) == 12 and number.startswith("+7"):
        return f"+7 {number[2:5]} ***-**-{number[-2:]}"
    return f"{number[:4]} {STARS} {number[-2:]}"


def _email(address: str) -> str:
    return f"{address[0]}{STARS}@…"


def _tax_number(number: str) -> str:
    return STARS + number[-2:] if len(number) > 6 else STARS


def _name(name: str) -> str:
    return " ".join(f"{word[0]}{STARS}" for word in name.split()[:4])


def _address(address: str) -> str:
    town, comma, _ = address.partition(",")
    return f"{town}, {STARS}" if comma else STARS


def _nothing(_: str) -> str:
    return STARS


_MASKS: Mapping[Field, Callable[[str], str]] = {
    Field.NAME: _name,
    Field.CONTACT_NAME: _name,
    Field.PHONE: _phone,
    Field.EMAIL: _email,
    Field.TAX_NUMBER: _tax_number,
    Field.ADDRESS: _address,
    Field.BALANCE: _nothing,
    Field.NOTE: _nothing,
}
