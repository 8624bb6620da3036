"""Asking a colleague or a number while the caller hears music, over real telephones: who hears whom at every stage."""

from __future__ import annotations

import pytest

from routing.views import CallPhase, OperatorState
from tests.routing.process import Station, operator_of
from tests.routing.talk import OutsidePhone, Talk, found_there, music, shows_ours, silent, speak
from tests.routing.trunk import house, node
from tests.support.servers import AsteriskServer
from tests.support.sipua import SipCall

__all__ = ["house", "node"]
pytestmark = pytest.mark.integration


async def asked(house: Station) -> tuple[Talk, SipCall]:
    """Anna asks Boris about her caller, who hears music."""
    talk = await Talk(house).begin()
    await talk.ask(to="operator", operator=talk.boris, note="is the meter sealed?")
    second = await talk.boris_phone.incoming()
    await talk.stage("asking")
    await music(talk.caller)
    second.answer()
    await talk.stage("together")
    await speak(talk.first, second)
    return talk, second


async def test_completing_gives_the_caller_to_whom_was_asked(house: Station) -> None:
    talk, second = await asked(house)
    await music(talk.caller)
    await talk.settle("complete")
    await talk.first.reaches("ended")
    await speak(second, talk.caller)
    floor = await talk.state(talk.anna, OperatorState.WRAP_UP)
    (call,) = floor.calls
    assert (call.phase, call.operator_id, call.consult) == (CallPhase.TALKING, talk.boris, None)
    assert call.passed is not None
    assert (call.passed.by, call.passed.note) == (talk.anna, "is the meter sealed?")
    second.hang_up()
    await talk.caller.reaches("ended")
    await talk.state(talk.boris, OperatorState.WRAP_UP)


async def test_the_caller_is_taken_back_and_whom_was_asked_is_free_again(house: Station) -> None:
    talk, second = await asked(house)
    await talk.settle("take_back")
    await second.reaches("ended")
    await talk.state(talk.boris, OperatorState.READY)
    await silent(talk.first)
    await speak(talk.first, talk.caller)
    await talk.phase(CallPhase.TALKING)


async def test_who_asked_is_back_with_the_caller_when_the_other_hangs_up(house: Station) -> None:
    talk, second = await asked(house)
    second.hang_up()
    await talk.alone()
    await speak(talk.first, talk.caller)
    await talk.state(talk.boris, OperatorState.READY)


async def test_who_asked_is_back_with_the_caller_when_the_other_declines(house: Station) -> None:
    talk = await Talk(house).begin()
    await talk.ask(to="operator", operator=talk.boris)
    second = await talk.boris_phone.incoming()
    await talk.stage("asking")
    second.reject()
    await talk.alone()
    await speak(talk.first, talk.caller)
    floor = await talk.state(talk.boris, OperatorState.NOT_READY)
    assert operator_of(floor, talk.boris).reason == "declined"


async def test_swapping_goes_from_one_to_the_other_and_back(house: Station) -> None:
    talk, second = await asked(house)
    await talk.settle("swap")
    await talk.stage("aside")
    await music(second)
    await speak(talk.first, talk.caller)
    await talk.settle("swap")
    await talk.stage("together")
    await music(talk.caller)
    await speak(talk.first, second)


async def test_in_a_conference_all_three_hear_each_other_and_the_others_talk_on(house: Station) -> None:
    talk, second = await asked(house)
    await talk.settle("join")
    await talk.stage("conference")
    three = (talk.first, second, talk.caller)
    for speaker in three:
        speaker.say()
        for listener in three:
            if listener is not speaker:
                await listener.hears(5)
    talk.first.hang_up()
    await talk.state(talk.anna, OperatorState.WRAP_UP)
    await speak(second, talk.caller)
    second.hang_up()
    await talk.caller.reaches("ended")
    await talk.state(talk.boris, OperatorState.WRAP_UP)


async def test_a_caller_who_leaves_a_conference_ends_it(house: Station) -> None:
    talk, second = await asked(house)
    await talk.settle("join")
    await talk.stage("conference")
    talk.caller.hang_up()
    await talk.first.reaches("ended")
    await second.reaches("ended")
    await talk.state(talk.anna, OperatorState.WRAP_UP)
    await talk.state(talk.boris, OperatorState.READY)


async def test_a_number_outside_is_asked_and_takes_the_caller(house: Station, node: AsteriskServer) -> None:
    talk = await Talk(house).begin()
    outside = await house.stack.enter_async_context(OutsidePhone(house.settings))
    await found_there(node, "outward")
    await talk.ask(to="number", number="+74951234567", title="Gas emergency")
    far = await outside.incoming()
    assert shows_ours(far), far._invite()
    await music(talk.caller)
    far.answer()
    await talk.stage("together")
    await speak(far, talk.first)
    await talk.settle("complete")
    await talk.first.reaches("ended")
    await speak(far, talk.caller)
    await talk.phase(CallPhase.OUTSIDE)
    far.hang_up()
    await talk.caller.reaches("ended")


# --- the floor dies in the middle ------------------------------------------------------------------------------------


@pytest.mark.fault
@pytest.mark.parametrize("who", ["asker", "asked"])
async def test_without_the_floor_the_caller_is_whose_is_left(house: Station, who: str) -> None:
    talk, second = await asked(house)
    house.floor.kill()
    leaves, stays = (talk.first, second) if who == "asker" else (second, talk.first)
    leaves.hang_up()
    await speak(stays, talk.caller)
    house.floor.start()
    left = talk.boris if who == "asker" else talk.anna
    await house.sees(
        lambda floor: (
            floor.calls
            and (floor.calls[0].operator_id, floor.calls[0].phase) == (left, CallPhase.TALKING)
            and operator_of(floor, left).state is OperatorState.TALKING
        ),
        "who is left has the caller",
    )
    stays.hang_up()
    await talk.caller.reaches("ended")


@pytest.mark.fault
async def test_a_floor_that_comes_back_knows_who_is_asked_and_goes_on(house: Station) -> None:
    talk, second = await asked(house)
    house.floor.kill()
    house.floor.start()
    floor = await talk.stage("together")
    assert floor.calls[0].operator_id == talk.anna
    assert operator_of(floor, talk.boris).state is OperatorState.TALKING
    await talk.settle("complete")
    await talk.first.reaches("ended")
    await speak(second, talk.caller)
    await talk.state(talk.anna, OperatorState.WRAP_UP)
