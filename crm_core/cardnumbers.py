"""Numbers of payment cards in what people type: they are never kept (AC43; PCI DSS 3.2, ISO/IEC 7812-1) (pure)."""

from __future__ import annotations

import re
import unicodedata

GROUPED = re.compile(r"(?<!\d)\d(?:[ \u00a0.-]?\d){12,18}(?!\d)")
FIRST = frozenset("23456")
"""First digits of the networks that issue cards to people."""
PLAIN_LENGTH = 16
"""Without a gap only so many digits are taken for a card: meters and references have other lengths."""


def holds_card(text: str) -> bool:
    """Whether something in a text is very probably a card's number: its length, its first digit and its check digit."""
    plain = "".join(str(unicodedata.decimal(sign, sign)) for sign in text)
    for found in GROUPED.finditer(plain):
        digits = re.sub(r"\D", "", found[0])
        gapless = digits == found[0]
        if digits[0] in FIRST and (not gapless or len(digits) == PLAIN_LENGTH) and _checks(digits):
            return True
    return False


def _checks(digits: str) -> bool:
    """Say whether the last digit is the one of Luhn's formula (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
