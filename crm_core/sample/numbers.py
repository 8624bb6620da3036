"""Telephone and account numbers of the sample base: permutations, so that they are unique without looking (pure)."""

from __future__ import annotations

from crm_core import accounts

PHONES = 20_000_000
"""Numbers from +7 900 0000000 to +7 901 9999999."""
PHONE_FACTOR = 7_368_787
"""Odd and no multiple of five, so multiplication permutes the numbers."""
PHONE_SHIFT = 4_815_162
PHONE_PLACES = 6_666_666
"""How many customers find a place; each has up to three numbers."""
FIRST_ACCOUNT = 100_000_000
ACCOUNTS = 900_000_000
ACCOUNT_FACTOR = 347_912_689
"""No multiple of 2, 3 or 5: permutes nine-digit bodies."""


def phone(customer_id: int, place: int = 0) -> str:
    """Return the number of a customer's contact: place 0, 1 or 2."""
    slot = place * PHONE_PLACES + customer_id
    return f"+7{9_000_000_000 + (slot * PHONE_FACTOR + PHONE_SHIFT) % PHONES}"


UNKNOWN = phone(0)
"""A number that belongs to nobody: customers are counted from 1."""


def account_number(account_id: int) -> str:
    """Return the account number, with its check digit."""
    return accounts.with_check_digit(FIRST_ACCOUNT + account_id * ACCOUNT_FACTOR % ACCOUNTS)
