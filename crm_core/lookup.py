"""What a searched text may be: a number of some kind, an e-mail, words of a name or an address (pure).

The store asks the database only the questions that come out of here; nothing of the typed text reaches a pattern,
so `%`, `_`, `*` and quotes are signs like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm_core import accounts, names, phones
from crm_core.card import Candidate

SHORTEST = 3
"""Letters and digits a search needs: with fewer, half the base would match."""
LONGEST = 120
MOST_WORDS = 8
SERIAL = re.compile(r"[\w.\-/]{4,24}")
TAX_NUMBER = re.compile(r"[0-9A-Z]{8,20}")
APPLICATION = re.compile(r"[\w.\-/]{3,20}")
EMAIL = re.compile(r"[\w.+\-%']{2,64}(@[\w.\-]{0,190})?")
BEYOND = "\U0010ffff"
"""Sorts after every letter: the end of a range of beginnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of three letters and more."""

    key: str
    """Folded (`names.key`)."""
    typed: str
    """In small letters, in the script it was typed in: where typing errors happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of a name or an address, and the ways to look for them."""

    beginning: str
    """The whole text as the beginning of a key: uses the order of the words as typed."""
    words: tuple[Word, ...] = ()
    """In any order, each by its beginning."""
    numbers: tuple[str, ...] = ()
    """Whole: house 5 is not house 55."""
    short: tuple[str, ...] = ()
    """Beginnings of one or two letters, initials mostly: they sift what was found, because by themselves they begin
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
    application: str | None = None
    """Number of an application."""
    tax_number: str | None = None
    email_from: str | None = None
    """An e-mail address or the beginning of one, in small letters."""
    name: Words | None = None
    address: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An account that was found, and why."""

    candidate: Candidate
    """`why` says along which key."""
    matched: str = ""
    """What of it matched where that is not in sight: an e-mail, a meter's number, a contact, the name of one who was
    merged into this customer; of a misspelt word the right one."""
    near: bool = False
    """A typing error was undone to find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search came to, the surest first."""

    hits: tuple[Hit, ...] = ()
    more: bool = False
    """There are more than these."""
    too_wide: bool = False
    """Some of it would match so much that it was not asked: type more."""


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
    numbered = any(sign.isdigit() for sign in bare)
    return Questions(
        account=_account(digits),
        account_from=digits if digits and 6 <= len(digits) < accounts.DIGITS - 1 else None,
        phone=phones.e164(typed, region, area) if sum(sign.isdigit() for sign in typed) >= 5 else None,
        serial=bare if numbered and SERIAL.fullmatch(bare) else None,
        application=bare if numbered and APPLICATION.fullmatch(bare) else None,
        tax_number=bare.upper() if numbered and TAX_NUMBER.fullmatch(bare.upper()) else None,
        email_from=_email(typed),
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


def _email(typed: str) -> str | None:
    """Return what may begin an e-mail address: with a sign or a digit in it, else every first name would be asked."""
    small = typed.lower()
    tells = not small.isalpha() and any(letter.isalpha() for letter in small)
    return small if tells and EMAIL.fullmatch(small) else None


def _name(typed: str) -> Words | None:
    key = names.key(typed)
    return _words(key, typed, exact_digits=False) if _says_something(key) else None


def _address(typed: str) -> Words | None:
    key = names.address_key(typed)
    return _words(key, typed, exact_digits=True) if _says_something(key) else None


def _says_something(key: str) -> bool:
    return len(key) >= 2 and any(letter.isalpha() for letter in key)


def _words(key: str, typed: str, *, exact_digits: bool) -> Words:
    written = {names.key(word): word for word in names.plain_words(typed)}
    words = [word for word in key.split() if word.isalnum()][:MOST_WORDS]
    whole = tuple(word for word in words if word.isdigit() and (exact_digits or len(word) >= SHORTEST))
    return Words(
        beginning=key,
        words=tuple(
            Word(key=word, typed=written.get(word, word))
            for word in words
            if word not in whole and len(word) >= SHORTEST
        ),
        numbers=whole,
        short=tuple(word for word in words if word not in whole and len(word) < SHORTEST),
    )


def query(choices: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> str:
    """Return a text for `to_tsquery('simple', …)`: one word out of every choice, and all numbers.

    Every word is letters and digits only and stands in quotes, so that none is ever an operator.
    """
    parts = [" | ".join(f"'{word}'" for word in choice) for choice in choices]
    return " & ".join([*(f"({part})" for part in parts), *(f"'{number}'" for number in numbers)])
