"""Passing on from an operator's own telephone: REFER blind and with Replaces, and where REFER never leads (AC05)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from routing.views import CallPhase, OperatorState
from tests.routing.process import Station, operator_of
from tests.routing.talk import OutsidePhone, Talk, music, speak
from tests.routing.trunk import house, node
from tests.support.sipua import SipCall

__all__ = ["house", "node"]
pytestmark = pytest.mark.integration


def refer_to(call: SipCall, other: SipCall, number: str) -> None:
    """Join the far sides of two calls (REFER with Replaces)."""
    replaces = quote(f"{other.call_id};to-tag={other._their_tag};from-tag={other._own_tag}", safe="")
    target = f"sip:{number}@127.0.0.1:{call.phone.server[1]}?Replaces={replaces}"
    call._request("REFER", f"Refer-To: <{target}>\r\nReferred-By: {call._identity}\r\n")


async def test_refer_to_an_extension_passes_the_caller_on(house: Station) -> None:
    talk = await Talk(house).begin()
    talk.first.transfer("102")
    second = await talk.boris_phone.incoming()
    await music(talk.caller)
    second.answer()
    floor = await talk.state(talk.boris, OperatorState.TALKING)
    await speak(second, talk.caller)
    assert floor.calls[0].passed is not None
    assert (floor.calls[0].passed.by, floor.calls[0].passed.to) == (talk.anna, "Boris")
    assert operator_of(floor, talk.anna).state is OperatorState.WRAP_UP
    second.hang_up()
    await talk.caller.reaches("ended")


async def test_refer_to_somebody_who_is_not_free_brings_the_caller_back(house: Station) -> None:
    talk = await Talk(house).begin()
    await house.operator("clara", "103", ready=False)
    talk.first.transfer("103")
    await talk.state(talk.anna, OperatorState.WRAP_UP)
    talk.first.hang_up()  # As every telephone does that was told of its REFER's success.
    back = await talk.anna_phone.incoming()
    back.answer()
    floor = await talk.state(talk.anna, OperatorState.TALKING)
    await speak(back, talk.caller)
    assert floor.calls[0].passed is not None
    assert floor.calls[0].passed.returned == "busy"


async def test_refer_to_a_queue_lets_the_caller_stand_there(house: Station) -> None:
    talk = await Talk(house).begin()
    talk.first.transfer("main")
    second = await talk.boris_phone.incoming()
    second.answer()
    await talk.state(talk.boris, OperatorState.TALKING)
    await speak(second, talk.caller)


@pytest.mark.parametrize("target", ["+74951234567", "84951234567", "s", "h"])
async def test_refer_to_what_is_nobody_of_ours_is_refused_by_the_switch(house: Station, target: str) -> None:
    talk = await Talk(house).begin()
    outside = await house.stack.enter_async_context(OutsidePhone(house.settings))
    talk.first.transfer(target)
    await speak(talk.first, talk.caller)
    await talk.phase(CallPhase.TALKING)
    assert outside._arrived.empty(), "nothing was dialled"


@pytest.mark.parametrize("target", ["100", "600"])
async def test_refer_to_an_extension_of_the_dialplan_brings_the_caller_back(house: Station, target: str) -> None:
    talk = await Talk(house).begin()
    talk.first.transfer(target)
    await talk.state(talk.anna, OperatorState.WRAP_UP)
    talk.first.hang_up()
    back = await talk.anna_phone.incoming()
    back.answer()
    await talk.state(talk.anna, OperatorState.TALKING)
    await speak(back, talk.caller)


async def test_a_colleague_asked_on_a_second_line_takes_the_caller_by_replaces(house: Station) -> None:
    talk = await Talk(house).begin()
    talk.first.hold()
    await talk.phase(CallPhase.HELD)
    line = await talk.anna_phone.dial("102")
    second = await talk.boris_phone.incoming()
    second.answer()
    await talk.stage("together")
    await line.reaches("up")
    await speak(line, second)
    refer_to(talk.first, line, "102")
    await speak(second, talk.caller)
    talk.first.hang_up()
    line.hang_up()
    floor = await talk.state(talk.anna, OperatorState.WRAP_UP)
    assert (floor.calls[0].phase, floor.calls[0].operator_id) == (CallPhase.TALKING, talk.boris)
    second.hang_up()
    await talk.caller.reaches("ended")
    await talk.state(talk.boris, OperatorState.WRAP_UP)


async def test_a_second_line_that_ends_leaves_the_caller_where_he_was(house: Station) -> None:
    talk = await Talk(house).begin()
    talk.first.hold()
    await talk.phase(CallPhase.HELD)
    line = await talk.anna_phone.dial("102")
    second = await talk.boris_phone.incoming()
    second.answer()
    await line.reaches("up")
    line.hang_up()
    await second.reaches("ended")
    await talk.state(talk.boris, OperatorState.READY)
    talk.first.resume()
    await talk.phase(CallPhase.TALKING)
    await speak(talk.first, talk.caller)


async def test_nobody_is_rung_on_a_line_without_a_caller(house: Station) -> None:
    _, phone = await house.operator("anna", "101")
    boris, other = await house.operator("boris", "102")
    line = await phone.dial("102")
    await line.reaches("ended")
    assert other._arrived.empty()
    await house.sees(lambda floor: operator_of(floor, boris).state is OperatorState.READY)
