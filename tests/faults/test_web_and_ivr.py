"""`web` and `ivr` die, alone and with `floor`: callers are passed on, screens come back by themselves."""

from __future__ import annotations

import asyncio
import time

import pytest

from routing.views import CallPhase, OperatorState
from tests.faults.kept import FLOORS
from tests.faults.shift import Shift

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]


async def test_web_dies_while_a_telephone_rings_and_screens_come_back(shift: Shift) -> None:
    operator, other = await shift.operator(), await shift.operator(ready=False)
    caller = await shift.waiter()
    ear = await operator.phone.incoming()
    await operator.is_in(OperatorState.RESERVED)
    epoch = operator.screen.epoch
    killed = shift.house.kill("web")
    ear.answer()
    await asyncio.gather(
        caller.talks(ear),
        shift.heals(
            killed,
            again=lambda: operator.screen.lines > 1 and other.screen.lines > 1 and shift.supervisor.lines > 1,
            operator=lambda: operator.shows(OperatorState.TALKING, caller.call_id),
            supervisor=lambda: shift.shown(caller, CallPhase.TALKING),
            other=lambda: other.shows(OperatorState.NOT_READY),
        ),
    )
    assert operator.screen.epoch == epoch, "the floor noticed nothing"
    await shift.ends(caller, ear)
    await operator.is_free()
    await shift.is_recorded(caller, operator)
    assert operator.rung(caller.call_id) == 1


async def test_a_caller_whose_menu_died_comes_to_an_operator(shift: Shift) -> None:
    operator = await shift.operator()
    caller = await shift.dials()
    await caller.press("1")
    await caller.line.hears(20)
    killed = shift.house.kill("ivr")
    _, ear = await asyncio.gather(
        shift.heals(killed, supervisor=lambda: shift.shown(caller, CallPhase.RINGING)), operator.phone.incoming(5)
    )
    await shift.is_seen(caller, CallPhase.RINGING)
    ear.answer()
    await caller.talks(ear)
    await shift.ends(caller, ear)
    await operator.is_free()
    await shift.is_recorded(caller, operator)
    assert "ivr-failed" in await asyncio.to_thread(shift.house.history, caller.call_id)
    following = await shift.waiter()
    ear = await operator.phone.incoming()
    ear.answer()
    await following.talks(ear)
    assert following.call_id
    assert "ivr-failed" not in await asyncio.to_thread(shift.house.history, following.call_id)
    await shift.ends(following, ear)
    await operator.is_free()


async def test_without_floor_and_ivr_a_new_caller_is_served_by_asterisk_itself(shift: Shift) -> None:
    operator = await shift.operator()
    epoch = shift.supervisor.epoch
    with shift.house.away(*FLOORS, "ivr"):
        caller = await shift.dials()
        await caller.hears_music()
        ear = await operator.phone.incoming(20)
        ear.answer()
        await caller.talks(ear)
    await shift.heals(
        time.monotonic(),
        anew=lambda: shift.have_left(epoch),
        supervisor=lambda: shift.shown(caller, CallPhase.TALKING),
        operator=lambda: bool(operator.me.call_id) and operator.shows(OperatorState.TALKING, operator.me.call_id or ""),
    )
    await shift.is_answered(caller)
    await shift.ends(caller, ear)
    await operator.is_free()
    await shift.is_recorded(caller, operator)
    assert operator.rung(caller.call_id) == 1


async def test_fifty_who_connect_to_fastagi_and_close_disturb_nobody(shift: Shift) -> None:
    operator = await shift.operator()
    caller = await shift.dials()

    async def rude(place: int) -> None:
        _, writer = await asyncio.open_connection(shift.settings.agi_host, shift.settings.agi_port)
        writer.write((b"", b"agi_network: yes\n", b"\n\n", b"\x00" * 5000, b"GET / HTTP/1.1\r\n\r\n")[place % 5])
        writer.close()

    async with asyncio.TaskGroup() as group:
        for place in range(50):
            group.create_task(rude(place))
        group.create_task(caller.press("1", "0"))
    ear = await operator.phone.incoming()
    await shift.is_seen(caller, CallPhase.RINGING)
    ear.answer()
    await caller.talks(ear)
    assert "ivr-failed" not in await asyncio.to_thread(shift.house.history, caller.call_id)
    await shift.ends(caller, ear)
    await operator.is_free()
    await shift.is_recorded(caller, operator)
