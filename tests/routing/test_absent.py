"""A node dies: its operators serve elsewhere, its callers keep their places; one that was alive is believed again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing import absent
from routing.calls import REJOINING, TALKING, WAITING
from routing.hall import Rules
from routing.views import CallPhase, OperatorId, OperatorState
from telephony.commands import SetVariable
from telephony.events import (
    CallId,
    CallMarked,
    ChannelName,
    DeviceChanged,
    DeviceState,
    LegCreated,
    LegId,
    LegSeen,
    LinkLost,
    LinkUp,
    Mark,
    Node,
    SnapshotEnded,
)
from tests.routing.house import MAIN, House

pytestmark = pytest.mark.unit
OTHER = Node("other")


class Two(House):
    """A house over two nodes, whose operators are registered at both."""

    def check(self) -> None:
        """The parent's look at the line-up knows one node; screens are compared all the same."""
        assert self.supervisors == self.floor.floor()

    def both(self, number: int, *skills: str) -> OperatorId:
        who = self.operator(number, *skills, ready=False)
        self.hear(DeviceChanged(node=OTHER, device=f"PJSIP/op{number}", state=DeviceState.NOT_IN_USE))
        self.make_ready(who)
        return who

    def calls_there(self, number: int, telephone: int) -> CallId:
        """A caller waits at the other node."""
        call = CallId(f"other-{number}")
        leg, channel = LegId(call), ChannelName(f"PJSIP/anonymous-{number:08}")
        self.hear(
            LegCreated(
                node=OTHER, leg=leg, channel=channel, linked=call, number=f"7916123{telephone:04}", name="",
                context="inbound", exten="100",
            )
        )  # fmt: skip
        for mark, fields in (
            (Mark.ARRIVED, {"Dialled": "100"}),
            (Mark.WAITING, {"Queue": "main", "Since": str(int(self.now.timestamp()))}),
        ):
            self.hear(CallMarked(node=OTHER, leg=leg, channel=channel, linked=call, mark=mark, fields=fields))
        return call

    def dies(self) -> None:
        self.hear(LinkLost(node=MAIN, reason="connection closed"))
        self.hear(LinkLost(node=MAIN, reason="cannot connect"))


@pytest.fixture
def house() -> Two:
    two = Two()
    two.link(OTHER)
    return two


def since(house: House, call: CallId) -> object:
    return house.floor.hall.calls[call].waiting_since


def test_who_calls_again_waits_where_he_waited_once(house: Two) -> None:
    first = house.caller(1)
    began = since(house, first)
    house.wait(100)
    house.caller(2)
    later = house.calls_there(7, telephone=7)
    house.wait(20)
    house.dies()
    house.wait(5)
    again = house.calls_there(8, telephone=1)
    assert since(house, again) == began
    assert [one.call_id for one in house.floor.hall.lineup.waiting()] == [again, later]
    told = [one for one in house.orders() if isinstance(one, SetVariable) and one.name == "BUSBAR_SINCE"]
    epoch = str(int(house.floor.hall.calls[again].waiting_since.timestamp()))  # type: ignore[union-attr]
    assert [(one.node, one.value) for one in told] == [(OTHER, epoch)]
    house.wait(10)
    assert first not in house.floor.hall.calls
    third = house.calls_there(9, telephone=1)
    assert since(house, third) != began, "a place is held once"


def test_a_place_is_not_held_for_ever_nor_for_nobody(house: Two) -> None:
    first = house.caller(1)
    began = since(house, first)
    house.dies()
    house.wait(Rules().old_place.total_seconds() + 1)
    assert since(house, house.calls_there(8, telephone=1)) != began
    assert since(house, house.calls_there(9, telephone=2)) != began


def test_only_talks_of_the_dead_node_end_and_its_operators_serve_on(house: Two) -> None:
    anna, boris = house.both(101), house.both(102)
    lost, _ = house.talk(1, anna)
    house.device(102, DeviceState.NOT_IN_USE)
    alive = house.calls_there(5, telephone=5)
    ringing = house.originates()[-1]
    assert (ringing.node, ringing.variables["BUSBAR_OPERATOR"]) == (OTHER, str(boris))
    house.dies()
    assert house.state(anna) is OperatorState.TALKING, "a lost link alone says nothing"
    house.wait(absent.GONE.total_seconds() + 0.1)
    assert house.state(anna) is OperatorState.WRAP_UP
    assert house.phase(lost) is CallPhase.WRAP_UP
    assert house.phase(alive) is CallPhase.RINGING
    house.wait(61)
    served = house.originates()[-1]
    assert (served.node, served.variables["BUSBAR_OPERATOR"]) == (OTHER, str(anna)), "nobody else answered"


