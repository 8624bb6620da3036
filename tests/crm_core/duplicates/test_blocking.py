"""Blocks: duplicates share one, a firm and a person never do."""

from __future__ import annotations

import pytest

from crm_core.duplicates.blocking import PLACES, keys
from crm_core.duplicates.traits import Subscriber, traits
from tests.crm_core.duplicates.conftest import LENINA, born, subscriber

pytestmark = pytest.mark.unit
NOBODY: frozenset[str] = frozenset()


def share(left: Subscriber, right: Subscriber) -> bool:
    return bool(keys(traits(left)) & keys(traits(right)))


@pytest.mark.parametrize(
    "other",
    [
        subscriber("Совсем Другой", 2, addresses=("Рязань, Мира 1",)),  # the telephone
        subscriber("Совсем Другой", 2, phones=NOBODY),  # the flat
        subscriber("Совсем Другой", 2, phones=NOBODY, addresses=("Тверь, Ленена 5-12",)),  # the flat, misspelt
        subscriber("Иван Петрович Иваонв", 2, phones=NOBODY, addresses=("Тверь, Ленина 5",)),  # house and two words
        subscriber("Иванов И.", 2, phones=NOBODY, addresses=(), born_on=born(1960)),
        subscriber("Другой", 2, phones=NOBODY, addresses=(), emails=frozenset({"a@b.org"})),
        subscriber("Другой", 2, phones=NOBODY, addresses=(), tax_number="77"),
    ],
)
def test_one_thing_in_common_is_enough_to_be_compared(other: Subscriber) -> None:
    one = subscriber(born_on=born(1960), emails=frozenset({"a@b.org"}), tax_number="77")
    assert share(one, other)


def test_nothing_in_common_is_not_compared() -> None:
    assert not share(subscriber(), subscriber(number=2, phones=NOBODY, addresses=("Рязань, Мира 1-7",)))


def test_a_firm_and_its_director_are_not_compared() -> None:
    assert not share(subscriber(), subscriber(number=2, kind="organisation"))


def test_a_house_without_a_number_makes_no_block() -> None:
    assert keys(traits(subscriber(phones=NOBODY, addresses=("деревня Липки",)))) == NOBODY


def test_a_chain_of_shops_has_a_bounded_number_of_keys() -> None:
    places = tuple(f"Тверь, Мира {number}-1" for number in range(1000))
    firm = subscriber("Ромашка", kind="organisation", phones=NOBODY, addresses=places)
    assert len(keys(traits(firm))) == 2 * PLACES
    assert LENINA not in places
