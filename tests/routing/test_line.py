"""The line: effects are performed, failures come back as facts, nothing stops it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from routing import valkey
from routing.bus import Publisher
from routing.effects import Fact
from routing.floor import Floor
from routing.hall import Rules
from routing.line import Line
from routing.news import News
from routing.recorder import Recorder
from routing.views import CallPhase, OperatorId, OperatorState
from routing.wishes import SetState, SignIn
from telephony.commands import AnyCommand, Originate, SetVariable
from telephony.errors import OutcomeUnknown, SwitchRefused, TelephonyError
from telephony.events import CallEvent, DeviceChanged, DeviceState, LinkUp, SnapshotEnded
from telephony.switch import FakeSwitch
from tests.routing.house import MAIN, House
from tests.support.waiting import eventually

pytestmark = pytest.mark.unit


class Unwilling(FakeSwitch):
    """A switch that refuses some commands."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[type[AnyCommand], TelephonyError] = {}  # type: ignore[type-arg]

    async def obey(self, command: AnyCommand) -> None:
        await super().obey(command)
        if type(command) in self.refusals:
            raise self.refusals[type(command)]


class Kept(Recorder):
    """Facts in a list."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def record(self, fact: Fact) -> None:
        self.facts.append(fact)


class Heard(Publisher):
    """News in a list; some of it cannot be told."""

    def __init__(self, floor: Floor) -> None:
        super().__init__(valkey.connect("unix:///nowhere"), floor, "1")
        self.heard: list[News] = []
        self.broken = False

    def tell(self, news: News, desks: tuple[OperatorId, ...] = (), *, everyone: bool = False) -> None:
        if self.broken:
            raise RuntimeError("a defect of ours")
        self.heard.append(news)


class Bench:
    """A line with an operator who is ready."""

    def __init__(self) -> None:
        self.house = House(linked=False)
        self.floor = Floor(Rules(), iter(map("offer-{:012x}".format, range(1, 99))).__next__)  # type: ignore[arg-type]
        self.switch, self.kept, self.heard = Unwilling(), Kept(), Heard(self.floor)
        self.line = Line(self.switch, self.floor, self.heard, self.kept, lambda: datetime.now(UTC))

    def open(self) -> None:
        now = datetime.now(UTC)
        for event in (LinkUp(node=MAIN), SnapshotEnded(node=MAIN)):
            self.line.receive(event)
        self.line.obey(SignIn(wish_id="1", operator_id=OperatorId(101), at=now, name="Anna", extension="101"))
        self.line.receive(DeviceChanged(node=MAIN, device="PJSIP/op101", state=DeviceState.NOT_IN_USE))
        self.line.obey(SetState(wish_id="2", operator_id=OperatorId(101), at=now, state=OperatorState.READY))

    def caller(self) -> None:
        events: list[CallEvent] = []
        self.house.hear = events.append  # type: ignore[method-assign, assignment]
        self.house.caller(1)
        for event in events:
            self.line.receive(event)


async def test_the_caller_is_marked_and_then_the_telephone_rings() -> None:
    bench = Bench()
    bench.open()
    bench.caller()
    await eventually(lambda: any(isinstance(one, Originate) for one in bench.switch.obeyed))
    kinds = [type(one) for one in bench.switch.obeyed]
    assert kinds.index(SetVariable) < kinds.index(Originate)
    assert bench.kept.facts
    bench.line.stop()


async def test_a_caller_who_cannot_be_marked_is_not_rung_for() -> None:
    bench = Bench()
    bench.open()
    bench.switch.refusals[SetVariable] = SwitchRefused("no such channel")
    bench.caller()
    await eventually(lambda: bench.floor.hall.lineup.held_back)
    assert not any(isinstance(one, Originate) for one in bench.switch.obeyed)
    assert bench.floor.hall.operators[OperatorId(101)].state is OperatorState.READY
    bench.line.stop()


async def test_a_refused_originate_comes_back_as_a_fact_and_an_unknown_one_is_waited_for() -> None:
    for error, phase in ((SwitchRefused("no"), CallPhase.WAITING), (OutcomeUnknown("?"), CallPhase.RINGING)):
        bench = Bench()
        bench.open()
        bench.switch.refusals[Originate] = error
        bench.caller()
        await eventually(lambda: any(isinstance(one, Originate) for one in bench.switch.obeyed))  # noqa: B023
        await asyncio.sleep(0)
        (call,) = bench.floor.hall.calls.values()
        assert call.phase is phase
        assert len([one for one in bench.switch.obeyed if isinstance(one, Originate)]) == 1
        bench.line.stop()


async def test_an_effect_that_raises_stops_neither_the_others_nor_the_line() -> None:
    bench = Bench()
    bench.open()
    bench.heard.broken = True
    bench.caller()
    await eventually(lambda: any(isinstance(one, Originate) for one in bench.switch.obeyed))
    bench.line.stop()


def test_an_offer_costs_the_same_with_five_hundred_operators_and_two_hundred_waiting() -> None:
    house = House()
    house.check = lambda: None  # type: ignore[method-assign] - the clock is on the floor, not on its judge
    for number in range(101, 601):
        house.operator(number, ready=False)
    for number in range(1, 201):
        house.caller(number)
    took = []
    for number in range(101, 201):
        wish = SetState(wish_id="w", operator_id=OperatorId(number), at=house.now, state=OperatorState.READY)
        began = time.perf_counter()
        effects = house.floor.obey(wish, house.now)
        took.append(time.perf_counter() - began)
        assert any(isinstance(one, Originate) for one in house.orders(effects))
    assert sorted(took)[50] < 0.002
