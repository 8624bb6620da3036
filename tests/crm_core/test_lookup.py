"""What a searched text may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import accounts
from crm_core.lookup import Words, questions

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("text", ["", "ab", "%%%", "___", "  a b ", "'\"--", "🙂🙂🙂"])
def test_too_little_asks_nothing(text: str) -> None:
    assert questions(text, "RU") is None


def test_an_account_number_is_found_with_and_without_its_check_digit() -> None:
    whole = accounts.with_check_digit(123456789)
    assert questions(whole, "RU").account == whole  # type: ignore[union-attr]
    assert questions(whole[:-1], "RU").account == whole  # type: ignore[union-attr]
    assert questions(f"№ {whole[:4]} {whole[4:]}", "RU").account == whole  # type: ignore[union-attr]


def test_a_beginning_of_an_account_number_needs_six_digits() -> None:
    assert questions("123456", "RU").account_from == "123456"  # type: ignore[union-attr]
    assert questions("12345", "RU").account_from is None  # type: ignore[union-attr]


def test_a_telephone_is_understood_in_any_spelling() -> None:
    asked = questions("8 (916) 123-45-67", "RU")
    assert asked is not None
    assert (asked.phone, asked.name) == ("+79161234567", None)


def test_words_are_asked_by_their_beginnings_in_any_order() -> None:
    asked = questions("Юрий Ив", "RU")
    assert asked is not None
    assert asked.name == Words(beginning="iuri iv", query="'iuri':*", short=("iv",))


def test_house_five_is_not_house_fifty() -> None:
    asked = questions("ул. Ленина, 5", "RU")
    assert asked is not None
    assert asked.address == Words(beginning="lenina 5", query="'lenina':* & '5'")


def test_a_serial_number_needs_a_digit() -> None:
    assert questions("sn-77/a", "RU").serial == "SN-77/A"  # type: ignore[union-attr]
    assert questions("Ivanov", "RU").serial is None  # type: ignore[union-attr]


@given(st.text(max_size=200))
def test_nothing_typed_becomes_an_operator(text: str) -> None:
    asked = questions(text, "RU")
    for words in (asked.name, asked.address) if asked else ():
        for word in words.query.split(" & ") if words and words.query else ():
            assert word.removesuffix(":*").strip("'").isalnum()
            assert word.startswith("'")
