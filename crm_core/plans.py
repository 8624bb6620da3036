"""Plans to pay off a debt in parts: which may be agreed, what is paid of them, their life (pure). docs/lives/plan.md.

A plan that was settled stays settled; a new one may be agreed instead. Money that came in since the day a plan was
made pays its parts in their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from crm_core import money
from crm_core.ledger.promises import Standing
from crm_core.strict import Strict

MOST_PARTS: Final = 36
NO_PLAN: Final[Mapping[str, str]] = {
    "dispute": "plan-on-dispute",
    "bankrupt": "plan-on-bankrupt",
    "deceased": "plan-on-deceased",
}
"""Flags of an account or a customer that forbid a plan, with the refusal's code (AC40)."""


class PlanState(StrEnum):
    """Where a plan is in its life."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class PlanEvent(StrEnum):
    """What happens to a plan."""

    PAID = "all of it was paid"
    MISSED = "grace of a part over, less was paid"
    CALLED_OFF = "called off by a person"


TRANSITIONS: Final[dict[tuple[PlanState, PlanEvent], PlanState]] = {
    (PlanState.OPEN, PlanEvent.PAID): PlanState.KEPT,
    (PlanState.OPEN, PlanEvent.MISSED): PlanState.BROKEN,
    (PlanState.OPEN, PlanEvent.CALLED_OFF): PlanState.CANCELLED,
}


class PartState(StrEnum):
    """How a part of a plan stands."""

    PAID = "paid"
    DUE = "due"
    """Not paid, and it may still be."""
    MISSED = "missed"


class PlanRule(Strict):
    """What may be agreed, and when it counts as broken."""

    most_parts: Annotated[int, Field(ge=1, le=MOST_PARTS)] = 12
    first_days: Annotated[int, Field(ge=0, le=180)] = 31
    """The first part is due within so many days."""
    grace_days: Annotated[int, Field(ge=0, le=60)] = 3
    """So many days after a part's day money still counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a plan."""

    number: int
    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidPart:
    """A part, and how it stands."""

    part: Part
    paid: Decimal
    state: PartState


def advance(state: PlanState, event: PlanEvent) -> PlanState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))


def refusal(amount: Decimal, parts: Sequence[Part], standing: Standing, rule: PlanRule, today: date) -> str:
    """Return the code of the rule that forbids a plan, "" when it may be agreed.

    Args:
        amount: all that is to be paid.
        parts: in the order in which they are due (`crm_core.documents.content.instalments_of`).
        standing: of the account.
        rule: in force.
        today: at the premises.

    """
    for flag, code in NO_PLAN.items():
        if flag in standing.flags:
            return code
    if amount <= 0 or not parts:
        return "plan-of-nothing"
    first = parts[0].due_on
    faults = {
        "plan-open-already": standing.has_open,
        "plan-above-debt": amount > standing.owed,
        "plan-too-many-parts": len(parts) > rule.most_parts,
        "plan-in-past": first < today,
        "plan-too-late": first > today + timedelta(rule.first_days),
    }
    return next((code for code, is_so in faults.items() if is_so), "")


def stand(parts: Sequence[Part], paid: Decimal, rule: PlanRule, today: date) -> tuple[PaidPart, ...]:
    """Return how each part stands when `paid` came in since the plan was made."""
    left = max(paid, money.ZERO)
    found = []
    for part in parts:
        covered = min(left, part.amount)
        left -= covered
        late = today > part.due_on + timedelta(rule.grace_days)
        state = PartState.PAID if covered == part.amount else PartState.MISSED if late else PartState.DUE
        found.append(PaidPart(part=part, paid=covered, state=state))
    return tuple(found)


def outcome(parts: Sequence[Part], paid: Decimal, rule: PlanRule, today: date) -> PlanEvent | None:
    """Return what has become of an open plan, None while it goes on."""
    states = {one.state for one in stand(parts, paid, rule, today)}
    if states <= {PartState.PAID}:
        return PlanEvent.PAID
    return PlanEvent.MISSED if PartState.MISSED in states else None
