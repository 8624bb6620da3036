"""A supervisor in a talk: he hears it, speaks to the operator or to both, and takes the caller over (pure).

His telephone is rung by an `Originate` of its own; its leg finds its way alone (`[help]` of the dialplan): it ends with
the operator's, and while a payment is taken it hears nothing, whatever the floor does. Another way, or another talk, is
the same leg sent there again. What is shown as confirmed is the switch's word, never the wish.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.lines import device
from routing import offers
from routing.calls import HELD, OUTSIDE, TALKING, Call
from routing.hall import Hall, OperatorLeg
from routing.helps import HELP, Help, Stage, Step, advance
from routing.operator import DEAD, can
from routing.operator import Step as Turn
from routing.transfers import NO_SUCH_CALL, NODE_AWAY, part
from routing.views import How, OperatorId, PassedOn
from routing.wishes import EndHelp, TakeOver
from routing.wishes import Help as HelpWish
from telephony.commands import LINE_CODECS, AnyCommand, HangUp, Originate, Redirect, SetVariable
from telephony.events import CallId, CallMarked, ChannelName, DeviceState, LegId, LegSeen, Mark, Node

CONTEXT, SILENT = "help", "paused"
"""Where a helping leg is sent: an extension for each way, and one that hears nothing."""
ALARM = "help"
RINGS = timedelta(seconds=15)
RING_MS = 15_000
NO_PHONE = "no-phone-to-help"
PHONE_BUSY = "phone-busy"
PAYMENT = "payment-pause"
NOT_HELPING = "not-helping"
NO_TALK = "no-talk-to-help"
ALREADY = "asks-somebody"
DELIBERATE = 16


# --- wishes ----------------------------------------------------------------------------------------------------------


def begin(hall: Hall, wish: HelpWish, now: datetime) -> str:  # noqa: PLR0911 - one for each refusal
    """Let a supervisor into a talk, or let him help in another way; return "" when it is ordered, else why not."""
    call = hall.calls.get(CallId(wish.call_id))
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if call is None or call.desk != wish.target:
        return NO_SUCH_CALL
    if call.phase not in {TALKING, HELD} or leg is None or leg.channel is None:
        return NO_TALK
    if call.node not in hall.linked():
        return NODE_AWAY
    if call.pause_wanted:
        return PAYMENT
    mine = hall.helps.by(wish.operator_id)
    if mine is not None:
        return _change(hall, mine, call, leg, wish, now)
    telephone = _telephone(hall, wish.extension, call.node)
    if not telephone:
        return NO_PHONE if telephone is None else PHONE_BUSY
    one = hall.helps.put(
        Help(
            leg=LegId(HELP + hall.new_leg().removeprefix("offer-")), node=call.node, by=wish.operator_id,
            by_name=wish.by_name, operator_id=wish.target, call_id=call.call_id, spied=leg.leg, how=wish.how, since=now,
            told=hall.rules.help_told,
        )
    )  # fmt: skip
    hall.note(call, "help", now, detail=f"{wish.how} by {wish.operator_id}")
    hall.alarm(now + RINGS + offers.GRACE, ALARM, one.leg)
    hall.order(
        Originate(
            node=call.node, leg=one.leg, device=telephone, context=CONTEXT, timeout_ms=RING_MS,
            caller_number=call.number, caller_name="", variables=_variables(one, call) | {
                "PJSIP_HEADER(add,X-Busbar-Call)": call.call_id,
                "PJSIP_HEADER(add,X-Busbar-Answer)": "auto",
            },
            codecs=LINE_CODECS,
        )
    )  # fmt: skip
    return ""


def _telephone(hall: Hall, extension: str, node: Node) -> str | None:
    """Return the device to ring; "" when each is in use, None when none is there."""
    states = {one: hall.devices.get((one, node)) for one in (device(extension), f"PJSIP/desk{extension}")}
    there = {one: state for one, state in states.items() if state is not None and state not in DEAD}
    if not extension or not there:
        return None
    return next((one for one, state in there.items() if state is DeviceState.NOT_IN_USE), "")


def _variables(one: Help, call: Call) -> dict[str, str]:
    return {
        "BUSBAR_HELP": one.how.value,
        "BUSBAR_HELPER": str(one.by),
        "BUSBAR_SPIED": one.spied,
        "BUSBAR_CALL": call.call_id,
        "BUSBAR_CALLER": call.channel,
        "BUSBAR_OFFER": one.leg,
    }


def _change(hall: Hall, one: Help, call: Call, leg: OperatorLeg, wish: HelpWish, now: datetime) -> str:  # noqa: PLR0913, PLR0917 - who, where, how
    """The leg that is there goes another way, or into another talk of the same node."""
    if one.channel is None or one.stage in {Stage.TAKING, Stage.TAKEN} or one.node != call.node:
        return PHONE_BUSY
    if (one.call_id, one.how) == (call.call_id, wish.how) and one.stage is not Stage.REQUESTED:
        return ""
    moved = replace(one, operator_id=wish.target, call_id=call.call_id, spied=leg.leg, how=wish.how)
    moved = hall.helps.put(advance(moved, Step.CHANGE, now))
    hall.note(call, "help", now, detail=f"{wish.how} by {wish.operator_id}")
    hall.order(
        *(
            SetVariable(node=one.node, channel=one.channel, name=name, value=value)
            for name, value in _variables(moved, call).items()
        ),
        Redirect(node=one.node, channel=one.channel, context=CONTEXT),
    )
    return ""


def take_over(hall: Hall, wish: TakeOver, now: datetime) -> str:
    """Give the caller to who helps; nothing has changed before the switch has joined the two."""
    one = hall.helps.by(wish.operator_id)
    call = hall.calls.get(CallId(wish.call_id))
    if one is None or one.call_id != wish.call_id or one.channel is None:
        return NOT_HELPING
    if call is None or call.leg != one.spied or call.alone or call.phase not in {TALKING, HELD}:
        return NO_TALK
    if call.call_id in hall.consults:
        return ALREADY
    if call.pause_wanted or one.stage is Stage.PAUSED:
        return PAYMENT
    if one.stage is not Stage.CONFIRMED:
        return NOT_HELPING
    hall.helps.put(advance(one, Step.TAKE, now))
    hall.order(
        SetVariable(node=call.node, channel=call.channel, name=offers.OWNER, value=one.leg),
        Redirect(node=one.node, channel=one.channel, context=offers.CONTEXT),
    )
    return ""


def end(hall: Hall, wish: EndHelp) -> str:
    """The supervisor leaves."""
    one = hall.helps.by(wish.operator_id)
    if one is None:
        return NOT_HELPING
    if one.channel is not None:
        hall.order(HangUp(node=one.node, channel=one.channel, cause=DELIBERATE))
    return ""


# --- what a payment asks for -----------------------------------------------------------------------------------------


def silence(hall: Hall, call_id: CallId) -> None:
    """Nobody listens while a card number is read out. The dialplan lets them in again when it is over."""
    for one in hall.helps.of_call(call_id):
        if one.channel is not None and one.stage in {Stage.CONFIRMED, Stage.REQUESTED}:
            hall.order(Redirect(node=one.node, channel=one.channel, context=CONTEXT, exten=SILENT))


# --- what the switch reports -----------------------------------------------------------------------------------------


def created(hall: Hall, leg: LegId, channel: ChannelName) -> None:
    """Note the channel of who helps."""
    one = hall.helps.by_leg.get(leg)
    if one is not None:
        hall.strangers.pop(leg, None)
        hall.helps.put(replace(one, channel=channel))


def heard(hall: Hall, event: CallMarked, now: datetime) -> None:
    """The dialplan says that he is in the talk, or that he is kept out of it while a payment lasts."""
    one = hall.helps.by_leg.get(event.leg)
    if one is None:
        return
    if event.mark is Mark.HELP_PAUSED:
        hall.helps.put(advance(one, Step.SILENCE, now))
        return
    if event.fields.get("How") != one.how:
        return  # Of a way that he has left meanwhile.
    call = hall.calls.get(one.call_id)
    if call is not None and call.pause_wanted:
        silence(hall, call.call_id)  # Both at once: the payment goes first.
    else:
        hall.helps.put(advance(one, Step.HEAR, now))


def joined(hall: Hall, leg: LegId, now: datetime) -> None:
    """He who takes over and the caller are together: the caller is his, the operator writes up."""
    members = hall.partners(leg)
    one = next((hall.helps.by_leg[each] for each in members if each in hall.helps.by_leg), None)
    call = hall.calls.get(one.call_id) if one is not None else None
    if one is None or call is None or one.stage is not Stage.TAKING or LegId(call.call_id) not in members:
        return
    hall.helps.put(advance(one, Step.MEET, now))
    _has_him(hall, one, call, now)


def _has_him(hall: Hall, one: Help, call: Call, now: datetime) -> None:
    """The caller is at nobody's desk from now on; who had him writes his part up."""
    operator = hall.operators[one.operator_id]
    passed = PassedOn(by=one.operator_id, by_name=operator.name, kind="operator", to=one.by_name)
    if operator.call_id == call.call_id and can(operator, Turn.FINISH):
        call = part(hall, call, passed, f"taken over by {one.by}", now)
    call = replace(call, phase=OUTSIDE, passed=passed, operator_id=None, leg=None, held_since=None, parted_at=None)
    hall.note(hall.put_call(call), "taken-over", now)


