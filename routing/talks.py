"""Conversations: joined, held, parted, over, written up (pure)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from routing import callbacks, debtors, fallback, offers, overflow
from routing.calls import (
    ENDED,
    FALLBACK,
    HELD,
    IVR,
    QUEUED,
    REJOINING,
    RINGING,
    TALKING,
    WAITING,
    WRAP_UP,
    Call,
    unpaused,
)
from routing.effects import CallHappened, Undisposed
from routing.hall import Hall, OperatorLeg
from routing.operator import Step, can, counted
from routing.views import OperatorId, OperatorState
from telephony.commands import HangUp
from telephony.events import CallId, LegId

DELIBERATE = 16
"""Q.850 "normal clearing": somebody pressed the button."""
LOST = 41
"""Q.850 "temporary failure": what the dialplan takes for a lost telephone, so that the caller is kept."""
ON_LINE = frozenset({TALKING, HELD})
WITH_OPERATOR = frozenset({TALKING, HELD, REJOINING})


def joined(hall: Hall, leg_id: LegId, now: datetime) -> None:
    """A leg entered a bridge: when a caller and an operator are in it, they talk."""
    both = pair(hall, leg_id)
    if both is not None and both[0].phase is not WRAP_UP:
        connect(hall, *both, now)


def pair(hall: Hall, leg_id: LegId) -> tuple[Call, OperatorLeg] | None:
    """Return the caller and the operator's leg that are in a leg's bridge, when both are."""
    members = hall.partners(leg_id)
    call = next((hall.calls[CallId(one)] for one in members if CallId(one) in hall.calls), None)
    # In a conference of three the caller stays with who has him.
    mine = call.leg if call is not None and call.leg in members and call.leg in hall.legs else None
    leg = hall.legs[mine] if mine else next((hall.legs[one] for one in sorted(members) if one in hall.legs), None)
    return None if call is None or leg is None else (call, leg)


def connect(hall: Hall, call: Call, leg: OperatorLeg, now: datetime) -> None:
    """Caller and operator hear each other."""
    if call.leg == leg.leg and call.phase in ON_LINE:
        return
    _free_from_others(hall, call, leg, now)
    _free_for(hall, leg, call, now)
    call = hall.calls[call.call_id]
    hall.legs[leg.leg] = replace(leg, bridged=True, call_id=call.call_id)
    operator = hall.operators[leg.operator_id]
    if operator.state is not OperatorState.TALKING:
        hall.step(leg.operator_id, Step.CONNECT, now, call_id=call.call_id)
        hall.put_operator(counted(hall.operators[leg.operator_id], hall.today(now)))
    call = overflow.answered(hall, call)
    first = call.answered_at is None
    again = not first and (call.passed is None or call.talker == leg.operator_id)
    told = "card" if call.alone else "answered"
    call = hall.put_call(
        replace(
            call,
            phase=TALKING,
            operator_id=leg.operator_id,
            leg=leg.leg,
            offered_at=call.offered_at or now,
            answered_at=call.answered_at or (None if call.alone else now),
            held_since=None,
            parted_at=None,
            recorded=leg.recorded is not None,
        )
    )
    hall.lineup.spoke(call)
    hall.queue(call.queue).figures.answer(call.call_id, call.answered_at or now)
    hall.touch_queue(call.queue)
    hall.note(call, "joined again" if again else told, now)
    callbacks.connected(hall, call.call_id, now)
    debtors.connected(hall, call, now)
    if first:
        callbacks.spoke(hall, call, now)


def _free_from_others(hall: Hall, call: Call, leg: OperatorLeg, now: datetime) -> None:
    """Whoever else had or was offered this call has it no more."""
    if call.leg != leg.leg:
        offers.cancel(hall, call.leg)
    other = call.operator_id if call.desk is not None and call.desk != leg.operator_id else None
    operator = hall.operators.get(other) if other is not None else None
    if operator is None or operator.call_id != call.call_id:
        return
    if can(operator, Step.WITHDRAW):
        offers.release(hall, operator.operator_id, now)
    elif can(operator, Step.LOSE):
        hall.step(operator.operator_id, Step.LOSE, now, reason="moved")


def _free_for(hall: Hall, taking: OperatorLeg, call: Call, now: datetime) -> None:
    """An operator has one contact at a time: another one at his desk ends here, and is never lost."""
    operator_id = taking.operator_id
    operator = hall.operators[operator_id]
    if operator.call_id == call.call_id and operator.state is OperatorState.WRAP_UP:
        hall.step(operator_id, Step.HAND_BACK, now, call_id=call.call_id)
    if operator.call_id is None or operator.call_id == call.call_id:
        return
    other = hall.calls.get(CallId(operator.call_id))
    if operator.state is OperatorState.RESERVED:
        leg = hall.legs.get(other.leg) if other is not None and other.leg is not None else None
        if leg is not None:
            if leg.leg != taking.leg:
                offers.cancel(hall, leg.leg)
            offers.withdraw(hall, leg, "moved", now)
        else:
            offers.release(hall, operator_id, now)
    elif operator.state is OperatorState.WRAP_UP:
        if operator_id not in hall.beside:
            hall.record(Undisposed(call_id=operator.call_id))
        close(hall, operator_id, now)
    elif operator.state is OperatorState.TALKING:
        hall.step(operator_id, Step.LOSE, now, reason="moved")
        if other is not None and other.phase in WITH_OPERATOR:
            hall.put_call(replace(other, phase=WAITING, operator_id=None, leg=None), gone="moved")


def held(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """The operator put the caller on hold."""
    call = _talking(hall, leg)
    if call is not None and call.phase is TALKING:
        hall.note(hall.put_call(replace(call, phase=HELD, held_since=now)), "held", now)


def resumed(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """The operator took the caller back."""
    call = _talking(hall, leg)
    if call is not None and call.phase is HELD:
        hall.note(hall.put_call(replace(call, phase=TALKING, held_since=None)), "resumed", now)


def _talking(hall: Hall, leg: OperatorLeg) -> Call | None:
    call = hall.calls.get(leg.call_id) if leg.call_id is not None else None
    if call is None or call.call_id in hall.consults:
        return None  # The caller hears music because his operator asks somebody.
    return call if call.leg == leg.leg and call.phase in ON_LINE else None


def parted(hall: Hall, call: Call, cause: int, now: datetime) -> None:
    """The operator's leg ended while the caller is there: on purpose, or his telephone was lost."""
    if call.phase not in ON_LINE:
        return
    if cause == DELIBERATE:
        over(hall, call, now)
        return
    call = unpaused(replace(call, phase=REJOINING, leg=None, held_since=None, parted_at=now))
    hall.put_call(call)
    hall.note(call, "parted", now, detail=str(cause))
    hall.alarm(now + offers.SETTLE, "rejoin", call.call_id)
    callbacks.parted(hall, call)