def test_a_node_that_is_back_in_time_changes_nothing(house: Two) -> None:
    anna = house.both(101)
    call, leg = house.talk(1, anna)
    house.dies()
    house.wait(4)
    back(house, call, leg, anna)
    house.wait(60)
    assert house.phase(call) is TALKING
    assert house.state(anna) is OperatorState.TALKING


def test_a_node_that_was_alive_after_all_keeps_its_operator_from_being_rung(house: Two) -> None:
    anna = house.both(101)
    call, leg = house.talk(1, anna)
    house.dies()
    house.wait(absent.GONE.total_seconds() + 1)
    assert house.state(anna) is OperatorState.WRAP_UP
    back(house, call, leg, anna)
    house.device(101, DeviceState.IN_USE)
    before = len(house.originates())
    house.calls_there(5, telephone=5)
    house.wait(120)
    assert len(house.originates()) == before, "he talks, whatever we made of it"
    house.end(leg)
    house.end(call)
    house.device(101, DeviceState.NOT_IN_USE)
    assert len(house.originates()) == before + 1


def test_the_only_node_is_waited_for(house: Two) -> None:
    anna = house.both(101)
    call, _ = house.talk(1, anna)
    house.hear(LinkLost(node=OTHER, reason="test"))
    house.dies()
    house.wait(120)
    assert house.phase(call) in {TALKING, REJOINING}
    house.link(OTHER)
    house.wait(absent.GONE.total_seconds() + 0.1)
    assert house.phase(call) is CallPhase.WRAP_UP, "now there is somebody to serve"


def test_places_of_those_who_never_were_away_are_given_up(house: Two) -> None:
    first = house.caller(1)
    began = since(house, first)
    house.dies()
    house.wait(1)
    house.hear(LinkUp(node=MAIN))
    house.hear(
        LegSeen(
            node=MAIN, leg=LegId(first), channel=house.channel(LegId(first)), linked=first, number="79161230001",
            name="", context="queue", exten="s", up=True, bridge="", seconds=1, variables={"BUSBAR_CALL": first},
        )
    )  # fmt: skip
    house.hear(SnapshotEnded(node=MAIN))
    assert house.phase(first) is WAITING
    house.wait(5)
    assert since(house, house.calls_there(8, telephone=1)) != began


def test_no_place_is_asked_for_where_that_is_turned_off() -> None:
    house = Two(Rules(old_place=timedelta(0)))
    house.link(OTHER)
    began = since(house, house.caller(1))
    house.dies()
    house.wait(1)
    assert since(house, house.calls_there(8, telephone=1)) != began


def test_a_telephone_that_is_away_at_another_node_ends_no_talk(house: Two) -> None:
    anna = house.both(101)
    call, _ = house.talk(1, anna)
    before = len(house.orders())
    house.hear(DeviceChanged(node=OTHER, device=f"PJSIP/op{anna}", state=DeviceState.UNAVAILABLE))
    assert len(house.orders()) == before
    assert house.phase(call) is TALKING


def back(house: Two, call: CallId, leg: LegId, who: OperatorId) -> None:
    """The node tells that both still talk."""
    house.hear(LinkUp(node=MAIN))
    for one, channel, variables in (
        (LegId(call), ChannelName("PJSIP/anonymous-00000001"), {"BUSBAR_CALL": call}),
        (leg, ChannelName(f"PJSIP/op{who}-00000002"), {"BUSBAR_CALL": call, "BUSBAR_OPERATOR": str(who)}),
    ):
        house.hear(
            LegSeen(
                node=MAIN, leg=one, channel=channel, linked=call, number="79161230001", name="", context="queue",
                exten="s", up=True, bridge=f"b-{call}", seconds=10, variables=variables,
            )
        )  # fmt: skip
    house.hear(SnapshotEnded(node=MAIN))
