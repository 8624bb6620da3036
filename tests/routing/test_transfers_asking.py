"""Asking somebody while the caller hears music: what desks show, what is ordered, who has the caller in the end."""

from __future__ import annotations

import pytest

from crm_core.trunks import Trunk
from routing.effects import CallHappened
from routing.hall import Rules
from routing.news import WishAnswered
from routing.views import CallPhase, OperatorId, OperatorState
from routing.wishes import Consult, EndCall, PassOn, Settle
from telephony.commands import HangUp, Originate, Redirect, SetVariable
from telephony.events import BridgeJoined, CallId, CallMarked, ChannelName, DeviceState, LegId, Mark, OriginateFinished
from tests.routing.house import MAIN, House, channel_of
from tests.routing.test_transfers import ANNA, BORIS, in_talk

pytestmark = pytest.mark.unit
READY, RESERVED, TALKING = OperatorState.READY, OperatorState.RESERVED, OperatorState.TALKING
WRAP_UP, NOT_READY = OperatorState.WRAP_UP, OperatorState.NOT_READY


def wished(house: House, kind: type, call: CallId, who: OperatorId = ANNA, **more: object) -> str:
    """Wish; return why it was refused, "" when it was done."""
    name = house.name()
    house.wish(kind(wish_id=name, operator_id=who, at=house.now, call_id=call, **more))
    return next(one.reason for one in house.news() if isinstance(one, WishAnswered) and one.wish_id == name)


def asking() -> tuple[House, CallId, LegId, Originate]:
    """Anna asks Boris about her caller; his telephone is ordered to ring."""
    house, call, leg = in_talk()
    assert wished(house, Consult, call, to="operator", operator=BORIS, note="sealed?") == ""
    return house, call, leg, house.originates()[-1]


def together() -> tuple[House, CallId, LegId, LegId]:
    """He answered: Anna and Boris talk."""
    house, call, leg, order = asking()
    asked = house.ring(order)
    meet(house, call, leg, asked)
    return house, call, leg, asked


def meet(house: House, call: CallId, *legs: LegId) -> None:
    """Legs enter one bridge, the caller's too when it is named."""
    for leg in legs:
        channel = house.channel(leg) if leg != LegId(call) else channel_of(call)
        house.hear(BridgeJoined(node=MAIN, leg=leg, channel=channel, linked=call, bridge=f"k-{legs}", members=2))


def stage(house: House, who: OperatorId) -> str | None:
    shown = house.screens[who].call
    return shown.consult.stage if shown is not None and shown.consult is not None else None


def test_caller_and_asker_are_parted_at_once_and_then_it_rings() -> None:
    house, call, leg, order = asking()
    keeper, parted, ring = house.orders()[-3:]
    mine = house.channel(leg)
    assert keeper == SetVariable(node=MAIN, channel=channel_of(call), name="BUSBAR_KEEPER", value=mine)
    assert parted == Redirect(
        node=MAIN, channel=channel_of(call), context="kept", other=mine, other_context="consulting"
    )
    assert ring == order
    assert (order.context, order.variables["BUSBAR_ASKER"], order.variables["BUSBAR_ASKED"]) == ("consult", mine, leg)
    assert (house.phase(call), house.state(ANNA), house.state(BORIS)) == (CallPhase.HELD, TALKING, RESERVED)


def test_both_desks_show_it_and_the_supervisor_sees_one_call() -> None:
    house, call, _, order = asking()
    assert (stage(house, ANNA), stage(house, BORIS)) == ("asking", "asking")
    rung = house.screens[BORIS].call
    assert rung is not None
    assert rung.consult is not None
    assert (rung.phase, rung.consult.by_name, rung.consult.note) == (CallPhase.RINGING, "Op 101", "sealed?")
    assert len(house.supervisors.calls) == 1
    house.ring(order)
    meet(house, call, house.floor.hall.calls[call].leg or LegId(""), order.leg)
    assert (stage(house, ANNA), stage(house, BORIS), house.state(BORIS)) == ("together", "together", TALKING)


def test_completing_gives_the_caller_first_and_moves_then() -> None:
    house, call, leg, asked = together()
    theirs = house.channel(asked)
    assert wished(house, Settle, call, what="complete") == ""
    owner, to_caller, over = house.orders()[-3:]
    assert owner == SetVariable(node=MAIN, channel=channel_of(call), name="SHARED(BUSBAR_OFFER)", value=asked)
    assert to_caller == Redirect(node=MAIN, channel=theirs, context="connect")
    assert over == HangUp(node=MAIN, channel=house.channel(leg), cause=16)
    assert all(house.floor.wants(one) for one in (owner, to_caller, over))
    meet(house, call, LegId(call), asked)
    house.end(leg)
    assert (house.state(ANNA), house.state(BORIS), house.phase(call)) == (WRAP_UP, TALKING, CallPhase.TALKING)
    known = house.floor.hall.calls[call]
    assert (known.operator_id, known.consult) == (BORIS, None)
    assert known.passed is not None
    assert (known.passed.by, known.passed.note) == (ANNA, "sealed?")


