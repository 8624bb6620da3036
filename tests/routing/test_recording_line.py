"""Recording on a real Asterisk: both voices apart, silence where it was asked for, and a floor that may die."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from crm_core.recordings import RATE, parse_name
from crm_core.settings import Settings
from routing import bus
from routing.views import CallPhase, CallView, OperatorId
from routing.wishes import PauseRecording, ResumeRecording
from telephony import g711
from telephony.agi import AgiCall, AgiServer
from tests.routing.process import Station, now, station
from tests.support.servers import AsteriskServer
from tests.support.sipua import SipCall
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration
LONG = g711.tone(440, 20)
numbers = count(1)


async def told(call: AgiCall) -> None:
    """An IVR that told the caller."""
    await call.set_variable("BUSBAR_RECORD", "7")
    await call.set_variable("BUSBAR_PAUSES", "60-resume")
    await call.set_variable("BUSBAR_IVR", "queue")


@pytest.fixture
async def house(settings: Settings, asterisk: AsteriskServer) -> AsyncIterator[Station]:
    async with station(settings) as running, AgiServer(settings.agi_host, settings.agi_port, told):
        yield running


def spool(house: Station) -> Path:
    return house.settings.run_dir / "asterisk" / "spool" / "calls"


def files_of(house: Station, call_id: str) -> list[Path]:
    return sorted(one for one in spool(house).iterdir() if one.name.startswith(f"{call_id}~"))


async def settled(house: Station, call_id: str, wanted: int = 1) -> list[Path]:
    """Wait until the switch has closed the files of a call: they grow no more."""

    async def closed() -> list[Path] | None:
        found = files_of(house, call_id)
        before = [one.stat().st_size for one in found]
        await asyncio.sleep(0.3)
        same = before == [one.stat().st_size for one in found]
        return found if len(found) >= wanted and same and all(before) else None

    return await eventually(closed, 10, "the files are closed")  # type: ignore[return-value]


def legs(file: Path) -> tuple[array[int], array[int]]:
    samples = array("h", file.read_bytes())
    return samples[0::2], samples[1::2]


def loudest(samples: array[int], begin: float, end: float) -> int:
    part = samples[int(begin * RATE) : int(end * RATE)]
    assert len(part) > 0.5 * (end - begin) * RATE
    return max(map(abs, part))


async def talk(
    house: Station, extension: str = "101", *, speaks: bool = True
) -> tuple[OperatorId, SipCall, SipCall, CallView]:
    """A caller and an operator who both speak."""
    who, phone = await house.operator(f"anna{next(numbers)}", extension)
    caller = await house.caller()
    ring = await phone.incoming()
    ring.answer()
    await ring.reaches("up")
    caller.say(LONG)
    ring.say(LONG if speaks else g711.tone(440, 1))
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    await caller.hears()
    return who, caller, ring, floor.calls[0]


async def test_both_voices_are_on_record_apart_and_the_screen_says_so(house: Station) -> None:
    _, caller, _, call = await talk(house, speaks=False)
    assert call.recording
    await asyncio.sleep(3)
    caller.hang_up()
    (file,) = await settled(house, call.call_id)
    raw = parse_name(file.name)
    assert raw is not None
    assert (raw.call_id, raw.rule_id, raw.extension) == (call.call_id, 7, "101")
    operator, heard = legs(file)
    seconds = len(operator) / RATE
    assert seconds > 3
    assert loudest(heard, seconds - 1, seconds) > 3000, "the caller speaks to the end"
    assert loudest(operator, 0, 0.5) > 3000
    assert loudest(operator, seconds - 0.8, seconds) < 50, "while the operator listens"


async def test_a_pause_is_silence_on_both_legs_and_they_hear_each_other_all_the_same(house: Station) -> None:
    who, caller, ring, call = await talk(house)
    await asyncio.sleep(1)
    await bus.send_wish(house.redis, PauseRecording(wish_id="p", operator_id=who, at=now(), call_id=call.call_id))
    await house.sees(lambda floor: floor.calls[0].recording_paused_at is not None, "the switch confirmed the pause")
    (file,) = files_of(house, call.call_id)
    begun = file.stat().st_size / 4 / RATE
    await caller.hears(40)
    await ring.hears(40)
    await asyncio.sleep(1.5)
    ended = file.stat().st_size / 4 / RATE
    await bus.send_wish(house.redis, ResumeRecording(wish_id="r", operator_id=who, at=now(), call_id=call.call_id))
    await house.sees(lambda floor: floor.calls[0].recording_paused_at is None, "and its end")
    await asyncio.sleep(1.5)
    caller.hang_up()
    await settled(house, call.call_id)
    operator, heard = legs(file)
    seconds = len(operator) / RATE
    assert ended - begun > 1.5, "the file goes on"
    for leg in (operator, heard):
        assert loudest(leg, 0, begun - 0.5) > 3000
        silent = leg[int((begun + 0.25) * RATE) : int((ended - 0.25) * RATE)]
        assert sum(one * one for one in silent) == 0, "every sample of the pause is zero"
        assert loudest(leg, seconds - 0.8, seconds) > 3000


async def test_what_a_held_caller_says_and_hears_is_on_no_record(house: Station) -> None:
    _, caller, ring, call = await talk(house)
    await asyncio.sleep(1)
    ring.hold()
    await ring.reaches("held")
    await house.sees(lambda floor: floor.calls[0].recording_paused_at is not None, "silent while held")
    (file,) = files_of(house, call.call_id)
    begun = file.stat().st_size / 4 / RATE
    await asyncio.sleep(1.5)
    ended = file.stat().st_size / 4 / RATE
    ring.resume()
    await ring.reaches("up")
    await house.sees(lambda floor: floor.calls[0].recording_paused_at is None, "and on again")
    await asyncio.sleep(1)
    caller.hang_up()
    await settled(house, call.call_id)
    for leg in legs(file):
        silent = leg[int((begun + 0.25) * RATE) : int((ended - 0.25) * RATE)]
        assert len(silent) > RATE / 2
        assert sum(one * one for one in silent) == 0


async def test_who_joins_again_is_recorded_in_a_file_of_its_own_and_the_music_in_none(house: Station) -> None:
    who, phone = await house.operator("anna", "101")
    caller = await house.caller()
    first = await phone.incoming()
    first.answer()
    caller.say(LONG)
    await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    first.say(LONG)
    await asyncio.sleep(1)
    first._request("BYE", "Reason: Q.850;cause=41\r\n")
    first._ends(0)
    floor = await house.sees(lambda floor: floor.calls[0].phase is CallPhase.REJOINING)
    (call,) = floor.calls
    assert not call.recording
    begun = asyncio.get_running_loop().time()
    again = await phone.incoming()
    again.answer()
    again.say(LONG)
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.TALKING and floor.calls[0].recording)
    gap = asyncio.get_running_loop().time() - begun
    await asyncio.sleep(1)
    caller.hang_up()
    files = await settled(house, call.call_id, 2)
    raws = [parse_name(one.name) for one in files]
    assert len({one.leg for one in raws if one is not None}) == 2
    assert {one.extension for one in raws if one is not None} == {str(100 + 1)}
    assert gap > 0.5
    assert all(len(legs(one)[0]) / RATE < 3 for one in files), "what lies between them is in neither"
    assert who


async def test_a_dead_floor_loses_no_recording(house: Station) -> None:
    _, caller, _, call = await talk(house)
    house.floor.kill()
    await asyncio.sleep(2)
    caller.hang_up()
    (file,) = await settled(house, call.call_id)
    operator, heard = legs(file)
    seconds = len(operator) / RATE
    assert seconds > 2
    assert loudest(heard, seconds - 1, seconds) > 3000
    assert loudest(operator, seconds - 1, seconds) > 3000


async def test_who_was_not_told_is_not_recorded(settings: Settings, asterisk: AsteriskServer) -> None:
    async def silent(call: AgiCall) -> None:
        await call.set_variable("BUSBAR_RECORD", "no/../../../etc/x,b^sh")
        await call.set_variable("BUSBAR_IVR", "queue")

    async with station(settings) as house, AgiServer(settings.agi_host, settings.agi_port, silent):
        _, caller, _, call = await talk(house)
        assert not call.recording
        caller.hang_up()
        await house.row(call.call_id, lambda row: row["ended_at"] is not None)
        assert files_of(house, call.call_id) == []
