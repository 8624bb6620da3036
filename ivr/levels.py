"""The identification ladder: how sure we are who calls, and how sure each piece of information wants us (pure).

A number that calls can be forged and a household shares it, so by itself it opens nothing about money (SECURITY AC11).
Whoever keys the whole account number, the last digits of the recognised one, or the number on his meter holds a bill
or stands before the meter. A PIN or the amount of the last payment is known to nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Level(IntEnum):
    """How sure we are; every rung holds the ones below it."""

    UNKNOWN = 0
    RECOGNISED = 1
    """The number that calls belongs to one account."""
    PROVED = 2
    """He keyed the account's number or its last digits, or the meter's number."""
    CONFIRMED = 3
    """He knows the PIN, or the amount of the last payment."""


class Info(StrEnum):
    """What a caller may want."""

    OUTAGE = "outage"
    TARIFF = "tariff"
    TAKE_READING = "take_reading"
    METER_REQUEST = "meter_request"
    BALANCE = "balance"
    DEBT = "debt"
    NEXT_DUE = "next_due"
    LAST_PAYMENT = "last_payment"
    LAST_READING = "last_reading"
    APPLICATION_STATUS = "application_status"
    APPLICATION = "application"
    SEND = "send"


NEEDS: Mapping[Info, Level] = MappingProxyType(
    {
        Info.OUTAGE: Level.RECOGNISED,
        Info.TARIFF: Level.RECOGNISED,
        Info.TAKE_READING: Level.RECOGNISED,
        Info.METER_REQUEST: Level.RECOGNISED,
        Info.BALANCE: Level.PROVED,
        Info.DEBT: Level.PROVED,
        Info.NEXT_DUE: Level.PROVED,
        Info.LAST_PAYMENT: Level.PROVED,
        Info.LAST_READING: Level.PROVED,
        Info.APPLICATION_STATUS: Level.PROVED,
        Info.APPLICATION: Level.PROVED,
        Info.SEND: Level.PROVED,
    }
)
"""The rung each thing wants; a flow may ask for a higher one (`level:`), never for a lower one."""


def needed(info: Info, *, pinned: bool, asked: Level = Level.UNKNOWN) -> Level:
    """Return the rung that a caller must stand on.

    Args:
        info: what he wants.
        pinned: the account has a PIN: whoever set one wants it asked before anything that needs a proof.
        asked: what the flow wants.

    """
    least = max(NEEDS[info], asked)
    return Level.CONFIRMED if pinned and least >= Level.PROVED else least
