"""Asking a colleague or a number while the caller hears music: complete, take back, swap, all three together (pure).

Who asks stays on his one leg: it goes from the caller to whom he asks and back, and so a desk of one line does it all.
Every leg finds its way alone (docs/adr/0023): who asked falls back to the caller when the other one leaves, who was
asked takes the caller when who asked leaves. `SHARED(BUSBAR_OFFER)` says whose the caller is; completing is giving him
to the other leg. One consultation a call, and it counts as a contact of whom it asks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from routing import offers, talks
from routing.calls import HELD, OUTSIDE, RINGING, TALKING, WAITING, Call
from routing.effects import CallHappened
from routing.hall import Hall, OperatorLeg
from routing.operator import Operator, Step, can
from routing.transfers import NO_OUTSIDE, NO_SUCH_CALL, NODE_AWAY, NOT_FREE, NOT_TALKING, NUMBER, free, part
from routing.views import Asked, OperatorId, OperatorState, PassedOn
from routing.wishes import Consult, Settle
from telephony.commands import HangUp, Originate, Redirect, SetVariable
from telephony.events import CallId, ChannelName, LegId

KEPT, CONSULTING, CONSULT, ASIDE, JOINING = "kept", "consulting", "consult", "aside", "joining"
"""Contexts: the caller in music, who asks, whom he asks, the same in music meanwhile, and added to the others."""
ASK = "ask-"
"""Legs of whom is asked: no offers, for nobody else may be rung instead."""
ALREADY = "consults-already"
NO_CONSULT = "no-consultation"


class Stage(StrEnum):
    """Where a consultation is."""

    ASKING = "asking"
    """The other telephone rings; the caller hears music."""
    TOGETHER = "together"
    """Who asks and whom he asks talk; the caller hears music."""
    ASIDE = "aside"
    """Who asks talks to the caller; whom he asks hears music."""
    JOINING = "joining"
    """Who asks goes to the caller, to be followed by whom he asks."""
    CONFERENCE = "conference"
    """All three hear each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """One consultation now."""

    call_id: CallId
    asker: OperatorId
    stage: Stage
    leg: LegId
    """Of whom he asks."""
    channel: ChannelName | None = None
    operator_id: OperatorId | None = None
    """Whom he asks; None when it is a number of the public network."""
    title: str = ""
    note: str = ""
    line: ChannelName | None = None
    """Second line of the asker's own telephone on which he asks (`routing.secondline`); None when his one leg does."""
    line_leg: LegId | None = None


# --- wishes ----------------------------------------------------------------------------------------------------------


def consult(hall: Hall, operator: Operator, wish: Consult, now: datetime) -> str:
    """Put the caller into music and ring whom the operator wants to ask; return "" when ordered, else why not."""
    call = hall.calls.get(CallId(wish.call_id))
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if call is None or call.desk != operator.operator_id:
        return NO_SUCH_CALL
    if call.phase not in {TALKING, HELD} or leg is None or leg.channel is None:
        return NOT_TALKING
    if call.call_id in hall.consults:
        return ALREADY
    if call.node not in hall.linked():
        return NODE_AWAY
    target = free(hall, call, wish.operator) if wish.to == "operator" else None
    if target is None and (wish.to == "operator" or not hall.rules.outward or not NUMBER.fullmatch(wish.number)):
        return NOT_FREE if wish.to == "operator" else NO_OUTSIDE
    one = Consultation(
        call_id=call.call_id,
        asker=operator.operator_id,
        stage=Stage.ASKING,
        leg=LegId(ASK + hall.new_leg().removeprefix("offer-")),
        operator_id=target.operator_id if target is not None else None,
        title=target.name if target is not None else wish.title,
        note=wish.note,
    )
    call = hall.put_call(replace(call, phase=HELD, held_since=now))
    hall.note(call, "consults", now, detail=f"operator {one.operator_id}" if target is not None else "number")
    if target is not None:
        hall.step(target.operator_id, Step.RESERVE, now, call_id=call.call_id)
    put(hall, one, now)
    rings = hall.rules.offer if target is not None else hall.rules.outward_ring
    hall.alarm(now + rings + offers.GRACE, "consult", one.leg)
    hall.order(*_aside(call, leg), _ring(call, leg, one, target, wish.number, hall.rules.outward_number, rings))
    return ""


