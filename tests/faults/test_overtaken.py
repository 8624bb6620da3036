"""A floor that stood still reads late what happened meanwhile: what it ordered on old knowledge does not leave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from routing.bus import Publisher
from routing.floor import Floor
from routing.hall import Rules
from routing.line import Line
from routing.recorder import Recorder
from routing.valkey import connect
from routing.views import CallPhase, OperatorId, OperatorState
from routing.wishes import SetState, SignIn
from telephony.commands import Originate, SetVariable
from telephony.events import (
    BridgeJoined,
    CallEvent,
    CallId,
    ChannelName,
    DeviceChanged,
    DeviceState,
    LegId,
    LinkUp,
    SnapshotEnded,
)
from telephony.switch import FakeSwitch
from tests.routing.house import MAIN, House, channel_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.unit
ANNA, BORIS = OperatorId(101), OperatorId(102)


class Forgetful(Recorder):
    """Remembers nothing."""

    def __init__(self) -> None:
        """Have no database."""

    def record(self, fact: object) -> None:
        pass


class Desk:
    """A line whose floor knows two operators, of whom only Boris is free."""

    def __init__(self) -> None:
        self.floor = Floor(Rules(), iter(map("offer-{:012x}".format, range(1, 99))).__next__)  # type: ignore[arg-type]
        self.switch = FakeSwitch()
        publisher = Publisher(connect("unix:///nowhere"), self.floor, "1")
        self.line = Line(self.switch, self.floor, publisher, Forgetful(), lambda: datetime.now(UTC))
        self.hear(LinkUp(node=MAIN), SnapshotEnded(node=MAIN))
        now = datetime.now(UTC)
        for who in (ANNA, BORIS):
            self.line.obey(SignIn(wish_id="1", operator_id=who, at=now, name=str(who), extension=str(who)))
            self.hear(DeviceChanged(node=MAIN, device=f"PJSIP/op{who}", state=DeviceState.NOT_IN_USE))
        self.line.obey(SetState(wish_id="2", operator_id=BORIS, at=now, state=OperatorState.READY))

    def hear(self, *events: CallEvent) -> None:
        for event in events:
            self.line.receive(event)

    def caller_comes(self, number: int = 1) -> CallId:
        events: list[CallEvent] = []
        house = House(linked=False)
        house.hear = events.append  # type: ignore[method-assign, assignment]
        call = house.caller(number)
        self.hear(*events)
        return call

    def fallback_connects(self, call: CallId, who: OperatorId) -> None:
        for leg, channel in ((LegId(call), channel_of(call)), (LegId("main-99"), ChannelName(f"PJSIP/op{who}-01"))):
            self.hear(BridgeJoined(node=MAIN, leg=leg, channel=channel, linked=call, bridge="b", members=2))

    def ordered(self, kind: type) -> list[object]:
        return [one for one in self.switch.obeyed if isinstance(one, kind)]


async def test_a_caller_who_talks_already_is_not_rung_for_at_another_telephone() -> None:
    desk = Desk()
    call = desk.caller_comes()
    desk.fallback_connects(call, ANNA)
    assert desk.floor.hall.calls[call].phase is CallPhase.TALKING
    other = desk.caller_comes(2)
    await eventually(lambda: desk.ordered(Originate))
    (rung,) = desk.ordered(Originate)
    assert isinstance(rung, Originate)
    assert rung.variables["BUSBAR_CALL"] == other
    assert len(desk.ordered(SetVariable)) == 1, "the first caller's owner is not overwritten"
    desk.line.stop()


async def test_an_offer_that_nothing_overtook_leaves() -> None:
    desk = Desk()
    call = desk.caller_comes()
    await eventually(lambda: desk.ordered(Originate))
    assert desk.floor.hall.calls[call].phase is CallPhase.RINGING
    desk.line.stop()
