"""Passing a caller on: to an operator, to a queue, to a number of the public network (pure).

The caller's channel is moved first and owned by the new offer, so that he always stands somewhere that goes on by
itself: in `passing`, whose music ends in the queue, or in `passing-out`, which dials and comes back to the queue
(docs/adr/0023). Who passed him on writes his part up at once, beside the call (`Hall.beside`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from routing import handback, offers
from routing.calls import HELD, OUTSIDE, TALKING, WAITING, WRAP_UP, Call, unrecorded
from routing.effects import OutsideRefused
from routing.hall import Hall
from routing.operator import READY, Operator, Step
from routing.views import OperatorId, PassedOn
from routing.wishes import PassOn
from telephony.commands import Redirect, SetVariable
from telephony.events import CallId

PASSING, PASSING_OUT, QUEUE = "passing", "passing-out", "queue"
MOVING = "SHARED(BUSBAR_MOVING)"
"""On the caller's channel while he is on his way to `passing`: a leg that takes him before the switch has got to his
`Redirect` would lose him at once, so whoever takes him waits until he says that he is there."""
NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")
"""E.164; whether it may be called was judged before (`crm_core.outward`)."""

NO_SUCH_CALL = "no-such-call"
NOT_TALKING = "not-talking"
NOT_FREE = "operator-not-free"
NO_SUCH_QUEUE = "no-such-queue"
NO_OUTSIDE = "no-outside-line"
NODE_AWAY = "node-away"


def pass_on(hall: Hall, operator: Operator, wish: PassOn, now: datetime) -> str:  # noqa: PLR0911 - one for each refusal
    """Pass the caller at this operator's desk on; return "" when it is ordered, else why not.

    Nothing has changed when it is refused: caller and operator go on talking.
    """
    call = hall.calls.get(CallId(wish.call_id))
    if call is None or call.desk != operator.operator_id:
        return NO_SUCH_CALL
    if call.phase not in {TALKING, HELD} or call.call_id in hall.consults:
        return NOT_TALKING
    if call.node not in hall.linked():
        return NODE_AWAY
    passed = PassedOn(by=operator.operator_id, by_name=operator.name, kind=wish.to, to="", note=wish.note)
    match wish.to:
        case "operator":
            return _to_operator(hall, call, passed, wish, now)
        case "queue":
            if wish.queue not in hall.queues:
                return NO_SUCH_QUEUE
            to_queue(hall, call, passed.model_copy(update={"to": wish.queue}), now)
            return ""
        case "number":
            return _to_number(hall, call, passed, wish, now)


def _to_operator(hall: Hall, call: Call, passed: PassedOn, wish: PassOn, now: datetime) -> str:
    target = free(hall, call, wish.operator)
    if target is None:
        return NOT_FREE
    passed = passed.model_copy(update={"to": target.name, "operator_id": target.operator_id})
    call = part(hall, call, passed, f"operator {target.operator_id}", now)
    moving = (going(call), Redirect(node=call.node, channel=call.channel, context=PASSING))
    offers.make(hall, call, target.operator_id, now, why="passed-on", moving=moving)
    return ""


def going(call: Call) -> SetVariable:
    """Return what tells legs that a caller is on his way to `passing`; to be ordered before he is sent there."""
    return SetVariable(node=call.node, channel=call.channel, name=MOVING, value="yes")


def to_queue(hall: Hall, call: Call, passed: PassedOn, now: datetime) -> None:
    """Let the caller stand in the queue `passed.to`; what he waited counts there, and his talk does not."""
    queue = passed.to
    call = part(hall, call, passed, f"queue {queue}", now)
    hall.queue(call.queue).figures.leave(call.call_id, now)
    hall.touch_queue(call.queue)
    since = now - waited(call)
    hall.queue(queue).figures.enter(call.call_id, since)
    call = replace(call, phase=WAITING, queue=queue, asked=queue, waiting_since=since, operator_id=None, leg=None)
    hall.note(hall.put_call(call), "waiting", now, detail="passed-on")
    hall.order(
        SetVariable(node=call.node, channel=call.channel, name="BUSBAR_QUEUE", value=queue),
        SetVariable(node=call.node, channel=call.channel, name="BUSBAR_SINCE", value=str(int(since.timestamp()))),
        Redirect(node=call.node, channel=call.channel, context=QUEUE),
    )


def _to_number(hall: Hall, call: Call, passed: PassedOn, wish: PassOn, now: datetime) -> str:
    refusal = outside(hall, call, passed.by, wish.number, now)
    if refusal:
        return refusal
    call = part(hall, call, passed.model_copy(update={"to": wish.title}), "number", now)
    hall.note(hall.put_call(replace(call, phase=OUTSIDE, operator_id=None, leg=None)), "outside", now)
    digits = wish.number.removeprefix("+")
    hall.order(Redirect(node=call.node, channel=call.channel, context=PASSING_OUT, exten=digits))
    return ""


def outside(hall: Hall, call: Call, operator_id: OperatorId, number: str, now: datetime) -> str:
    """Count a leg to a number outside; return "" when it may be, else why not, which is written down."""
    if not NUMBER.fullmatch(number) or hall.way_out(call.node, number) is None:
        return NO_OUTSIDE
    caps, lines = hall.rules.outward_caps, hall.legs_outside()
    refusal = hall.spent.take(caps, operator_id, number, lines, hall.today(now), now)
    if refusal:
        hall.record(
            OutsideRefused(operator_id=operator_id, call_id=call.call_id, number=number, reason=refusal, at=now)
        )
    return refusal


def free(hall: Hall, call: Call, operator_id: OperatorId | None) -> Operator | None:
    """Return whom somebody named, if he could take this caller now."""
    target = hall.operators.get(operator_id) if operator_id is not None else None
    if target is None or target.state is not READY or target.next_reason is not None:
        return None
    return target if call.node in target.idle_nodes else None


def waited(call: Call) -> timedelta:
    """Return how long he waited before he was first answered: that, and not the talk, counts in the next queue."""
    if call.waiting_since is None or call.answered_at is None:
        return timedelta()
    return max(timedelta(), call.answered_at - call.waiting_since)


def part(hall: Hall, call: Call, passed: PassedOn, detail: str, now: datetime) -> Call:
    """The operator lets go of the caller and begins to write his part up; return the call, passed on."""
    hall.note(call, "passed-on", now, detail=detail)
    until = now + hall.rules.wrap_up
    hall.step(passed.by, Step.FINISH, now, until=until)
    hall.alarm(until, "wrap-up", str(passed.by))
    call = unrecorded(replace(call, passed=passed, held_since=None, parted_at=None))
    hall.lay_beside(passed.by, replace(call, phase=WRAP_UP, ended_at=now))
    return call


def came_back(hall: Hall, call: Call, status: str, now: datetime) -> None:
    """The number to which he was passed on did not answer: back to who passed him on, else to the queue."""
    if call.phase is not OUTSIDE:
        return
    reason = "busy" if status == "BUSY" else "no-answer"
    call, back = handback.returned(hall, call, reason)
    hall.note(call, "came-back", now, detail=reason)
    call = hall.put_call(replace(call, phase=WAITING))
    if back is not None:
        offers.make(hall, call, back, now, why="came-back")
