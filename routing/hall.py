"""The floor's present: calls, operators, queues, their indices, and what of it was told already (pure).

Whoever changes a call or an operator puts the new value with `put_call` or `put_operator`; `drain` then yields
exactly the news that makes every screen right. Nothing here is scanned per event: 500 operators cost as much as two.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import count
from typing import TYPE_CHECKING

from crm_core.trunks import Trunk, ways
from routing.backs import Backs
from routing.calls import AT_DESK, OUTSIDE, QUEUED, Call
from routing.caps import Caps, Spent
from routing.effects import Book, CallFact, CallHappened, Effect, Entry, Fact, OperatorFact, Order, Record, Tell
from routing.expectation import Flows
from routing.figures import Figures
from routing.lineup import Lineup
from routing.news import CallChanged, CallGone, NodeChanged, OperatorChanged, QueueChanged
from routing.operator import Operator, Step, advance
from routing.pairs import Offer
from routing.places import Absent
from routing.policy import Policy
from routing.skills import Profile
from routing.taping import Recorded
from routing.terms import Terms
from routing.views import BackStage, CallPhase, CallView, DeskView, FloorView, OperatorId, OperatorView, QueueView
from telephony.commands import AnyCommand, PauseQueueMember
from telephony.events import CallId, ChannelName, DeviceState, LegId, LegSeen, Node

if TYPE_CHECKING:
    from routing.asking import Consultation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is set from outside; durations are what Settings has in seconds."""

    offer: timedelta = timedelta(seconds=15)
    wrap_up: timedelta = timedelta(seconds=60)
    wrap_up_extension: timedelta = timedelta(seconds=60)
    outward: bool = False
    """There is a trunk of the settings by which numbers of the public network are called."""
    outward_number: str = ""
    """Ours, shown there."""
    outward_ring: timedelta = timedelta(seconds=40)
    outward_caps: Caps = field(default_factory=Caps)
    rejoin: timedelta = timedelta(seconds=20)
    threshold: timedelta = timedelta(seconds=20)
    zone: tzinfo = field(default_factory=lambda: timezone.utc)  # noqa: UP017 - as a factory
    """Whose midnight starts an operator's day."""
    country: str = "RU"
    fallback_queue: str = "busbar"
    policy: Policy = field(default_factory=Policy)
    old_place: timedelta = timedelta(minutes=10)
    """Who calls again so soon after his node died waits where he waited."""
    back_read: timedelta = timedelta(seconds=10)
    """How long an operator reads the card of a call-back before the number is dialled by itself."""
    back_ring: timedelta = timedelta(seconds=40)
    """How long a subscriber's telephone rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLeg:
    """A channel to an operator's telephone."""

    leg: LegId
    node: Node
    operator_id: OperatorId
    channel: ChannelName | None = None
    """None until the switch has created it."""
    call_id: CallId | None = None
    offered: bool = False
    """We originated it; otherwise `app_queue` did, or the operator dialled himself."""
    rejoin: bool = False
    rang: bool = False
    bridged: bool = False
    cancelled: bool = False
    """We hung it up, or decided to: how it ends says nothing about the operator."""
    declined: bool = False
    recorded: Recorded | None = None
    """It is being recorded, and how."""
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A channel we know nothing of but this."""

    channel: ChannelName
    node: Node
    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a number of the public network is called."""

    endpoint: str
    number: str
    """Ours, shown there; "" for none."""
    trunk: str = ""
    """Whose lines it takes; "" for the trunk of the settings, which has no limit."""


@dataclass(slots=True)
class Queue:
    """One queue: its figures and who stands in it."""

    figures: Figures
    standing: list[tuple[datetime, CallId]] = field(default_factory=list)


