"""What supervisors wish of the floor: states, words, hands, callers who wait (pure).

Whether a supervisor may is judged before a wish comes here; what cannot be is refused with a code (docs/errors.md).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from routing import desks, helping, overflow, talks
from routing.calls import QUEUED
from routing.effects import Tell, Undisposed
from routing.hall import Hall
from routing.news import Said, Unsaid
from routing.operator import Operator, Step, can
from routing.screen import MOST_SAID
from routing.views import OperatorId, OperatorState, SaidView
from routing.wishes import EndHelp, Force, Help, Leading, LowerHand, MoveCall, PutAway, Say, TakeOver
from telephony.events import CallId

NOT_YOURS = "not-your-team"
NOBODY_THERE = "nobody-there"
NOT_WAITING = "not-waiting"
FORCED = "forced"
"""Reason of a state that a supervisor set without giving one."""


def lead(hall: Hall, wish: Leading, now: datetime) -> str:  # noqa: PLR0911 - one for each wish
    """Carry a supervisor's wish out; return "" when done or ordered, else why not. Who sits at a desk leads nobody."""
    sitting = hall.operators.get(wish.operator_id)
    if sitting is not None and sitting.state is not OperatorState.OFFLINE:
        return NOT_YOURS
    match wish:
        case Help():
            return helping.begin(hall, wish, now)
        case TakeOver():
            return helping.take_over(hall, wish, now)
        case EndHelp():
            return helping.end(hall, wish)
        case Force():
            return _force(hall, wish, now)
        case Say():
            return _say(hall, wish, now)
        case LowerHand():
            operator = hall.operators.get(wish.target)
            return raise_hand(hall, operator, None) if operator is not None else desks.NOT_SIGNED_IN
        case MoveCall():
            return _move(hall, wish, now)


def _force(hall: Hall, wish: Force, now: datetime) -> str:
    operator = hall.operators.get(wish.target)
    if operator is None or operator.state is OperatorState.OFFLINE:
        return desks.NOT_SIGNED_IN
    if wish.state is OperatorState.OFFLINE:
        _finish(hall, operator, desks.SIGNED_OUT, now)
        desks.sign_out(hall, hall.operators[wish.target], now)
    elif wish.state is OperatorState.READY:
        _finish(hall, operator, None, now)
        operator = hall.operators[wish.target]
        if can(operator, Step.MAKE_READY):
            hall.step(wish.target, Step.MAKE_READY, now)
    else:
        reason = wish.reason or FORCED
        _finish(hall, operator, reason, now)
        operator = hall.operators[wish.target]
        if operator.call_id is None:
            hall.step(wish.target, Step.MAKE_NOT_READY, now, reason=reason)
    return ""


def _finish(hall: Hall, operator: Operator, reason: str | None, now: datetime) -> None:
    """End a write-up at once; a talk goes on, and what is to follow it is kept in mind."""
    if operator.call_id is None:
        return
    hall.put_operator(replace(operator, next_reason=reason))
    if operator.state is not OperatorState.WRAP_UP:
        return
    if operator.operator_id not in hall.beside:
        hall.record(Undisposed(call_id=operator.call_id))
    talks.close(hall, operator.operator_id, now)


def _say(hall: Hall, wish: Say, now: datetime) -> str:
    there = [one for one in wish.targets if one in hall.operators]
    at_work = [one for one in there if hall.operators[one].state is not OperatorState.OFFLINE]
    if not at_work:
        return NOBODY_THERE
    said = SaidView(said_id=wish.wish_id, by_name=wish.by_name, text=wish.text, at=now)
    for one in at_work:
        hall.said[one] = (*hall.said.get(one, ()), said)[-MOST_SAID:]
    hall.tell(Tell(Said(said=said), tuple(at_work)))
    return ""


def put_away(hall: Hall, operator_id: OperatorId, wish: PutAway) -> str:
    """The operator has read it."""
    kept = tuple(one for one in hall.said.get(operator_id, ()) if one.said_id != wish.said_id)
    if len(kept) != len(hall.said.get(operator_id, ())):
        hall.said[operator_id] = kept
        hall.tell(Tell(Unsaid(said_id=wish.said_id), (operator_id,)))
    return ""


def raise_hand(hall: Hall, operator: Operator, at: datetime | None) -> str:
    """An operator asks for help from a moment on, or (None) does not any more."""
    if (operator.hand_at is None) is not (at is None):
        hall.put_operator(replace(operator, hand_at=at))
    return ""


def _move(hall: Hall, wish: MoveCall, now: datetime) -> str:
    call = hall.calls.get(CallId(wish.call_id))
    if call is None or call.phase not in QUEUED or call.leaving:
        return NOT_WAITING
    if wish.queue not in hall.queues:
        return "no-such-queue"
    if wish.queue != call.queue:
        hall.note(overflow.move(hall, replace(call, sent=wish.queue), wish.queue, now), "moved", now, detail=wish.queue)
    return ""
