"""Promises to pay: which may be made, and their life as a table (pure). docs/lives/promise.md draws it.

Rules of this file: every change of a promise's state is in `TRANSITIONS`; a promise that was settled stays settled, a
new one may be made instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from crm_core.strict import Strict

HUNDRED = Decimal(100)
NO_PROMISE: Mapping[str, str] = {
    "dispute": "promise-on-dispute",
    "bankrupt": "promise-on-bankrupt",
    "deceased": "promise-on-deceased",
}
"""Flags of an account or a customer that forbid taking a promise, with the refusal's code (AC40)."""


class PromiseState(StrEnum):
    """Where a promise is in its life (DOMAIN D3)."""

    OPEN = "open"
    KEPT = "kept"
    PART_KEPT = "part_kept"
    BROKEN = "broken"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"


class PromiseEvent(StrEnum):
    """What happens to a promise."""

    PAID = "paid as promised"
    PAID_LESS = "grace over, less was paid"
    NOT_PAID = "grace over, nothing was paid"
    PUT_OFF = "another promise instead"
    CALLED_OFF = "called off by a person"


TRANSITIONS: Final[dict[tuple[PromiseState, PromiseEvent], PromiseState]] = {
    (PromiseState.OPEN, PromiseEvent.PAID): PromiseState.KEPT,
    (PromiseState.OPEN, PromiseEvent.PAID_LESS): PromiseState.PART_KEPT,
    (PromiseState.OPEN, PromiseEvent.NOT_PAID): PromiseState.BROKEN,
    (PromiseState.OPEN, PromiseEvent.PUT_OFF): PromiseState.RESCHEDULED,
    (PromiseState.OPEN, PromiseEvent.CALLED_OFF): PromiseState.CANCELLED,
}


class PromiseRule(Strict):
    """What may be promised, and when it counts as kept."""

    most_days: Annotated[int, Field(ge=1, le=365)] = 30
    """A promise lies at most so many days ahead."""
    grace_days: Annotated[int, Field(ge=0, le=60)] = 3
    """So many days after the promised one money still counts (DOMAIN D3)."""
    kept_percent: Annotated[Decimal, Field(gt=0, le=100)] = HUNDRED
    """Kept when at least so much of it came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an account looks like to somebody who takes a promise."""

    owed: Decimal
    """Open and not in dispute."""
    flags: Collection[str] = ()
    """Of the account and its customer, with how the customer stands; an open dispute is the flag `dispute`."""
    has_open: bool = False
    """A promise is open already."""
    has_plan: bool = False
    """A plan of instalments stands."""


def advance(state: PromiseState, event: PromiseEvent) -> PromiseState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))


def refusal(amount: Decimal, due_on: date, standing: Standing, rule: PromiseRule, today: date) -> str:
    """Return the code of the rule that forbids a promise, "" when it may be taken (AC40)."""
    for flag, code in NO_PROMISE.items():
        if flag in standing.flags:
            return code
    faults = {
        "promise-open-already": standing.has_open,
        "promise-on-plan": standing.has_plan,
        "promise-in-past": due_on < today,
        "promise-too-far": due_on > today + timedelta(rule.most_days),
        "promise-of-nothing": amount <= 0,
        "promise-above-debt": amount > standing.owed,
    }
    return next((code for code, is_so in faults.items() if is_so), "")


def decided_on(due_on: date, rule: PromiseRule) -> date:
    """Return the first day on which it is known whether a promise was kept."""
    return due_on + timedelta(rule.grace_days + 1)


def outcome(amount: Decimal, due_on: date, paid: Decimal, rule: PromiseRule, today: date) -> PromiseEvent | None:
    """Return what has become of an open promise, None while it may still be kept.

    Args:
        amount: promised.
        due_on: until when.
        paid: what came in between the day it was made and the end of grace, reversals taken off.
        rule: what is in force.
        today: the day of asking.
    """
    if paid * HUNDRED >= amount * rule.kept_percent:
        return PromiseEvent.PAID
    if today < decided_on(due_on, rule):
        return None
    return PromiseEvent.PAID_LESS if paid > 0 else PromiseEvent.NOT_PAID
