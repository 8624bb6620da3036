"""What people type into forms, read as values (pure): any script's digits, comma or point, no surprises."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

LONGEST = 24
REGISTER = "r_"
"""Fields of readings are named `r_<register id>`."""
SECRET = frozenset({"password", "again", "secret"})


def plain_digits(text: str) -> str:
    """Return a text with the digits of every script as `0` to `9`."""
    return text if text.isascii() else "".join(str(unicodedata.decimal(sign, sign)) for sign in text)


def sent(name: str, value: str) -> str:
    """Return a field as it is read: figures in any script's digits as `0` to `9`, everything else as it was typed.

    Args:
        name: of the field; passwords are nobody's to change.
        value: readings, amounts, days, times and telephone numbers have no letters; what has some are words.

    """
    if value.isascii() or name in SECRET or any(sign.isalpha() for sign in value):
        return value
    return plain_digits(value)


def decimal(text: str) -> Decimal | None:
    """Read a number as a person wrote it (`12 345,6`, `١٢٣`); None when it is none.

    Args:
        text: at most 24 characters; exponents, `NaN` and infinities are no numbers of a meter.

    """
    plain = "".join(_plain(sign) for sign in text.strip())
    if not plain or len(plain) > LONGEST or not set(plain) <= set("0123456789.-"):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def day(text: str, today: date) -> date | None:
    """Read a date of a form (`2026-11-22`), today when it was left empty, None when it is none."""
    if not text.strip():
        return today
    try:
        return date.fromisoformat(plain_digits(text.strip()))
    except ValueError:
        return None


def registers(sent: Mapping[str, str]) -> dict[int, str]:
    """Return what was typed for each register; fields left empty are not there."""
    found: dict[int, str] = {}
    for name, value in sent.items():
        key = name.removeprefix(REGISTER)
        if key != name and key.isascii() and key.isdecimal() and len(key) <= 9 and value.strip():
            found[int(key)] = value
    return found


def _plain(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if sign in {",", "\N{ARABIC DECIMAL SEPARATOR}"}:
        return "."
    return "" if sign.isspace() or sign == "\N{ARABIC THOUSANDS SEPARATOR}" else sign
