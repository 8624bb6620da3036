"""How the floor learns what goes on: at its start, after a lost link, after a restart of Asterisk (pure).

`LinkUp` asks the node for every channel; each is told as `LegSeen`; after `SnapshotEnded` what was not told is gone.
What the database remembers (`Past`) fills in what channels do not carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crm_core.callbacks import Standing
from routing import (
    asking,
    callbacks,
    consults,
    debtors,
    fallback,
    helping,
    offers,
    overflow,
    placing,
    recording,
    standing,
    talks,
)
from routing.backs import is_back
from routing.calls import (
    HELD,
    IVR,
    QUEUED,
    REJOINING,
    RINGING,
    TALKING,
    WAITING,
    WRAP_UP,
    Call,
    as_shown,
    number_of,
    told,
    whole,
)
from routing.dials import Dial
from routing.hall import Hall, OperatorLeg, Stranger
from routing.lately import Spoken
from routing.operator import Operator, Step, can
from routing.skills import ANYBODY
from routing.views import CallView, FloorView, OperatorId, OperatorState, OperatorView
from telephony.commands import AskSnapshot
from telephony.events import CallId, ChannelName, DeviceState, LegId, LegSeen, Node

VARIABLES = (
    "BUSBAR_CALL",
    "BUSBAR_DIALLED",
    "BUSBAR_LANGUAGE",
    "BUSBAR_ACCOUNT",
    "BUSBAR_CANDIDATES",
    "BUSBAR_TOPIC",
    "BUSBAR_FLAGS",
    "BUSBAR_PATH",
    "BUSBAR_QUEUE",
    "BUSBAR_IVR",
    "BUSBAR_SINCE",
    "BUSBAR_CALLER",
    "BUSBAR_OFFER",
    "BUSBAR_OPERATOR",
    "BUSBAR_NUMBER",
    "BUSBAR_ASKER",
    "BUSBAR_ASKED",
    "BUSBAR_RECORDING",
    "BUSBAR_PAUSES",
    "BUSBAR_HELP",
    "BUSBAR_HELPER",
    "BUSBAR_SPIED",
    recording.SHARED,
)
AFTER_TALK = "survey"
"""Context of a caller whose operator let him go while nobody listened: his contact is over."""
CALLERS_CONTEXTS = frozenset({
    "inbound", "queue", "resort", "parted", "overflow", "passing", "passing-out", "kept", "transfer", "waiting",
    "callback", callbacks.STANDING_CONTEXT,
})  # fmt: skip
WAITING_CONTEXTS = frozenset({"queue", "resort", "waiting", callbacks.STANDING_CONTEXT})
OFFER = "offer-"
ASK_AGAIN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the database remembers: calls without an end, and how operators were last."""

    calls: tuple[Call, ...] = ()
    operators: tuple[Operator, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    """Who spoke to whom of late, oldest first."""
    backs: tuple[Standing, ...] = ()
    """Attempts to call somebody back that are on record as standing or dialled."""
    helpers: Mapping[OperatorId, str] = field(default_factory=dict)
    """What those are called who helped in a talk."""
    dials: tuple[Dial, ...] = ()
    """Attempts to reach debtors that are on record as open."""


def refreshed(past: Past, shown: FloorView, day: str) -> Past:
    """Add what was on the screens but not on record yet when the last floor died.

    Args:
        past: what the database remembers.
        shown: the last floor, as Redis has it.
        day: today, ISO 8601.

    """
    known = {one.operator_id: one for one in past.operators}
    for view in shown.operators:
        if view.operator_id not in known or known[view.operator_id].since < view.since:
            able = known[view.operator_id].profile if view.operator_id in known else ANYBODY
            known[view.operator_id] = replace(_seen(view, day), profile=able)
    views = {view.call_id: view for view in shown.calls}
    recorded = [_filled(one, views.pop(one.call_id, None)) for one in past.calls]
    calls = (*recorded, *map(as_shown, views.values()))
    helpers = {one.by: one.by_name for one in shown.helps}
    return replace(past, calls=calls, operators=tuple(known.values()), helpers=helpers)


def _filled(call: Call, view: CallView | None) -> Call:
    """Add what is on no record, so that screens need not wait for the switch to show all of a call."""
    if view is None:
        return call
    call = replace(call, passed=call.passed or view.passed)
    call = replace(call, name=call.name or view.name, candidates=call.candidates or view.candidates)
    if view.operator_id != call.operator_id:
        return call
    return replace(call, offered_at=view.offered_at, held_since=view.held_since if call.phase is HELD else None)


def _seen(view: OperatorView, day: str) -> Operator:
    return Operator(
        operator_id=view.operator_id,
        name=view.name,
        extension=view.extension,
        state=view.state,
        reason=view.reason,
        since=view.since,
        until=view.until,
        next_reason=view.next_reason,
        call_id=view.call_id,
        calls_today=view.calls_today,
        day=day,
        hand_at=view.hand_at,
    )


def remember(hall: Hall, past: Past) -> None:
    """Start from what is remembered; the nodes' own reports come on top."""
    hall.helps.names.update(past.helpers)
    for spoken in past.spoken:
        hall.lineup.lately.note(spoken)
    for operator in past.operators:
        wrap_up = operator.state is OperatorState.WRAP_UP
        until = operator.until or operator.since + hall.rules.wrap_up if wrap_up else None
        hall.put_operator(replace(operator, until=until))
        if until is not None:
            hall.alarm(until, "wrap-up", str(operator.operator_id))
    for one in past.backs:
        callbacks.remember(hall, one)
    for dial in past.dials:
        debtors.remember(hall, dial)
    writing = {one.call_id: one for one in past.operators if one.state is OperatorState.WRAP_UP and one.call_id}
    for known in past.calls:
        back = hall.backs.by_call.get(known.call_id)
        # Whether somebody is asked, the channels tell.
        call = hall.put_call(replace(known, consult=None, back=back.view if back is not None else known.back))
        writer = writing.get(call.call_id)
        if writer is not None and call.desk != writer.operator_id:
            # He passed this caller on and writes his part up while the call goes on.
            part = replace(call, phase=WRAP_UP, operator_id=writer.operator_id, ended_at=writer.since)
            hall.lay_beside(writer.operator_id, part)
        if call.waiting_since is not None and not is_back(call.call_id):
            figures = hall.queue(call.queue).figures
            figures.enter(call.call_id, call.waiting_since)
            if call.answered_at is not None:
                figures.answer(call.call_id, call.answered_at)


def link_up(hall: Hall, node: Node) -> None:
    """Ask a node for all it has; until it has answered, nobody of it is offered."""
    hall.set_node(node, up=True)
    hall.lineup.sync(node, known=False)
    hall.seen[node] = set()
    hall.seen_legs[node] = {}
    hall.order(AskSnapshot(node=node, variables=VARIABLES))
    for operator in hall.operators.values():
        if operator.state is OperatorState.OFFLINE:
            fallback.leave(hall, operator, [node])
        else:
            fallback.join(hall, operator, [node])


def link_lost(hall: Hall, node: Node) -> None:
    """Calls go on, we are blind: telephones of the node are unknown, nobody of it is offered."""
    hall.set_node(node, up=False)
    hall.lineup.sync(node, known=False)
    hall.seen.pop(node, None)
    for operator in list(hall.operators.values()):
        lost = {key: DeviceState.UNKNOWN for key in operator.phones if key[1] == node}
        if lost:
            hall.put_operator(replace(operator, phones={**operator.phones, **lost}))
    for key in [one for one in hall.devices if one[1] == node]:
        hall.devices[key] = DeviceState.UNKNOWN


def seen(hall: Hall, event: LegSeen, now: datetime) -> None:
    """Take in one living channel."""
    if event.node not in hall.seen:
        return
    hall.seen[event.node].add(event.leg)
    if event.bridge:
        hall.enter_bridge(event.leg, event.bridge)
    else:
        hall.leave_bridge(event.leg)
    if callbacks.far_seen(hall, event) or debtors.seen(hall, event, now):
        return
    if event.context == AFTER_TALK:
        if (call := hall.calls.get(CallId(event.leg))) is not None:
            talks.over(hall, call, now)
    elif event.variables.get("BUSBAR_CALL") == event.leg or event.context in CALLERS_CONTEXTS:
        _caller_seen(hall, event, now)
    else:
        # Callers first: an operator's leg says nothing without its caller, and channels come in any order.
        hall.seen_legs[event.node][event.leg] = event


def _caller_seen(hall: Hall, event: LegSeen, now: datetime) -> None:
    if not event.bridge and callbacks.turn_away(hall, event.node, event.leg, event.channel):
        return
    call = hall.calls.get(CallId(event.leg)) or _born(hall, event, now)
    call = told(call, {key.removeprefix("BUSBAR_").capitalize(): text for key, text in event.variables.items()})
    number = call.number or number_of(event.number, hall.rules.country)
    # Asterisk tells whole seconds: nobody waits before he arrived.
    waited = None if is_back(event.leg) else call.waiting_since
    arrived = min(call.arrived_at, waited or call.arrived_at)
    call = replace(call, channel=event.channel, number=number, name=call.name or event.name, arrived_at=arrived)
    hall.put_call(recording.seen_caller(hall, call, event.variables.get(recording.SHARED, ""), now))
    if event.bridge:
        return
    if event.context == "parted":
        talks.parted(hall, call, 0, now)
    elif event.context == "overflow" and call.phase in QUEUED:
        overflow.taken(hall, hall.put_call(replace(call, phase=WAITING)), now)
    elif _waits(event) and call.phase is not RINGING:
        talks.waits(hall, consults.lost(hall, call, now), now)


def _waits(event: LegSeen) -> bool:
    """Whoever came from the queue to be asked stands in it all the while."""
    asked = event.context == "callback" and bool(event.variables.get("BUSBAR_SINCE"))
    return asked or event.context in WAITING_CONTEXTS


def _born(hall: Hall, event: LegSeen, now: datetime) -> Call:
    back = callbacks.call_of(hall, CallId(event.leg), event.channel, now)
    if back is not None:
        return back
    return Call(
        call_id=CallId(event.leg),
        node=event.node,
        channel=event.channel,
        number=number_of(event.variables.get("BUSBAR_NUMBER") or event.number, hall.rules.country),
        name=event.name,
        arrived_at=now - timedelta(seconds=event.seconds),
    )


def ended(hall: Hall, node: Node, now: datetime) -> None:
    """All channels of the node are told: adopt operators' legs, bury what was not told, route again."""
    seen_now = hall.seen.pop(node, None)
    if seen_now is None:
        return
    hall.lineup.sync(node, known=True)
    legs = [one.leg for one in hall.legs.values() if one.node == node]
    callers = [LegId(one.call_id) for one in hall.calls.values() if one.node == node]
    callbacks.missing(hall, node, seen_now)
    # First, lest somebody who is there be taken to talk with somebody who has left the same bridge.
    for gone in {*legs, *callers} - seen_now:
        hall.leave_bridge(gone)
    # Who is asked comes last: what he is to the call depends on whose it is.
    for event in sorted(hall.seen_legs.pop(node, {}).values(), key=lambda one: one.leg.startswith(asking.ASK)):
        placing.found(hall, event)
        if not helping.found(hall, event, now) and not consults.found(hall, event, now):
            _leg_seen(hall, event, now)
    helping.missing(hall, node, seen_now, now)
    placing.missing(hall, node, seen_now, now)
    for leg in [one for one in hall.legs.values() if one.node == node and one.leg not in seen_now]:
        _vanished(hall, leg, now)
    for call in [one for one in hall.calls.values() if one.node == node]:
        if LegId(call.call_id) not in seen_now:
            talks.over(hall, consults.call_over(hall, call, now), now)
    for stranger in [leg for leg, one in hall.strangers.items() if one.node == node and leg not in seen_now]:
        hall.strangers.pop(stranger)
    _settle(hall, node, now)
    callbacks.found(hall, node, now)
    debtors.found(hall, node, now)


def _leg_seen(hall: Hall, event: LegSeen, now: datetime) -> None:
    told_id = whole(event.variables.get("BUSBAR_OPERATOR", ""))
    operator_id = OperatorId(told_id) if told_id is not None else hall.operator_at(event.channel)
    if operator_id is None:
        hall.strangers[event.leg] = Stranger(channel=event.channel, node=event.node)
        return
    if operator_id not in hall.operators:
        extension = event.channel.rpartition("-")[0].removeprefix("PJSIP/").lstrip("opdesk")
        hall.put_operator(Operator(operator_id=operator_id, name="", extension=extension, since=now))
    if standing.adopt(hall, event, operator_id):
        return
    call_id = event.variables.get("BUSBAR_CALL", "")
    adopt(hall, event.node, event.leg, event.channel, operator_id, now, call_id=call_id, up=event.up)
    recording.seen(hall, event)


def adopt(  # noqa: PLR0913, PLR0917 - what a channel is
    hall: Hall,
    node: Node,
    leg_id: LegId,
    channel: ChannelName,
    operator_id: OperatorId,
    now: datetime,
    *,
    call_id: str = "",
    up: bool = False,
) -> None:
    """Know a channel as an operator's leg, and what it does."""
    offered = leg_id.startswith(OFFER)
    known = hall.legs.get(leg_id)
    leg = known or OperatorLeg(leg=leg_id, node=node, operator_id=operator_id, offered=offered, rang=offered)
    deadline = leg.deadline or (now + hall.rules.offer if offered else None)
    leg = replace(leg, channel=channel, call_id=leg.call_id or CallId(call_id) or None, deadline=deadline)
    hall.legs[leg_id] = leg
    if len(hall.partners(leg_id)) > 1:
        consults.joined(hall, leg_id, now)
    elif offered and not up and known is None:
        _still_rings(hall, leg, now)


def _still_rings(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """A telephone rings that an earlier floor rang: the offer stands."""
    call = hall.calls.get(leg.call_id) if leg.call_id is not None else None
    operator = hall.operators[leg.operator_id]
    if leg.deadline is not None:
        hall.alarm(leg.deadline + offers.GRACE, "offer", leg.leg)
    if call is None or call.phase not in QUEUED | {RINGING, REJOINING}:
        return
    if call.phase is REJOINING:
        if call.operator_id == leg.operator_id:
            hall.legs[leg.leg] = replace(leg, rejoin=True)
            hall.put_call(replace(call, leg=leg.leg))
        return
    if can(operator, Step.RESERVE):
        hall.step(leg.operator_id, Step.RESERVE, now, call_id=call.call_id)
    elif operator.call_id != call.call_id:
        return  # He would not be offered now; should he answer all the same, the bridge will tell.
    hall.put_call(
        replace(call, phase=RINGING, operator_id=leg.operator_id, leg=leg.leg, offered_at=call.offered_at or now)
    )


def _vanished(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    hall.legs.pop(leg.leg, None)
    hall.leave_bridge(leg.leg)
    if leg.stands:
        standing.ended(hall, leg, now)
    if leg.offered and not leg.bridged and not leg.cancelled:
        if leg.rejoin:
            offers.again(hall, leg, now)
        else:
            offers.withdraw(hall, leg, "moved", now)


def _settle(hall: Hall, node: Node, now: datetime) -> None:
    """Bring together what database and switch remember differently."""
    for call in [one for one in hall.calls.values() if one.node == node]:
        leg = hall.legs.get(call.leg) if call.leg is not None else None
        if call.phase is RINGING and leg is None:
            hall.put_call(replace(call, phase=WAITING, operator_id=None, leg=None, offered_at=None), gone="moved")
        elif call.phase in {TALKING, HELD} and leg is None:
            talks.parted(hall, call, 0, now)
        elif call.phase is REJOINING:
            hall.alarm(now + offers.SETTLE, "rejoin", call.call_id)
        elif call.phase in QUEUED | {IVR} and call.operator_id is not None:
            hall.put_call(replace(call, operator_id=None))
    for operator in list(hall.operators.values()):
        held = hall.calls.get(CallId(operator.call_id)) if operator.call_id is not None else None
        mine = held is not None and held.desk == operator.operator_id
        if mine or operator.operator_id in hall.beside or (operator.call_id or "").rpartition("-")[0] not in {node, ""}:
            continue
        if operator.state is OperatorState.RESERVED:
            offers.release(hall, operator.operator_id, now)
        elif operator.state is OperatorState.TALKING:
            _write_up(hall, operator, now)


def _write_up(hall: Hall, operator: Operator, now: datetime) -> None:
    """The caller went while nobody looked: the operator still has the contact to write up."""
    until = now + hall.rules.wrap_up
    hall.step(operator.operator_id, Step.FINISH, now, until=until)
    hall.alarm(until, "wrap-up", str(operator.operator_id))


def ask_again(hall: Hall, node: Node) -> None:
    """A node that did not answer is asked again, if it is there and we still do not know."""
    if hall.nodes.get(node) and node not in hall.lineup.synced:
        link_up(hall, node)


def claim(hall: Hall, operator_id: OperatorId, now: datetime) -> None:
    """Telephones speak before desks do: what a channel is was unknown until its operator signed in."""
    mine = hall.operators[operator_id].devices
    for leg, stranger in list(hall.strangers.items()):
        if stranger.channel.rpartition("-")[0] in mine:
            del hall.strangers[leg]
            adopt(hall, stranger.node, leg, stranger.channel, operator_id, now)
