"""Calls that operators place by themselves, without a caller: a colleague, or a number of the office's list (pure).

The floor rings the operator's own telephone; its leg then dials alone (`[placed]` of the dialplan), so that the floor
may go and the talk stays. No caller comes meanwhile: who stood ready is not ready for as long, and ready again after.
Whether a number may be called was judged before; how often and how many at once is judged here, as for a transfer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from routing.effects import OutsideRefused
from routing.operator import NOT_READY, READY, Operator, Step
from routing.transfers import NO_OUTSIDE, NODE_AWAY, NOT_FREE, NUMBER
from routing.views import OperatorId
from routing.wishes import PlaceCall
from telephony.commands import Originate
from telephony.events import LegId, LegSeen, Node

if TYPE_CHECKING:
    from routing.hall import Hall

PLACED: Final = "placed-"
"""Beginning of such a leg's id."""
CONTEXT: Final = "placed"
CALLING = "calling"
"""Reason of who is not ready because he calls somebody."""
PHONE_BUSY: Final = "phone-busy"
RING_MS: Final = 20_000
"""How long his own telephone rings, when it does not answer by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One such call."""

    operator_id: OperatorId
    node: Node
    outside: bool
    """To a number of the public network."""
    was_ready: bool


def place(hall: Hall, operator: Operator, wish: PlaceCall, now: datetime) -> str:  # noqa: PLR0911 - one for each refusal
    """Ring the operator's telephone and let it dial; return "" when it is ordered, else why not."""
    if operator.state not in {READY, NOT_READY} or operator.call_id is not None:
        return NOT_FREE
    linked = operator.idle_nodes & set(hall.linked())
    if not operator.idle_nodes or any(one.operator_id == operator.operator_id for one in hall.placed.values()):
        return PHONE_BUSY
    if not linked:
        return NODE_AWAY
    if wish.to == "operator":
        target = hall.operators.get(wish.operator) if wish.operator is not None else None
        there = linked & target.idle_nodes if target is not None and target.operator_id != operator.operator_id else ()
        if target is None or not there or target.state not in {READY, NOT_READY}:
            return NOT_FREE
        return _dial(hall, operator, min(there), {"BUSBAR_EXTENSION": target.extension}, target.extension, now)
    node = next((one for one in sorted(linked) if hall.way_out(one, wish.number) is not None), None)
    if node is None or not NUMBER.fullmatch(wish.number):
        return NO_OUTSIDE
    caps, lines = hall.rules.outward_caps, hall.legs_outside()
    refusal = hall.spent.take(caps, operator.operator_id, wish.number, lines, hall.today(now), now)
    if refusal:
        hall.record(
            OutsideRefused(operator_id=operator.operator_id, call_id="", number=wish.number, reason=refusal, at=now)
        )
        return refusal
    return _dial(hall, operator, node, {"BUSBAR_NUMBER": wish.number}, wish.number, now)


def _dial(hall: Hall, operator: Operator, node: Node, to: dict[str, str], shown: str, now: datetime) -> str:  # noqa: PLR0913, PLR0917 - who, where, whom
    leg = LegId(PLACED + hall.new_leg().removeprefix("offer-"))
    was_ready = operator.state is READY
    hall.placed[leg] = Placed(
        operator_id=operator.operator_id, node=node, outside="BUSBAR_NUMBER" in to, was_ready=was_ready
    )
    if was_ready:
        hall.step(operator.operator_id, Step.MAKE_NOT_READY, now, reason=CALLING)
    hall.order(
        Originate(
            node=node, leg=leg, device=operator.device_at(node), context=CONTEXT, timeout_ms=RING_MS,
            caller_number=shown, caller_name="",
            variables={
                **to,
                "BUSBAR_FROM": operator.extension,
                "PJSIP_HEADER(add,X-Busbar-Call)": leg,
                "PJSIP_HEADER(add,X-Busbar-Answer)": "auto",
            },
        )
    )  # fmt: skip
    return ""


def ended(hall: Hall, leg: LegId, now: datetime) -> None:
    """The call is over, or never came to be: who stood ready before does so again."""
    one = hall.placed.pop(leg, None)
    operator = hall.operators.get(one.operator_id) if one is not None else None
    if one is None or operator is None or not one.was_ready:
        return
    if _calls(operator):
        hall.step(operator.operator_id, Step.MAKE_READY, now)


# --- after a restart -------------------------------------------------------------------------------------------------


def found(hall: Hall, event: LegSeen) -> None:
    """Know such a call again by its leg; who is not ready because he calls stood ready before."""
    operator_id = hall.operator_at(event.channel)
    operator = hall.operators.get(operator_id) if operator_id is not None else None
    if not event.leg.startswith(PLACED) or operator is None or event.leg in hall.placed:
        return
    hall.placed[event.leg] = Placed(
        operator_id=operator.operator_id, node=event.node, outside=bool(event.variables.get("BUSBAR_NUMBER")),
        was_ready=_calls(operator),
    )  # fmt: skip


def missing(hall: Hall, node: Node, seen: Collection[LegId], now: datetime) -> None:
    """Calls of a node whose legs it did not tell are over, and so are those that ended while nobody looked."""
    for leg in [leg for leg, one in hall.placed.items() if one.node == node and leg not in seen]:
        ended(hall, leg, now)
    still = {one.operator_id for one in hall.placed.values()}
    for operator in [one for one in hall.operators.values() if _calls(one) and one.operator_id not in still]:
        hall.step(operator.operator_id, Step.MAKE_READY, now)


def _calls(operator: Operator) -> bool:
    return operator.state is NOT_READY and operator.reason == CALLING
