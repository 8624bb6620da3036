"""Telephone numbers: every spelling to E.164, or None; and back to how people write them (pure)."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

LONGEST = 40
"""No number with its extension, spaces and brackets is longer; anything longer is not one."""
# What people put between digits. Everything else (letters, semicolons, control characters) makes it no number.
SPELLING = re.compile(r"[+(]?[\d\s().\-\u2010-\u2015\u00a0/]*\d\)?")
EXTENSION = re.compile(
    r"(?:\s*,\s*|\s+(?:ext\.?|x|доб\.?|вн\.?)\s*|\s*(?:ext\.?|доб\.?|вн\.?)\s*|#)\d{1,6}\s*$", re.IGNORECASE
)


def e164(text: str, region: str, area: str = "") -> str | None:
    """Return a number in E.164 (`+74951234567`), or None when it cannot be one.

    Repairs the national prefix (`8 495 …`), a lost plus (`7495…`), brackets and dashes, and drops an extension.

    Args:
        text: as a person, a file or the network wrote it; hostile.
        region: where numbers without a country code are dialled, ISO 3166 (`RU`).
        area: area code put before numbers that are too short without one; "" when there is none to assume.
    """
    spelled = text.strip()
    if not spelled or len(spelled) > LONGEST:
        return None
    spelled = EXTENSION.sub("", spelled).strip()
    if not SPELLING.fullmatch(spelled):
        return None
    digits = "".join(str(int(sign)) for sign in spelled if sign.isdigit() and sign.isdecimal())
    return _valid(("+" if "+" in spelled[:2] else "") + digits, region) or _repaired(spelled, digits, region, area)


def _repaired(spelled: str, digits: str, region: str, area: str) -> str | None:
    if "+" in spelled[:2]:
        return None
    return _valid("+" + digits, region) or (_valid(area + digits, region) if area else None)


def _valid(number: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def spoken(number: str, region: str) -> str:
    """Return an E.164 number as people of `region` write it; anything that is not one comes back unchanged."""
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    home = phonenumbers.region_code_for_number(parsed) == region
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)
