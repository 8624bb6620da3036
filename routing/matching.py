"""Who answered a campaign's call is joined to an operator who stands ready (pure). docs/dialler.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from routing import debtors, standing
from routing.calls import IVR, RINGING, Call
from routing.dials import Dial, Going, Progress
from routing.hall import Hall, OperatorLeg
from routing.operator import READY, Step
from routing.views import OperatorId
from telephony.commands import SetVariable
from telephony.events import LegId


def awaits(call: Call) -> bool:
    """Whether who answered has nobody yet: no operator, or one who had his card and is still to be joined."""
    return call.phase is IVR or (call.phase is RINGING and call.leg is None)


def match(hall: Hall, now: datetime) -> None:
    """Give those who answered to operators who stand ready, who has been free longest first."""
    for call_id in list(hall.dials.waiting):
        call, going = hall.calls.get(call_id), hall.dials.by_leg.get(LegId(call_id))
        if call is None or going is None or not awaits(call):
            hall.dials.waiting.pop(call_id, None)
            continue
        leg = _free(hall, going.dial)
        if leg is not None:
            del hall.dials.waiting[call_id]
            _give(hall, going, call, leg, now)


def _free(hall: Hall, one: Dial) -> OperatorLeg | None:
    """Return the leg of who is to have him; callers who wait in a queue were served before this is asked."""
    if one.operator_id is not None:
        return standing.of(hall, one.operator_id, one.node)
    best: tuple[datetime, OperatorId, OperatorLeg] | None = None
    for operator_id in hall.stands.legs:
        operator, leg = hall.operators[operator_id], standing.of(hall, operator_id, one.node)
        serves = one.campaign_id in hall.stands.serves.get(operator_id, frozenset())
        if leg is None or operator.state is not READY or operator.next_reason is not None or not serves:
            continue
        if best is None or (operator.since, operator_id) < best[:2]:
            best = (operator.since, operator_id, leg)
    return None if best is None else best[2]


def _give(hall: Hall, going: Going, call: Call, leg: OperatorLeg, now: datetime) -> None:
    operator = hall.operators[leg.operator_id]
    if operator.call_id != call.call_id:
        hall.step(leg.operator_id, Step.RESERVE, now, call_id=call.call_id)
    commands = standing.join(hall, call, leg, now)
    call = hall.put_call(replace(call, phase=RINGING, offered_at=now, operator_id=leg.operator_id, leg=leg.leg))
    hall.note(call, "offered", now, detail="choice=standing")
    debtors.step(hall, going, Progress.MATCHED, now, operator_id=leg.operator_id)
    hall.order(SetVariable(node=leg.node, channel=call.channel, name=debtors.OWNER, value=leg.leg), *commands)


def again(hall: Hall, call: Call, now: datetime) -> bool:
    """An operator who was to have him is lost: he waits on for another one; False when he is no debtor."""
    if call.debt is None or LegId(call.call_id) not in hall.dials.by_leg:
        return False
    hall.put_call(replace(call, phase=IVR, offered_at=None, operator_id=None, leg=None), gone="moved")
    debtors.step(hall, hall.dials.by_leg[LegId(call.call_id)], Progress.REACHED, now)
    hall.dials.waiting[call.call_id] = None
    return True
