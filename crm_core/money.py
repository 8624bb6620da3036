"""Money: exact decimals, rounded half up to two places, never float (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST = Decimal("999999999999.99")
"""What NUMERIC(14,2) holds."""
SPACES = str.maketrans("", "", " \u00a0\u2009\u202f'\u2019")


def rounded(amount: Decimal) -> Decimal:
    """Return the amount in whole cents, halves away from zero (DOMAIN D2 rule 12)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum in cents; `0.00` of nothing."""
    return rounded(sum(amounts, ZERO))


def parse(text: str) -> Decimal | None:
    """Read an amount as files spell it (`1 234,50`, `1,234.50`, `-12`), or None when it is not clearly one.

    A single separator followed by exactly three digits could be thousands or decimals: `1,234` is refused rather
    than guessed, `1,23` and `1.2` are not ambiguous.
    """
    plain = text.strip().translate(SPACES).replace("\u2212", "-")
    if len(plain) > 24 or not plain.isascii() or not plain.lstrip("+-")[:1].isdigit():
        return None
    if not set(plain.lstrip("+-")) <= set("0123456789.,"):
        return None
    number = _one_point(plain)
    if number is None:
        return None
    try:
        amount = Decimal(number)
    except InvalidOperation:
        return None
    if amount != rounded(amount) or abs(amount) > LARGEST:
        return None
    return rounded(amount)


def _one_point(plain: str) -> str | None:
    """Return the number with one decimal point, None when grouping and decimals cannot be told apart."""
    point, comma = plain.rfind("."), plain.rfind(",")
    if point < 0 and comma < 0:
        return plain
    mark = max(point, comma)
    separator, other = plain[mark], "," if plain[mark] == "." else "."
    whole, decimals = plain[:mark], plain[mark + 1 :]
    groups = whole.lstrip("+-").split(other)
    if separator in whole:
        # The same sign more than once can only be grouping: 1.234.567
        groups = plain.lstrip("+-").split(separator)
        return plain.replace(separator, "") if other not in plain and _grouped(groups) else None
    if len(groups) > 1:
        return f"{whole.replace(other, '')}.{decimals}" if _grouped(groups) else None
    return None if len(decimals) == 3 and whole.lstrip("+-0") else f"{whole}.{decimals or '0'}"


def _grouped(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
