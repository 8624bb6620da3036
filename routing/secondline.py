"""Passing on from a telephone of an operator's own: REFER, and a second line to a colleague (pure).

The switch does what the telephone asks (`[transfer]`, `[internal]` of the dialplan) as far as it leads nowhere but to
us: whom the caller gets, and whether a colleague is rung, is decided here as for a desk's wish.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from routing import asking, consults, handback, offers
from routing.asking import ASK, Consultation, Stage
from routing.calls import HELD, TALKING, WAITING, Call
from routing.consults import CONSULT
from routing.hall import Hall
from routing.operator import Operator, Step
from routing.transfers import free, part, to_queue
from routing.views import OperatorId, PassedOn
from telephony.commands import HangUp, Originate
from telephony.events import CallId, CallMarked, LegId

BUSY = 17


def at_extension(hall: Hall, extension: str) -> OperatorId | None:
    """Return whose telephone has an extension."""
    return hall.by_device.get(f"PJSIP/desk{extension}")


def referred(hall: Hall, call: Call, target: str, now: datetime) -> None:
    """The operator's telephone passed the caller on (REFER); his leg is gone, the caller stands in `transfer`."""
    if call.phase not in {TALKING, HELD} or call.operator_id is None:
        return
    call = consults.lost(hall, call, now)
    by = hall.operators[OperatorId(call.operator_id or 0)]
    passed = PassedOn(by=by.operator_id, by_name=by.name, kind="operator", to=target)
    if target in hall.queues:
        to_queue(hall, call, passed.model_copy(update={"kind": "queue"}), now)
        return
    operator = free(hall, call, at_extension(hall, target))
    if operator is not None:
        passed = passed.model_copy(update={"to": operator.name, "operator_id": operator.operator_id})
        call = part(hall, call, passed, f"operator {operator.operator_id}", now)
        offers.make(hall, call, operator.operator_id, now, why="passed-on")
        return
    # Whom he named is not free: the caller comes back, once the telephone that let him go has settled.
    call = part(hall, call, passed, "operator not free", now)
    until = now + offers.SETTLE
    hall.lineup.hold_back(call.call_id, until)
    call = hall.put_call(replace(call, phase=WAITING, operator_id=None, leg=None))
    hall.note(call, "waiting", now, detail="operator-not-free")
    hall.alarm(until, "came-back", call.call_id)


def given_back(hall: Hall, call_id: CallId, now: datetime) -> None:
    """Ring who passed a caller on to somebody who was not free, or let the caller be served by anybody."""
    hall.lineup.let_go(call_id)
    call = hall.calls.get(call_id)
    if call is None or call.phase is not WAITING or call.passed is None or call.passed.returned:
        return
    call, back = handback.returned(hall, call, "busy")
    hall.note(hall.put_call(call), "came-back", now, detail="busy")
    if back is not None:
        offers.make(hall, call, back, now, why="came-back")


def dialled(hall: Hall, event: CallMarked, now: datetime) -> None:
    """An operator rings a colleague on a second line: rung only about a caller he has, and only who is free."""
    hall.strangers.pop(event.leg, None)
    asker = hall.operators.get(hall.operator_at(event.channel) or OperatorId(0))
    call = hall.calls.get(CallId(asker.call_id)) if asker is not None and asker.call_id is not None else None
    target = None
    if asker is not None and call is not None and call.desk == asker.operator_id and call.phase in {TALKING, HELD}:
        target = free(hall, call, at_extension(hall, event.fields.get("Target", "")))
    if asker is None or call is None or target is None or call.call_id in hall.consults or call.leg == event.leg:
        hall.order(HangUp(node=event.node, channel=event.channel, cause=BUSY))
        return
    _ring(hall, call, asker, target, event, now)


def _ring(hall: Hall, call: Call, asker: Operator, target: Operator, event: CallMarked, now: datetime) -> None:  # noqa: PLR0913, PLR0917 - who asks whom about whom
    one = Consultation(
        call_id=call.call_id, asker=asker.operator_id, stage=Stage.ASKING, operator_id=target.operator_id,
        leg=LegId(ASK + hall.new_leg().removeprefix("offer-")), title=target.name, line=event.channel,
        line_leg=event.leg,
    )  # fmt: skip
    hall.note(call, "consults", now, detail=f"operator {target.operator_id}")
    hall.step(target.operator_id, Step.RESERVE, now, call_id=call.call_id)
    asking.put(hall, one, now)
    hall.alarm(now + hall.rules.offer + offers.GRACE, "consult", one.leg)
    hall.order(
        Originate(
            node=call.node, leg=one.leg, device=target.device_at(call.node), context=CONSULT,
            timeout_ms=int(hall.rules.offer.total_seconds() * 1000), caller_number=call.number, caller_name=call.name,
            variables={
                "BUSBAR_CALL": call.call_id, "BUSBAR_CALLER": call.channel, "BUSBAR_OFFER": one.leg,
                # Whose the caller is does not change when this line ends: only completing changes it.
                "BUSBAR_ASKER": event.channel, "BUSBAR_ASKED": "", "BUSBAR_OPERATOR": str(target.operator_id),
                "PJSIP_HEADER(add,X-Busbar-Call)": call.call_id, "PJSIP_HEADER(add,X-Busbar-Offer)": one.leg,
            },
        )
    )  # fmt: skip
