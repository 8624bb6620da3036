"""What is to be posted, what is wrong with it, and what became of it (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from crm_core import money
from crm_core.ledger.allocation import Target
from crm_core.ledger.kinds import BY_HAND, Kind, goes
from crm_core.strict import Strict

REFERENCE = 40


class Channel(StrEnum):
    """How money came in."""

    BANK = "bank"
    POST = "post"
    CARD = "card"
    OFFICE = "office"
    AUTOPAY = "autopay"


REVERSAL = "reversal"
"""Channel of the row that takes a payment back."""


class Towards(Strict):
    """What a part of a payment is for: an invoice's month, or the number of an adjustment."""

    period: date | None = None
    charge: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    amount: Decimal

    @property
    def target(self) -> Target | None:
        """Key of what is paid, None when it names nothing or two things."""
        if (self.period is None) == (self.charge is None):
            return None
        return self.period if self.charge is None else self.charge


class NewPayment(Strict):
    """A payment that somebody reports."""

    amount: Decimal
    paid_on: date
    channel: Channel
    reference: Annotated[str, Field(max_length=REFERENCE)] = ""
    """The payer's or the bank's own number; the same one again is the same payment."""
    towards: Annotated[tuple[Towards, ...], Field(max_length=60)] = ()
    note: Annotated[str, Field(max_length=500)] = ""


class NewAdjustment(Strict):
    """A change of the balance that is neither an invoice nor a payment."""

    kind: Kind
    amount: Decimal
    """Above zero: the customer owes more."""
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    due_on: date | None = None
    """Until when more is to be paid; at once when left out."""
    period: date | None = None
    """The invoice it is about; what it takes off is taken off that one first."""
    reference: Annotated[str, Field(max_length=REFERENCE)] = ""


class State(StrEnum):
    """What became of a posting."""

    POSTED = "posted"
    KNOWN = "known"
    """It was posted before; nothing was done."""
    WAITING = "waiting"
    """A second person must agree."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a posting, and where it is now."""

    state: State
    rule: str = ""
    """Name of the rule that wants a second person or refused it."""
    key: str = ""
    """`2026-11-29.0` of a payment, the number of an adjustment, a dispute, a promise or an approval."""


def refused(rule: str) -> Outcome:
    """Return the outcome of what a rule forbids."""
    return Outcome(state=State.REFUSED, rule=rule)


def is_amount(amount: Decimal) -> bool:
    """Whether an amount can be posted: finite, in whole cents, not nothing, not more than a column holds."""
    if not amount.is_finite() or not amount or abs(amount) > money.LARGEST:
        return False
    return amount == money.rounded(amount)


def wrong_payment(wanted: NewPayment, opened_on: date, today: date) -> str:
    """Return the code of what is wrong with a payment by itself, "" for nothing."""
    if not is_amount(wanted.amount) or wanted.amount < 0:
        return "payment-amount"
    if wanted.paid_on > today:
        return "payment-in-future"
    return "payment-before-account" if wanted.paid_on < opened_on else ""


def wrong_directions(wanted: NewPayment, still_open: Mapping[Target, Decimal]) -> str:
    """Return the code of what is wrong with what a payment is directed to, "" for nothing."""
    sums: dict[Target, Decimal] = {}
    for one in wanted.towards:
        if one.target is None or one.target not in still_open:
            return "direction-unknown"
        if not is_amount(one.amount) or one.amount < 0:
            return "direction-amount"
        sums[one.target] = sums.get(one.target, money.ZERO) + one.amount
    if sum(sums.values(), money.ZERO) > wanted.amount:
        return "direction-above-payment"
    return "direction-above-open" if any(amount > still_open[key] for key, amount in sums.items()) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an adjustment is held against."""

    today: date
    credit: Decimal
    periods: Sequence[date] = field(default=())
    """Months that were billed."""
    reconnection_cap: Decimal | None = None
    """What a reconnection costs at most; None: no cap."""


def wrong_adjustment(wanted: NewAdjustment, situation: Situation, *, by_hand: bool = True) -> str:
    """Return the code of what is wrong with an adjustment, "" for nothing."""
    cap = situation.reconnection_cap if wanted.kind is Kind.RECONNECTION else None
    faults = {
        "adjustment-kind": by_hand and wanted.kind not in BY_HAND,
        "adjustment-amount": not is_amount(wanted.amount),
        "adjustment-sign": not goes(wanted.kind, wanted.amount),
        "adjustment-reason": not wanted.reason.strip(),
        "adjustment-period": wanted.period is not None and wanted.period not in situation.periods,
        "adjustment-due": wanted.due_on is not None and wanted.due_on < situation.today,
        "refund-above-credit": wanted.kind is Kind.REFUND and not wanted.amount <= situation.credit,
        "reconnection-above-cap": cap is not None and wanted.amount > cap,
    }
    return next((code for code, is_so in faults.items() if is_so), "")
