"""Passing callers on over real telephones and a real Asterisk: who hears whom, and who gets a caller nobody took."""

from __future__ import annotations

import pytest

from routing import bus
from routing.views import CallPhase, OperatorState
from tests.routing.process import Station, operator_of
from tests.routing.talk import OutsidePhone, Talk, either, music, shows_ours, speak
from tests.routing.trunk import house, node
from tests.support.waiting import eventually

__all__ = ["house", "node"]
pytestmark = pytest.mark.integration


async def test_a_caller_passed_to_an_operator_hears_music_and_then_him(house: Station) -> None:
    talk = await Talk(house).begin()
    await talk.pass_on(to="operator", operator=talk.boris, note="owes for May")
    await talk.first.reaches("ended")
    second = await talk.boris_phone.incoming()
    await music(talk.caller)
    floor = await talk.state(talk.anna, OperatorState.WRAP_UP)
    assert floor.calls[0].passed is not None
    assert (floor.calls[0].passed.note, floor.calls[0].phase) == ("owes for May", CallPhase.RINGING)
    desk = await bus.read_desk(house.redis, talk.anna)
    assert desk is not None
    assert desk.desk.call is not None
    assert (desk.desk.call.call_id, desk.desk.call.phase) == (talk.call_id, CallPhase.WRAP_UP)
    second.answer()
    await talk.state(talk.boris, OperatorState.TALKING)
    await speak(second, talk.caller)
    second.hang_up()
    await talk.caller.reaches("ended")
    await talk.state(talk.boris, OperatorState.WRAP_UP)
    assert operator_of(await talk.phase(CallPhase.WRAP_UP), talk.anna).state is OperatorState.WRAP_UP
    await house.row(talk.call_id, lambda row: row["ended_at"] is not None)
    happened = await house.history(talk.call_id)
    assert [one for one in happened if one in {"passed-on", "answered", "ended"}] == [
        "answered", "passed-on", "answered", "ended",
    ]  # fmt: skip


async def test_a_caller_whom_the_next_one_declines_comes_back_and_is_heard(house: Station) -> None:
    talk = await Talk(house).begin()
    await talk.pass_on(to="operator", operator=talk.boris)
    await talk.first.reaches("ended")
    (await talk.boris_phone.incoming()).reject()
    back = await talk.anna_phone.incoming()
    floor = await talk.state(talk.anna, OperatorState.RESERVED)
    assert floor.calls[0].passed is not None
    assert (floor.calls[0].passed.returned, floor.calls[0].operator_id) == ("declined", talk.anna)
    back.answer()
    await talk.state(talk.anna, OperatorState.TALKING)
    await speak(back, talk.caller)


async def test_nobody_answers_and_who_passed_him_on_is_gone_so_he_waits_at_the_head(house: Station) -> None:
    talk = await Talk(house).begin()
    await talk.pass_on(to="operator", operator=talk.boris)
    await talk.first.reaches("ended")
    await talk.boris_phone.incoming()
    await talk.anna_phone.register(0)
    await talk.state(talk.boris, OperatorState.NOT_READY)
    await talk.phase(CallPhase.WAITING)
    await house.ready(talk.boris)
    again = await talk.boris_phone.incoming()
    again.answer()
    await talk.state(talk.boris, OperatorState.TALKING)
    await speak(again, talk.caller)


async def test_a_caller_passed_to_a_queue_is_served_there(house: Station) -> None:
    talk = await Talk(house).begin()
    await talk.pass_on(to="queue", queue="main", note="wants a plan")
    await talk.first.reaches("ended")
    second = await talk.boris_phone.incoming()
    second.answer()
    floor = await talk.state(talk.boris, OperatorState.TALKING)
    assert floor.calls[0].passed is not None
    assert floor.calls[0].passed.note == "wants a plan"
    await speak(second, talk.caller)


async def test_a_caller_passed_outside_talks_there_without_the_floor(house: Station) -> None:
    talk = await Talk(house).begin()
    outside = await house.stack.enter_async_context(OutsidePhone(house.settings))
    await talk.pass_on(to="number", number="+74951234567", title="Gas emergency")
    await talk.first.reaches("ended")
    far = await outside.incoming()
    await music(talk.caller)
    assert far._invite().first.startswith("INVITE sip:+74951234567@")
    assert shows_ours(far), far._invite()
    house.floor.kill()
    far.answer()
    await speak(far, talk.caller)
    far.hold()
    await music(talk.caller)
    far.resume()
    await speak(far, talk.caller)
    house.floor.start()
    await talk.phase(CallPhase.OUTSIDE)
    far.hang_up()
    await talk.caller.reaches("ended")
    await house.sees(lambda floor: not floor.calls)
    row = await house.row(talk.call_id, lambda row: row["ended_at"] is not None)
    assert (row["outcome"], row["operator_id"]) == ("answered", talk.anna)


async def test_a_busy_number_outside_gives_the_caller_back(house: Station) -> None:
    talk = await Talk(house).begin()
    outside = await house.stack.enter_async_context(OutsidePhone(house.settings))
    await talk.pass_on(to="number", number="+74951234567", title="Gas emergency")
    await talk.first.reaches("ended")
    far = await outside.incoming()
    await talk.state(talk.anna, OperatorState.WRAP_UP)
    far.reject()
    back = await talk.anna_phone.incoming()
    back.answer()
    await talk.state(talk.anna, OperatorState.TALKING)
    await speak(back, talk.caller)


# --- the floor dies in the middle ------------------------------------------------------------------------------------


@pytest.mark.fault
async def test_a_floor_killed_while_the_next_telephone_rings_connects_him_all_the_same(house: Station) -> None:
    talk = await Talk(house).begin()
    await talk.pass_on(to="operator", operator=talk.boris, note="owes for May")
    await talk.first.reaches("ended")
    second = await talk.boris_phone.incoming()
    house.floor.kill()
    second.answer()
    await speak(second, talk.caller)
    house.floor.start()
    floor = await talk.state(talk.boris, OperatorState.TALKING)
    assert operator_of(floor, talk.anna).state is OperatorState.WRAP_UP


@pytest.mark.fault
async def test_a_floor_killed_and_back_while_nobody_answers_still_brings_him_to_somebody(house: Station) -> None:
    talk = await Talk(house).begin()
    await talk.pass_on(to="operator", operator=talk.boris)
    await talk.first.reaches("ended")
    (await talk.boris_phone.incoming()).reject()
    house.floor.kill()
    house.floor.start()
    ringing = await eventually(lambda: either(talk), 30, "somebody is rung for him")
    ringing.answer()
    await speak(ringing, talk.caller)


@pytest.mark.fault
async def test_without_the_floor_a_caller_nobody_took_is_served_by_asterisk_itself(house: Station) -> None:
    talk = await Talk(house).begin()
    await talk.pass_on(to="operator", operator=talk.boris)
    await talk.first.reaches("ended")
    second = await talk.boris_phone.incoming()
    house.floor.kill()
    await second.reaches("ended")
    ringing = await eventually(lambda: either(talk), 45, "the fallback queue rings somebody")
    ringing.answer()
    await speak(ringing, talk.caller)
