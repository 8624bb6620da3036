"""Account numbers: nine digits and a check digit (pure).

The check digit is ISO 7064 MOD 11,10: like Luhn it needs no letter, but it finds every single wrong digit and
nearly every swap of neighbours, where Luhn misses 09 and 90. A caller who mistypes on a keypad hears so at once.
"""

from __future__ import annotations

DIGITS = 10
"""Length of an account number, check digit included."""
ASCII_DIGITS = frozenset("0123456789")


def check_digit(payload: str) -> str:
    """Return the ISO 7064 MOD 11,10 check digit of a string of ASCII digits.

    Raises:
        ValueError: `payload` is empty or holds something else than digits.
    """
    if not payload or not ASCII_DIGITS.issuperset(payload):
        raise ValueError("a check digit needs digits")
    product = 10
    for digit in payload:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def with_check_digit(payload: str | int) -> str:
    """Return the account number for a running number or its digits: `1` becomes `000000001` and its check digit.

    Raises:
        ValueError: more than nine digits, negative, or not digits.
    """
    digits = f"{payload:09d}" if isinstance(payload, int) else payload.rjust(DIGITS - 1, "0")
    if len(digits) != DIGITS - 1:
        raise ValueError("an account number has nine digits before its check digit")
    return digits + check_digit(digits)


def is_account_number(text: str) -> bool:
    """Whether `text` is exactly ten ASCII digits of which the last one fits."""
    return len(text) == DIGITS and ASCII_DIGITS.issuperset(text) and check_digit(text[:-1]) == text[-1]
