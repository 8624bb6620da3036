"""What a waiting caller is told (pure), and how he keeps his place: on a real Asterisk with the real IVR and floor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ivr.waiting import MOST_PLACE, said
from routing.views import CallPhase, OperatorState
from tests.ivr.house import IvrProcess
from tests.ivr.speaking import espeak_line
from tests.routing.calling_back import HIS, OTHER, CallingBack, calling_back, line
from tests.routing.process import operator_of
from tests.support.servers import AsteriskServer
from tests.support.sipua import SipCall


@pytest.mark.unit
@pytest.mark.parametrize(
    ("place", "wait", "may_ask", "prompts"),
    [
        (1, "under_1", True, ["waiting_next", "waiting_under_1", "waiting_offer"]),
        (4, "3_10", False, ["waiting_place", "waiting_3_10"]),
        (4, "", False, ["waiting_place"]),
        (MOST_PLACE + 1, "", False, []),
        (None, "", True, ["waiting_offer"]),
        (0, "soon'; drop", False, []),
    ],
)
def test_only_what_is_known_is_said(place: int | None, wait: str, may_ask: bool, prompts: list[str]) -> None:
    assert [one.prompt for one in said("ru", place=place, wait=wait, may_ask=may_ask)] == prompts


@pytest.fixture(scope="module")
def trunk() -> Iterator[tuple[AsteriskServer, int]]:
    with line(waiting_seconds=3) as running:
        yield running


@pytest.fixture
async def back(trunk: tuple[AsteriskServer, int], database: str, redis_url: str) -> AsyncIterator[CallingBack]:
    asterisk, port = trunk
    settings = asterisk.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with calling_back(settings, port) as running:
        yield running


@pytest.fixture
async def ivr(back: CallingBack, tmp_path: Path) -> AsyncIterator[IvrProcess]:
    process = IvrProcess(back.house.settings.model_copy(update={"espeak": espeak_line()}), tmp_path / "ivr")
    await asyncio.to_thread(process.start)
    yield process
    process.stop()
    print(process.log()[-3000:])  # noqa: T201 - shown when a test fails


async def waits(back: CallingBack, number: str = HIS) -> SipCall:
    """Call, pass the menu, and wait."""
    call = await back.house.caller(number)
    for key in ("1", "0"):
        await call.hears(20)
        call.press(key)
    await back.house.sees(lambda floor: floor.calls and floor.calls[-1].phase is CallPhase.WAITING, seconds=20)
    return call


@pytest.mark.integration
async def test_a_waiting_caller_keeps_his_place_by_a_key_and_is_called_back(back: CallingBack, ivr: IvrProcess) -> None:
    call = await waits(back)
    floor = await back.house.sees(lambda floor: floor.calls)
    since = floor.calls[0].waiting_since
    call.press("1")
    await call.hears(20)
    call.press("1")  # at this number
    await call.hears(20)
    call.press("1")  # as soon as his turn comes
    await call.reaches("ended", seconds=20)
    row = await back.row(number=HIS, caller=HIS, queue="main", language="en")
    assert since is not None
    assert abs((row["waiting_since"] - since).total_seconds()) < 1.5  # type: ignore[operator]
    first = await back.house.row(str(row["call_id"]), lambda row: row["ended_at"] is not None)
    assert first["outcome"] == "served"
    _, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    (await back.town.incoming()).answer()
    await back.row(state="kept")


@pytest.mark.integration
async def test_another_number_is_read_back_and_a_dear_one_is_refused(back: CallingBack, ivr: IvrProcess) -> None:
    call = await waits(back)
    call.press("1")
    await call.hears(20)
    call.press("2")
    for keys in ("88091234567#", f"8{OTHER[2:]}#"):
        await call.hears(30)
        call.press(keys)
    await call.hears(60)
    call.press("1")  # it is right
    await call.hears(20)
    call.press("1")
    await call.reaches("ended", seconds=25)
    await back.row(number=OTHER, caller=HIS, state="standing")


@pytest.mark.integration
async def test_an_operator_may_have_him_in_the_middle_of_being_told_or_asked(
    back: CallingBack, ivr: IvrProcess
) -> None:
    call = await waits(back)
    call.press("1")
    await call.hears(20)
    anna, phone = await back.house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    ringing.say()
    await back.house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.TALKING)
    call.say()
    await ringing.hears(5)
    assert call.state == "up"


@pytest.mark.integration
async def test_without_the_ivr_he_waits_on_and_is_served(back: CallingBack) -> None:
    call = await back.house.caller(HIS)
    await back.house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING)
    call.press("1")
    await call.hears(400, seconds=15)
    assert call.state == "up"
    _, phone = await back.house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    ringing.say()
    await back.house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    assert call.state == "up"
