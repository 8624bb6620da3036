"""Valkey, PostgreSQL and Asterisk die: nobody loses a call that is not lost by nature, and nothing stays wrong."""

from __future__ import annotations

import asyncio
import time

import pytest

from routing import bus
from routing.valkey import connect
from routing.views import CallPhase, OperatorState
from tests.faults import obstacles
from tests.faults.kept import Death
from tests.faults.shift import Caller, Operator, Shift
from tests.support.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]
AT_ONCE_OR_LATER = pytest.mark.parametrize("stays_away", [False, True], ids=["comes-back", "stays-away"])


@AT_ONCE_OR_LATER
async def test_valkey_dies_while_one_talks_and_one_waits(shift: Shift, *, stays_away: bool) -> None:
    operator, caller, ear = await shift.talk()
    waiter = await shift.waiter()
    back: Death | float
    if stays_away:
        with shift.house.away("valkey"):
            await asyncio.gather(caller.talks(ear), waiter.hears_music())
            await eventually(lambda: operator.screen.stale and shift.supervisor.stale, 8, "screens say: old data")
            await shift.ends(caller, ear)
        back = time.monotonic()
    else:
        back = shift.house.kill("valkey")
        ear.hang_up()
    await asyncio.gather(
        waiter.hears_music(),
        caller.line.reaches("ended"),
        shift.heals(
            back,
            operator=lambda: operator.shows(OperatorState.WRAP_UP, caller.call_id),
            supervisor=lambda: shift.shown(caller, CallPhase.WRAP_UP) and shift.shown(waiter, CallPhase.WAITING),
        ),
    )
    redis = connect(shift.settings.redis_url)
    async with redis:
        snapshot = await bus.read_desk(redis, operator.me.operator_id)
    assert snapshot is not None
    assert snapshot.desk.operator == operator.me
    await _are_served(shift, operator, waiter)
    for one in (caller, waiter):
        await shift.is_recorded(one, operator)
        assert operator.rung(one.call_id) == 1


async def test_valkey_and_floor_die_together(shift: Shift) -> None:
    operator, caller, ear = await shift.talk()
    waiter = await shift.waiter()
    epoch = shift.supervisor.epoch
    killed = shift.house.kill("floor", "valkey")
    await asyncio.gather(
        caller.talks(ear),
        waiter.hears_music(),
        shift.heals(
            killed,
            anew=lambda: shift.have_left(epoch),
            operator=lambda: operator.shows(OperatorState.TALKING, caller.call_id),
            supervisor=lambda: shift.shown(caller, CallPhase.TALKING) and shift.shown(waiter, CallPhase.WAITING),
        ),
    )
    await shift.ends(caller, ear)
    await _are_served(shift, operator, waiter)
    for one in (caller, waiter):
        await shift.is_recorded(one, operator)
        assert operator.rung(one.call_id) == 1


@AT_ONCE_OR_LATER
async def test_postgresql_dies_with_one_in_the_menu_one_waiting_and_one_talking(
    shift: Shift, *, stays_away: bool
) -> None:
    operator, caller, ear = await shift.talk()
    waiter = await shift.waiter()
    in_menu = await shift.dials()
    await in_menu.press("1")
    epoch = shift.supervisor.epoch
    back: Death | float
    if stays_away:
        with shift.house.away("postgres"):
            await asyncio.gather(caller.talks(ear), waiter.hears_music(), in_menu.press("0"))
            await shift.is_seen(in_menu, CallPhase.WAITING)
            await shift.ends(caller, ear)
            await operator.is_in(OperatorState.WRAP_UP)
        back = time.monotonic()
    else:
        back = shift.house.kill("postgres")
        ear.hang_up()
    acting = [] if stays_away else [in_menu.press("0"), caller.line.reaches("ended"), waiter.hears_music()]
    await asyncio.gather(
        *acting,
        shift.heals(
            back,
            postgres=shift.house.kept["postgres"].serves,
            supervisor=lambda: shift.shown(waiter, CallPhase.WAITING) and shift.shown(caller, CallPhase.WRAP_UP),
            operator=lambda: operator.shows(OperatorState.WRAP_UP, caller.call_id),
        ),
    )
    await shift.is_seen(in_menu, CallPhase.WAITING)
    await shift.is_recorded(caller, operator)
    await _are_served(shift, operator, waiter, in_menu)
    for one in (waiter, in_menu):
        await shift.is_recorded(one, operator)
        assert operator.rung(one.call_id) == 1
    assert shift.supervisor.epoch == epoch, "the floor that served kept the lock, and what it had in mind"


@pytest.mark.parametrize("obstacle", ["read-only", "full"])
async def test_a_database_that_refuses_writes_gets_them_when_it_takes_them_again(shift: Shift, obstacle: str) -> None:
    operator, caller, ear = await shift.talk()
    async with obstacles.OBSTACLES[obstacle](shift.house):
        await caller.talks(ear)
        await shift.ends(caller, ear)
        await operator.is_in(OperatorState.WRAP_UP)
        await shift.floor_says("facts wait for the database")
    await shift.is_recorded(caller, operator)
    await operator.is_free()


async def test_asterisk_restarts_and_everybody_works_on(shift: Shift) -> None:
    operator, caller, _ = await shift.talk()
    other = await shift.operator()
    in_menu = await shift.dials()
    killed = shift.house.kill("asterisk")
    await shift.supervisor.sees(lambda floor: not any(floor.nodes.values()), "the link is seen to be lost", 5)
    for one in (caller, in_menu):
        one.line.vanish()
    await eventually(lambda: shift.house.served(killed), 15, "Asterisk serves")
    await asyncio.gather(operator.phone.register(), other.phone.register())
    await shift.heals(
        killed,
        limit=10.0,
        linked=lambda: shift.supervisor.shows(lambda floor: all(floor.nodes.values())),
        supervisor=lambda: shift.shown(caller, CallPhase.WRAP_UP) and shift.call_of(in_menu) is None,
        operator=lambda: operator.shows(OperatorState.WRAP_UP, caller.call_id),
        other=lambda: other.shows(OperatorState.READY) and other.me.phone_ok,
    )
    await operator.is_free()
    await shift.is_recorded(caller, operator)
    waiter = await shift.waiter()
    ear = await other.phone.incoming()
    ear.answer()
    await waiter.talks(ear)
    await shift.ends(waiter, ear)
    await other.is_free()
    await shift.is_recorded(waiter, other)


async def _are_served(shift: Shift, operator: Operator, *waiting: Caller) -> None:
    """The operator writes his contact up, and serves one after the other."""
    await operator.is_free()
    for one in waiting:
        ear = await operator.phone.incoming()
        assert ear.header("X-Busbar-Call") == one.call_id
        ear.answer()
        await one.talks(ear)
        await shift.ends(one, ear)
        await operator.is_free()
