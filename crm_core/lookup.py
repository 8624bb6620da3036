"""What a searched text may be: an account number, a telephone, a meter, words of a name or an address (pure).

The store asks the database only the questions that come out of here; nothing of the typed text reaches a pattern,
so `%`, `_`, `*` and quotes are signs like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm_core import accounts, names, phones

SHORTEST = 3
"""Letters and digits a search needs: with fewer, half the base would match."""
LONGEST = 120
MOST_WORDS = 8
SERIAL = re.compile(r"[\w.\-/]{4,24}")
BEYOND = "\U0010ffff"
"""Sorts after every letter: the end of a range of beginnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Folded words, and the ways to look for them."""

    beginning: str
    """The whole text as the beginning of a key: uses the order of the words as typed."""
    query: str
    """`to_tsquery('simple', …)`: words of three letters and more, in any order; "" when there is none."""
    short: tuple[str, ...] = ()
    """Beginnings of one or two letters, initials mostly: they sift what `query` found, because by themselves they begin
    half of all names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What to ask; None is not asked."""

    account: str | None = None
    """A whole account number."""
    account_from: str | None = None
    """Beginning of an account number, six digits or more."""
    phone: str | None = None
    """E.164."""
    serial: str | None = None
    """Meter's serial number."""
    name: Words | None = None
    address: Words | None = None


def questions(text: str, region: str, area: str = "") -> Questions | None:
    """Work out what a typed text may mean; None when it is too short to ask anything.

    Args:
        text: as typed; hostile.
        region: where telephone numbers without country code are dialled.
        area: area code of telephone numbers without one.
    """
    typed = " ".join(text[:LONGEST].replace("\x00", " ").split())
    if sum(letter.isalnum() for letter in typed) < SHORTEST:
        return None
    digits = _digits(typed)
    bare = typed.replace(" ", "")
    return Questions(
        account=_account(digits),
        account_from=digits if digits and 6 <= len(digits) < accounts.DIGITS - 1 else None,
        phone=phones.e164(typed, region, area) if sum(sign.isdigit() for sign in typed) >= 5 else None,
        serial=bare.upper() if SERIAL.fullmatch(bare) and any(sign.isdigit() for sign in bare) else None,
        name=_name(typed),
        address=_address(typed),
    )


def _digits(typed: str) -> str | None:
    """Return the digits of a text of nothing but digits and what people put between them."""
    digits = "".join(sign for sign in typed if sign not in " -.\u2116#/")
    return digits if digits and accounts.ASCII_DIGITS.issuperset(digits) else None


def _account(digits: str | None) -> str | None:
    """Return the account number, its check digit added when it was left out."""
    if digits is None:
        return None
    if len(digits) == accounts.DIGITS - 1:
        return accounts.with_check_digit(digits)
    return digits if accounts.DIGITS <= len(digits) <= 12 else None


def _name(typed: str) -> Words | None:
    key = names.key(typed)
    return _words(key, exact_digits=False) if _says_something(key) else None


def _address(typed: str) -> Words | None:
    key = names.address_key(typed)
    return _words(key, exact_digits=True) if _says_something(key) else None


def _says_something(key: str) -> bool:
    return len(key) >= 2 and any(letter.isalpha() for letter in key)


def _words(key: str, *, exact_digits: bool) -> Words:
    """Join the words for `to_tsquery`: quoted, so that a word is never an operator; house 5 is not house 55."""
    words = [word for word in key.split() if word.isalnum()][:MOST_WORDS]
    whole = [f"'{word}'" for word in words if exact_digits and word.isdigit()]
    long = [f"'{word}':*" for word in words if len(word) >= SHORTEST and f"'{word}'" not in whole]
    short = [word for word in words if len(word) < SHORTEST and f"'{word}'" not in whole]
    return Words(beginning=key, query=" & ".join(long + whole) if long else "", short=tuple(short))
