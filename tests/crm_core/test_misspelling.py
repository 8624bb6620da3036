"""Typing errors undone."""

# ruff: noqa: RUF001 -- people type Cyrillic.
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core import names
from crm_core.misspelling import LONGEST, one_error_away

pytestmark = pytest.mark.unit
RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
LATIN = "abcdefghijklmnopqrstuvwxyz"


@st.composite
def slips(draw: st.DrawFn, alphabet: str) -> tuple[str, str]:
    """A word, and the same with one letter wrong, missing, extra, or two swapped."""
    word = draw(st.text(alphabet, min_size=5, max_size=14))
    at = draw(st.integers(0, len(word) - 2))
    letter = draw(st.sampled_from(alphabet))
    typed = draw(
        st.sampled_from([
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ])
    )  # fmt: skip
    return word, typed


@settings(max_examples=300)
@given(st.one_of(slips(RUSSIAN), slips(LATIN)))
def test_whatever_one_error_does_to_a_word_is_undone(slip: tuple[str, str]) -> None:
    word, typed = slip
    assert names.key(word) in one_error_away(typed) | {names.key(typed)}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ехов", "Чехов"), ("цехов", "Чехов"), ("чеохв", "Чехов"), ("щкин", "Щукин"), ("алекандр", "Александр"),
        ("cehkhov", "Чехов"), ("aleander", "Alexander"), ("fyodor", "Фёдор"), ("pyotr", "Пётр"),
        ("скороход", "Скороходь"),
    ],
)  # fmt: skip
def test_letters_that_fold_to_two_or_to_none_are_one_letter(typed: str, meant: str) -> None:
    assert names.key(meant) in one_error_away(typed) | {names.key(typed)}


@pytest.mark.parametrize("word", ["", "ким", "ab", "5555", "а5аа", "a" * (LONGEST + 1)])
def test_what_would_be_any_word_has_no_neighbours(word: str) -> None:
    assert one_error_away(word) == frozenset()


def test_other_scripts_lose_an_extra_letter_and_swapped_ones() -> None:
    assert "محمد" in one_error_away("محصمد")
    assert "محمد" in one_error_away("محدم")


def test_the_work_is_bounded() -> None:
    assert len(one_error_away("я" * LONGEST)) < 3000