def _aside(call: Call, leg: OperatorLeg) -> tuple[SetVariable, Redirect]:
    """Part caller and operator at once: music for the one, the ring tone for the other."""
    channel = leg.channel or ChannelName("")
    return (
        SetVariable(node=call.node, channel=call.channel, name="BUSBAR_KEEPER", value=channel),
        Redirect(node=call.node, channel=call.channel, context=KEPT, other=channel, other_context=CONSULTING),
    )


def _ring(  # noqa: PLR0913, PLR0917 - who asks whom, how and how long
    call: Call, asker: OperatorLeg, one: Consultation, target: Operator | None, number: str, ours: str, rings: timedelta
) -> Originate:
    variables = {
        "BUSBAR_CALL": call.call_id,
        "BUSBAR_CALLER": call.channel,
        "BUSBAR_OFFER": one.leg,
        "BUSBAR_ASKER": asker.channel or "",
        "BUSBAR_ASKED": asker.leg,
    }
    timeout = int(rings.total_seconds() * 1000)
    if target is None:
        return Originate(
            node=call.node, leg=one.leg, device=f"PJSIP/{number}@outward", context=CONSULT, timeout_ms=timeout,
            caller_number=ours, caller_name="", variables=variables,
        )  # fmt: skip
    variables |= {
        "BUSBAR_OPERATOR": str(target.operator_id),
        "PJSIP_HEADER(add,X-Busbar-Call)": call.call_id,
        "PJSIP_HEADER(add,X-Busbar-Offer)": one.leg,
    }
    return Originate(
        node=call.node, leg=one.leg, device=target.device_at(call.node), context=CONSULT, timeout_ms=timeout,
        caller_number=call.number, caller_name=call.name, variables=variables,
    )  # fmt: skip


def settle(hall: Hall, operator: Operator, wish: Settle, now: datetime) -> str:
    """Complete the consultation, take the caller back, swap between the two, or bring all three together."""
    one = hall.consults.get(CallId(wish.call_id))
    call = hall.calls.get(CallId(wish.call_id))
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if one is None or call is None or leg is None or leg.channel is None or one.asker != operator.operator_id:
        return NO_CONSULT
    if wish.what == "take_back":
        _take_back(hall, call, leg, one, now)
        return ""
    if one.line is not None and wish.what != "complete":
        return NOT_TALKING
    if one.stage is Stage.ASKING or one.channel is None:
        return NOT_TALKING
    match wish.what:
        case "complete":
            hand_over(hall, call, one, now)
            owner = SetVariable(node=call.node, channel=call.channel, name=offers.OWNER, value=one.leg)
            over = HangUp(node=call.node, channel=leg.channel, cause=talks.DELIBERATE)
            with_caller = one.stage is Stage.CONFERENCE
            to_caller = Redirect(node=call.node, channel=one.channel, context=offers.CONTEXT)
            line = () if one.line is None else (replace(over, channel=one.line),)
            hall.order(*((owner, over) if with_caller else (owner, to_caller, over, *line)))
        case "swap":
            _swap(hall, call, leg, one, now)
        case "join":
            _join(hall, call, leg, one, now)
    return ""


def _take_back(hall: Hall, call: Call, leg: OperatorLeg, one: Consultation, now: datetime) -> None:
    """The caller is the asker's again; whom he asked is thanked."""
    to_caller = Redirect(node=call.node, channel=leg.channel or ChannelName(""), context=offers.CONTEXT)
    if one.stage in {Stage.ASKING, Stage.TOGETHER} and one.line is None:
        hall.order(to_caller)
    if one.line is not None:
        hall.order(HangUp(node=call.node, channel=one.line, cause=talks.DELIBERATE))
    if one.channel is not None:
        hall.order(HangUp(node=call.node, channel=one.channel, cause=talks.DELIBERATE))
    _over(hall, one, "taken-back", now)


