"""Names folded to search keys, and written in the other script."""

# ruff: noqa: RUF001, RUF003 -- Cyrillic is what it is about.
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import names

pytestmark = pytest.mark.unit
RUSSIAN = st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=20)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Юрий", "ЮРИЙ", "Yuri", "Yuriy", "Iurii", "yury "),
        ("Щукин", "Shchukin", "Schukin"),
        ("Дмитрий", "Dmitry", "Dmitriy", "Dmitrii"),
        ("Хабаров", "Khabarov", "Habarov"),
        ("Алексей", "Alexey", "Aleksei", "Aleksey"),
        ("Виктор", "Victor", "Viktor"),
        ("Елена", "Yelena", "Elena"),
        ("Семёнов", "Семенов", "Semenov"),
        ("Müller", "Muller", "MÜLLER", "Mu\u0308ller"),
        ("O'Brien", "O’Brien", "OBrien"),
        ("Łukasz", "Lukasz"),
        ("Юлия", "Yulia", "Julia", "Iuliia"),
    ],
)
def test_spellings_of_one_name_meet(spellings: tuple[str, ...]) -> None:
    assert len({names.key(spelling) for spelling in spellings}) == 1


@given(RUSSIAN, st.integers(1, 20))
def test_a_beginning_of_a_russian_word_is_a_beginning_of_its_key(word: str, length: int) -> None:
    assert names.key(word).startswith(names.key(word[:length]))


@given(st.text(max_size=80))
def test_a_key_is_words_of_small_letters_and_digits(text: str) -> None:
    key = names.key(text)
    assert key == " ".join(key.split())
    assert all(letter.isalnum() or letter == " " for letter in key)
    assert len(key) <= names.LONGEST


@given(st.text(max_size=80))
def test_case_and_order_of_marks_do_not_matter(text: str) -> None:
    assert names.key(unicodedata.normalize("NFD", text)) == names.key(unicodedata.normalize("NFC", text))


@given(RUSSIAN)
def test_a_russian_name_and_its_latin_writing_meet_when_no_letters_run_together(word: str) -> None:
    # кх, сх, шч … become one sound when written in Latin; every other word must survive the way.
    apart = " ".join(word)
    assert names.key(names.latin(apart)).replace(" ", "") == names.key(apart).replace(" ", "")


@given(RUSSIAN)
def test_latin_is_ascii(word: str) -> None:
    assert names.latin(word).isascii()


@pytest.mark.parametrize(("russian", "written"), [("Щукин Юрий", "Shchukin Yuriy"), ("Пётр", "Petr"), ("ЮЛЯ", "YULYA")])
def test_russian_is_written_in_latin(russian: str, written: str) -> None:
    assert names.latin(russian) == written


@pytest.mark.parametrize(("latin", "written"), [("Shchukin", "Щукин"), ("Ivanov 5", "Иванов 5"), ("Zhanna", "Жанна")])
def test_latin_is_written_in_russian(latin: str, written: str) -> None:
    assert names.cyrillic(latin) == written


def test_digits_are_not_run_together() -> None:
    assert names.key("дом 11, кв. 55") == "dom 11 kv 55"


def test_words_that_some_write_and_some_leave_out_are_not_in_an_address_key() -> None:
    written = names.address_key("г. Москва, улица Ленина, д. 11, кв. 5")
    assert written == names.address_key("Москва Ленина 11 5") == "moskva lenina 11 5"


def test_an_address_of_nothing_but_such_words_keeps_them() -> None:
    assert names.address_key("ул. дом") == "ul dom"


def test_other_scripts_stay() -> None:
    assert names.key("محمد علی") == "محمد علی"
