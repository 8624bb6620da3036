"""Plans to pay a debt off by instalments: which may be made, and their life as a table (pure). docs/lives/plan.md.

Instalments are those of the arrangement that is printed (`documents.content.instalments_of`): equal, a month apart.
Money counts for the first that is not met yet; how much came in since the plan was made says which are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from typing import Annotated, Final

from pydantic import Field

from crm_core.documents.content import Instalment, instalments_of
from crm_core.strict import Strict

NO_PLAN: Mapping[str, str] = {
    "dispute": "plan-on-dispute",
    "bankrupt": "plan-on-bankrupt",
    "deceased": "plan-on-deceased",
}
"""Flags of an account or a customer that forbid a plan, with the refusal's code."""


class PlanState(StrEnum):
    """Where a plan is in its life."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class PlanEvent(StrEnum):
    """What happens to a plan."""

    PAID = "all of it was paid"
    MISSED = "grace over, an instalment was not paid"
    CALLED_OFF = "called off by a person"


TRANSITIONS: Final[dict[tuple[PlanState, PlanEvent], PlanState]] = {
    (PlanState.OPEN, PlanEvent.PAID): PlanState.KEPT,
    (PlanState.OPEN, PlanEvent.MISSED): PlanState.BROKEN,
    (PlanState.OPEN, PlanEvent.CALLED_OFF): PlanState.CANCELLED,
}


class PlanRule(Strict):
    """What may be agreed, and when it counts as broken."""

    most_parts: Annotated[int, Field(ge=2, le=36)] = 12
    """Monthly instalments at most."""
    first_days: Annotated[int, Field(ge=0, le=365)] = 31
    """The first is due at most so many days ahead."""
    grace_days: Annotated[int, Field(ge=0, le=60)] = 5
    """So many days after an instalment's day its money still counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is agreed."""

    amount: Decimal
    parts: int
    first_on: date

    @property
    def instalments(self) -> tuple[Instalment, ...]:
        """Equal parts, a month apart; they add up exactly."""
        return instalments_of(self.amount, self.parts, self.first_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a plan is."""

    met: int
    """Instalments paid in full, from the first on."""
    next_due: Instalment | None
    """The first that is not."""
    missing: Decimal
    """What is left of that one."""


def advance(state: PlanState, event: PlanEvent) -> PlanState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))


def refusal(  # noqa: PLR0913 -- what is wanted and what it is held against
    terms: Terms, owed: Decimal, flags: Collection[str], rule: PlanRule, today: date, *, has_open: bool
) -> str:
    """Return the code of the rule that forbids a plan, "" when it may be made.

    Args:
        terms: what somebody wants to agree.
        owed: open and not in dispute.
        flags: of the account and its customer.
        rule: what is in force.
        today: the day it would be made.
        has_open: a plan stands already.
    """
    for flag, code in NO_PLAN.items():
        if flag in flags:
            return code
    faults = {
        "plan-open-already": has_open,
        "plan-of-nothing": terms.amount <= 0,
        "plan-above-debt": terms.amount > owed,
        "plan-parts": not 2 <= terms.parts <= rule.most_parts,
        "plan-first-day": not today <= terms.first_on <= today + timedelta(rule.first_days),
    }
    return next((code for code, is_so in faults.items() if is_so), "")


def progress(terms: Terms, paid: Decimal) -> Progress:
    """Return how far a plan is when so much came in since it was made."""
    parts = terms.instalments
    sums = list(accumulate(part.amount for part in parts))
    met = sum(1 for sum_ in sums if sum_ <= paid)
    if met == len(parts):
        return Progress(met=met, next_due=None, missing=Decimal("0.00"))
    return Progress(met=met, next_due=parts[met], missing=sums[met] - max(paid, Decimal("0.00")))


def outcome(terms: Terms, came_in: Sequence[tuple[date, Decimal]], rule: PlanRule, today: date) -> PlanEvent | None:
    """Return what has become of an open plan, None while it stands.

    Args:
        terms: of the plan.
        came_in: money since it was made by its day, reversals below zero.
        rule: what is in force.
        today: the day of asking.
    """
    wanted = Decimal("0.00")
    for part in terms.instalments:
        wanted += part.amount
        last = part.due_on + timedelta(rule.grace_days)
        if sum((amount for day, amount in came_in if day <= last), Decimal("0.00")) < wanted and today > last:
            return PlanEvent.MISSED
    total = sum((amount for _, amount in came_in), Decimal("0.00"))
    return PlanEvent.PAID if total >= terms.amount else None
