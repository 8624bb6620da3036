"""Overflow: who cannot or can no longer wait in a queue goes where its terms say (pure).

Into another queue he goes within the floor. To a call-back, a message or a goodbye he is sent by one variable on his
channel, `BUSBAR_OVERFLOW`, which the dialplan reads between two bars of music; until its mark comes he is offered to
nobody. What the dialplan could not do brings him back to wait, and is not tried again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from routing import fallback, offers
from routing.calls import IVR, RINGING, WAITING, Call
from routing.hall import Hall
from routing.operator import OFFLINE
from routing.terms import TO_QUEUE, Cause, to_queue
from telephony.commands import SetVariable
from telephony.events import CallId

VARIABLE = "BUSBAR_OVERFLOW"
ALARM = "overflow"
AGAIN = timedelta(seconds=5)
MOST_HOPS = 8
"""Places one caller is sent to at most; terms that lead round in a circle are refused where they are set."""


def watch(hall: Hall, call: Call, now: datetime, *, came: bool) -> None:
    """Look whether a caller may wait where he does, and when to look again.

    Args:
        hall: the floor's present.
        call: who waits.
        now: UTC.
        came: he has just come; else only the time he has waited counts.

    """
    # Without its channel, one that a restarted floor remembers: it is looked at when the node has told of it.
    # Whoever is called back was promised it: nothing else is made of him.
    if call.phase is not WAITING or call.leaving or not call.channel or call.back is not None:
        return
    terms = hall.terms.get(call.queue)
    if terms is None:
        return
    if came:
        others = len(hall.queue(call.queue).standing) - 1
        at_work = Cause.NOBODY not in terms.exits or _at_work(hall, call.queue)
        refused = terms.refuses(now, others, at_work=at_work)
        if refused is not None and _go(hall, call, *refused, now):
            return
    if terms.after is not None and Cause.LATE in terms.exits:
        due = _since(call) + terms.after
        if due <= now:
            _go(hall, call, Cause.LATE, terms.exits[Cause.LATE], now)
        else:
            hall.alarm(due, ALARM, call.call_id)


def due(hall: Hall, call_id: CallId, now: datetime) -> None:
    """A caller may have waited long enough; who is rung for just now is looked at again when that is over."""
    call = hall.calls.get(call_id)
    if call is None:
        return
    if call.phase is RINGING:
        hall.alarm(now + hall.rules.offer, ALARM, call_id)
    else:
        watch(hall, call, now, came=False)


def move(hall: Hall, call: Call, queue: str, now: datetime) -> Call:
    """Let a caller stand in another queue, with the time he has waited; the one he leaves forgets him."""
    hall.queue(call.queue).figures.forget(call.call_id)
    hall.touch_queue(call.queue)
    hall.queue(queue).figures.enter(call.call_id, call.waiting_since or now)
    hall.touch_queue(queue)
    call = hall.put_call(replace(call, queue=queue, moved_at=now))
    fallback.stands(hall, call)
    return call


def taken(hall: Hall, call: Call, now: datetime) -> None:
    """The dialplan has taken him out of the queue; a telephone that rings for him stops."""
    if call.phase is RINGING:
        # An earlier floor had sent him there, and this one knew only that he waits.
        leg = hall.legs.get(call.leg) if call.leg is not None else None
        if leg is not None:
            offers.cancel(hall, leg.leg)
            offers.withdraw(hall, leg, "moved", now)
        call = hall.calls.get(call.call_id, call)
    if call.phase is not WAITING:
        return
    hall.queue(call.queue).figures.forget(call.call_id)
    hall.touch_queue(call.queue)
    hall.note(hall.put_call(replace(call, phase=IVR)), "left-queue", now, detail=call.leaving)


def failed(hall: Hall, command: SetVariable, now: datetime) -> None:
    """The order to take a caller out did not reach him: he waits on, and is looked at again."""
    for call in [one for one in hall.calls.values() if one.channel == command.channel and one.leaving]:
        tried = tuple(one for one in call.tried if one != call.leaving)
        hall.put_call(replace(call, leaving="", tried=tried))
        hall.alarm(now + AGAIN, ALARM, call.call_id)


def back(call: Call) -> Call:
    """Return a caller who waits again as he is when nothing is under way for him any more."""
    return replace(call, leaving="") if call.leaving else call


def answered(hall: Hall, call: Call) -> Call:
    """Return a caller who hears an operator after all; the dialplan shall not send him away later."""
    if not call.leaving:
        return call
    hall.order(SetVariable(node=call.node, channel=call.channel, name=VARIABLE, value=""))
    return hall.put_call(replace(call, leaving=""))


def _go(hall: Hall, call: Call, cause: Cause, way: str, now: datetime) -> bool:
    """Send a caller where a cause leads; False when he was sent there before and it came to nothing.

    What came to nothing leads to the queue of last resort, where there is one.
    """
    terms = hall.terms.get(call.queue)
    if way in call.tried and terms is not None and terms.resort:
        way = f"{TO_QUEUE}{terms.resort}"
    if way in call.tried or len(call.tried) >= MOST_HOPS:
        return False
    call = replace(call, tried=(*call.tried, way))
    queue = to_queue(way)
    if queue is None:
        call = hall.put_call(replace(call, leaving=way))
        hall.note(call, "overflow", now, detail=f"{cause} {way}")
        hall.order(SetVariable(node=call.node, channel=call.channel, name=VARIABLE, value=way))
        return True
    call = move(hall, replace(call, sent=queue), queue, now)
    hall.note(call, "overflow", now, detail=f"{cause} {way}")
    watch(hall, call, now, came=True)
    return True


def _since(call: Call) -> datetime:
    return call.moved_at or call.waiting_since or call.arrived_at


def _at_work(hall: Hall, queue: str) -> bool:
    served = frozenset({queue})
    return any(one.state is not OFFLINE and one.profile.choice(served) is not None for one in hall.operators.values())
