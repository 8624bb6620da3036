"""Recording as the floor orders it: silence while the caller is held or a card number is read out (pure).

The dialplan begins a recording by itself and ends it with the leg; the floor only has it go silent and on again. What
is on the screen is the switch's word (`RecordingMuted`), never the wish: a pause that was not confirmed is none (AC43).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.recordings import PAUSED, RESUMED, STOPPED, AfterPause
from routing import asking, helping, offers, standing, transfers
from routing.calls import HELD, TALKING, Call, unrecorded
from routing.hall import Hall, OperatorLeg
from routing.taping import USUAL_PAUSE, recorded
from routing.views import OperatorId
from telephony.commands import MuteRecording, Redirect, SetVariable, StopRecording
from telephony.events import CallId, CallMarked, LegId, LegSeen, RecordingMuted

SHARED = "SHARED(BUSBAR_RECORD)"
"""On the caller's channel: the number of the rule he is recorded under; the dialplan looks before each leg."""
WHILE_PAUSED = "paused"
"""Instead of it: a leg that joins in a pause is not recorded at all, for it could not be silent from its first word."""
FAILED = "pause-failed"
NO_SUCH_CALL = "no-such-call"
ON_LINE = frozenset({TALKING, HELD})


def begun(hall: Hall, event: CallMarked) -> None:
    """The dialplan says that a leg is recorded from now on."""
    leg = hall.legs.get(event.leg)
    rule = event.fields.get("Rule", "")
    if leg is not None and rule:
        _is_recorded(hall, leg, rule, event.fields.get("Pauses", ""))
    elif leg is not None:
        _is_not_recorded(hall, leg)


def _is_recorded(hall: Hall, leg: OperatorLeg, rule: str, pauses: str) -> None:
    how = recorded(rule, pauses)
    leg = hall.legs[leg.leg] = replace(leg, recorded=how)
    call = hall.calls.get(leg.call_id) if leg.call_id is not None else None
    if call is not None and call.leg == leg.leg:
        hall.put_call(replace(call, taped=how, recorded=call.recorded or call.phase in ON_LINE))


def _is_not_recorded(hall: Hall, leg: OperatorLeg) -> None:
    """It left the caller; should it come back, the dialplan says so anew."""
    hall.legs[leg.leg] = replace(leg, recorded=None)
    call = hall.calls.get(leg.call_id) if leg.call_id is not None else None
    if call is not None and call.leg == leg.leg:
        hall.put_call(unrecorded(call))


def joined(hall: Hall, leg_id: LegId) -> None:
    """A leg may have come to the caller past the dialplan that records: REFER with Replaces."""
    members = hall.partners(leg_id)
    call = next((hall.calls[CallId(one)] for one in members if CallId(one) in hall.calls), None)
    leg = _leg(hall, call) if call is not None else None
    if call is not None and leg is not None and leg.leg in members:
        _anew(hall, call, leg)


def _anew(hall: Hall, call: Call, leg: OperatorLeg) -> None:
    """Join caller and leg once more by the dialplan, which begins a record before it: only it may (ADR 0024)."""
    ours = leg.leg.startswith((standing.OFFER, asking.ASK))
    if (
        call.taped is None
        or call.pause_wanted
        or leg.recorded is not None
        or leg.anew
        or leg.channel is None
        or not ours
    ):
        return
    if call.phase is not TALKING or call.call_id in hall.consults or call.back is not None:
        return
    hall.legs[leg.leg] = replace(leg, anew=True)
    hall.order(
        SetVariable(node=call.node, channel=call.channel, name=offers.OWNER, value=leg.leg),
        SetVariable(node=call.node, channel=call.channel, name=SHARED, value=call.taped.rule),
        transfers.going(call),
        Redirect(
            node=call.node,
            channel=call.channel,
            context=transfers.PASSING,
            other=leg.channel,
            other_context=offers.CONTEXT,
        ),
    )


def seen(hall: Hall, event: LegSeen) -> None:
    """Take over what an earlier floor knew: the leg says that it is recorded, the caller that it is paused."""
    leg = hall.legs.get(event.leg)
    name = event.variables.get("BUSBAR_RECORDING", "")
    if leg is not None and name:
        _is_recorded(hall, leg, name.rpartition("~")[2], event.variables.get("BUSBAR_PAUSES", ""))


def seen_caller(hall: Hall, call: Call, said: str, now: datetime) -> Call:
    """Take over a pause that an earlier floor ordered; its time begins anew."""
    if said != WHILE_PAUSED or call.pause_wanted:
        return call
    hall.alarm(now + _limit(hall, call), "pause", call.call_id)
    return replace(call, pause_wanted=True, pause_since=now, paused_at=call.paused_at or now)


