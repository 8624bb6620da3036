"""What is not dead but does not answer: a floor that hangs, an AMI link that nobody forwards."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from routing.views import CallPhase, OperatorState
from tests.faults.kept import FLOORS
from tests.faults.proxy import HalfOpen
from tests.faults.shift import SOON, Shift

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]
HUNG = 12.0
LAST_WISH = 1.0
"""Seconds before its end at which somebody wishes something."""
NOTICED = 4.0
"""Seconds in which a dead AMI link is noticed: three pings."""


async def test_a_floor_that_hangs_for_twelve_seconds_loses_nobody(shift: Shift) -> None:
    talking, talker, ear = await shift.talk()
    waiter = await shift.waiter()
    other = await shift.operator(ready=False)
    floor = shift.house.serving_floor()
    assert floor is not None
    floor.send(signal.SIGSTOP)
    frozen = time.monotonic()
    try:
        await asyncio.gather(talker.talks(ear), waiter.hears_music())
        await shift.ends(talker, ear)
        # Asterisk's own queue sees a telephone that is free, and rings it: better than nobody.
        second = await talking.phone.incoming(HUNG)
        second.answer()
        await waiter.talks(second)
        await asyncio.sleep(max(0.0, frozen + HUNG - LAST_WISH - time.monotonic()))
        # What the floor reads first when it comes to itself: somebody is ready for a caller who is served already.
        ready = asyncio.create_task(other.screen.ask("ready"))
        await asyncio.sleep(LAST_WISH)
    finally:
        floor.send(signal.SIGCONT)
    thawed = time.monotonic()
    await shift.heals(
        thawed,
        operator=lambda: talking.shows(OperatorState.TALKING, waiter.call_id),
        supervisor=lambda: shift.shown(waiter, CallPhase.TALKING) and shift.call_of(talker) is None,
        other=lambda: other.shows(OperatorState.READY),
    )
    assert (await ready).done
    await shift.is_recorded(talker, talking)
    await shift.ends(waiter, second)
    await talking.is_free()
    await shift.is_recorded(waiter, talking)
    assert (talking.rung(waiter.call_id), other.rung(waiter.call_id)) == (1, 0)


async def test_an_ami_link_that_nobody_forwards_is_noticed_and_replaced(shift: Shift) -> None:
    async with HalfOpen(shift.settings.ami_host, shift.settings.ami_port) as link:
        await _restart_floors(shift, link.port)
        try:
            await _is_cut(shift, link)
        finally:
            await _restart_floors(shift, shift.settings.ami_port)


async def _restart_floors(shift: Shift, ami_port: int) -> None:
    with shift.house.away(*FLOORS):
        for name in FLOORS:
            shift.house.kept[name].variables["BUSBAR_AMI_PORT"] = str(ami_port)
    await shift.serve("floor")


async def _is_cut(shift: Shift, link: HalfOpen) -> None:
    operator, caller, ear = await shift.talk()
    waiter = await shift.waiter()
    before = link.connections
    link.go_deaf()
    cut = time.monotonic()
    await shift.ends(caller, ear)
    await waiter.hears_music()
    await shift.heals(
        cut,
        limit=NOTICED + SOON,
        replaced=lambda: link.connections > before,
        operator=lambda: operator.shows(OperatorState.WRAP_UP, caller.call_id),
        supervisor=lambda: (
            shift.shown(waiter, CallPhase.WAITING) and shift.supervisor.shows(lambda view: all(view.nodes.values()))
        ),
    )
    await operator.is_free()
    ear = await operator.phone.incoming()
    ear.answer()
    await waiter.talks(ear)
    await shift.ends(waiter, ear)
    await operator.is_free()
    for one in (caller, waiter):
        await shift.is_recorded(one, operator)
        assert operator.rung(one.call_id) == 1
