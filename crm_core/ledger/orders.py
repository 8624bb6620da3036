"""Orders to restrict supply for debt: their life as a table (pure). docs/lives/restriction-order.md draws it.

Whether one may be given is `restriction.judge`'s word, asked when it is given and again on the day it is carried out:
who has paid, agreed on a plan or fallen under a shield meanwhile keeps his supply.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from crm_core.ledger.restriction import Restriction


class OrderKind(StrEnum):
    """What is done to the supply; the values are those of `crm_core.parties.Supply`."""

    RESTRICTED = "restricted"
    """Less of it, or at times only."""
    CUT_OFF = "cut_off"


class OrderState(StrEnum):
    """Where an order is in its life."""

    GIVEN = "given"
    CARRIED_OUT = "carried_out"
    LIFTED = "lifted"
    """The supply is back."""
    WITHDRAWN = "withdrawn"
    """Before anything was done."""


class OrderEvent(StrEnum):
    """What happens to an order."""

    CARRY_OUT = "carry_out"
    LIFT = "lift"
    WITHDRAW = "withdraw"


TRANSITIONS: Final[dict[tuple[OrderState, OrderEvent], OrderState]] = {
    (OrderState.GIVEN, OrderEvent.CARRY_OUT): OrderState.CARRIED_OUT,
    (OrderState.GIVEN, OrderEvent.WITHDRAW): OrderState.WITHDRAWN,
    (OrderState.CARRIED_OUT, OrderEvent.LIFT): OrderState.LIFTED,
}
STANDING = frozenset({OrderState.GIVEN, OrderState.CARRIED_OUT})
"""An account has one of these at most."""


def advance(state: OrderState, event: OrderEvent) -> OrderState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))


def giving_refusal(found: Restriction, planned_on: date, today: date, *, stands: bool, supplied: bool) -> str:
    """Return the code of what forbids giving an order, "" for nothing.

    Args:
        found: whether supply may be restricted today, or from which day on.
        planned_on: the day on which it shall be carried out.
        today: at the premises.
        stands: an order stands already.
        supplied: there is an agreement whose supply flows.

    """
    if stands:
        return "restriction-ordered-already"
    if not supplied:
        return "restriction-no-supply"
    # An order may be given while the days after the warning still run, for a day when they are over.
    if found.rule and found.rule != "restriction-too-early":
        return found.rule
    if planned_on < today:
        return "restriction-day-past"
    if found.possible_on is not None and planned_on < found.possible_on:
        return "restriction-too-early"
    return ""


def step_refusal(state: OrderState, event: OrderEvent, found: Restriction, planned_on: date, today: date) -> str:
    """Return the code of what forbids a step of an order, "" for nothing."""
    if advance(state, event) is None:
        return "restriction-out-of-turn"
    if event is not OrderEvent.CARRY_OUT:
        return ""
    return found.rule or ("restriction-too-early" if today < planned_on else "")
