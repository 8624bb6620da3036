"""What a searched text may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import accounts
from crm_core.lookup import Word, Words, query, questions

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
    assert asked.name == Words(beginning="iuri iv", words=(Word(key="iuri", typed="юрий"),), short=("iv",))


def test_house_five_is_not_house_fifty() -> None:
    asked = questions("ул. Ленина, 5", "RU")
    assert asked is not None
    assert asked.address == Words(beginning="lenina 5", words=(Word(key="lenina", typed="ленина"),), numbers=("5",))


def test_a_serial_number_needs_a_digit() -> None:
    assert questions("sn-77/a", "RU").serial == "sn-77/a"  # type: ignore[union-attr]
    assert questions("Ivanov", "RU").serial is None  # type: ignore[union-attr]


@given(st.text(max_size=200))
def test_nothing_typed_becomes_an_operator(text: str) -> None:
    asked = questions(text, "RU")
    for words in (asked.name, asked.address) if asked else ():
        for word in (*[one.key for one in words.words], *words.numbers, *words.short) if words else ():
            assert word.isalnum()


def test_a_query_is_one_word_of_every_choice_and_all_numbers() -> None:
    assert query([["ivan", "ivanov"], ["petr"]], ["5"]) == "('ivan' | 'ivanov') & ('petr') & '5'"


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Ivan.Petrov", "ivan.petrov"), ("ivan@", "ivan@"), ("a_b@c.org", "a_b@c.org"), ("ivan", None),
        ("ivan petrov", None), ("123456", None), ("iv@an@", None), ("ivan7", "ivan7"),
        ("%ab@c", "%ab@c"), ("<a@b.c>", None),
    ],
)  # fmt: skip
def test_what_may_begin_an_e_mail_has_a_sign_or_a_digit(text: str, email: str | None) -> None:
    asked = questions(text, "RU")
    assert (asked.email_from if asked else None) == email


def test_a_tax_number_and_an_application_hold_digits() -> None:
    asked = questions("77 0123 456789", "RU")
    assert asked is not None
    assert (asked.tax_number, asked.application) == ("770123456789", "770123456789")
    words = questions("Ivanovskaya", "RU")
    assert words is not None
    assert (words.tax_number, words.application, words.serial) == (None, None, None)