def _swap(hall: Hall, call: Call, leg: OperatorLeg, one: Consultation, now: datetime) -> None:
    mine, theirs = leg.channel or ChannelName(""), one.channel or ChannelName("")
    if one.stage is Stage.TOGETHER:
        put(hall, replace(one, stage=Stage.ASIDE), now)
        hall.order(Redirect(node=call.node, channel=mine, context=offers.CONTEXT, other=theirs, other_context=ASIDE))
    else:
        hall.put_call(replace(call, phase=HELD, held_since=now))
        put(hall, replace(one, stage=Stage.TOGETHER), now)
        hall.order(*_aside(call, leg), Redirect(node=call.node, channel=theirs, context=CONSULT))


def _join(hall: Hall, call: Call, leg: OperatorLeg, one: Consultation, now: datetime) -> None:
    mine, theirs = leg.channel or ChannelName(""), one.channel or ChannelName("")
    if one.stage is Stage.ASIDE:
        _follow(hall, call, one, now)
    elif one.stage is Stage.TOGETHER:
        put(hall, replace(one, stage=Stage.JOINING), now)
        hall.order(Redirect(node=call.node, channel=mine, context=offers.CONTEXT, other=theirs, other_context=ASIDE))


def _follow(hall: Hall, call: Call, one: Consultation, now: datetime) -> None:
    """Caller and asker are together: whom he asked comes to them."""
    put(hall, replace(one, stage=Stage.CONFERENCE), now)
    hall.note(call, "conference", now)
    hall.order(Redirect(node=call.node, channel=one.channel or ChannelName(""), context=JOINING))


# --- what the switch reports -----------------------------------------------------------------------------------------


def created(hall: Hall, leg_id: LegId, channel: ChannelName) -> None:
    """Note the channel of whom was asked."""
    one = _of_leg(hall, leg_id)
    if one is not None and leg_id == one.leg:
        hall.consults[one.call_id] = replace(one, channel=channel)


def joined(hall: Hall, leg_id: LegId, now: datetime) -> None:
    """A leg entered a bridge: who hears whom, with and without a consultation."""
    _go_on(hall, leg_id, now)
    both = talks.pair(hall, leg_id)
    if both is not None and both[0].phase is not talks.WRAP_UP:
        _give_way(hall, *both, now)
        talks.joined(hall, leg_id, now)


def _give_way(hall: Hall, call: Call, leg: OperatorLeg, now: datetime) -> None:
    """Caller and operator hear each other whatever we thought: consultations that this contradicts are over."""
    one = hall.consults.get(call.call_id)
    if one is not None and call.leg != leg.leg:
        lost(hall, call, now)
    operator = hall.operators[leg.operator_id]
    other = hall.calls.get(CallId(operator.call_id)) if operator.call_id is not None else None
    if other is not None and other.call_id != call.call_id:
        lost(hall, other, now)


def _go_on(hall: Hall, leg_id: LegId, now: datetime) -> None:
    """Does it answer what was asked, or take the caller over?"""
    members = hall.partners(leg_id)
    one = next((found for each in members if (found := _of_leg(hall, each)) is not None), None)
    call = next((hall.calls[CallId(each)] for each in members if CallId(each) in hall.calls), None)
    if one is not None and one.leg in members:
        asked = hall.calls.get(one.call_id)
        if call is None and one.stage is Stage.ASKING:
            _answered(hall, one, now)
        elif call is not None and asked is not None and asked.leg not in members and call.desk == one.asker:
            # Who asked is gone, and his leg's last word gave us the caller.
            hand_over(hall, call, one, now)
            hall.order(SetVariable(node=call.node, channel=call.channel, name=offers.OWNER, value=one.leg))
        return
    waiting = hall.consults.get(call.call_id) if call is not None else None
    if call is None or waiting is None or call.leg not in members:
        return
    if waiting.stage is Stage.JOINING:
        _follow(hall, call, waiting, now)
    elif waiting.stage is Stage.ASIDE and call.phase is HELD:
        hall.put_call(replace(call, phase=TALKING, held_since=None))


