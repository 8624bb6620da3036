"""Disputes about an invoice: their life as a table (pure). docs/lives/dispute.md draws it.

An invoice in dispute is not dunned and waits for its money (DOMAIN D3). Settled for the customer, what he was right
about is taken off by an adjustment.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final


class DisputeState(StrEnum):
    """Where a dispute is in its life."""

    OPEN = "open"
    UPHELD = "upheld"
    """The customer was right, in whole or in part."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DisputeEvent(StrEnum):
    """How a dispute ends."""

    UPHOLD = "uphold"
    REJECT = "reject"
    WITHDRAW = "withdraw"


TRANSITIONS: Final[dict[tuple[DisputeState, DisputeEvent], DisputeState]] = {
    (DisputeState.OPEN, DisputeEvent.UPHOLD): DisputeState.UPHELD,
    (DisputeState.OPEN, DisputeEvent.REJECT): DisputeState.REJECTED,
    (DisputeState.OPEN, DisputeEvent.WITHDRAW): DisputeState.WITHDRAWN,
}


def advance(state: DisputeState, event: DisputeEvent) -> DisputeState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))


def raising_refusal(amount: Decimal, billed: Decimal, *, is_open: bool) -> str:
    """Return the code of what forbids raising a dispute about an invoice, "" for nothing."""
    if is_open:
        return "dispute-open-already"
    return "" if 0 < amount <= billed else "dispute-amount"


def settling_refusal(state: DisputeState, event: DisputeEvent, credit: Decimal, disputed: Decimal) -> str:
    """Return the code of what forbids settling a dispute in this way, "" for nothing."""
    if advance(state, event) is None:
        return "dispute-settled-already"
    if event is DisputeEvent.UPHOLD:
        return "" if 0 < credit <= disputed else "dispute-credit"
    return "" if credit == 0 else "dispute-credit"
