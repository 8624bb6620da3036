"""Who of a customer's people is calling: the contacts whose number it is (pure)."""

from __future__ import annotations

import re
from functools import lru_cache

from crm_core import phones
from crm_core.card import Card, Person

E164 = re.compile(r"\+[1-9]\d{6,14}\Z")


def calling(card: Card, number: str, country: str) -> tuple[Person, ...]:
    """Return the contacts of the card that have the calling number, compared in E.164.

    Args:
        card: the customer's.
        number: of the call, "" when withheld.
        country: ISO code of the country in which a number without a prefix is read.

    """
    wanted = _international(number, country) if number else None
    if wanted is None:
        return ()
    return tuple(one for one in card.contacts if one.phone and _international(one.phone, country) == wanted)


def to_name(card: Card, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Return whom the header must name: nobody when it is the customer himself, who stands there already."""
    if card.kind != "organisation" and len(people) == 1 and people[0].name == card.customer:
        return ()
    return people


def _international(number: str, country: str) -> str | None:
    return number if E164.match(number) else _parsed(number, country)


@lru_cache(maxsize=4096)
def _parsed(number: str, country: str) -> str | None:
    return phones.e164(number, country)