def _answered(hall: Hall, one: Consultation, now: datetime) -> None:
    if one.operator_id is not None and can(hall.operators[one.operator_id], Step.CONNECT):
        hall.step(one.operator_id, Step.CONNECT, now, call_id=one.call_id)
    hall.record(CallHappened(call_id=one.call_id, at=now, what="consulted", operator_id=one.operator_id))
    put(hall, replace(one, stage=Stage.TOGETHER), now)


def finished(hall: Hall, leg_id: LegId, reason: int, now: datetime) -> None:
    """`OriginateResponse` says that nobody answered; when a channel exists, its own end says why."""
    one = _of_leg(hall, leg_id)
    if one is not None and (one.channel is None or reason == offers.TIMED_OUT):
        left(hall, leg_id, "no-answer", now)


def left(hall: Hall, leg_id: LegId, reason: str, now: datetime) -> None:
    """The leg of whom was asked ended, or never came to be; his asker's own leg goes back to the caller by itself."""
    one = _of_leg(hall, leg_id)
    if one is None:
        return
    call = hall.calls.get(one.call_id)
    if leg_id == one.line_leg:
        # The asker's second line ended: who still rings stops, who talked there hangs up by himself.
        if call is not None and one.stage is Stage.ASKING:
            _hang_up(hall, call, one)
        _over(hall, one, "gone", now)
        return
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if call is not None and one.line is not None:
        hall.order(HangUp(node=call.node, channel=one.line, cause=talks.DELIBERATE))
    elif call is not None and one.stage is Stage.ASKING and leg is not None and leg.channel is not None:
        # He waits in the ring tone: nobody will come.
        hall.order(Redirect(node=call.node, channel=leg.channel, context=offers.CONTEXT))
    _over(hall, one, reason, now)


def why(cause: int) -> str:
    """Return what the cause of an end says of whom was asked."""
    return "declined" if cause in {offers.BUSY, offers.REJECTED} else "no-answer"


def asker_left(hall: Hall, call: Call, now: datetime) -> None:
    """Who asked hung up: whom he asked has the caller from now on."""
    one = hall.consults.get(call.call_id)
    if one is None or (one.line is not None and one.leg not in hall.partners(LegId(call.call_id))):
        return  # Who hangs up on the caller while he asks on another line ends the call.
    if one.stage is Stage.ASKING and one.operator_id is not None:
        _becomes_offer(hall, call, one, now)
    elif one.stage in {Stage.TOGETHER, Stage.CONFERENCE}:
        hand_over(hall, call, one, now)
        hall.order(SetVariable(node=call.node, channel=call.channel, name=offers.OWNER, value=one.leg))
    elif one.stage is Stage.ASKING:
        _hang_up(hall, call, one)
        _over(hall, one, "gone", now)
        _wait(hall, call, now)


def parted(hall: Hall, call: Call, cause: int, now: datetime) -> None:
    """The operator's leg ended while the caller is there; on purpose, then nothing is left to be asked about."""
    if cause == talks.DELIBERATE:
        call = call_over(hall, call, now)
    talks.parted(hall, call, cause, now)


def call_over(hall: Hall, call: Call, now: datetime) -> Call:
    """The caller is gone: nothing is left to be asked about; return the call as it stands then."""
    one = hall.consults.get(call.call_id)
    if one is None:
        return call
    _hang_up(hall, call, one)
    leg = hall.legs.get(call.leg) if call.leg is not None else None
    if leg is not None and leg.channel is not None and one.stage is not Stage.ASIDE:
        hall.order(HangUp(node=call.node, channel=leg.channel, cause=talks.DELIBERATE))
    _over(hall, one, "caller-gone", now)
    return hall.calls.get(call.call_id, call)


