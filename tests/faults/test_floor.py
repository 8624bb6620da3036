"""`floor` dies: callers do not notice, screens are right again within seconds, counted from the kill itself.

Dead alone, the floor that stands by takes over; dead with it (one floor, as a service manager runs it), the supervisor
starts both again.
"""

from __future__ import annotations

import asyncio

import httpx
import pytest

from routing.views import CallPhase, OperatorState
from tests.faults.kept import FLOORS, KeptHouse
from tests.faults.shift import Shift
from tests.support.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]
ALONE_OR_BOTH = pytest.mark.parametrize("dead", [FLOORS[:1], FLOORS], ids=["one-stands-by", "both-dead"])


@ALONE_OR_BOTH
async def test_a_caller_who_waits_hears_music_on_and_is_served_by_the_next_floor(
    shift: Shift, dead: tuple[str, ...]
) -> None:
    caller = await shift.waiter()
    before = await shift.is_seen(caller, CallPhase.WAITING)
    epoch = shift.supervisor.epoch
    killed = shift.house.kill(*dead)
    await asyncio.gather(
        caller.hears_music(),
        shift.heals(
            killed,
            anew=lambda: shift.have_left(epoch),
            supervisor=lambda: shift.shown(caller, CallPhase.WAITING) and shift.call_of(caller) == before,
        ),
    )
    operator = await shift.operator()
    ear = await operator.phone.incoming()
    ear.answer()
    await caller.talks(ear)
    await operator.is_in(OperatorState.TALKING)
    await shift.ends(caller, ear)
    await operator.is_free()
    await shift.is_recorded(caller, operator)
    assert operator.rung(caller.call_id) == 1


@ALONE_OR_BOTH
async def test_a_telephone_that_rings_goes_on_and_rings_nobody_twice(shift: Shift, dead: tuple[str, ...]) -> None:
    operator, other = await shift.operator(), await shift.operator(ready=False)
    caller = await shift.waiter()
    ear = await operator.phone.incoming()
    assert (await other.screen.ask("ready")).done
    await shift.remembers(other, OperatorState.READY)
    await shift.is_seen(caller, CallPhase.RINGING)
    epoch = shift.supervisor.epoch
    killed = shift.house.kill(*dead)
    await asyncio.gather(
        caller.hears_music(),
        shift.heals(
            killed,
            anew=lambda: shift.have_left(epoch),
            supervisor=lambda: shift.shown(caller, CallPhase.RINGING),
            operator=lambda: operator.shows(OperatorState.RESERVED, caller.call_id),
            other=lambda: other.shows(OperatorState.READY),
        ),
    )
    ear.answer()
    await caller.talks(ear)
    await operator.is_in(OperatorState.TALKING)
    await shift.ends(caller, ear)
    await operator.is_free()
    await shift.is_recorded(caller, operator)
    assert (operator.rung(caller.call_id), other.rung(caller.call_id)) == (1, 0)


async def test_a_telephone_answered_while_the_floor_is_dead_has_its_caller(shift: Shift) -> None:
    operator = await shift.operator()
    caller = await shift.waiter()
    ear = await operator.phone.incoming()
    await shift.is_seen(caller, CallPhase.RINGING)
    epoch = shift.supervisor.epoch
    killed = shift.house.kill(*FLOORS)
    ear.answer()
    await asyncio.gather(
        caller.talks(ear),
        shift.heals(
            killed,
            anew=lambda: shift.have_left(epoch),
            supervisor=lambda: shift.shown(caller, CallPhase.TALKING),
            operator=lambda: operator.shows(OperatorState.TALKING, caller.call_id),
        ),
    )
    await shift.ends(caller, ear)
    await operator.is_free()
    await shift.is_recorded(caller, operator)
    assert operator.rung(caller.call_id) == 1


@ALONE_OR_BOTH
async def test_a_conversation_goes_on_and_is_known_again(shift: Shift, dead: tuple[str, ...]) -> None:
    operator, caller, ear = await shift.talk()
    before, seen_before = await shift.is_seen(caller, CallPhase.TALKING), operator.me
    epoch = shift.supervisor.epoch
    killed = shift.house.kill(*dead)
    await asyncio.gather(
        caller.talks(ear),
        shift.heals(
            killed,
            anew=lambda: shift.have_left(epoch),
            supervisor=lambda: shift.shown(caller, CallPhase.TALKING) and shift.call_of(caller) == before,
            operator=lambda: operator.shows(OperatorState.TALKING, caller.call_id),
        ),
    )
    assert shift.call_of(caller) == before
    assert operator.me == seen_before
    assert operator.me.calls_today == 1
    await caller.talks(ear)
    await shift.ends(caller, ear)
    await operator.is_free()
    await shift.is_recorded(caller, operator)
    assert operator.rung(caller.call_id) == 1


async def test_a_conversation_that_ends_while_the_floor_is_dead_is_written_up_and_recorded(shift: Shift) -> None:
    operator, caller, ear = await shift.talk()
    epoch = shift.supervisor.epoch
    killed = shift.house.kill(*FLOORS)
    await asyncio.gather(
        shift.ends(caller, ear),
        shift.heals(
            killed,
            anew=lambda: shift.have_left(epoch),
            operator=lambda: operator.shows(OperatorState.WRAP_UP, caller.call_id),
        ),
    )
    await operator.is_free()
    await shift.is_recorded(caller, operator)


async def test_a_contact_closed_while_the_floor_is_dead_is_closed_and_frees_the_operator(shift: Shift) -> None:
    operator, caller, ear = await shift.talk()
    await shift.ends(caller, ear)
    await operator.is_in(OperatorState.WRAP_UP)
    await shift.remembers(operator, OperatorState.WRAP_UP)
    epoch = shift.supervisor.epoch
    killed = shift.house.kill(*FLOORS)
    await asyncio.gather(
        operator.screen.close(caller.call_id),
        shift.heals(
            killed,
            anew=lambda: shift.have_left(epoch),
            operator=lambda: operator.shows(OperatorState.READY),
        ),
    )
    row = await shift.is_recorded(caller, operator)
    assert row["disposition"] not in {"", "UNDISPOSED"}


async def test_the_workstation_says_that_the_floor_is_missing_and_that_it_is_back(house: KeptHouse) -> None:
    async with httpx.AsyncClient(base_url=house.url) as client:

        async def missing() -> tuple[int, list[str]]:
            answer = await client.get("/health")
            return answer.status_code, answer.json()["missing"]

        async def whole() -> bool:
            return await missing() == (200, [])

        async def without_floor() -> bool:
            return await missing() == (503, ["floor"])

        await eventually(whole, 15, "everything is in its place")
        with house.away(*FLOORS):
            await eventually(without_floor, 15, "the workstation misses the floor")
        await eventually(whole, 15, "the floor is back")