class Hall:
    """Everything the floor knows."""

    def __init__(self, rules: Rules, new_leg: Callable[[], LegId]) -> None:
        self.rules = rules
        self.new_leg = new_leg
        self.calls: dict[CallId, Call] = {}
        self.operators: dict[OperatorId, Operator] = {}
        self.by_device: dict[str, OperatorId] = {}
        self.devices: dict[tuple[str, Node], DeviceState] = {}
        self.legs: dict[LegId, OperatorLeg] = {}
        self.bridges: dict[str, set[LegId]] = {}
        self.bridge_of: dict[LegId, str] = {}
        self.strangers: dict[LegId, Stranger] = {}
        """Channels that are no call and no operator's leg, or not yet."""
        self.seen: dict[Node, set[LegId]] = {}
        """Channels told since a node was asked for all of them."""
        self.seen_legs: dict[Node, dict[LegId, LegSeen]] = {}
        """Those of them that are no callers, until all are told."""
        self.beside: dict[OperatorId, Call] = {}
        """What desks still have of calls that are elsewhere: a part to write up after the caller was passed on."""
        self.consults: dict[CallId, Consultation] = {}
        self.asked: dict[LegId, CallId] = {}
        """Legs of whom somebody asks about a call."""
        self.nodes: dict[Node, bool] = {}
        self.absent = Absent()
        self.lineup = Lineup(rules.policy, self.calls, self.operators)
        self.backs = Backs()
        self.flow = Flows()
        self.queues: dict[str, Queue] = {}
        self.outward: Mapping[str, tuple[Trunk, ...]] | None = None
        """Nodes with a way outside and their trunks, as the record says; None: nobody said, then the settings do."""
        self.spent = Spent()
        self.terms: dict[str, Terms] = {}
        """What is set of queues."""
        self.able: dict[OperatorId, Profile] = {}
        """What operators can do, as it is written down; newer than what a desk says that has been open for long."""
        self._standing_of: dict[CallId, tuple[str, tuple[datetime, CallId]]] = {}
        self._alarms: list[tuple[datetime, int, str, str]] = []
        self._serial = count()
        self._told_calls: dict[CallId, CallView] = {}
        self._told_beside: dict[OperatorId, CallView] = {}
        self._told_operators: dict[OperatorId, OperatorView] = {}
        self._told_queues: dict[str, QueueView] = {}
        self._dirty_calls: dict[CallId, str] = {}
        self._dirty_beside: dict[OperatorId, None] = {}
        self._dirty_operators: dict[OperatorId, None] = {}
        self._dirty_queues: dict[str, None] = {}
        self._out: list[Effect] = []

    # --- changing -----------------------------------------------------------------------------------------------

    def put_call(self, call: Call, *, gone: str = "") -> Call:
        """Take the call's new value in; `gone` says why it left a desk, if it did."""
        self.calls[call.call_id] = call
        self._dirty_calls[call.call_id] = gone or self._dirty_calls.get(call.call_id, "")
        self._stand(call)
        self.backs.follow(call)
        if call.desk is not None and call.desk in self.beside:
            self.lay_beside(call.desk, None)
        return call

    def lay_beside(self, operator_id: OperatorId, call: Call | None) -> None:
        """Give a desk a part of a call that is elsewhere, or take it away."""
        if call is None:
            self.beside.pop(operator_id, None)
        else:
            self.beside[operator_id] = call
        self._dirty_beside[operator_id] = None

    def drop_call(self, call: Call, reason: str) -> None:
        """Forget a call that is over."""
        self.calls.pop(call.call_id, None)
        self._dirty_calls[call.call_id] = reason
        self._stand(replace(call, phase=CallPhase.ENDED))
        self.backs.follow(call, gone=True)
        self.queue(call.queue).figures.leave(call.call_id, call.ended_at or call.arrived_at)
        self._dirty_queues[call.queue] = None

    def put_operator(self, operator: Operator) -> Operator:
        """Take the operator's new value in."""
        before = self.operators.get(operator.operator_id)
        if before is not None and before.extension != operator.extension:
            for device in before.devices:
                self.by_device.pop(device, None)
        self.operators[operator.operator_id] = operator
        for device in operator.devices:
            self.by_device[device] = operator.operator_id
        self._dirty_operators[operator.operator_id] = None
        kept = self.beside.get(operator.operator_id)
        if kept is not None and kept.call_id != operator.call_id:
            self.lay_beside(operator.operator_id, None)
        self.lineup.touch_operator(operator.operator_id)
        self.flow.count(before, operator)
        if before is not None and before.serves_fallback != operator.serves_fallback:
            self._mirror(operator)
        return operator

    def step(self, operator_id: OperatorId, step: Step, now: datetime, **more: str | datetime | None) -> Operator:
        """Advance an operator, remember it, and mirror it to the fallback queue.

        Raises:
            StepOutOfTurn: a defect of ours.

        """
        before = self.operators[operator_id]
        after = self.put_operator(advance(before, step, now, **more))  # type: ignore[arg-type]
        self.record(
            OperatorFact(operator_id=operator_id, state=after.state, reason=after.reason, call_id=after.call_id, at=now)
        )
        return after

    def enter_bridge(self, leg: LegId, bridge: str) -> None:
        """Note that a leg's audio is joined to the others in the bridge."""
        self.leave_bridge(leg)
        self.bridges.setdefault(bridge, set()).add(leg)
        self.bridge_of[leg] = bridge

    def leave_bridge(self, leg: LegId) -> None:
        """Note that a leg is alone again."""
        bridge = self.bridge_of.pop(leg, None)
        if bridge is not None:
            members = self.bridges[bridge]
            members.discard(leg)
            if not members:
                del self.bridges[bridge]

    def partners(self, leg: LegId) -> set[LegId]:
        """Return who is in a leg's bridge, itself included."""
        bridge = self.bridge_of.get(leg)
        return self.bridges[bridge] if bridge is not None else set()

    def place(self, call: Call) -> int | None:
        """Return where a caller stands in his queue, from 1; None when he does not wait."""
        stood = self._standing_of.get(call.call_id)
        return None if stood is None else bisect_left(self.queue(stood[0]).standing, stood[1]) + 1

    def touch_queue(self, name: str) -> None:
        """Say that a queue's figures may have changed."""
        self._dirty_queues[name] = None

    def set_node(self, node: Node, *, up: bool) -> None:
        """Note a link's state."""
        if self.nodes.get(node) is not up:
            self.nodes[node] = up
            self._out.append(Tell(NodeChanged(node=node, up=up), everyone=True))

    def tell(self, tell: Tell) -> None:
        """Say something that no snapshot holds."""
        self._out.append(tell)

    def order(self, *commands: AnyCommand) -> None:
        """Order the switch."""
        self._out.append(Order(commands))

    def record(self, fact: Fact) -> None:
        """Remember a fact."""
        self._out.append(Record(fact))

    def book(self, entry: Entry) -> None:
        """Have something written into the book of call-backs."""
        self._out.append(Book(entry))

    def note(self, call: Call, what: str, now: datetime, *, detail: str = "") -> None:
        """Write a line of the call's history, and how the call stands now."""
        self.record(CallHappened(call_id=call.call_id, at=now, what=what, operator_id=call.operator_id, detail=detail))
        # A stand-in is no contact of anybody's before its number is dialled.
        if call.back is None or call.back.stage in {BackStage.DIALLING, BackStage.REACHED}:
            self.record(CallFact(call=call))

    def alarm(self, when: datetime, kind: str, key: str) -> None:
        """Ask to be woken; who is woken looks whether there is still a reason."""
        heapq.heappush(self._alarms, (when, next(self._serial), kind, key))

    def alarms(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Yield what is due."""
        while self._alarms and self._alarms[0][0] <= now:
            _, _, kind, key = heapq.heappop(self._alarms)
            yield kind, key

    def next_alarm(self) -> datetime | None:
        """Return when the next is due."""
        return self._alarms[0][0] if self._alarms else None

    def _mirror(self, operator: Operator) -> None:
        """Tell Asterisk's own queue of a pause, so that it knows whom to ring should the floor be away."""
        queue, paused = self.rules.fallback_queue, not operator.serves_fallback
        for node in self.linked():
            for device in operator.devices:
                self.order(PauseQueueMember(node=node, queue=queue, device=device, paused=paused))

    # --- looking ------------------------------------------------------------------------------------------------

    def decide(self, now: datetime) -> list[Offer]:
        """Return who is to be rung for whom."""
        return self.lineup.decide(now, self.today(now))

    def queue(self, name: str) -> Queue:
        """Return a queue, which exists from its first mention."""
        if name not in self.queues:
            self.queues[name] = Queue(Figures(self.threshold(name)))
        return self.queues[name]

    def threshold(self, name: str) -> timedelta:
        """Return within which time an answer counts for a queue's service level."""
        terms = self.terms.get(name)
        return self.rules.threshold if terms is None or terms.threshold is None else terms.threshold

    def way_out(self, node: Node, number: str, tried: Collection[str] = ()) -> Way | None:
        """Return how a number of the public network is called from a node, None when it is not, or not any more."""
        rules = self.rules
        if self.outward is None and not rules.outward:
            return None
        there = () if self.outward is None else self.outward.get(node)
        if not there:
            return None if there is None or tried else Way(endpoint="outward", number=rules.outward_number)
        trunk = next((one for one in ways(there, number) if one.name not in tried), None)
        if trunk is None:
            return None
        return Way(endpoint=trunk.endpoint, number=trunk.number or rules.outward_number, trunk=trunk.name)

    def legs_outside(self) -> int:
        """Return how many callers and operators are with a number outside, or wait for its answer.

        Counted when somebody wishes one more, which is rare: a sum kept beside would have to be right after a restart.
        """
        asked = sum(one.operator_id is None for one in self.consults.values())
        return asked + sum(call.phase is OUTSIDE for call in self.calls.values())

    def linked(self) -> list[Node]:
        """Return the nodes whose link is up."""
        return [node for node, up in self.nodes.items() if up]

    def operator_at(self, channel: ChannelName) -> OperatorId | None:
        """Return whose telephone a channel (`PJSIP/op101-0000001f`) belongs to."""
        return self.by_device.get(channel.rpartition("-")[0])

    def today(self, now: datetime) -> str:
        """Return the utility's day."""
        return now.astimezone(self.rules.zone).date().isoformat()

    def desk(self, operator_id: OperatorId) -> DeskView | None:
        """Return an operator's desk."""
        operator = self.operators.get(operator_id)
        if operator is None:
            return None
        call = self.calls.get(CallId(operator.call_id)) if operator.call_id else None
        if call is None or call.desk != operator_id:
            call = self.beside.get(operator_id)
        shown = call.view if call is not None else None
        return DeskView(operator=operator.view, call=shown, queues=self.queue_views())

    def queue_views(self) -> tuple[QueueView, ...]:
        """Return all queues, by name."""
        return tuple(self._queue_view(name) for name in sorted(self.queues))

    def floor(self) -> FloorView:
        """Return everything."""
        return FloorView(
            operators=tuple(self.operators[key].view for key in sorted(self.operators)),
            calls=tuple(c.view for c in sorted(self.calls.values(), key=lambda one: (one.arrived_at, one.call_id))),
            queues=self.queue_views(),
            nodes={str(node): up for node, up in self.nodes.items()},
        )

    def told_floor(self) -> FloorView:
        """Return everything as it was told last: the same as `floor` after `drain`, without making each view anew."""
        calls = sorted(self._told_calls.values(), key=lambda one: (one.arrived_at, one.call_id))
        return FloorView(
            operators=tuple(self._told_operators[key] for key in sorted(self._told_operators)),
            calls=tuple(calls),
            queues=self.queue_views(),
            nodes={str(node): up for node, up in self.nodes.items()},
        )

    # --- telling ------------------------------------------------------------------------------------------------

    def drain(self) -> list[Effect]:
        """Return orders and facts in their order, then the news that brings every screen up to date."""
        out, self._out = self._out, []
        for operator_id in self._dirty_operators:
            out.extend(self._operator_news(operator_id))
        for call_id, reason in self._dirty_calls.items():
            out.extend(self._call_news(call_id, reason))
        for operator_id in self._dirty_beside:
            out.extend(self._beside_news(operator_id))
        for name in self._dirty_queues:
            out.extend(self._queue_news(name))
        self._dirty_operators, self._dirty_calls, self._dirty_queues, self._dirty_beside = {}, {}, {}, {}
        return out

    def _operator_news(self, operator_id: OperatorId) -> Iterable[Effect]:
        view = self.operators[operator_id].view
        if self._told_operators.get(operator_id) != view:
            self._told_operators[operator_id] = view
            yield Tell(OperatorChanged(operator=view), (operator_id,))

    def _call_news(self, call_id: CallId, reason: str) -> Iterable[Effect]:
        told, call = self._told_calls.get(call_id), self.calls.get(call_id)
        view = call.view if call is not None else None
        if told == view:
            return
        was_at = _desk_of(told)
        if told is not None and (view is None or (was_at is not None and was_at != _desk_of(view))):
            # Who keeps a part of it is told of that, and his screen is not emptied in between.
            keeps = was_at in self.beside and self.beside[was_at].call_id == call_id
            if not keeps or view is None:
                desks = () if was_at is None or keeps else (was_at,)
                yield Tell(CallGone(call_id=call_id, reason=reason or "moved"), desks)
        if view is None:
            self._told_calls.pop(call_id, None)
            return
        self._told_calls[call_id] = view
        desk = _desk_of(view)
        yield Tell(CallChanged(call=view), () if desk is None else (desk,))

    def _beside_news(self, operator_id: OperatorId) -> Iterable[Effect]:
        told, call = self._told_beside.get(operator_id), self.beside.get(operator_id)
        view = call.view if call is not None else None
        if told == view:
            return
        if view is not None:
            self._told_beside[operator_id] = view
            yield Tell(CallChanged(call=view, beside=True), (operator_id,))
            return
        del self._told_beside[operator_id]
        there = self.calls.get(CallId(told.call_id)) if told is not None else None
        if told is not None and (there is None or there.desk != operator_id):
            yield Tell(CallGone(call_id=told.call_id, reason="closed", beside=True), (operator_id,))

    def _queue_news(self, name: str) -> Iterable[Effect]:
        self.queue(name)
        view = self._queue_view(name)
        if self._told_queues.get(name) != view:
            self._told_queues[name] = view
            yield Tell(QueueChanged(queue=view), everyone=True)

    def _queue_view(self, name: str) -> QueueView:
        queue = self.queues[name]
        figures = queue.figures
        return QueueView(
            queue=name,
            waiting=len(queue.standing),
            longest_since=queue.standing[0][0] if queue.standing else None,
            offered=figures.offered,
            answered=figures.answered,
            answered_in_threshold=figures.answered_in_threshold,
            abandoned=figures.abandoned,
            abandoned_short=figures.abandoned_short,
            kept=figures.kept,
        )

    # --- indices ------------------------------------------------------------------------------------------------

    def _stand(self, call: Call) -> None:
        """Keep the line of waiting callers and the queues' own (who is rung for still waits, but is not offered)."""
        since = call.waiting_since or call.arrived_at
        self.lineup.touch_call(call.call_id)
        stands = call.phase in QUEUED or call.phase is CallPhase.RINGING
        place = (call.queue, (since, call.call_id)) if stands else None
        stood = self._standing_of.get(call.call_id)
        if stood != place:
            if stood is not None:
                standing = self.queue(stood[0]).standing
                del standing[bisect_left(standing, stood[1])]
                del self._standing_of[call.call_id]
                self.touch_queue(stood[0])
            if place is not None:
                insort(self.queue(place[0]).standing, place[1])
                self._standing_of[call.call_id] = place
                self.touch_queue(place[0])


def _desk_of(view: CallView | None) -> OperatorId | None:
    return view.operator_id if view is not None and view.phase in AT_DESK else None