def refused(hall: Hall, operator: Operator, call_id: str) -> bool:
    """Whom was asked hangs up or declines; return whether he was asked at all."""
    one = hall.consults.get(CallId(call_id))
    call = hall.calls.get(CallId(call_id))
    if one is None or call is None or one.operator_id != operator.operator_id or one.channel is None:
        return False
    cause = offers.REJECTED if one.stage is Stage.ASKING else talks.DELIBERATE
    hall.order(HangUp(node=call.node, channel=one.channel, cause=cause))
    return True


def lost(hall: Hall, call: Call, now: datetime) -> Call:
    """The caller waits again: who asked and whom he asked have lost him; return the call as it stands then."""
    one = hall.consults.get(call.call_id)
    if one is None:
        return call
    _hang_up(hall, call, one)
    _over(hall, one, "lost", now)
    return hall.calls.get(call.call_id, call)


def expired(hall: Hall, leg_id: LegId, now: datetime) -> None:
    """The switch should have said by now that nobody answers."""
    one = _of_leg(hall, leg_id)
    call = hall.calls.get(one.call_id) if one is not None else None
    if one is not None and call is not None and one.stage is Stage.ASKING:
        _hang_up(hall, call, one)
        left(hall, leg_id, "no-answer", now)


# --- going on --------------------------------------------------------------------------------------------------------


def hand_over(hall: Hall, call: Call, one: Consultation, now: datetime) -> None:
    """The caller belongs to whom was asked; who asked writes his part up."""
    kind = "operator" if one.operator_id is not None else "number"
    passed = PassedOn(
        by=one.asker, by_name=hall.operators[one.asker].name, kind=kind, to=one.title,  # type: ignore[arg-type]
        operator_id=one.operator_id, note=one.note,
    )  # fmt: skip
    _forget(hall, one)
    call = part(hall, hall.calls[call.call_id], passed, f"attended {one.operator_id or 'number'}", now)
    if one.operator_id is None:
        hall.note(hall.put_call(replace(call, phase=OUTSIDE, operator_id=None, leg=None)), "outside", now)
        return
    leg = hall.legs.get(one.leg) or OperatorLeg(
        leg=one.leg, node=call.node, operator_id=one.operator_id, channel=one.channel
    )
    hall.legs[one.leg] = replace(leg, call_id=call.call_id, bridged=True)
    call = hall.put_call(replace(call, phase=TALKING, operator_id=one.operator_id, leg=one.leg, held_since=None))
    hall.lineup.spoke(call)
    hall.note(call, "answered", now)


def _becomes_offer(hall: Hall, call: Call, one: Consultation, now: datetime) -> None:
    """Who asked did not wait for the answer: it rings on as if he had passed the caller on."""
    operator_id = one.operator_id
    if operator_id is None:
        return
    passed = PassedOn(
        by=one.asker, by_name=hall.operators[one.asker].name, kind="operator", to=one.title, operator_id=operator_id,
        note=one.note,
    )  # fmt: skip
    _forget(hall, one)
    call = part(hall, hall.calls[call.call_id], passed, f"operator {operator_id}", now)
    known = hall.legs.get(one.leg)
    hall.legs[one.leg] = OperatorLeg(
        leg=one.leg, node=call.node, operator_id=operator_id, channel=one.channel, call_id=call.call_id, offered=True,
        rang=known is not None and known.rang, deadline=now + hall.rules.offer,
    )  # fmt: skip
    hall.alarm(now + hall.rules.offer + offers.GRACE, "offer", one.leg)
    call = hall.put_call(replace(call, phase=RINGING, operator_id=operator_id, leg=one.leg, offered_at=now))
    hall.note(call, "offered", now, detail="passed-on")
    hall.order(
        SetVariable(node=call.node, channel=call.channel, name=offers.OWNER, value=one.leg),
        Redirect(node=call.node, channel=call.channel, context="passing"),
    )