def not_taken(hall: Hall, command: AnyCommand, now: datetime) -> None:
    """The switch did not carry out what was ordered for a helping leg."""
    one = next((each for each in hall.helps.by_leg.values() if _is_for(each, command)), None)
    if one is None or one.stage is not Stage.TAKING:
        return
    hall.helps.put(advance(one, Step.FAIL, now))
    call = hall.calls.get(one.call_id)
    if call is not None and call.leg is not None and isinstance(command, Redirect):
        hall.order(SetVariable(node=call.node, channel=call.channel, name=offers.OWNER, value=call.leg))


def _is_for(one: Help, command: AnyCommand) -> bool:
    match command:
        case Redirect(channel=channel):
            return channel == one.channel
        case SetVariable(name=offers.OWNER, value=value):
            return value == one.leg
        case _:
            return False


def ended(hall: Hall, leg: LegId, reason: str, now: datetime) -> None:
    """His leg is over, or never came to be."""
    one = hall.helps.by_leg.get(leg)
    if one is None:
        return
    call = hall.calls.get(one.call_id)
    if call is not None and one.stage is not Stage.REQUESTED:
        hall.note(call, "help-over", now, detail=str(one.by))
    hall.helps.drop(leg, "over" if one.stage is not Stage.REQUESTED else reason)


