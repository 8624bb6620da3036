"""Asking a colleague or a number while the caller hears music: complete, take back, swap, all three together (pure).

Who asks stays on his one leg: it goes from the caller to whom he asks and back, and so a desk of one line does it all.
Every leg finds its way alone (docs/adr/0023): who asked falls back to the caller when the other one leaves, who was
asked takes the caller when who asked leaves. `SHARED(BUSBAR_OFFER)` says whose the caller is; completing is giving him
to the other leg. One consultation a call, and it counts as a contact of whom it asks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from routing import offers, talks
from routing.asking import ASK, Consultation, Stage, becomes_offer, hand_over, hang_up, of_leg, over, put, wait
from routing.calls import HELD, TALKING, WRAP_UP, Call, whole
from routing.effects import CallHappened
from routing.hall import Hall, OperatorLeg, Way
from routing.operator import Operator, Step, can
from routing.transfers import NO_SUCH_CALL, NODE_AWAY, NOT_FREE, NOT_TALKING, free, outside
from routing.views import OperatorId
from routing.wishes import Consult, Settle
from telephony.commands import HangUp, Originate, Redirect, SetVariable
from telephony.events import CallId, ChannelName, LegId, LegSeen

KEPT, CONSULTING, CONSULT, ASIDE, JOINING = "kept", "consulting", "consult", "aside", "joining"
"""Contexts: the caller in music, who asks, whom he asks, the same in music meanwhile, and added to the others."""
ALREADY = "consults-already"
NO_CONSULT = "no-consultation"
AWAY = frozenset({27, 34, 38, 41, 42, 44, 58})
"""Q.850 causes of a trunk that is full, away or in trouble; whatever else is said, the number said it."""


# --- wishes ----------------------------------------------------------------------------------------------------------


def consult(hall: Hall, operator: Operator, wish: Consult, now: datetime) -> str:  # noqa: PLR0911 - one for each refusal
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
    if target is None and wish.to == "operator":
        return NOT_FREE
    refusal = outside(hall, call, operator.operator_id, wish.number, now) if target is None else ""
    if refusal:
        return refusal
    way = hall.way_out(call.node, wish.number) if target is None else None
    one = Consultation(
        call_id=call.call_id,
        asker=operator.operator_id,
        number=wish.number if target is None else "",
        tried=(way.trunk,) if way is not None else (),
        stage=Stage.ASKING,
        leg=_new_leg(hall),
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
    hall.order(*_aside(call, leg), _ring(call, leg, one, target or wish.number, way, rings))
    return ""


def _new_leg(hall: Hall) -> LegId:
    return LegId(ASK + hall.new_leg().removeprefix("offer-"))


def _aside(call: Call, leg: OperatorLeg) -> tuple[SetVariable, Redirect]:
    """Part caller and operator at once: music for the one, the ring tone for the other."""
    channel = leg.channel or ChannelName("")
    return (
        SetVariable(node=call.node, channel=call.channel, name="BUSBAR_KEEPER", value=channel),
        Redirect(node=call.node, channel=call.channel, context=KEPT, other=channel, other_context=CONSULTING),
    )


def _ring(  # noqa: PLR0913, PLR0917 - who asks whom, how and how long
    call: Call, asker: OperatorLeg, one: Consultation, target: Operator | str, way: Way | None, rings: timedelta
) -> Originate:
    variables = {
        "BUSBAR_CALL": call.call_id,
        "BUSBAR_CALLER": call.channel,
        "BUSBAR_OFFER": one.leg,
        "BUSBAR_ASKER": asker.channel or "",
        "BUSBAR_ASKED": asker.leg,
    }
    timeout = int(rings.total_seconds() * 1000)
    if isinstance(target, str):
        # The trunk itself and no `Local` channel before it: music and conferences would not pass through that.
        way = way or Way(endpoint="outward", number="")
        variables |= {"GROUP(trunk)": way.trunk} if way.trunk else {}
        return Originate(
            node=call.node, leg=one.leg, device=f"PJSIP/{target}@{way.endpoint}", context=CONSULT, timeout_ms=timeout,
            caller_number=way.number, caller_name="", variables=variables,
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
            gone = HangUp(node=call.node, channel=leg.channel, cause=talks.DELIBERATE)
            with_caller = one.stage is Stage.CONFERENCE
            to_caller = Redirect(node=call.node, channel=one.channel, context=offers.CONTEXT)
            line = () if one.line is None else (replace(gone, channel=one.line),)
            hall.order(*((owner, gone) if with_caller else (owner, to_caller, gone, *line)))
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
    over(hall, one, "taken-back", now)


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
    one = of_leg(hall, leg_id)
    if one is not None and leg_id == one.leg:
        hall.consults[one.call_id] = replace(one, channel=channel)


def joined(hall: Hall, leg_id: LegId, now: datetime) -> None:
    """A leg entered a bridge: who hears whom, with and without a consultation."""
    _go_on(hall, leg_id, now)
    both = talks.pair(hall, leg_id)
    if both is not None and both[0].phase is not WRAP_UP:
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
    one = next((found for each in members if (found := of_leg(hall, each)) is not None), None)
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
    one = of_leg(hall, leg_id)
    if one is None or not (one.channel is None or reason == offers.TIMED_OUT):
        return
    if reason == offers.TIMED_OUT or not _next_trunk(hall, one, leg_id, now):
        left(hall, leg_id, "no-answer", now)


def ended(hall: Hall, leg_id: LegId, cause: int, now: datetime) -> None:
    """The leg of whom was asked ended; a trunk that is full or away gives way to the next one, as in the dialplan."""
    one = of_leg(hall, leg_id)
    if one is None or cause not in AWAY or not _next_trunk(hall, one, leg_id, now):
        left(hall, leg_id, why(cause), now)


def _next_trunk(hall: Hall, one: Consultation, leg_id: LegId, now: datetime) -> bool:
    """Call the number through the next trunk that is for it; False when there is none, or nobody waits for it."""
    call = hall.calls.get(one.call_id)
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if call is None or leg is None or not one.number or one.stage is not Stage.ASKING or leg_id != one.leg:
        return False
    way = hall.way_out(call.node, one.number, one.tried)
    if way is None:
        return False
    hall.asked.pop(one.leg, None)
    again = replace(one, leg=_new_leg(hall), channel=None, tried=(*one.tried, way.trunk))
    put(hall, again, now)
    hall.alarm(now + hall.rules.outward_ring + offers.GRACE, "consult", again.leg)
    hall.order(_ring(call, leg, again, one.number, way, hall.rules.outward_ring))
    return True


def left(hall: Hall, leg_id: LegId, reason: str, now: datetime) -> None:
    """The leg of whom was asked ended, or never came to be; his asker's own leg goes back to the caller by itself."""
    one = of_leg(hall, leg_id)
    if one is None:
        return
    call = hall.calls.get(one.call_id)
    if leg_id == one.line_leg:
        # The asker's second line ended: who still rings stops, who talked there hangs up by himself.
        if call is not None and one.stage is Stage.ASKING:
            hang_up(hall, call, one)
        over(hall, one, "gone", now)
        return
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if call is not None and one.line is not None:
        hall.order(HangUp(node=call.node, channel=one.line, cause=talks.DELIBERATE))
    elif call is not None and one.stage is Stage.ASKING and leg is not None and leg.channel is not None:
        # He waits in the ring tone: nobody will come.
        hall.order(Redirect(node=call.node, channel=leg.channel, context=offers.CONTEXT))
    over(hall, one, reason, now)