def _wait(hall: Hall, call: Call, now: datetime) -> None:
    """Nobody has the caller: he waits at the head, and who asked writes up."""
    until = now + hall.rules.wrap_up
    if call.operator_id is not None and can(hall.operators[call.operator_id], Step.FINISH):
        hall.step(call.operator_id, Step.FINISH, now, until=until)
        hall.alarm(until, "wrap-up", str(call.operator_id))
    if call.operator_id is not None:
        hall.lay_beside(call.operator_id, replace(call, phase=talks.WRAP_UP, ended_at=now))
    call = hall.put_call(replace(call, phase=WAITING, operator_id=None, leg=None, held_since=None))
    hall.note(call, "waiting", now)
    hall.order(Redirect(node=call.node, channel=call.channel, context="queue"))


def _over(hall: Hall, one: Consultation, reason: str, now: datetime) -> None:
    """Nobody is asked any more: whom he asked is free again, the caller's screen shows it."""
    _forget(hall, one)
    hall.record(
        CallHappened(call_id=one.call_id, at=now, what="consult-over", operator_id=one.operator_id, detail=reason)
    )
    call = hall.calls.get(one.call_id)
    if call is not None and call.desk == one.asker and call.phase is HELD and one.line is None:
        hall.put_call(replace(call, phase=TALKING, held_since=None))
    operator = hall.operators.get(one.operator_id) if one.operator_id is not None else None
    if operator is None or operator.call_id != one.call_id:
        return
    if operator.state is OperatorState.RESERVED:
        if reason in {"declined", "no-answer", "phone-failed"}:
            hall.step(operator.operator_id, Step.MISS, now, reason=reason)
        else:
            offers.release(hall, operator.operator_id, now)
    elif operator.state is OperatorState.TALKING and (call is None or call.desk != operator.operator_id):
        hall.step(operator.operator_id, Step.FINISH, now, until=now)
        talks.close(hall, operator.operator_id, now)


def put(hall: Hall, one: Consultation, now: datetime) -> None:
    """Take the consultation's new value in, and show it at both desks."""
    hall.consults[one.call_id] = one
    hall.asked[one.leg] = one.call_id
    if one.line_leg is not None:
        hall.asked[one.line_leg] = one.call_id
    call = hall.calls[one.call_id]
    together = one.stage in {Stage.JOINING, Stage.CONFERENCE, Stage.ASIDE}
    asked = Asked(
        by=one.asker, by_name=hall.operators[one.asker].name, operator_id=one.operator_id, name=one.title,
        stage=one.stage.value, note=one.note, since=now,
    )  # fmt: skip
    phase, held = (TALKING, None) if together else (HELD, call.held_since or now)
    call = hall.put_call(replace(call, consult=asked, phase=phase, held_since=held))
    if one.operator_id is not None:
        rings = one.stage is Stage.ASKING
        hall.lay_beside(
            one.operator_id,
            replace(call, operator_id=one.operator_id, phase=RINGING if rings else TALKING, held_since=None,
                    offered_at=now if rings else call.offered_at),
        )  # fmt: skip


def _forget(hall: Hall, one: Consultation) -> None:
    hall.consults.pop(one.call_id, None)
    hall.asked.pop(one.leg, None)
    if one.line_leg is not None:
        hall.asked.pop(one.line_leg, None)
    call = hall.calls.get(one.call_id)
    if call is not None:
        hall.put_call(replace(call, consult=None))
    if one.operator_id is not None:
        hall.lay_beside(one.operator_id, None)


def _hang_up(hall: Hall, call: Call, one: Consultation) -> None:
    if one.channel is not None:
        hall.order(HangUp(node=call.node, channel=one.channel, cause=offers.ANSWERED_ELSEWHERE))


def _of_leg(hall: Hall, leg_id: LegId) -> Consultation | None:
    call_id = hall.asked.get(leg_id)
    return hall.consults.get(call_id) if call_id is not None else None
