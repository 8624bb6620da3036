"""Whatever dies in between: nobody is dialled twice for one attempt, and nobody is forgotten. On a real Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from routing.views import BackStage, CallPhase, OperatorState
from tests.routing.calling_back import CallingBack, calling_back, line
from tests.routing.process import Station, operator_of
from tests.support.servers import AsteriskServer, PostgresServer, ValkeyServer

pytestmark = [pytest.mark.integration, pytest.mark.fault]


@pytest.fixture(scope="module")
def trunk() -> Iterator[tuple[AsteriskServer, int]]:
    with line(outward_ring_seconds=40) as running:
        yield running


@pytest.fixture
async def back(trunk: tuple[AsteriskServer, int], database: str, redis_url: str) -> AsyncIterator[CallingBack]:
    asterisk, port = trunk
    if not asterisk.is_running():
        asterisk.start()
    settings = asterisk.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with calling_back(settings, port) as running:
        yield running


async def at(house: Station, stage: BackStage) -> str:
    """Wait until the only call-back is at this stage; return its id as a call."""
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].back and floor.calls[0].back.stage is stage)
    return floor.calls[0].call_id


def restart(house: Station) -> None:
    house.floor.kill()
    house.floor.start()


async def test_a_floor_killed_before_anybody_is_there_lets_him_stand_again(back: CallingBack) -> None:
    await back.ask()
    call_id = await at(back.house, BackStage.STANDING)
    restart(back.house)
    _, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    (await back.town.incoming()).answer()
    await back.row(state="kept", tries=1)
    (only,) = await back.attempts()
    assert only["call_id"] == call_id, "the stand-in outlived the floor and was known again"
    assert back.rung() == 1


async def test_a_floor_killed_before_the_dial_dials_once_when_it_is_back(back: CallingBack) -> None:
    await back.ask()
    anna, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    await at(back.house, BackStage.CARD)
    restart(back.house)
    asked = await back.town.incoming(15)
    asked.answer()
    await back.row(state="kept", tries=1)
    await back.house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.TALKING)
    assert back.rung() == 1


async def test_a_floor_killed_while_it_rings_knows_who_answers(back: CallingBack) -> None:
    await back.ask()
    _, phone = await back.house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    asked = await back.town.incoming()
    await back.row(state="dialling")
    restart(back.house)
    asked.answer()
    await back.row(state="kept", tries=1)
    asked.say()
    await ringing.hears(3)
    assert back.rung() == 1
    asked.hang_up()
    row = await back.house.row(str((await back.attempts())[0]["call_id"]), lambda row: row["ended_at"] is not None)
    assert row["outcome"] == "answered"


async def test_a_floor_that_is_away_while_he_answers_finds_them_talking(back: CallingBack) -> None:
    await back.ask()
    anna, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    asked = await back.town.incoming()
    await back.row(state="dialling")
    back.house.floor.kill()
    asked.answer()
    await asked.reaches("up")
    back.house.floor.start()
    await back.row(state="kept", outcome="reached", tries=1)
    await back.house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.TALKING)
    assert back.rung() == 1


async def test_a_floor_that_is_away_while_all_of_it_happens_gives_him_to_a_person(back: CallingBack) -> None:
    await back.ask()
    _, phone = await back.house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    asked = await back.town.incoming()
    await back.row(state="dialling")
    back.house.floor.kill()
    asked.answer()
    await asked.reaches("up")
    asked.hang_up()
    await ringing.reaches("ended")
    back.house.floor.start()
    row = await back.row(state="failed", outcome="unknown")
    assert row["task_id"] is not None
    assert back.rung() == 1


async def test_a_floor_killed_in_the_talk_leaves_them_talking_and_calls_nobody_again(back: CallingBack) -> None:
    await back.ask()
    anna, phone = await back.house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    asked = await back.town.incoming()
    asked.answer()
    await back.row(state="kept")
    restart(back.house)
    await back.house.sees(
        lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING
        and operator_of(floor, anna).state is OperatorState.TALKING
    )  # fmt: skip
    ringing.say()
    await asked.hears(3)
    asked.hang_up()
    await back.house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.WRAP_UP)
    assert back.rung() == 1


async def test_without_the_base_nothing_is_dialled_and_nobody_is_forgotten(
    back: CallingBack, postgres: PostgresServer
) -> None:
    await back.ask()
    _, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    await at(back.house, BackStage.CARD)
    await back.lasts()
    postgres.kill()
    await back.house.sees(lambda floor: not floor.calls, seconds=15)
    assert back.rung() == 0
    await asyncio.to_thread(postgres.start)
    (await phone.incoming(20)).answer()
    (await back.town.incoming()).answer()
    await back.row(state="kept", tries=1)
    assert back.rung() == 1


async def test_valkey_may_die_while_it_rings(back: CallingBack, valkey: ValkeyServer) -> None:
    await back.ask()
    _, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    asked = await back.town.incoming()
    valkey.kill()
    asked.answer()
    await back.row(state="kept", tries=1)
    await asyncio.to_thread(valkey.start)
    assert back.rung() == 1


async def test_an_asterisk_that_dies_while_he_stands_lets_him_stand_again(
    back: CallingBack, trunk: tuple[AsteriskServer, int]
) -> None:
    await back.ask()
    await at(back.house, BackStage.STANDING)
    trunk[0].kill()
    await asyncio.to_thread(trunk[0].start)
    await back.row(state="standing", attempt=2, tries=0)
    assert back.rung() == 0


async def test_an_asterisk_that_dies_while_it_rings_leaves_him_to_a_person(
    back: CallingBack, trunk: tuple[AsteriskServer, int]
) -> None:
    await back.ask()
    _, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    await back.town.incoming()
    await back.row(state="dialling")
    trunk[0].kill()
    await asyncio.to_thread(trunk[0].start)
    await back.row(state="failed", outcome="unknown", tries=1)
    assert back.rung() == 1
