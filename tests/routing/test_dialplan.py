"""The dialplan: what the IVR found out reaches the desk whole, and only its own last word ends a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from crm_core.settings import Settings
from deploy import routing_command
from routing.views import CallPhase
from telephony.agi import AgiCall, AgiServer
from tests.routing.process import Station, station
from tests.support.servers import AsteriskServer
from tests.support.sipua import SipUa

pytestmark = pytest.mark.integration


@pytest.fixture
async def house(settings: Settings, asterisk: AsteriskServer) -> AsyncIterator[Station]:
    async with station(settings) as running:
        yield running


async def test_what_the_ivr_found_out_reaches_the_floor_whole(house: Station) -> None:
    async def answer(call: AgiCall) -> None:
        for name, value in {
            "BUSBAR_ACCOUNT": "",
            "BUSBAR_CANDIDATES": "3,14,159",
            "BUSBAR_TOPIC": "reading",
            "BUSBAR_FLAGS": 'vip,life_support"|${SHELL(id)}',
            "BUSBAR_PATH": 'language=ru;account=none;menu=0"]|${SHELL(id)},Account:666',
            "BUSBAR_LANGUAGE": "ru",
            "BUSBAR_IVR": "queue",
        }.items():
            await call.set_variable(name, value)

    async with AgiServer(house.settings.agi_host, house.settings.agi_port, answer):
        hostile = await house.stack.enter_async_context(SipUa("79161230001", _sip(house)))
        caller = await hostile.dial("100", name='x\\" & ${SHELL(id)} $[1/0]')
        floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING)
        (call,) = floor.calls
        assert call.candidates == (3, 14, 159)
        assert (call.topic, call.language, call.account_id) == ("reading", "ru", None)
        assert call.path[:2] == ("language=ru", "account=none")
        assert "$" not in "".join(call.path)
        assert caller.state == "up"


async def test_a_caller_who_is_on_his_way_is_not_taken_yet(house: Station, asterisk: AsteriskServer) -> None:
    """Taken before, he would leave the bridge at once; one who never arrives is taken all the same (ADR 0023)."""
    await house.caller()
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING)
    listed = await asterisk.plan.ask("core show channels concise")
    (channel,) = (line.split("!")[0] for line in listed.splitlines() if "!queue!" in line)
    await asterisk.plan.ask(f"dialplan set chanvar {channel} SHARED(BUSBAR_MOVING) yes")
    _, phone = await house.operator("anna", "101")
    ring = await phone.incoming()
    ring.answer()
    await ring.reaches("up")
    answered = asyncio.get_running_loop().time()
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    assert asyncio.get_running_loop().time() - answered > 2, floor.calls[0]


async def test_only_the_last_word_of_the_ivr_ends_a_call(house: Station) -> None:
    async def answer(call: AgiCall) -> None:
        await call.set_variable("BUSBAR_ACCOUNT", "7")
        await call.set_variable("BUSBAR_PATH", "language=en;balance")
        await call.set_variable("BUSBAR_IVR", "done")

    async with AgiServer(house.settings.agi_host, house.settings.agi_port, answer):
        subscriber = await house.stack.enter_async_context(SipUa("79161230001", _sip(house)))
        call = await subscriber.dial("100")
        await call.reaches("ended")
        await house.sees(lambda floor: not floor.calls)


async def test_an_ivr_that_dies_in_mid_call_passes_the_caller_on(house: Station) -> None:
    async def answer(call: AgiCall) -> None:
        await call.set_variable("BUSBAR_IVR", "")
        raise RuntimeError("a defect of the IVR")

    async with AgiServer(house.settings.agi_host, house.settings.agi_port, answer):
        caller = await house.caller()
        await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING)
        assert caller.state == "up"


def _sip(house: Station) -> tuple[str, int]:
    return house.settings.sip_host, house.settings.sip_port


async def test_the_houses_own_rules_route_by_what_the_ivr_set_and_every_offer_says_why(
    settings: Settings, asterisk: AsteriskServer
) -> None:
    async def answer(call: AgiCall) -> None:
        await call.set_variable("BUSBAR_FLAGS", "dispute,vip")
        await call.set_variable("BUSBAR_IVR", "queue")

    own = settings.run_dir / "routing" / "main.yaml"
    own.parent.mkdir(exist_ok=True)
    own.write_text("name: ours\nrules: [{name: vip, when: {flags: [vip]}, queue: guests}]\n")
    try:
        async with station(settings) as house, AgiServer(settings.agi_host, settings.agi_port, answer):
            who, _ = await house.operator("anna", "101")
            await house.caller()
            floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.RINGING)
            (call,) = floor.calls
            assert (call.queue, call.operator_id) == ("guests", who)
            await house.row(call.call_id, lambda row: row["queue"] == "guests")
            (line,) = await asyncio.to_thread(routing_command.explain, settings, call.call_id)
            assert f"operator {who}: The operator was the only one free who could serve." in line
            assert line.endswith("Rules: vip.")
    finally:
        own.unlink()