def test_taking_back_frees_whom_was_asked_without_a_write_up() -> None:
    house, call, leg, asked = together()
    theirs = house.channel(asked)
    assert wished(house, Settle, call, what="take_back") == ""
    back, thanks = house.orders()[-2:]
    assert back == Redirect(node=MAIN, channel=house.channel(leg), context="connect")
    assert thanks == HangUp(node=MAIN, channel=theirs, cause=16)
    assert (house.state(ANNA), house.state(BORIS), house.phase(call)) == (TALKING, READY, CallPhase.TALKING)
    assert house.screens[BORIS].call is None


@pytest.mark.parametrize(("cause", "reason"), [(17, "declined"), (21, "declined"), (19, "no-answer")])
def test_who_declines_is_not_ready_and_the_asker_goes_back(cause: int, reason: str) -> None:
    house, call, leg, order = asking()
    house.end(house.ring(order), cause)
    assert Redirect(node=MAIN, channel=house.channel(leg), context="connect") in house.orders()
    assert (house.state(BORIS), house.floor.hall.operators[BORIS].reason) == (NOT_READY, reason)
    assert (house.state(ANNA), house.phase(call), stage(house, ANNA)) == (TALKING, CallPhase.TALKING, None)


def test_a_telephone_that_cannot_be_rung_brings_the_asker_back() -> None:
    for fail in ("refused", "finished", "expired"):
        house, call, leg, order = asking()
        if fail == "refused":
            house.fail(order, "switch-refused")
        elif fail == "finished":
            house.hear(OriginateFinished(node=MAIN, leg=order.leg, answered=False, reason=0))
        else:
            house.wait(18)
        assert Redirect(node=MAIN, channel=house.channel(leg), context="connect") in house.orders()
        assert (house.phase(call), stage(house, ANNA)) == (CallPhase.TALKING, None)


def test_an_asker_who_hangs_up_while_it_rings_has_passed_the_caller_on() -> None:
    house, call, leg, order = asking()
    asked = house.ring(order)
    house.end(leg)
    assert (house.state(ANNA), house.state(BORIS), house.phase(call)) == (WRAP_UP, RESERVED, CallPhase.RINGING)
    house.device(101, DeviceState.NOT_IN_USE)
    house.end(asked, 17)
    assert (house.state(ANNA), house.phase(call)) == (RESERVED, CallPhase.RINGING), "it came back"


def test_an_asker_who_hangs_up_after_it_was_answered_has_given_the_caller() -> None:
    house, call, leg, asked = together()
    house.end(leg)
    meet(house, call, LegId(call), asked)
    assert (house.state(ANNA), house.state(BORIS), house.phase(call)) == (WRAP_UP, TALKING, CallPhase.TALKING)
    assert house.floor.hall.calls[call].operator_id == BORIS


def test_swapping_and_all_three() -> None:
    house, call, leg, asked = together()
    wished(house, Settle, call, what="swap")
    assert (house.phase(call), stage(house, ANNA)) == (CallPhase.TALKING, "aside")
    wished(house, Settle, call, what="swap")
    assert (house.phase(call), stage(house, ANNA)) == (CallPhase.HELD, "together")
    wished(house, Settle, call, what="join")
    assert stage(house, ANNA) == "joining"
    meet(house, call, leg, LegId(call))
    assert house.orders()[-1] == Redirect(node=MAIN, channel=house.channel(asked), context="joining")
    assert (stage(house, ANNA), stage(house, BORIS)) == ("conference", "conference")
    meet(house, call, leg, LegId(call), asked)
    assert house.floor.hall.calls[call].operator_id == ANNA, "the caller stays hers"
    house.end(call)
    assert (house.state(ANNA), house.state(BORIS)) == (WRAP_UP, READY)


def test_what_makes_no_sense_is_refused() -> None:
    house, call, _, _ = asking()
    assert wished(house, Consult, call, to="operator", operator=BORIS) == "consults-already"
    assert wished(house, PassOn, call, to="queue", queue="main") == "not-talking"
    assert wished(house, Settle, call, what="complete") == "not-talking"
    assert wished(house, Settle, call, who=BORIS, what="take_back") == "no-consultation"
    assert wished(house, Consult, call, who=BORIS, to="operator", operator=ANNA) == "no-such-call"
    other, talk, _ = in_talk(Rules())
    assert wished(other, Consult, talk, to="number", number="+74951234567") == "no-outside-line"
    assert wished(other, Consult, talk, to="operator", operator=ANNA) == "operator-not-free"