def telephone_lost(hall: Hall, operator_id: OperatorId, device: str) -> None:
    """A talking operator's telephone is gone: end its leg so that the dialplan keeps the caller for him."""
    operator = hall.operators[operator_id]
    call = hall.calls.get(CallId(operator.call_id)) if operator.call_id is not None else None
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if call is None or leg is None or leg.channel is None or call.phase not in ON_LINE:
        return
    if leg.channel.rpartition("-")[0] == device:
        hall.order(HangUp(node=leg.node, channel=leg.channel, cause=LOST))


def waits(hall: Hall, call: Call, now: datetime) -> None:
    """The caller stands in the queue, for the first time or again."""
    if call.phase is WRAP_UP:
        return
    if call.phase in WITH_OPERATOR:
        _lose(hall, call, now)
        call = replace(call, operator_id=None, leg=None, held_since=None, parted_at=None, offered_at=None)
        call = unpaused(call)
    call = callbacks.waits_again(hall, hall.lineup.ruled(overflow.back(call)))
    if call.back is None:
        # Who is called back was counted when he waited himself.
        hall.queue(call.queue).figures.enter(call.call_id, call.waiting_since or now)
        hall.touch_queue(call.queue)
    was = call.phase
    call = hall.put_call(call if was is RINGING else replace(call, phase=WAITING), gone="phone-lost")
    if was is not WAITING:
        hall.note(call, "waiting", now, detail=f"flags={','.join(call.flags)}" if call.flags else "")
    fallback.stands(hall, call)
    overflow.watch(hall, call, now, came=was is IVR)


