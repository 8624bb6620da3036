"""Account numbers and their check digit."""

# ruff: noqa: RUF001 -- look-alikes are what it is about.
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import accounts

pytestmark = pytest.mark.unit
NUMBERS = st.integers(0, 999_999_999).map(accounts.with_check_digit)


def test_the_standards_own_example_holds() -> None:
    # ISO 7064 gives 0794 with check digit 5 for MOD 11,10.
    assert accounts.check_digit("0794") == "5"


@given(NUMBERS)
def test_every_number_with_its_check_digit_is_an_account_number(number: str) -> None:
    assert len(number) == 10
    assert accounts.is_account_number(number)


@given(NUMBERS, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not accounts.is_account_number(wrong)


def test_nearly_every_swap_of_neighbours_is_noticed() -> None:
    missed = swaps = 0
    for running in range(1, 4000):
        number = accounts.with_check_digit(running * 240_007 % 1_000_000_000)
        for at in range(9):
            if number[at] != number[at + 1]:
                swaps += 1
                missed += accounts.is_account_number(number[:at] + number[at + 1] + number[at] + number[at + 2 :])
    assert missed / swaps < 0.03


@given(st.text(max_size=12))
def test_other_text_is_no_account_number_unless_it_is_ten_ascii_digits(text: str) -> None:
    if accounts.is_account_number(text):
        assert text.isascii()
        assert text.isdigit()
        assert len(text) == 10


@pytest.mark.parametrize("text", ["", "1", "٠٠٠٠٠٠٠٠٠١", "000000001x", "0000000014 ", "00000000141"])
def test_lookalikes_are_refused(text: str) -> None:
    assert not accounts.is_account_number(text)


@pytest.mark.parametrize("payload", ["1234567890", "", "12x", -1])
def test_what_cannot_have_a_check_digit_raises(payload: str | int) -> None:
    if payload == "":
        with pytest.raises(ValueError, match="digits"):
            accounts.check_digit("")
    else:
        with pytest.raises(ValueError, match="digit"):
            accounts.with_check_digit(payload)


def test_digits_without_leading_zeros_are_filled_up() -> None:
    assert accounts.with_check_digit("1") == accounts.with_check_digit(1) == "0000000014"
