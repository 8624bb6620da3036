"""What may be said of an account's bills, of premises and of meters, and what is wrong with it (pure).

Words of DOMAIN D1 (CIM 61968-9, ESPI): billing cycle and how bills come, residents, area and place of premises, seal,
verification, AMR and point of a meter. What counts (digits, registers, readings) is not changed here: a meter is
exchanged (`store.exchanges`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from crm_core.parties import Channel, Fault

LAST_BILLING_DAY = 28
"""Every month has it."""
MOST_RESIDENTS = 999
LARGEST_AREA: Final = Decimal("9999999.9")
LONGEST_SEAL = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What can be changed of how an account is billed."""

    billing_day: int | None
    """Of the month, None for the day of everybody."""
    bill_by: str
    """A `Channel` by which bills and notices come, "" when nothing was agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesFacts:
    """What can be said of premises beside their address."""

    residents: int | None
    area: Decimal | None
    """Square metres that are heated."""
    latitude: Decimal | None
    longitude: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFacts:
    """What an inspector finds or does at a meter."""

    seal: str
    sealed_on: date | None
    verified_on: date | None
    verification_due: date | None
    amr: bool
    virtual: bool
    point_id: int | None
    """The service point it measures."""


def account_faults(facts: AccountFacts) -> dict[str, Fault]:
    """Return what is wrong with how an account is billed, by field."""
    found: dict[str, Fault] = {}
    if facts.billing_day is not None and not 1 <= facts.billing_day <= LAST_BILLING_DAY:
        found["billing_day"] = Fault.NOT_A_BILLING_DAY
    if facts.bill_by and facts.bill_by not in set(Channel):
        found["bill_by"] = Fault.NOT_IN_LIST
    return found


def premises_faults(facts: PremisesFacts) -> dict[str, Fault]:
    """Return what is wrong with premises, by field."""
    found: dict[str, Fault] = {}
    if facts.residents is not None and not 0 <= facts.residents <= MOST_RESIDENTS:
        found["residents"] = Fault.TOO_MANY_RESIDENTS
    if facts.area is not None and not 0 < facts.area <= LARGEST_AREA:
        found["area"] = Fault.NOT_AN_AREA
    half = (facts.latitude is None) != (facts.longitude is None)
    if half or (facts.latitude is not None and not -90 <= facts.latitude <= 90):
        found["latitude"] = Fault.NOT_A_PLACE
    elif facts.longitude is not None and not -180 <= facts.longitude <= 180:
        found["longitude"] = Fault.NOT_A_PLACE
    return found


def meter_faults(facts: MeterFacts, installed_on: date, today: date) -> dict[str, Fault]:
    """Return what is wrong with a meter, by field.

    Args:
        facts: as they shall be.
        installed_on: of the meter; a verification may be older, a seal may not.
        today: at the premises.

    """
    found: dict[str, Fault] = {}
    if facts.sealed_on is not None and not installed_on <= facts.sealed_on <= today:
        found["sealed_on"] = Fault.SEALED_WHEN
    elif facts.sealed_on is not None and not facts.seal:
        found["seal"] = Fault.NEEDED
    if facts.verified_on is not None and facts.verified_on > today:
        found["verified_on"] = Fault.IN_FUTURE
    due, done = facts.verification_due, facts.verified_on
    if due is not None and done is not None and due <= done:
        found["verification_due"] = Fault.DUE_BEFORE
    return found
