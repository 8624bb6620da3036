"""Processes are killed while callers wait, ring and talk; nobody is lost and the screens are right again soon."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from crm_core import db
from crm_core.settings import Settings
from routing.views import CallPhase, OperatorState
from tests.routing.process import Station, operator_of, station
from tests.support.servers import AsteriskServer, PostgresServer, ValkeyServer
from tests.support.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault]
SOON = 5.0


@pytest.fixture
async def house(settings: Settings, asterisk: AsteriskServer) -> AsyncIterator[Station]:
    quick = settings.model_copy(update={"offer_seconds": 4, "wrap_up_seconds": 5})
    async with station(quick) as running:
        yield running


async def test_a_floor_killed_in_a_conversation_knows_it_again_after_its_restart(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    ringing = await phone.incoming()
    ringing.answer()
    ringing.say()
    before = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    await house.row(before.calls[0].call_id, lambda row: row["answered_at"] is not None)
    house.floor.kill()
    await caller.hears(3)
    house.floor.start()
    after = await house.sees(
        lambda floor: floor.calls and operator_of(floor, anna).state is OperatorState.TALKING, seconds=SOON
    )
    assert after.calls[0].answered_at == before.calls[0].answered_at
    assert after.calls[0].operator_id == anna
    assert after.calls[0].number == before.calls[0].number
    ringing.hang_up()
    await caller.reaches("ended")
    await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.WRAP_UP)
    row = await house.row(before.calls[0].call_id, lambda row: row["ended_at"] is not None)
    assert (row["outcome"], row["operator_id"]) == ("answered", anna)


async def test_a_floor_killed_while_it_rings_does_not_stop_the_conversation(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    ringing = await phone.incoming()
    house.floor.kill()
    ringing.answer()
    ringing.say()
    await caller.hears(3)
    house.floor.start()
    floor = await house.sees(
        lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING, "the talk is known", SOON
    )
    assert operator_of(floor, anna).call_id == floor.calls[0].call_id
    assert (await house.row(floor.calls[0].call_id, lambda row: row["answered_at"] is not None))["operator_id"] == anna


async def test_a_floor_restarted_while_it_rings_goes_on_ringing(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    await house.caller()
    ringing = await phone.incoming()
    house.floor.kill()
    house.floor.start()
    await house.sees(
        lambda floor: floor.calls and operator_of(floor, anna).state is OperatorState.RESERVED, "it rings", SOON
    )
    ringing.answer()
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.TALKING)


async def test_callers_of_a_dead_floor_are_served_by_asterisk_itself(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    house.floor.kill()
    caller = await house.caller()
    fallback = await phone.incoming(25)
    assert fallback.header("X-Busbar-Call")
    fallback.answer()
    fallback.say()
    await caller.hears(3)
    house.floor.start()
    floor = await house.sees(
        lambda floor: operator_of(floor, anna).state is OperatorState.TALKING, "the fallback's talk is known", SOON
    )
    assert floor.calls[0].operator_id == anna
    assert floor.calls[0].number == "+79161230001"
    fallback.hang_up()
    await caller.reaches("ended")
    row = await house.row(floor.calls[0].call_id, lambda row: row["ended_at"] is not None)
    assert (row["outcome"], row["operator_id"]) == ("answered", anna)


async def test_a_caller_who_waited_through_a_restart_is_served_by_the_new_floor(house: Station) -> None:
    await house.caller()
    before = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING)
    house.floor.kill()
    house.floor.start()
    after = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING, seconds=SOON)
    assert after.calls[0].waiting_since == before.calls[0].waiting_since
    anna, phone = await house.operator("anna", "101")
    (await phone.incoming()).answer()
    await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.TALKING)


async def test_a_killed_valkey_stops_no_call_and_screens_are_right_again(house: Station, valkey: ValkeyServer) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    ringing = await phone.incoming()
    ringing.answer()
    ringing.say()
    before = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    valkey.kill()
    await caller.hears(3)
    ringing.hang_up()
    await caller.reaches("ended")
    valkey.start()
    floor = await house.sees(
        lambda floor: operator_of(floor, anna).state is OperatorState.WRAP_UP, "the end is shown", SOON
    )
    assert floor.calls[0].call_id == before.calls[0].call_id


async def test_a_killed_postgres_stops_no_call_and_the_interaction_is_recorded(
    house: Station, postgres: PostgresServer
) -> None:
    anna, phone = await house.operator("anna", "101")
    async with db.transaction(house.engine) as connection:
        # Tests' PostgreSQL commits lazily: what was written so far is to survive the crash.
        await connection.execute(text("set local synchronous_commit = on"))
        await connection.execute(text("update users set name = name"))
    postgres.kill()
    caller = await house.caller()
    ringing = await phone.incoming()
    ringing.answer()
    ringing.say()
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    await caller.hears(3)
    postgres.start()
    ringing.hang_up()
    await caller.reaches("ended")
    row = await house.row(floor.calls[0].call_id, lambda row: row["ended_at"] is not None)
    assert (row["outcome"], row["operator_id"]) == ("answered", anna)
    assert {"arrived", "waiting", "offered", "answered", "ended"} <= set(await house.history(floor.calls[0].call_id))


async def test_a_restarted_asterisk_ends_its_calls_and_serves_new_ones(
    house: Station, asterisk: AsteriskServer
) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    (await phone.incoming()).answer()
    await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    asterisk.kill()
    await house.sees(lambda floor: not all(floor.nodes.values()), "the link is seen to be lost")
    await asyncio.to_thread(asterisk.start)
    caller.vanish()
    await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.WRAP_UP)
    await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.READY, "wrap-up ended by itself")
    await eventually(lambda: _registers(phone), 10)
    await house.caller("79161230002")
    (await phone.incoming()).answer()
    await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.TALKING)


async def _registers(phone: object) -> bool:
    with contextlib.suppress(AssertionError, TimeoutError):
        await phone.register()  # type: ignore[attr-defined]
        return True
    return False


async def test_a_standby_floor_takes_over_within_seconds(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    (await phone.incoming()).answer()
    await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    standby = type(house.floor)(house.settings)
    standby.log_file = standby.log_file.with_name("standby.log")
    super(type(standby), standby).start()
    try:
        house.floor.kill()
        await eventually(lambda: "ready: floor" in standby.log(), SOON, "the standby serves")
        await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.TALKING, seconds=SOON)
        assert caller.state == "up"
    finally:
        standby.stop()
