"""Tariffs: versions with their days, prices by zone and by tier, VAT (pure).

A version of a tariff is its code and the day it begins; a newer version ends the one before it. Prices are per kWh (or
the service's own unit), exact, as the utility publishes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
LONGEST_NAME = 100
MOST_PRICE: Final = Decimal("99999.9999")
MOST_TIER: Final = Decimal(1_000_000)
MOST_TIERS = 6


class Zone(StrEnum):
    """What a register counts; the words of tariffs and of registers are the same."""

    SINGLE = "single"
    DAY = "day"
    NIGHT = "night"
    PEAK = "peak"
    HALF_PEAK = "half_peak"
    EXPORT = "export"
    """Given back to the network."""


SETS: Final = (
    frozenset({Zone.SINGLE}),
    frozenset({Zone.DAY, Zone.NIGHT}),
    frozenset({Zone.PEAK, Zone.HALF_PEAK, Zone.NIGHT}),
)
"""Zones that make a day whole; each may have `export` beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Prices up to an amount a month: a social norm, then the rest."""

    up_to: Decimal | None
    """Units a month, None for all above."""
    prices: Mapping[Zone, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffFacts:
    """One version of a tariff."""

    code: str
    name: str
    valid_from: date
    tiers: tuple[Tier, ...]
    """The cheapest first, the last one without an end; one tier for a tariff without any."""
    vat: Decimal | None
    """Per cent that prices include, None when not said."""


class Fault(StrEnum):
    """Why a tariff may not be so; the sentences are the page's."""

    CODE = "tariff-code"
    NAME = "tariff-name"
    ZONES = "tariff-zones"
    PRICE = "tariff-price"
    TIERS = "tariff-tiers"
    VAT = "tariff-vat"
    DAY = "tariff-day"


def faults(facts: TariffFacts, newest: date | None, today: date) -> dict[str, Fault]:
    """Return what is wrong with a version of a tariff, by field.

    Args:
        facts: as typed.
        newest: when the newest version of the same code begins, None for a new code.
        today: at the utility; what was billed already is not changed.

    """
    found: dict[str, Fault] = {}
    if not CODE.fullmatch(facts.code):
        found["code"] = Fault.CODE
    if not facts.name or len(facts.name) > LONGEST_NAME:
        found["name"] = Fault.NAME
    if facts.vat is not None and not 0 <= facts.vat < 100:
        found["vat"] = Fault.VAT
    if facts.valid_from < today or (newest is not None and facts.valid_from <= newest):
        found["valid_from"] = Fault.DAY
    if fault := _tier_fault(facts.tiers):
        found["tiers"] = fault
    return found


def _tier_fault(tiers: Sequence[Tier]) -> Fault | None:
    if not 1 <= len(tiers) <= MOST_TIERS:
        return Fault.TIERS
    zones = {frozenset(one.prices) for one in tiers}
    if len(zones) != 1 or (next(iter(zones)) - {Zone.EXPORT}) not in SETS:
        return Fault.ZONES
    if any(not 0 <= price <= MOST_PRICE for one in tiers for price in one.prices.values()):
        return Fault.PRICE
    ends = [one.up_to for one in tiers]
    if ends[-1] is not None or any(end is None or not 0 < end <= MOST_TIER for end in ends[:-1]):
        return Fault.TIERS
    limits = [end for end in ends[:-1] if end is not None]
    return Fault.TIERS if any(after <= before for before, after in pairwise(limits)) else None


def stored(tiers: Sequence[Tier]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return prices and tiers as the columns keep them: the prices of the last tier, and the tiers when there are many.

    Numbers are text, so that JSON does not make floats of them.
    """
    prices = {zone.value: str(price) for zone, price in tiers[-1].prices.items()}
    if len(tiers) == 1:
        return prices, []
    kept = [
        {
            "up_to": None if one.up_to is None else str(one.up_to),
            "prices": {zone.value: str(price) for zone, price in one.prices.items()},
        }
        for one in tiers
    ]
    return prices, kept


def tiers_of(prices: Mapping[str, str], tiers: Sequence[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """Read what `stored` wrote; a price of a zone that is not known is left out."""
    rows: Sequence[Mapping[str, Any]] = tiers or [{"up_to": None, "prices": prices}]
    known = set(Zone)
    return tuple(
        Tier(
            up_to=None if one["up_to"] is None else Decimal(one["up_to"]),
            prices={Zone(zone): Decimal(price) for zone, price in one["prices"].items() if zone in known},
        )
        for one in rows
    )
