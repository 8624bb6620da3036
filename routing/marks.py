"""Marks: what the dialplan says of a caller while he goes through it (pure)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from routing import (
    absent,
    callbacks,
    consults,
    debtors,
    helping,
    overflow,
    recording,
    secondline,
    standing,
    talks,
    transfers,
)
from routing.calls import IVR, Call, number_of, told, whole
from routing.dials import is_out
from routing.hall import Hall
from telephony.commands import SetVariable
from telephony.events import CallId, CallMarked, Mark


def marked(hall: Hall, event: CallMarked, now: datetime) -> None:  # noqa: C901, PLR0911, PLR0912 - one for each mark
    """Take in a mark that the dialplan raised on a channel."""
    if event.mark in {Mark.STALE_OFFER, Mark.BRIDGE_ENDED}:
        return  # Said on the operator's leg, whose end follows and says it all.
    if event.mark is Mark.RECORDING:
        recording.begun(hall, event)
        return
    if event.mark is Mark.DIALLED:
        secondline.dialled(hall, event, now)
        return
    if event.mark in {Mark.HELPING, Mark.HELP_PAUSED}:
        helping.heard(hall, event, now)
        return
    if event.mark is Mark.STANDING:
        if (leg := hall.legs.get(event.leg)) is not None and leg.stands:
            standing.up(hall, leg, event.channel)
        return
    if callbacks.turn_away(hall, event.node, event.leg, event.channel):
        return
    if is_out(event.leg) and debtors.marked(hall, event, now):
        return
    call = hall.calls.get(CallId(event.leg)) or _arrived(hall, event, now)
    before, call = call, replace(told(call, event.fields), channel=event.channel)
    if call != before:
        hall.put_call(call)
    match event.mark:
        case Mark.ARRIVED:
            hall.note(call, "arrived", now)
            callbacks.rang_in(hall, call)
        case Mark.OUTSIDE:
            pass  # The floor sent him there, and has said so.
        case Mark.RECOGNISED:
            pass  # The account stands in the call by now: screens may get its card ready.
        case Mark.WAITING:
            call = absent.place(hall, consults.lost(hall, call, now), now)
            talks.waits(hall, replace(call, waiting_since=call.waiting_since or now), now)
        case Mark.SERVED:
            hall.note(hall.put_call(replace(call, served=True)), "served", now)
            hall.queue(call.queue).figures.keep(call.call_id)
            hall.touch_queue(call.queue)
        case Mark.IVR_FAILED:
            hall.note(call, "ivr-failed", now, detail=event.fields.get("Status", "")[:40])
        case Mark.FALLBACK:
            call = consults.lost(hall, call, now)
            talks.falls_back(hall, replace(call, waiting_since=call.waiting_since or now), now)
        case Mark.OVERFLOWED:
            overflow.taken(hall, call, now)
        case Mark.RETURNED:
            transfers.came_back(hall, call, event.fields.get("Status", ""), now)
        case Mark.REFERRED:
            secondline.referred(hall, call, event.fields.get("Target", ""), now)
        case Mark.WONDERS:
            _tell_wait(hall, call)
        case Mark.REACHED | Mark.MACHINE | Mark.NOTICE | Mark.ABANDONED:
            pass  # Of no call but a debtor's, which was heard above.
        case Mark.PARTED:
            consults.parted(hall, call, whole(event.fields.get("Cause", "")) or 0, now)


def _tell_wait(hall: Hall, call: Call) -> None:
    """Write on the caller's channel where he stands and how long it takes, for whoever tells him."""
    place = hall.place(call)
    expected = hall.flow.expected(call.queue, place) if place is not None else None
    values = {"BUSBAR_PLACE": str(place or ""), "BUSBAR_WAIT": expected.name if expected is not None else ""}
    for name, value in values.items():
        hall.order(SetVariable(node=call.node, channel=call.channel, name=name, value=value))


def _arrived(hall: Hall, event: CallMarked, now: datetime) -> Call:
    known = hall.strangers.pop(event.leg, None)
    back = callbacks.call_of(hall, CallId(event.leg), event.channel, now)
    if back is not None:
        return back
    return Call(
        call_id=CallId(event.leg),
        node=event.node,
        channel=event.channel,
        phase=IVR,
        number=number_of(known.number, hall.rules.country) if known is not None else "",
        name=known.name if known is not None else "",
        arrived_at=now,
    )