def test_whom_is_asked_declines_by_his_button() -> None:
    house, call, _, order = asking()
    asked = house.ring(order)
    assert wished(house, EndCall, call, who=BORIS) == ""
    assert house.orders()[-1] == HangUp(node=MAIN, channel=house.channel(asked), cause=21)


def test_a_number_that_is_asked_may_get_the_caller() -> None:
    house, call, leg = in_talk()
    assert wished(house, Consult, call, to="number", number="+74951234567", title="Gas") == ""
    order = house.originates()[-1]
    assert (order.device, order.context) == ("PJSIP/+74951234567@outward", "consult")
    house.created(order.leg, OperatorId(999))
    meet(house, call, leg, order.leg)
    assert stage(house, ANNA) == "together"
    assert wished(house, Settle, call, what="complete") == ""
    assert all(house.floor.wants(one) for one in house.orders()[-3:])
    assert (house.state(ANNA), house.phase(call)) == (WRAP_UP, CallPhase.OUTSIDE)


def dial(house: House, target: str, leg: str = "main-77") -> ChannelName:
    channel = ChannelName("PJSIP/desk101-00000077")
    house.hear(
        CallMarked(
            node=MAIN, leg=LegId(leg), channel=channel, linked=CallId(leg), mark=Mark.DIALLED, fields={"Target": target}
        )
    )
    return channel


def test_a_second_line_rings_a_free_colleague_about_a_caller_and_nobody_else() -> None:
    house, call, leg = in_talk()
    line = dial(house, "102")
    order = house.originates()[-1]
    assert (order.device, order.variables["BUSBAR_ASKER"], order.variables["BUSBAR_ASKED"]) == (
        "PJSIP/op102", line, "",
    )  # fmt: skip
    asked = house.ring(order)
    meet(house, call, LegId("main-77"), asked)
    meet(house, call, LegId(call), asked)
    assert house.floor.hall.calls[call].operator_id == BORIS, "REFER with Replaces brought them together"
    assert SetVariable(node=MAIN, channel=channel_of(call), name="SHARED(BUSBAR_OFFER)", value=asked) in house.orders()
    house.end(leg)
    assert (house.state(ANNA), house.state(BORIS)) == (WRAP_UP, TALKING)
    assert "consults" in [one.what for one in house.facts() if isinstance(one, CallHappened)]


@pytest.mark.parametrize("target", ["101", "999", "", "+74951234567"])
def test_a_second_line_to_nobody_who_is_free_is_busy(target: str) -> None:
    house, _, _ = in_talk()
    before = len(house.originates())
    line = dial(house, target)
    assert house.orders()[-1] == HangUp(node=MAIN, channel=line, cause=17)
    assert len(house.originates()) == before


def outside(house: House, call: CallId) -> Originate:
    """Anna asks a number; three trunks are for it, the third of which only by a longer way."""
    trunks = tuple(Trunk(name=name, host="10.0.0.1", rank=rank) for rank, name in enumerate(("city", "far", "last")))
    house.floor.hall.outward = {MAIN: trunks}
    assert wished(house, Consult, call, to="number", number="+74951234567", title="Gas emergency") == ""
    return house.originates()[-1]


def rings(house: House, order: Originate) -> LegId:
    house.created(order.leg, OperatorId(999))
    return order.leg


def test_a_number_is_asked_through_the_next_trunk_when_one_is_full_or_away() -> None:
    house, call, leg = in_talk()
    first = outside(house, call)
    assert first.device == "PJSIP/+74951234567@trunk-city"
    house.end(rings(house, first), 34)
    second = house.originates()[-1]
    assert (second.device, stage(house, ANNA)) == ("PJSIP/+74951234567@trunk-far", "asking")
    assert second.variables["GROUP(trunk)"] == "far"
    house.hear(OriginateFinished(node=MAIN, leg=second.leg, answered=False, reason=0))
    third = house.originates()[-1]
    assert third.device == "PJSIP/+74951234567@trunk-last"
    asked = rings(house, third)
    meet(house, call, leg, asked)
    assert stage(house, ANNA) == "together"


@pytest.mark.parametrize("cause", [16, 17, 19, 1])
def test_what_the_number_itself_says_is_no_reason_for_another_trunk(cause: int) -> None:
    house, call, _ = in_talk()
    order = outside(house, call)
    house.end(rings(house, order), cause)
    assert house.originates()[-1] == order
    assert stage(house, ANNA) is None


def test_after_the_last_trunk_the_two_are_together_again() -> None:
    house, call, leg = in_talk()
    order = outside(house, call)
    for _ in range(3):
        house.end(rings(house, order), 38)
        order = house.originates()[-1]
    assert stage(house, ANNA) is None
    assert [one.context for one in house.orders() if isinstance(one, Redirect)][-1] == "connect"
    assert house.channel(leg)