def _lose(hall: Hall, call: Call, now: datetime) -> None:
    """The operator did not come back in time; somebody else shall serve."""
    offers.cancel(hall, call.leg)
    operator = hall.operators.get(call.operator_id) if call.operator_id is not None else None
    if operator is not None and operator.call_id == call.call_id and can(operator, Step.LOSE):
        hall.step(operator.operator_id, Step.LOSE, now, reason="phone-lost")


def falls_back(hall: Hall, call: Call, now: datetime) -> None:
    """Asterisk's own queue serves the caller, since it did not hear our heartbeat."""
    if call.phase in QUEUED | {IVR}:
        hall.note(hall.put_call(replace(hall.lineup.ruled(call), phase=FALLBACK)), "fallback", now)


def over(hall: Hall, call: Call, now: datetime) -> None:
    """The caller is gone, or was let go."""
    hall.lineup.let_go(call.call_id)
    if call.phase is WRAP_UP:
        return
    offers.cancel(hall, call.leg)
    nobody = callbacks.over(hall, call)
    operator = hall.operators.get(call.operator_id) if call.operator_id is not None else None
    mine = operator is not None and operator.call_id == call.call_id
    spoken = call.phase in WITH_OPERATOR or (call.phase is RINGING and call.talker == call.operator_id)
    if spoken and operator is not None and mine and can(operator, Step.FINISH):
        until = now + hall.rules.wrap_up
        hall.step(operator.operator_id, Step.FINISH, now, until=until)
        hall.alarm(until, "wrap-up", str(operator.operator_id))
        call = hall.put_call(replace(call, phase=WRAP_UP, ended_at=now, held_since=None))
        hall.note(call, "ended", now)
        if nobody:
            close(hall, operator.operator_id, now)
        return
    if operator is not None and mine and can(operator, Step.WITHDRAW):
        offers.release(hall, operator.operator_id, now)
    call = replace(call, ended_at=now, operator_id=call.talker)
    hall.drop_call(call, "caller-gone")
    hall.note(replace(call, phase=ENDED), "ended", now)


def close(hall: Hall, operator_id: OperatorId, now: datetime) -> None:
    """The contact is written up, or its time is over."""
    operator = hall.operators[operator_id]
    call = hall.calls.get(CallId(operator.call_id)) if operator.call_id is not None else None
    if call is not None and call.desk != operator_id:
        hall.record(CallHappened(call_id=call.call_id, at=now, what="part-closed", operator_id=operator_id))
        call = None  # Others have the caller: only this operator's part is over.
    if operator.next_reason is None:
        hall.step(operator_id, Step.CLOSE, now)
    else:
        hall.step(operator_id, Step.CLOSE_TO_PAUSE, now, reason=operator.next_reason)
    if call is not None:
        hall.flow.note(call.queue, now - (call.answered_at or call.offered_at or now))
        hall.drop_call(call, "closed")
        hall.note(replace(call, phase=ENDED), "closed", now)


def wrap_up_ended(hall: Hall, operator_id: OperatorId, now: datetime) -> None:
    """The time to write up may be over (it may also have been prolonged, or another contact's)."""
    operator = hall.operators.get(operator_id)
    if operator is None or operator.state is not OperatorState.WRAP_UP:
        return
    if operator.until is not None and operator.until <= now:
        if operator.call_id is not None and operator_id not in hall.beside:
            hall.record(Undisposed(call_id=operator.call_id))
        close(hall, operator_id, now)