def wish(hall: Hall, operator_id: OperatorId, call_id: str, now: datetime, *, paused: bool) -> str:
    """Carry out an operator's wish; returns "" when done, else why not."""
    call = hall.calls.get(CallId(call_id))
    if call is None or call.desk != operator_id or call.phase not in ON_LINE:
        return NO_SUCH_CALL
    if call.pause_wanted is paused:
        return ""
    _want(hall, call, now, paused=paused)
    return ""


def _want(hall: Hall, call: Call, now: datetime, *, paused: bool) -> None:
    leg = _leg(hall, call)
    call = hall.put_call(replace(call, pause_wanted=paused, pause_since=now if paused else None))
    if paused:
        helping.silence(hall, call.call_id)
        hall.alarm(now + _limit(hall, call), "pause", call.call_id)
    if leg is None or leg.channel is None:
        return
    # Nothing is on record without a rule; what is said now is nevertheless for no supervisor's ears.
    how = leg.recorded or call.taped
    rule = how.rule if how is not None else ""
    value = WHILE_PAUSED if paused else rule
    note = SetVariable(node=call.node, channel=call.channel, name=SHARED, value=value)
    if call.phase is HELD or leg.recorded is None:
        hall.order(note)  # It is silent already, and stays so until he is taken back.
        if not paused:
            call = hall.put_call(replace(call, paused_at=None)) if leg.recorded is None else call
            _anew(hall, call, leg)
    else:
        hall.order(MuteRecording(node=leg.node, channel=leg.channel, muted=paused), note)


def hold_changed(hall: Hall, leg: OperatorLeg) -> None:
    """Nobody records what a caller says to the music."""
    call = hall.calls.get(leg.call_id) if leg.call_id is not None else None
    if call is None or call.leg != leg.leg or call.pause_wanted or leg.channel is None:
        return
    if not call.recorded:
        _anew(hall, call, leg)
        return
    silent = call.phase is HELD
    if silent is not (call.paused_at is not None):
        hall.order(MuteRecording(node=leg.node, channel=leg.channel, muted=silent))


def muted(hall: Hall, event: RecordingMuted, now: datetime) -> None:
    """The switch's word: what is on record is silence from now, or is not any more."""
    call = _call(hall, event.leg)
    if call is None or event.muted is (call.paused_at is not None):
        return
    call = hall.put_call(replace(call, paused_at=now if event.muted else None))
    hall.note(call, PAUSED if event.muted else RESUMED, now, detail="hold" if call.phase is HELD else "")


def failed(hall: Hall, command: MuteRecording, now: datetime) -> None:
    """The switch did not do it: what was wished is not so, and the screen goes on saying what is."""
    call = next((one for one in hall.calls.values() if _of(hall, one, command)), None)
    if call is not None and command.muted and call.paused_at is None and call.pause_wanted:
        call = hall.put_call(replace(call, pause_wanted=False, pause_since=None))
        hall.note(call, FAILED, now)


def _of(hall: Hall, call: Call, command: MuteRecording) -> bool:
    leg = _leg(hall, call)
    return leg is not None and leg.channel == command.channel and leg.node == command.node


def forgotten(hall: Hall, call_id: CallId, now: datetime) -> None:
    """A pause may have lasted longer than its rule allows."""
    call = hall.calls.get(call_id)
    if call is None or not call.pause_wanted or call.pause_since is None:
        return
    if call.phase not in ON_LINE:
        # He is being passed on: looked at again when the pause would be over by then.
        hall.alarm(now + _limit(hall, call), "pause", call.call_id)
        return
    if now < call.pause_since + _limit(hall, call):
        return
    leg = _leg(hall, call)
    how = (leg.recorded if leg is not None else None) or call.taped
    if leg is None or leg.channel is None or how is None or how.after is AfterPause.RESUME:
        _want(hall, call, now, paused=False)
        return
    if leg.recorded is not None:
        hall.order(StopRecording(node=leg.node, channel=leg.channel))
    hall.legs[leg.leg] = replace(leg, recorded=None)
    call = replace(unrecorded(call), taped=None, pause_wanted=False, pause_since=None, paused_at=None)
    hall.note(hall.put_call(call), STOPPED, now)


def _limit(hall: Hall, call: Call) -> timedelta:
    leg = _leg(hall, call)
    how = (leg.recorded if leg is not None else None) or call.taped
    return how.pause if how is not None else USUAL_PAUSE


def _leg(hall: Hall, call: Call) -> OperatorLeg | None:
    return hall.legs.get(call.leg) if call.leg is not None else None


def _call(hall: Hall, leg_id: LegId) -> Call | None:
    leg = hall.legs.get(leg_id)
    call = hall.calls.get(leg.call_id) if leg is not None and leg.call_id is not None else None
    return call if call is not None and call.leg == leg_id and call.recorded else None
