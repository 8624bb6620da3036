"""Telephone and account numbers of the sample: permutations."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import accounts, phones
from crm_core.sample import numbers

pytestmark = pytest.mark.unit

CUSTOMERS = st.integers(1, numbers.PHONE_PLACES)


def test_the_factors_permute() -> None:
    assert math.gcd(numbers.PHONE_FACTOR, numbers.PHONES) == 1
    assert math.gcd(numbers.ACCOUNT_FACTOR, numbers.ACCOUNTS) == 1
    assert 2 * numbers.PHONE_PLACES + numbers.PHONE_PLACES < numbers.PHONES


@given(CUSTOMERS, st.integers(0, 2), CUSTOMERS, st.integers(0, 2))
def test_two_contacts_never_share_a_number(one: int, place: int, other: int, its_place: int) -> None:
    if (one, place) != (other, its_place):
        assert numbers.phone(one, place) != numbers.phone(other, its_place)


@given(CUSTOMERS, st.integers(0, 2))
def test_every_number_is_one_of_the_region(customer: int, place: int) -> None:
    number = numbers.phone(customer, place)
    assert number[:5] in {"+7900", "+7901"}
    assert phones.e164(number, "RU") == number
    assert number != numbers.UNKNOWN


@given(CUSTOMERS, CUSTOMERS)
def test_account_numbers_are_valid_and_differ(one: int, other: int) -> None:
    assert accounts.is_account_number(numbers.account_number(one))
    assert (one == other) == (numbers.account_number(one) == numbers.account_number(other))
