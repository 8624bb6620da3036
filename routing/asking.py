"""A consultation: what it is, how it stands at both desks, how it ends (pure).

What is wished and what the switch reports of it is in `routing.consults`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from routing import offers, talks
from routing.calls import HELD, OUTSIDE, RINGING, TALKING, WAITING, WRAP_UP, Call
from routing.effects import CallHappened
from routing.hall import Hall, OperatorLeg
from routing.operator import Step, can
from routing.transfers import part
from routing.views import Asked, OperatorId, OperatorState, PassedOn
from telephony.commands import HangUp, Redirect, SetVariable
from telephony.events import CallId, ChannelName, LegId

ASK = "ask-"
"""Legs of whom is asked: no offers, for nobody else may be rung instead."""


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
    number: str = ""
    """Of the public network, "" for an operator, and after a restart."""
    tried: tuple[str, ...] = ()
    """Trunks that it was called through."""
    line: ChannelName | None = None
    """Second line of the asker's own telephone on which he asks (`routing.secondline`); None when his one leg does."""
    line_leg: LegId | None = None


def hand_over(hall: Hall, call: Call, one: Consultation, now: datetime) -> None:
    """The caller belongs to whom was asked; who asked writes his part up."""
    kind = "operator" if one.operator_id is not None else "number"
    passed = PassedOn(
        by=one.asker, by_name=hall.operators[one.asker].name, kind=kind, to=one.title,  # type: ignore[arg-type]
        operator_id=one.operator_id, note=one.note,
    )  # fmt: skip
    forget(hall, one)
    call = part(hall, hall.calls[call.call_id], passed, f"attended {one.operator_id or 'number'}", now)
    if one.operator_id is None:
        hall.note(hall.put_call(replace(call, phase=OUTSIDE, operator_id=None, leg=None)), "outside", now)
        return
    leg = hall.legs.get(one.leg) or OperatorLeg(
        leg=one.leg, node=call.node, operator_id=one.operator_id, channel=one.channel
    )
    hall.legs[one.leg] = replace(leg, call_id=call.call_id, bridged=True)
    call = hall.put_call(
        replace(
            call,
            phase=TALKING,
            operator_id=one.operator_id,
            leg=one.leg,
            held_since=None,
            recorded=leg.recorded is not None,
        )
    )
    hall.lineup.spoke(call)
    hall.note(call, "answered", now)


def becomes_offer(hall: Hall, call: Call, one: Consultation, now: datetime) -> None:
    """Who asked did not wait for the answer: it rings on as if he had passed the caller on."""
    operator_id = one.operator_id
    if operator_id is None:
        return
    passed = PassedOn(
        by=one.asker, by_name=hall.operators[one.asker].name, kind="operator", to=one.title, operator_id=operator_id,
        note=one.note,
    )  # fmt: skip
    forget(hall, one)
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


def wait(hall: Hall, call: Call, now: datetime) -> None:
    """Nobody has the caller: he waits at the head, and who asked writes up."""
    until = now + hall.rules.wrap_up
    if call.operator_id is not None and can(hall.operators[call.operator_id], Step.FINISH):
        hall.step(call.operator_id, Step.FINISH, now, until=until)
        hall.alarm(until, "wrap-up", str(call.operator_id))
    if call.operator_id is not None:
        hall.lay_beside(call.operator_id, replace(call, phase=WRAP_UP, ended_at=now))
    call = hall.put_call(replace(call, phase=WAITING, operator_id=None, leg=None, held_since=None))
    hall.note(call, "waiting", now)
    hall.order(Redirect(node=call.node, channel=call.channel, context="queue"))


def over(hall: Hall, one: Consultation, reason: str, now: datetime) -> None:
    """Nobody is asked any more: whom he asked is free again, the caller's screen shows it."""
    forget(hall, one)
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


def forget(hall: Hall, one: Consultation) -> None:
    """Take a consultation away from both desks; what becomes of the two is said by whoever does it."""
    hall.consults.pop(one.call_id, None)
    hall.asked.pop(one.leg, None)
    if one.line_leg is not None:
        hall.asked.pop(one.line_leg, None)
    call = hall.calls.get(one.call_id)
    if call is not None:
        hall.put_call(replace(call, consult=None))
    if one.operator_id is not None:
        hall.lay_beside(one.operator_id, None)


def hang_up(hall: Hall, call: Call, one: Consultation) -> None:
    """End the leg of whom was asked; its end says nothing about him."""
    if one.channel is not None:
        hall.order(HangUp(node=call.node, channel=one.channel, cause=offers.ANSWERED_ELSEWHERE))


def of_leg(hall: Hall, leg_id: LegId) -> Consultation | None:
    """Return the consultation that a leg belongs to, if it does."""
    call_id = hall.asked.get(leg_id)
    return hall.consults.get(call_id) if call_id is not None else None
