"""What one person may not post alone, and the life of such a wish as a table (pure; AC44: four eyes).

docs/lives/approval.md draws the table. What was refused or withdrawn is never posted; asking again is a new wish.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from crm_core.card import Part


class What(StrEnum):
    """What is to be posted."""

    ADJUSTMENT = "adjustment"
    PAYMENT = "payment"
    REVERSAL = "reversal"


class ApprovalState(StrEnum):
    """Where a wish is in its life."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ApprovalEvent(StrEnum):
    """What is done about a wish."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


TRANSITIONS: Final[dict[tuple[ApprovalState, ApprovalEvent], ApprovalState]] = {
    (ApprovalState.WAITING, ApprovalEvent.APPROVE): ApprovalState.APPROVED,
    (ApprovalState.WAITING, ApprovalEvent.REFUSE): ApprovalState.REFUSED,
    (ApprovalState.WAITING, ApprovalEvent.WITHDRAW): ApprovalState.WITHDRAWN,
}


class Limits(Part):
    """What one person may post alone."""

    adjustment: Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 9)] = Decimal("1000.00")
    """Adjustments and reversals of one person to one account in a day, signs left out, in the account's currency."""
    back_days: Annotated[int, Field(ge=0, le=3650)] = 5
    """A payment may be dated back so many days."""


def advance(state: ApprovalState, event: ApprovalEvent) -> ApprovalState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))


def objection_to_amount(amount: Decimal, already: Decimal, limits: Limits) -> str:
    """Return why one person is not enough for an adjustment or a reversal, "" when he is.

    Args:
        amount: to be posted.
        already: what the same person posted alone to the account on that day, signs left out: many small ones are one.
        limits: what is in force.
    """
    return "above-limit" if abs(amount) + already > limits.adjustment else ""


def objection_to_day(paid_on: date, today: date, limits: Limits) -> str:
    """Return why one person is not enough for a payment's day, "" when he is."""
    return "back-dated" if paid_on < today - timedelta(limits.back_days) else ""


def refusal(state: ApprovalState, event: ApprovalEvent, asked_by: int, by: int) -> str:
    """Return the code of what forbids a person to decide on a wish, "" for nothing."""
    if advance(state, event) is None:
        return "approval-decided-already"
    if event is ApprovalEvent.WITHDRAW:
        return "" if by == asked_by else "approval-not-yours"
    return "approval-own" if by == asked_by else ""