def expired(hall: Hall, leg: LegId, now: datetime) -> None:
    """The switch should have said by now that he hears."""
    one = hall.helps.by_leg.get(leg)
    if one is None or one.stage is not Stage.REQUESTED:
        return
    if one.channel is not None:
        hall.order(HangUp(node=one.node, channel=one.channel, cause=DELIBERATE))
    ended(hall, leg, "no-answer", now)


# --- after a restart -------------------------------------------------------------------------------------------------


def found(hall: Hall, event: LegSeen, now: datetime) -> bool:
    """Know a help again by its leg; return whether it is one."""
    if not event.leg.startswith(HELP):
        return False
    told = event.variables.get
    call = hall.calls.get(CallId(told("BUSBAR_CALL") or ""))
    who, how = told("BUSBAR_HELPER") or "", told("BUSBAR_HELP") or ""
    known = hall.helps.by_leg.get(event.leg)
    if call is None or not who.isdigit() or how not in set(How):
        return True
    has_caller = LegId(call.call_id) in hall.partners(event.leg)
    operator_id = known.operator_id if known is not None else call.talker or call.operator_id
    if operator_id is None:
        return True
    stage = Stage.TAKEN if has_caller else Stage.PAUSED if event.exten == SILENT else Stage.CONFIRMED
    if not event.up:
        stage = Stage.REQUESTED
        hall.alarm(now + RINGS + offers.GRACE, ALARM, event.leg)
    by = OperatorId(int(who))
    name = known.by_name if known is not None else hall.helps.names.get(by, "")
    one = Help(
        leg=event.leg, node=event.node, by=by, by_name=name, operator_id=operator_id, call_id=call.call_id,
        spied=LegId(told("BUSBAR_SPIED") or ""), how=How(how), stage=stage, since=now, told=hall.rules.help_told,
        channel=event.channel,
    )  # fmt: skip
    if known is None or replace(known, since=now) != one:
        hall.helps.put(one)
    if has_caller and call.phase is not OUTSIDE:
        _has_him(hall, one, call, now)  # It came to be while nobody looked.
    return True


def missing(hall: Hall, node: Node, seen: set[LegId], now: datetime) -> None:
    """Helps of a node whose legs were not told are over."""
    for leg in [one.leg for one in hall.helps.by_leg.values() if one.node == node and one.leg not in seen]:
        ended(hall, leg, "over", now)
