"""Orders to restrict a supply for debt: whether one may be given, and its life (pure). docs/lives/restriction.md.

Rules of DOMAIN D3 (government decree 354, articles 117 to 120, as data with a default): more than two monthly charges,
twenty days after a warning that provably arrived; never where life depends on power, in dispute, under a moratorium,
after a death, or while a plan is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from crm_core.ledger.notices import NoticeKind, NoticeState
from crm_core.strict import Strict

FORBIDDEN: Final[Mapping[str, str]] = {
    "life_support": "restriction-life-support",
    "dispute": "restriction-on-dispute",
    "moratorium": "restriction-on-moratorium",
    "deceased": "restriction-on-deceased",
}
"""Flags of an account or a customer, or his status, that forbid an order, with the refusal's code."""


class Kind(StrEnum):
    """How far a supply is restricted."""

    RESTRICT = "restrict"
    CUT_OFF = "cut_off"


class OrderState(StrEnum):
    """Where an order is in its life."""

    ORDERED = "ordered"
    DONE = "done"
    LIFTED = "lifted"
    CANCELLED = "cancelled"


class OrderEvent(StrEnum):
    """What happens to an order."""

    CARRIED_OUT = "the supply was restricted"
    RESTORED = "the supply flows again"
    CALLED_OFF = "called off by a person"


TRANSITIONS: Final[dict[tuple[OrderState, OrderEvent], OrderState]] = {
    (OrderState.ORDERED, OrderEvent.CARRIED_OUT): OrderState.DONE,
    (OrderState.ORDERED, OrderEvent.CALLED_OFF): OrderState.CANCELLED,
    (OrderState.DONE, OrderEvent.RESTORED): OrderState.LIFTED,
}


class RestrictionRule(Strict):
    """When a supply may be restricted."""

    months: Annotated[Decimal, Field(ge=0, le=60)] = Decimal(2)
    """More than so many monthly charges must be overdue."""
    notice_days: Annotated[int, Field(ge=0, le=365)] = 20
    """So many days after the warning provably arrived."""
    source: Annotated[str, Field(max_length=400)] = "government decree 354, articles 117 to 120"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A notice of an account, as far as an order asks for it."""

    kind: str
    status: str
    on: date
    """When it was known to have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an account looks like to somebody who orders a restriction."""

    overdue: Decimal
    monthly: Decimal
    """The usual charge of a month."""
    flags: Collection[str]
    warned_on: date | None
    """When the last warning provably arrived (`warning`)."""
    has_standing: bool = False
    """An order stands already."""
    plan_is_kept: bool = False


def advance(state: OrderState, event: OrderEvent) -> OrderState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))


def warning(notices: Collection[Warned]) -> date | None:
    """Return when the newest warning of a restriction provably arrived, None when none did."""
    arrived = (NoticeKind.RESTRICTION_WARNING, NoticeState.DELIVERED)
    return max((one.on for one in notices if (one.kind, one.status) == arrived), default=None)


def not_before(warned_on: date, rule: RestrictionRule) -> date:
    """Return the first day on which the supply may be restricted."""
    return warned_on + timedelta(rule.notice_days + 1)


def refusal(standing: Standing, rule: RestrictionRule) -> str:
    """Return the code of the rule that forbids an order, "" when it may be given."""
    for flag, code in FORBIDDEN.items():
        if flag in standing.flags:
            return code
    if standing.has_standing:
        return "restriction-ordered-already"
    if standing.plan_is_kept:
        return "restriction-on-plan"
    if standing.overdue <= 0 or standing.overdue <= standing.monthly * rule.months:
        return "restriction-debt-too-small"
    return "restriction-without-warning" if standing.warned_on is None else ""


def too_early(not_before_: date, on: date) -> bool:
    """Tell whether an order may not be carried out on a day yet."""
    return on < not_before_
