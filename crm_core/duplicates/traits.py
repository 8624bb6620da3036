"""What of a customer can be compared: words of the name, address, ways to be reached (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TypeVar

Item = TypeVar("Item", int, str)
PERSON = "person"
FATHERLY = re.compile(r"\w+(ovich|evich|ich|ovna|evna|ichna|inichna)")
"""Endings of Russian patronymics, as `names.key` folds them."""
DAUGHTERLY = ("ovna", "evna", "ichna")
LETTERS_OF_TWO = frozenset({"zh", "ch", "sh", "ts", "iu", "ia"})
LEGAL_FORMS = frozenset({
    "o", "zao", "oao", "pao", "ao", "nao", "ip", "tszh", "tsn", "zhsk", "snt", "llc", "ltd", "inc", "gmbh", "co",
    "corp", "ag", "kft", "bv", "plc",
})  # fmt: skip
"""As they fold: doubled letters are one, so OOO is `o`."""
HOUSE = re.compile(r"\d+[^\W\d]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A customer with all that tells it from others."""

    customer_id: int
    kind: str
    """`person` or `organisation`."""
    name_key: str
    tax_number: str = ""
    born_on: date | None = None
    phones: frozenset[str] = frozenset()
    """E.164."""
    emails: frozenset[str] = frozenset()
    """In small letters."""
    address_keys: frozenset[str] = frozenset()
    """`names.address_key` of every premises of its accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name taken apart as far as it can be."""

    words: tuple[str, ...]
    """In the order of the alphabet: people write them in any."""
    given: str = ""
    """Known only beside a patronymic, before which it stands."""
    patronymic: str = ""
    surname: str = ""

    @property
    def of_a_woman(self) -> bool:
        """Whether the patronymic says so."""
        return self.patronymic.endswith(DAUGHTERLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address taken apart: numbers say the house and the flat, words the town and the street."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    """House first, then the flat, as people write them."""

    @property
    def initials(self) -> str:
        """First letters of the words, in the order of the alphabet: they bear a typing error in a word."""
        return "".join(word[0] for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """A subscriber made ready to be compared many times."""

    subscriber: Subscriber
    name: Name
    places: tuple[Place, ...]


def traits(subscriber: Subscriber) -> Traits:
    """Take a subscriber apart, once for all comparisons."""
    person = subscriber.kind == PERSON
    return Traits(
        subscriber=subscriber,
        name=personal_name(subscriber.name_key) if person else firm_name(subscriber.name_key),
        places=tuple(place(key) for key in sorted(subscriber.address_keys)),
    )


def personal_name(name_key: str) -> Name:
    """Take a person's name apart; without a patronymic nothing tells the given name from the surname."""
    words = name_key.split()
    for at, word in enumerate(words):
        if at and FATHERLY.fullmatch(word) and len(words) >= 3:
            rest = words[: at - 1] + words[at + 1 :]
            return Name(
                words=tuple(sorted(words)), given=words[at - 1], patronymic=word, surname=" ".join(sorted(rest))
            )
    return Name(words=tuple(sorted(words)))


def firm_name(name_key: str) -> Name:
    """Return the words of a firm's name without its legal form."""
    words = name_key.split()
    said = [word for word in words if word not in LEGAL_FORMS]
    return Name(words=tuple(sorted(said or words)))


def place(address_key: str) -> Place:
    """Take an address apart."""
    words: list[str] = []
    numbers: list[str] = []
    for word in address_key.split():
        (numbers if HOUSE.fullmatch(word) else words).append(word)
    return Place(words=tuple(sorted(words)), numbers=tuple(numbers))


def is_initial(word: str) -> bool:
    """Whether a word stands for one letter: some letters fold to two."""
    return len(word) == 1 or word in LETTERS_OF_TWO


def pairs_of(some: Iterable[Item]) -> list[tuple[Item, Item]]:
    """Return every two of these, in order."""
    return list(combinations(sorted(set(some)), 2))
