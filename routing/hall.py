"""The floor's present: calls, operators, queues, their indices, and what of it was told already (pure).

Whoever changes a call or an operator puts the new value with `put_call` or `put_operator`; `drain` then yields
exactly the news that makes every screen right. Nothing here is scanned per event: 500 operators cost as much as two.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import count
from typing import TYPE_CHECKING

from crm_core.trunks import Trunk, ways
from routing import fallback
from routing.backs import Backs
from routing.bridges import Bridges
from routing.calls import OUTSIDE, QUEUED, Call
from routing.caps import Caps, Spent
from routing.dials import ByHand, DialNews, Dials
from routing.effects import (
    Book,
    CallFact,
    CallHappened,
    Effect,
    Entry,
    Fact,
    OperatorFact,
    Order,
    Record,
    Report,
    Tell,
)
from routing.expectation import Flows
from routing.figures import Figures
from routing.helps import Helps
from routing.lineup import Lineup
from routing.news import NodeChanged
from routing.operator import Operator, Step, advance
from routing.pairs import Offer
from routing.places import Absent
from routing.policy import Policy
from routing.skills import Profile
from routing.stands import Stands
from routing.taping import Recorded
from routing.telling import Queue, Telling
from routing.terms import Terms
from routing.views import (
    BackStage,
    CallPhase,
    DebtStage,
    DeskView,
    FloorView,
    OperatorId,
    QueueView,
    SaidView,
)
from routing.watching import Watch
from telephony.commands import AnyCommand, PauseQueueMember
from telephony.events import CallId, ChannelName, DeviceState, LegId, LegSeen, Node

if TYPE_CHECKING:
    from routing.asking import Consultation
    from routing.placing import Placed


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
    help_told: bool = True
    """An operator sees that a supervisor is in his talk."""


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
    anew: bool = False
    """It was joined to the caller once more, so that its record could begin."""
    deadline: datetime | None = None
    stands: bool = False
    """It was rung before there was anybody to talk to (`routing.standing`)."""


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


class Hall(Bridges):
    """Everything the floor knows."""

    def __init__(self, rules: Rules, new_leg: Callable[[], LegId]) -> None:
        super().__init__()
        self.rules = rules
        self.new_leg = new_leg
        self.calls: dict[CallId, Call] = {}
        self.operators: dict[OperatorId, Operator] = {}
        self.by_device: dict[str, OperatorId] = {}
        self.devices: dict[tuple[str, Node], DeviceState] = {}
        self.legs: dict[LegId, OperatorLeg] = {}
        self.strangers: dict[LegId, Stranger] = {}
        """Channels that are no call and no operator's leg, or not yet."""
        self.seen: dict[Node, set[LegId]] = {}
        """Channels told since a node was asked for all of them."""
        self.seen_legs: dict[Node, dict[LegId, LegSeen]] = {}
        """Those of them that are no callers, until all are told."""
        self.beside: dict[OperatorId, Call] = {}
        """What desks still have of calls that are elsewhere: a part to write up after the caller was passed on."""
        self.consults: dict[CallId, Consultation] = {}
        self.placed: dict[LegId, Placed] = {}
        """Calls that operators place without a caller, by their own legs."""
        self.helps = Helps()
        self.watch = Watch()
        self.said: dict[OperatorId, tuple[SaidView, ...]] = {}
        """What supervisors said that was not put away yet."""
        self.asked: dict[LegId, CallId] = {}
        """Legs of whom somebody asks about a call."""
        self.nodes: dict[Node, bool] = {}
        self.absent = Absent()
        self.lineup = Lineup(rules.policy, self.calls, self.operators)
        self.backs = Backs()
        self.dials = Dials()
        self.stands = Stands()
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
        self._telling = Telling(self.calls, self.operators, self.beside, self.queues)

    # --- changing -----------------------------------------------------------------------------------------------

    def put_call(self, call: Call, *, gone: str = "") -> Call:
        """Take the call's new value in; `gone` says why it left a desk, if it did."""
        self.calls[call.call_id] = call
        self._telling.call(call.call_id, gone)
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
        self._telling.at_beside(operator_id)

    def drop_call(self, call: Call, reason: str) -> None:
        """Forget a call that is over."""
        self.calls.pop(call.call_id, None)
        self._telling.call(call.call_id, reason)
        self._stand(replace(call, phase=CallPhase.ENDED))
        self.backs.follow(call, gone=True)
        self.queue(call.queue).figures.leave(call.call_id, call.ended_at or call.arrived_at)
        self._telling.queue(call.queue)

    def put_operator(self, operator: Operator) -> Operator:
        """Take the operator's new value in."""
        before = self.operators.get(operator.operator_id)
        if before is not None and before.extension != operator.extension:
            for device in before.devices:
                self.by_device.pop(device, None)
        self.operators[operator.operator_id] = operator
        for device in operator.devices:
            self.by_device[device] = operator.operator_id
        self._telling.operator(operator.operator_id)
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

    def place(self, call: Call) -> int | None:
        """Return where a caller stands in his queue, from 1; None when he does not wait."""
        stood = self._standing_of.get(call.call_id)
        return None if stood is None else bisect_left(self.queue(stood[0]).standing, stood[1]) + 1

    def touch_queue(self, name: str) -> None:
        """Say that a queue's figures may have changed."""
        self.queue(name)
        self._telling.queue(name)

    def set_node(self, node: Node, *, up: bool) -> None:
        """Note a link's state."""
        if self.nodes.get(node) is not up:
            self.nodes[node] = up
            self._telling.out.append(Tell(NodeChanged(node=node, up=up), everyone=True))

    def tell(self, tell: Tell) -> None:
        """Say something that no snapshot holds."""
        self._telling.out.append(tell)

    def order(self, *commands: AnyCommand) -> None:
        """Order the switch."""
        self._telling.out.append(Order(commands))

    def record(self, fact: Fact) -> None:
        """Remember a fact."""
        self._telling.out.append(Record(fact))

    def book(self, entry: Entry) -> None:
        """Have something written into the book of call-backs."""
        self._telling.out.append(Book(entry))

    def report(self, news: DialNews | ByHand) -> None:
        """Have the book of attempts told what became of one, or that somebody wishes one."""
        self._telling.out.append(Report(news))

    def note(self, call: Call, what: str, now: datetime, *, detail: str = "") -> None:
        """Write a line of the call's history, and how the call stands now."""
        self.record(CallHappened(call_id=call.call_id, at=now, what=what, operator_id=call.operator_id, detail=detail))
        # A stand-in is no contact of anybody's before its number is dialled, nor is a debtor before he answered.
        met = call.debt is None or call.debt.stage is DebtStage.REACHED
        if met and (call.back is None or call.back.stage in {BackStage.DIALLING, BackStage.REACHED}):
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
        paused = not operator.serves_fallback
        for node in self.linked():
            for device in operator.devices:
                for queue in self.fallbacks(operator):
                    self.order(PauseQueueMember(node=node, queue=queue, device=device, paused=paused))

    def fallbacks(self, operator: Operator) -> tuple[str, ...]:
        """Return Asterisk's own queues that an operator is in."""
        return fallback.names(self.rules.fallback_queue, self.terms, operator)

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
        asked += sum(one.outside for one in self.placed.values())
        return asked + sum(call.phase is OUTSIDE for call in self.calls.values())

    def changed(self) -> list[OperatorId]:
        """Return the operators who may have changed since screens were told last."""
        return self._telling.changed_operators()

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
        return DeskView(
            operator=operator.view, call=shown, queues=self.queue_views(), helped=self.helps.at_desk(operator_id),
            said=self.said.get(operator_id, ()),
        )  # fmt: skip

    def queue_views(self) -> tuple[QueueView, ...]:
        """Return all queues, by name."""
        return self._telling.queue_views()

    def floor(self) -> FloorView:
        """Return everything."""
        return self._with_campaigns(self._telling.floor(self.nodes, self.helps.views(), self.watch))

    def told_floor(self) -> FloorView:
        """Return everything as it was told last: the same as `floor` after `drain`, without making each view anew."""
        return self._with_campaigns(self._telling.told_floor(self.nodes, self.helps.told_views(), self.watch))

    def _with_campaigns(self, floor: FloorView) -> FloorView:
        running = self.dials.running
        return floor.model_copy(update={"campaigns": tuple(running[key] for key in sorted(running))})

    def drain(self) -> list[Effect]:
        """Return orders and facts in their order, then the news that brings every screen up to date."""
        return [*self._telling.drain(), *self.helps.drain(), *self.watch.drain()]

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
