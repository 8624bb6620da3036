"""Telephone and account numbers of the sample base: permutations, so that they are unique without looking (pure)."""

from __future__ import annotations

PHONES = 20_000_000
"""Numbers from +7 900 0000000 to +7 901 9999999."""
PHONE_FACTOR = 7_368_787
"""Odd and no multiple of five, so multiplication permutes the numbers."""
PHONE_SHIFT = 4_815_162
PHONE_PLACES = 6_666_666
"""How many customers find a place; each has up to three numbers."""
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
    """Return the account number with its check digit (ISO 7064 MOD 11,10)."""
    body = str(100_000_000 + account_id * ACCOUNT_FACTOR % ACCOUNTS)
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Return the check digit of a number's body by ISO 7064 MOD 11,10."""
    rest = 10
    for figure in body:
        rest = (rest + int(figure)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)
