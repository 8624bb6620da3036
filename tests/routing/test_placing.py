"""Calls that operators place without a caller: who may, whom, and that no caller comes meanwhile."""

from __future__ import annotations

import pytest

from routing.caps import Caps
from routing.hall import Rules
from routing.news import WishAnswered
from routing.resync import Past
from routing.views import OperatorId, OperatorState
from routing.wishes import PlaceCall
from telephony.commands import Originate
from telephony.events import CallId, DeviceState, LegSeen, LinkUp, SnapshotEnded
from tests.routing.house import MAIN, House

pytestmark = pytest.mark.unit
ANNA, BORIS = OperatorId(101), OperatorId(102)
NUMBER = "+74951234567"


def house(**rules: object) -> House:
    found = House(Rules(outward=True, outward_number="+74951110000", **rules))  # type: ignore[arg-type]
    found.operator(ANNA)
    found.operator(BORIS)
    found.effects.clear()
    return found


def place(at: House, who: OperatorId = ANNA, **to: object) -> str:
    wish = PlaceCall(wish_id=at.name(), operator_id=who, at=at.now, **to)  # type: ignore[arg-type]
    return next(one.reason for one in at.news(at.wish(wish)) if isinstance(one, WishAnswered))


def colleague(at: House, who: OperatorId = ANNA, whom: OperatorId = BORIS) -> str:
    return place(at, who, to="operator", operator=whom)


def order(at: House) -> Originate:
    (found,) = at.originates()
    return found


def test_ones_own_telephone_is_rung_and_dials_alone() -> None:
    at = house()
    assert colleague(at) == ""
    one = order(at)
    assert (one.device, one.context, one.leg[:7]) == ("PJSIP/op101", "placed", "placed-")
    assert (one.variables["BUSBAR_EXTENSION"], one.variables["BUSBAR_FROM"]) == ("102", "101")
    assert "BUSBAR_NUMBER" not in one.variables


def test_who_stood_ready_gets_no_caller_meanwhile_and_is_ready_again_after() -> None:
    at = house()
    at.make_ready(BORIS, ready=False)
    assert colleague(at) == ""
    leg = order(at).leg
    at.effects.clear()
    at.caller(1)
    assert at.state(ANNA) is OperatorState.NOT_READY
    assert not at.originates()
    at.created(leg, ANNA)
    at.end(leg)
    assert order(at).variables["BUSBAR_OPERATOR"] == str(ANNA), "the caller who waited comes to her now"


def test_who_was_not_ready_is_not_made_ready_by_a_call_that_ends() -> None:
    at = house()
    at.make_ready(ANNA, ready=False, reason="lunch")
    assert colleague(at) == ""
    at.created(order(at).leg, ANNA)
    at.end(order(at).leg)
    assert at.state(ANNA) is OperatorState.NOT_READY


def test_a_telephone_that_could_not_be_rung_leaves_nothing_behind() -> None:
    at = house()
    assert colleague(at) == ""
    at.fail(order(at), "rejected")
    assert at.state(ANNA) is OperatorState.READY
    at.effects.clear()
    assert colleague(at) == ""


def test_a_second_call_beside_the_first_is_refused() -> None:
    at = house()
    assert colleague(at) == ""
    assert colleague(at) == "phone-busy"


@pytest.mark.parametrize("state", [DeviceState.IN_USE, DeviceState.RINGING, DeviceState.UNAVAILABLE])
def test_a_colleague_whose_telephone_is_in_use_or_away_is_not_rung(state: DeviceState) -> None:
    at = house()
    at.device(BORIS, state)
    assert colleague(at) == "operator-not-free"


def test_nobody_calls_himself_a_stranger_or_from_a_talk() -> None:
    at = house()
    assert colleague(at, whom=ANNA) == "operator-not-free"
    assert colleague(at, whom=OperatorId(999)) == "operator-not-free"
    at.talk(1, ANNA)
    assert colleague(at) == "operator-not-free"


def test_a_number_goes_out_by_the_trunk_and_counts_as_one_outside() -> None:
    at = house()
    assert place(at, to="number", number=NUMBER) == ""
    assert order(at).variables["BUSBAR_NUMBER"] == NUMBER
    assert at.floor.hall.legs_outside() == 1


@pytest.mark.parametrize("number", ["", "112", "+0123456", "Local/7@x"])
def test_what_is_no_number_is_never_dialled(number: str) -> None:
    at = house()
    assert place(at, to="number", number=number) == "no-outside-line"
    assert not at.originates()


def test_more_numbers_at_once_than_the_house_has_lines_are_refused_and_written_down() -> None:
    at = house(outward_caps=Caps(lines=1))
    assert place(at, to="number", number=NUMBER) == ""
    assert place(at, BORIS, to="number", number="+74951234568") != ""
    assert len(at.originates()) == 1


def test_a_floor_that_starts_anew_knows_the_call_by_its_leg_and_readies_him_after_it() -> None:
    at = house()
    assert colleague(at) == ""
    leg, known = order(at).leg, [at.floor.hall.operators[one] for one in (ANNA, BORIS)]
    channel = at.created(leg, ANNA)
    anew = House(Rules(), Past(operators=tuple(known)), linked=False)
    anew.hear(LinkUp(node=MAIN))
    anew.hear(
        LegSeen(
            node=MAIN, leg=leg, channel=channel, linked=CallId(leg), number="", name="", context="placed", exten="s",
            up=True, bridge="", seconds=5, variables={},
        )
    )  # fmt: skip
    anew.hear(SnapshotEnded(node=MAIN))
    assert anew.state(ANNA) is OperatorState.NOT_READY
    anew.end(leg)
    assert anew.state(ANNA) is OperatorState.READY


def test_a_call_that_ended_while_there_was_no_floor_leaves_nobody_not_ready() -> None:
    at = house()
    assert colleague(at) == ""
    anew = House(Rules(), Past(operators=(at.floor.hall.operators[ANNA],)), linked=False)
    anew.hear(LinkUp(node=MAIN))
    anew.hear(SnapshotEnded(node=MAIN))
    assert anew.state(ANNA) is OperatorState.READY
