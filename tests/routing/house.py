"""A floor to play with: events by name, news taken in as screens do, invariants that always hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

from routing.callbacks import BackNews
from routing.calls import AT_DESK, PHASES, QUEUED
from routing.charter import Charter
from routing.effects import Effect, Fact, Order, Record, Tell
from routing.floor import Floor
from routing.hall import Rules
from routing.news import News
from routing.resync import Past
from routing.screen import apply
from routing.views import CallPhase, DeskView, FloorView, OperatorId, OperatorState
from routing.wishes import SetState, SignIn, Wish
from telephony.commands import AnyCommand, Originate
from telephony.events import (
    BridgeJoined,
    BridgeLeft,
    CallEvent,
    CallId,
    CallMarked,
    ChannelName,
    DeviceChanged,
    DeviceState,
    LegCreated,
    LegEnded,
    LegId,
    LegRinging,
    LinkUp,
    Mark,
    Node,
    SnapshotEnded,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAIN = Node("main")


class House:
    """One floor, its screens, and a clock that goes only when told."""

    def __init__(self, rules: Rules | None = None, past: Past | None = None, *, linked: bool = True) -> None:
        numbers = count(1)
        self.now = NOON
        self.floor = Floor(rules or Rules(), lambda: LegId(f"offer-{next(numbers):012x}"), past)
        self.supervisors: FloorView = self.floor.floor()
        self.screens: dict[OperatorId, DeskView] = {}
        self.effects: list[Effect] = []
        self.phases: dict[CallId, CallPhase] = {}
        self.wishes = count(1)
        if linked:
            self.link()

    # --- doing --------------------------------------------------------------------------------------------------

    def link(self, node: Node = MAIN) -> None:
        self.hear(LinkUp(node=node))
        self.hear(SnapshotEnded(node=node))

    def hear(self, event: CallEvent) -> list[Effect]:
        return self._take(self.floor.receive(event, self.now))

    def wish(self, wish: Wish) -> list[Effect]:
        return self._take(self.floor.obey(wish, self.now))

    def heed(self, news: BackNews) -> list[Effect]:
        return self._take(self.floor.heed(news, self.now))

    def take(self, charter: Charter) -> list[Effect]:
        return self._take(self.floor.take(charter, self.now))

    def fail(self, command: AnyCommand, code: str) -> list[Effect]:
        return self._take(self.floor.failed(command, code, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass, waking the floor when it asked to be."""
        end = self.now + timedelta(seconds=seconds)
        while True:
            deadline = self.floor.next_deadline()
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
            self._take(self.floor.tick(self.now))
        self.now = end

    def name(self) -> str:
        return f"w{next(self.wishes)}"

    def operator(self, number: int, *skills: str, ready: bool = True, idle: bool = True) -> OperatorId:
        """Sign an operator in, with his telephone."""
        who, extension = OperatorId(number), str(number)
        self.wish(
            SignIn(
                wish_id=self.name(), operator_id=who, at=self.now, name=f"Op {number}", extension=extension,
                skills=skills,
            )
        )  # fmt: skip
        self.device(number, DeviceState.NOT_IN_USE if idle else DeviceState.UNAVAILABLE)
        if ready:
            self.make_ready(who)
        return who

    def make_ready(self, who: OperatorId, *, ready: bool = True, reason: str = "") -> None:
        state = OperatorState.READY if ready else OperatorState.NOT_READY
        self.wish(SetState(wish_id=self.name(), operator_id=who, at=self.now, state=state, reason=reason))  # type: ignore[arg-type]

    def device(self, number: int, state: DeviceState) -> None:
        self.hear(DeviceChanged(node=MAIN, device=f"PJSIP/op{number}", state=state))

    def caller(self, number: int, telephone: int | None = None, **fields: str) -> CallId:
        """Bring a caller into the queue, by another call's telephone if it is given."""
        call = CallId(f"main-{number}")
        leg, channel = LegId(call), channel_of(call)
        self.hear(
            LegCreated(
                node=MAIN, leg=leg, channel=channel, linked=call, number=f"7916123{telephone or number:04}", name="",
                context="inbound", exten="100",
            )
        )  # fmt: skip
        self.mark(call, Mark.ARRIVED, Dialled="100")
        self.mark(call, Mark.WAITING, Queue="main", Since=str(int(self.now.timestamp())), **fields)
        return call

    def mark(self, call: CallId, mark: Mark, **fields: str) -> None:
        self.hear(
            CallMarked(node=MAIN, leg=LegId(call), channel=channel_of(call), linked=call, mark=mark, fields=fields)
        )

    def created(self, leg: LegId, who: OperatorId) -> ChannelName:
        channel = ChannelName(f"PJSIP/op{who}-{leg[-8:]}")
        self.hear(
            LegCreated(
                node=MAIN,
                leg=leg,
                channel=channel,
                linked=CallId(leg),
                number="",
                name="",
                context="connect",
                exten="s",
            )
        )
        return channel

    def ring(self, order: Originate) -> LegId:
        who = OperatorId(int(order.variables["BUSBAR_OPERATOR"]))
        channel = self.created(order.leg, who)
        self.device(who, DeviceState.RINGING)
        self.hear(LegRinging(node=MAIN, leg=order.leg, channel=channel, linked=CallId(order.leg)))
        return order.leg

    def join(self, call: CallId, leg: LegId, bridge: str = "b") -> None:
        """Caller and leg enter a bridge."""
        for one, channel in ((LegId(call), channel_of(call)), (leg, self.channel(leg))):
            self.hear(
                BridgeJoined(node=MAIN, leg=one, channel=channel, linked=call, bridge=f"{bridge}-{call}", members=2)
            )

    def talk(self, number: int, who: int) -> tuple[CallId, LegId]:
        """A caller talks to an operator who is the only one free."""
        call = self.caller(number)
        leg = self.ring(self.originates()[-1])
        self.device(who, DeviceState.IN_USE)
        self.join(call, leg)
        return call, leg

    def leave(self, leg: LegId, call: CallId) -> None:
        self.hear(BridgeLeft(node=MAIN, leg=leg, channel=self.channel(leg), linked=call, bridge=f"b-{call}"))

    def end(self, leg: LegId | CallId, cause: int = 16, tech: str = "") -> None:
        one = LegId(leg)
        self.hear(
            LegEnded(node=MAIN, leg=one, channel=self.channel(one), linked=CallId(leg), cause=cause, tech_cause=tech)
        )

    def channel(self, leg: LegId) -> ChannelName:
        known = self.floor.hall.legs.get(leg)
        return (known.channel if known is not None else None) or channel_of(CallId(leg))

    # --- looking ------------------------------------------------------------------------------------------------

    def orders(self, effects: Iterable[Effect] | None = None) -> list[AnyCommand]:
        return [one for each in effects or self.effects if isinstance(each, Order) for one in each.commands]

    def originates(self) -> list[Originate]:
        return [one for one in self.orders() if isinstance(one, Originate)]

    def facts(self) -> list[Fact]:
        return [each.fact for each in self.effects if isinstance(each, Record)]

    def news(self, effects: Iterable[Effect] | None = None) -> list[News]:
        return [each.news for each in effects or self.effects if isinstance(each, Tell)]

    def state(self, who: OperatorId) -> OperatorState:
        return self.floor.hall.operators[who].state

    def phase(self, call: CallId) -> CallPhase | None:
        known = self.floor.hall.calls.get(call)
        return known.phase if known is not None else None

    # --- what always holds --------------------------------------------------------------------------------------

    def _take(self, effects: list[Effect]) -> list[Effect]:
        self.effects.extend(effects)
        for effect in effects:
            if isinstance(effect, Tell):
                self._show(effect)
        self.check()
        return effects

    def _show(self, tell: Tell) -> None:
        self.supervisors = apply(self.supervisors, tell.news)
        for who in self.screens if tell.everyone else tell.desks:
            if who in self.screens:
                self.screens[who] = apply(self.screens[who], tell.news)

    def check(self) -> None:
        """Every screen is right, and the floor agrees with itself."""
        hall = self.floor.hall
        self.phases = {one: phase for one, phase in self.phases.items() if one in hall.calls}
        assert self.supervisors == self.floor.floor() == hall.floor()
        for who in self.floor.desks():
            desk = self.floor.desk(who)
            assert desk is not None
            assert self.screens.setdefault(who, desk) == desk
        for call in hall.calls.values():
            before = self.phases.get(call.call_id)
            assert before in {None, call.phase} or call.phase in PHASES[before], (before, call.phase)
            self.phases[call.call_id] = call.phase
            if call.phase in AT_DESK:
                assert call.operator_id is not None
                assert hall.operators[call.operator_id].call_id == call.call_id
        for operator in hall.operators.values():
            held = hall.calls.get(CallId(operator.call_id)) if operator.call_id else None
            part = hall.beside.get(operator.operator_id)
            if part is not None:
                assert part.call_id == operator.call_id
                assert held is None or held.desk != operator.operator_id
            elif held is not None:
                assert held.desk == operator.operator_id, (held.phase, operator.state)
        for call_id, one in hall.consults.items():
            assert call_id in hall.calls
            assert hall.calls[call_id].desk == one.asker
            assert hall.asked[one.leg] == call_id
            if one.operator_id is not None:
                assert hall.operators[one.operator_id].call_id == call_id
        legs = [leg for one in hall.consults.values() for leg in (one.leg, one.line_leg) if leg is not None]
        assert sorted(hall.asked) == sorted(legs)
        lineup = hall.lineup
        assert [one.call_id for one in sorted(lineup.waiting())] == [
            one.call_id
            for one in sorted(hall.calls.values(), key=lambda c: (c.waiting_since or c.arrived_at, c.call_id))
            if one.phase in QUEUED
            and one.node in lineup.synced
            and one.call_id not in lineup.held_back
            and not one.leaving
        ]
        self._check_offers()

    def _check_offers(self) -> None:
        hall = self.floor.hall
        live = [leg for leg in hall.legs.values() if leg.offered and not leg.bridged and not leg.cancelled]
        rung_for = [leg.call_id for leg in live if hall.calls.get(leg.call_id or CallId("")) is not None]
        assert len(rung_for) == len(set(rung_for))
        assert len({leg.operator_id for leg in live}) == len(live)
        anybody_serves = not hall.lineup.policy.rules
        if MAIN in hall.lineup.synced and not hall.lineup.held_back and anybody_serves:
            free = [one for one in hall.operators.values() if one.state is OperatorState.READY and one.idle_nodes]
            assert not (free and hall.lineup.waiting()), (free, hall.lineup.waiting())


def channel_of(call: CallId) -> ChannelName:
    return ChannelName(f"PJSIP/anonymous-{call.rpartition('-')[2]:>08}")
