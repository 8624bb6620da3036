"""A record goes on wherever the caller is passed on to, on a real Asterisk: one file for each operator's part."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_core.recordings import RATE, parse_name
from routing import bus
from routing.views import CallPhase, OperatorState
from routing.wishes import PauseRecording, ResumeRecording
from telephony import g711
from telephony.agi import AgiServer
from tests.routing.process import Station, now, station
from tests.routing.talk import Talk, music, speak
from tests.routing.test_recording_line import files_of, legs, settled, told
from tests.routing.test_secondline_line import refer_to
from tests.routing.trunk import node
from tests.support.servers import AsteriskServer
from tests.support.sipua import SipCall
from tests.support.waiting import eventually

__all__ = ["node"]
pytestmark = pytest.mark.integration
LONG = g711.tone(440, 60)
LOUD = 3000


@pytest.fixture
async def house(node: AsteriskServer, database: str, redis_url: str) -> AsyncIterator[Station]:
    here = node.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with station(here) as running, AgiServer(here.agi_host, here.agi_port, told):
        yield running


async def file_of(house: Station, talk: Talk, extension: str, beside: Path | None = None) -> Path:
    """Wait for a file of the call by an operator's telephone that holds something."""

    def there() -> Path | None:
        found = [one for one in files_of(house, talk.call_id) if one != beside and one.stat().st_size]
        return next((one for one in found if (raw := parse_name(one.name)) and raw.extension == extension), None)

    return await eventually(there, 10, f"a file of {extension}")  # type: ignore[arg-type]


def size(file: Path) -> int:
    return file.stat().st_size


async def grows(file: Path, seconds: float = 1.5) -> bool:
    """Whether a file grows meanwhile: it is on record what they say (the switch writes a second at a time)."""
    before = size(file)
    await asyncio.sleep(seconds)
    return size(file) > before


def loud(samples: array[int], seconds: float = 0.5) -> bool:
    """Whether the end of a leg holds a voice."""
    return max(map(abs, samples[-int(seconds * RATE) :])) > LOUD


async def talks(*calls: SipCall) -> None:
    for one in calls:
        one.say(LONG)
    await asyncio.sleep(1)


async def both_loud(file: Path) -> None:
    """Wait until both legs of a file end with a voice."""
    await eventually(lambda: all(map(loud, legs_of(file))), 10, f"both voices in {file.name}")


def legs_of(file: Path) -> tuple[array[int], array[int]]:
    whole = file.read_bytes()
    samples = array("h", whole[: len(whole) // 4 * 4])
    return samples[0::2], samples[1::2]


async def test_each_operators_part_is_a_file_of_the_one_call(house: Station) -> None:
    talk = await Talk(house).begin()
    await talks(talk.first, talk.caller)
    first = await file_of(house, talk, "101")
    await talk.pass_on(to="operator", operator=talk.boris)
    second = await talk.boris_phone.incoming()
    await music(talk.caller)
    assert not await grows(first), "the music is on no record"
    second.answer()
    floor = await talk.state(talk.boris, OperatorState.TALKING)
    assert floor.calls[0].recording
    await talks(second, talk.caller)
    await both_loud(await file_of(house, talk, "102"))
    talk.caller.hang_up()
    files = await settled(house, talk.call_id, 2)
    raws = [parse_name(one.name) for one in files]
    assert {(one.call_id, one.rule_id) for one in raws if one is not None} == {(talk.call_id, 7)}
    assert len({one.leg for one in raws if one is not None}) == len(files) == 2


async def test_a_pause_goes_along_to_the_next_queue_and_the_record_begins_when_it_ends(house: Station) -> None:
    talk = await Talk(house).begin()
    await talks(talk.first, talk.caller)
    first = await file_of(house, talk, "101")
    pause = PauseRecording(wish_id="p1", operator_id=talk.anna, at=now(), call_id=talk.call_id)
    await bus.send_wish(house.redis, pause)
    await house.sees(lambda floor: floor.calls[0].recording_paused_at is not None, "paused")
    await talk.pass_on(to="queue", queue="main")
    second = await talk.boris_phone.incoming()
    second.answer()
    floor = await talk.state(talk.boris, OperatorState.TALKING)
    assert floor.calls[0].recording_paused_at is not None
    await talks(second, talk.caller)
    await speak(second, talk.caller)
    assert files_of(house, talk.call_id) == [first], "nothing of it is on record"
    resume = ResumeRecording(wish_id="p2", operator_id=talk.boris, at=now(), call_id=talk.call_id)
    await bus.send_wish(house.redis, resume)
    file = await file_of(house, talk, "102")
    await house.sees(lambda floor: floor.calls[0].recording and floor.calls[0].recording_paused_at is None, "on again")
    await talks(second, talk.caller)
    await both_loud(file)
    assert (await talk.phase(CallPhase.TALKING)).calls[0].operator_id == talk.boris
    assert legs(first)


async def test_what_is_asked_is_on_no_record_and_a_conference_is_on_both(house: Station) -> None:
    talk = await Talk(house).begin()
    await talks(talk.first, talk.caller)
    first = await file_of(house, talk, "101")
    await talk.ask(to="operator", operator=talk.boris)
    second = await talk.boris_phone.incoming()
    second.answer()
    await talk.stage("together")
    await talks(talk.first, second)
    assert not await grows(first), "what the two say of him"
    assert files_of(house, talk.call_id) == [first]
    await talk.settle("join")
    await talk.stage("conference")
    again, theirs = await file_of(house, talk, "101", beside=first), await file_of(house, talk, "102")
    await talks(talk.first, second, talk.caller)
    await both_loud(again)
    await both_loud(theirs)
    talk.first.hang_up()
    await talk.state(talk.anna, OperatorState.WRAP_UP)
    assert (await talk.phase(CallPhase.TALKING)).calls[0].recording
    await talks(second, talk.caller)
    assert await grows(theirs), "who leaves does not end the record"
    await both_loud(theirs)


async def test_a_colleague_who_takes_him_by_replaces_is_on_record(house: Station) -> None:
    talk = await Talk(house).begin()
    talk.first.hold()
    await talk.phase(CallPhase.HELD)
    line = await talk.anna_phone.dial("102")
    second = await talk.boris_phone.incoming()
    second.answer()
    await talk.stage("together")
    await line.reaches("up")
    refer_to(talk.first, line, "102")
    file = await file_of(house, talk, "102")
    talk.first.hang_up()
    line.hang_up()
    await talk.state(talk.anna, OperatorState.WRAP_UP)
    await talks(second, talk.caller)
    await both_loud(file)
    floor = await talk.phase(CallPhase.TALKING)
    assert (floor.calls[0].operator_id, floor.calls[0].recording) == (talk.boris, True)