def why(cause: int) -> str:
    """Return what the cause of an end says of whom was asked."""
    return "declined" if cause in {offers.BUSY, offers.REJECTED} else "no-answer"


def asker_left(hall: Hall, call: Call, now: datetime) -> None:
    """Who asked hung up: whom he asked has the caller from now on."""
    one = hall.consults.get(call.call_id)
    if one is None or (one.line is not None and one.leg not in hall.partners(LegId(call.call_id))):
        return  # Who hangs up on the caller while he asks on another line ends the call.
    if one.stage is Stage.ASKING and one.operator_id is not None:
        becomes_offer(hall, call, one, now)
    elif one.stage in {Stage.TOGETHER, Stage.CONFERENCE}:
        hand_over(hall, call, one, now)
        hall.order(SetVariable(node=call.node, channel=call.channel, name=offers.OWNER, value=one.leg))
    elif one.stage is Stage.ASKING:
        hang_up(hall, call, one)
        over(hall, one, "gone", now)
        wait(hall, call, now)


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
    hang_up(hall, call, one)
    leg = hall.legs.get(call.leg) if call.leg is not None else None
    if leg is not None and leg.channel is not None and one.stage is not Stage.ASIDE:
        hall.order(HangUp(node=call.node, channel=leg.channel, cause=talks.DELIBERATE))
    over(hall, one, "caller-gone", now)
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
    hang_up(hall, call, one)
    over(hall, one, "lost", now)
    return hall.calls.get(call.call_id, call)


def expired(hall: Hall, leg_id: LegId, now: datetime) -> None:
    """The switch should have said by now that nobody answers."""
    one = of_leg(hall, leg_id)
    call = hall.calls.get(one.call_id) if one is not None else None
    if one is not None and call is not None and one.stage is Stage.ASKING:
        hang_up(hall, call, one)
        left(hall, leg_id, "no-answer", now)


def found(hall: Hall, event: LegSeen, now: datetime) -> bool:
    """Know a consultation again by the leg of whom is asked, after a restart; return whether it is one."""
    told = event.variables.get
    call = hall.calls.get(CallId(told("BUSBAR_CALL") or ""))
    asker = next((leg for leg in hall.legs.values() if leg.channel and leg.channel == told("BUSBAR_ASKER")), None)
    if call is None or asker is None or call.desk != asker.operator_id or call.call_id in hall.consults:
        return False
    if call.phase not in {TALKING, HELD}:
        return False
    members = hall.partners(event.leg)
    alone = Stage.ASIDE if event.up else Stage.ASKING
    stage = Stage.CONFERENCE if LegId(call.call_id) in members else Stage.TOGETHER if asker.leg in members else alone
    whom = whole(told("BUSBAR_OPERATOR") or "")
    operator = hall.operators.get(OperatorId(whom)) if whom is not None else None
    if operator is not None and operator.call_id != call.call_id:
        step = Step.RESERVE if stage is Stage.ASKING else Step.CONNECT
        if operator.call_id is not None or not can(operator, step):
            return False
        hall.step(operator.operator_id, step, now, call_id=call.call_id)
    own = told("BUSBAR_ASKED") or ""
    if own:
        call = hall.put_call(replace(call, leg=asker.leg))
    one = Consultation(
        call_id=call.call_id, asker=asker.operator_id, stage=stage, leg=event.leg, channel=event.channel,
        operator_id=operator.operator_id if operator is not None else None,
        title=operator.name if operator is not None else "",
        line=None if own else asker.channel, line_leg=None if own else asker.leg,
    )  # fmt: skip
    if operator is not None:
        known = OperatorLeg(leg=event.leg, node=event.node, operator_id=operator.operator_id, channel=event.channel)
        hall.legs[event.leg] = known
    hall.alarm(now + hall.rules.outward_ring + offers.GRACE, "consult", one.leg)
    put(hall, one, now)
    return True
