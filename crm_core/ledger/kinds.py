"""Kinds of adjustments and which way each may go (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

INVOICE = "invoice"
"""What an invoice is called where it stands beside adjustments."""


class Kind(StrEnum):
    """Why an account's balance was moved other than by an invoice or a payment."""

    PENALTY = "penalty"
    """For paying late, by the rule in force."""
    FEE = "fee"
    """Visit, copy of a document."""
    RECONNECTION = "reconnection"
    """Putting supply back after a restriction; the rules cap it."""
    CORRECTION = "correction"
    """A bill was wrong; either way."""
    REFUND = "refund"
    """Money given back to the customer out of a credit."""
    WAIVER = "waiver"
    """A penalty or a fee let go."""
    GOODWILL = "goodwill"
    WRITE_OFF = "write_off"
    """A debt that is given up: limitation, no estate, a court said so."""
    DISPUTE = "dispute"
    """A dispute was settled for the customer."""
    OPENING = "opening"
    """What an account brought with it from an older system."""


class Way(StrEnum):
    """Which sign an amount may have."""

    MORE = "more"
    """The customer owes more: above zero."""
    LESS = "less"
    EITHER = "either"


WAYS: Mapping[Kind, Way] = {
    Kind.PENALTY: Way.MORE,
    Kind.FEE: Way.MORE,
    Kind.RECONNECTION: Way.MORE,
    Kind.CORRECTION: Way.EITHER,
    Kind.REFUND: Way.MORE,
    Kind.WAIVER: Way.LESS,
    Kind.GOODWILL: Way.LESS,
    Kind.WRITE_OFF: Way.LESS,
    Kind.DISPUTE: Way.LESS,
    Kind.OPENING: Way.EITHER,
}
BY_HAND = (
    Kind.CORRECTION, Kind.FEE, Kind.RECONNECTION, Kind.WAIVER, Kind.GOODWILL, Kind.WRITE_OFF, Kind.REFUND, Kind.PENALTY,
)  # fmt: skip
"""What people may post; the others are posted by the house itself."""


def goes(kind: Kind, amount: Decimal) -> bool:
    """Whether an amount has a sign that its kind may have; nothing may be zero."""
    way = WAYS[kind]
    if not amount.is_finite():
        return False
    return amount > 0 if way is Way.MORE else amount < 0 if way is Way.LESS else amount != 0
