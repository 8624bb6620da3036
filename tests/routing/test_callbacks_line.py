"""Call-backs on a real Asterisk: the card first, then the number, and what comes of every ending."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from routing import bus
from routing.views import BackStage, CallPhase, OperatorState
from routing.wishes import DialBack, EndCall
from tests.routing.calling_back import HIS, OURS, CallingBack, calling_back, line
from tests.routing.process import now, operator_of
from tests.routing.talk import music, silent, speak
from tests.support.servers import AsteriskServer

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def trunk() -> Iterator[tuple[AsteriskServer, int]]:
    with line() as running:
        yield running


@pytest.fixture
async def back(trunk: tuple[AsteriskServer, int], database: str, redis_url: str) -> AsyncIterator[CallingBack]:
    asterisk, port = trunk
    settings = asterisk.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with calling_back(settings, port) as running:
        yield running


async def test_the_operator_gets_the_card_first_and_then_the_number_is_dialled(back: CallingBack) -> None:
    house = back.house
    await back.ask()
    stood = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING)
    (call,) = stood.calls
    assert call.back is not None
    assert (call.number, call.topic, call.language, call.queue) == (HIS, "bill", "ru", "main")
    assert call.waiting_since is not None
    assert (now() - call.waiting_since).total_seconds() >= 60
    anna, phone = await house.operator("anna", "101")
    ringing = await phone.incoming()
    assert back.rung() == 0
    ringing.answer()
    ringing.say()
    reading = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    assert reading.calls[0].back is not None
    assert reading.calls[0].back.stage in {BackStage.CARD, BackStage.DIALLING}
    asked = await back.town.incoming()
    assert HIS in asked.header("to")
    assert OURS in asked.header("from")
    await back.row(state="dialling", tries=1)
    asked.answer()
    asked.say()
    await house.sees(
        lambda floor: floor.calls and floor.calls[0].back and floor.calls[0].back.stage is BackStage.REACHED
    )
    await ringing.hears(5)
    ringing.say()
    await asked.hears(5)
    await back.row(state="kept", outcome="reached")
    asked.hang_up()
    await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.WRAP_UP)
    row = await house.row(call.call_id, lambda row: row["ended_at"] is not None)
    assert (row["direction"], row["outcome"], row["operator_id"], row["number"]) == ("out", "answered", anna, HIS)
    assert back.rung() == 1


async def test_who_was_called_back_hears_music_while_he_is_held(back: CallingBack) -> None:
    house = back.house
    await back.ask()
    _, phone = await house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    asked = await back.town.incoming()
    asked.answer()
    await house.sees(
        lambda floor: floor.calls and floor.calls[0].back and floor.calls[0].back.stage is BackStage.REACHED
    )
    await speak(ringing, asked)
    ringing.hold()
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.HELD)
    await music(asked)
    ringing.resume()
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.TALKING)
    await silent(asked)
    await speak(ringing, asked)
    asked.hang_up()


async def test_who_is_busy_is_called_again_and_the_operator_is_free_at_once(back: CallingBack) -> None:
    house = back.house
    await back.ask()
    anna, phone = await house.operator("anna", "101")
    first = await phone.incoming()
    first.answer()
    (await back.town.incoming()).reject()
    await first.reaches("ended")
    await house.sees(lambda floor: operator_of(floor, anna).state is not OperatorState.TALKING)
    floor = await house.sees(lambda floor: operator_of(floor, anna).state is not OperatorState.WRAP_UP)
    assert operator_of(floor, anna).state in {OperatorState.READY, OperatorState.RESERVED}
    await back.row(outcome="busy", tries=1)
    again = await phone.incoming()
    again.answer()
    asked = await back.town.incoming()
    asked.answer()
    await back.row(state="kept", tries=2)
    assert [one["outcome"] for one in await back.attempts()] == ["busy", "reached"]
    assert back.rung() == 2


async def test_who_never_answers_is_given_to_a_person(back: CallingBack) -> None:
    house = back.house
    await back.ask()
    anna, phone = await house.operator("anna", "101")
    for tries in (1, 2, 3):
        ringing = await phone.incoming(15)
        ringing.answer()
        asked = await back.town.incoming()
        asked.reject(480, "Temporarily Unavailable")
        await ringing.reaches("ended")
        await back.row(tries=tries, outcome="no-answer")
    row = await back.row(state="failed")
    assert row["task_id"] is not None
    assert back.rung() == 3
    await house.sees(lambda floor: not floor.calls and operator_of(floor, anna).state is OperatorState.READY)


async def test_a_number_that_does_not_exist_is_not_tried_again(back: CallingBack) -> None:
    await back.ask()
    _, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    (await back.town.incoming()).reject(404, "Not Found")
    row = await back.row(state="failed", outcome="refused", tries=1)
    assert row["task_id"] is not None


async def test_the_ringing_ends_in_time(back: CallingBack) -> None:
    await back.ask()
    _, phone = await back.house.operator("anna", "101")
    (await phone.incoming()).answer()
    asked = await back.town.incoming()
    await asked.reaches("ended", seconds=12)
    await back.row(outcome="no-answer", tries=1)


async def test_an_operator_may_dial_sooner_and_may_break_off(back: CallingBack) -> None:
    house = back.house
    await back.ask()
    anna, phone = await house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].back.stage is BackStage.CARD)  # type: ignore[union-attr]
    call_id = floor.calls[0].call_id
    await bus.send_wish(house.redis, DialBack(wish_id="dial", operator_id=anna, at=now(), call_id=call_id))
    await back.town.incoming(1.5)
    await bus.send_wish(house.redis, EndCall(wish_id="end", operator_id=anna, at=now(), call_id=call_id))
    await back.row(outcome="broken-off", tries=1)
    await ringing.reaches("ended")


async def test_an_operator_who_hangs_up_before_it_is_dialled_puts_it_off(back: CallingBack) -> None:
    house = back.house
    await back.ask()
    _, phone = await house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    await house.sees(lambda floor: floor.calls and floor.calls[0].back.stage is BackStage.CARD)  # type: ignore[union-attr]
    ringing.hang_up()
    row = await back.row(state="open", outcome="put-off", tries=0)
    assert back.rung() == 0
    assert (row["due_at"] - now()).total_seconds() > 30  # type: ignore[operator]


async def test_who_calls_by_himself_is_not_called_beside_it(back: CallingBack) -> None:
    house = back.house
    await back.ask()
    await house.sees(lambda floor: floor.calls and floor.calls[0].back is not None)
    caller = await house.caller(HIS)
    await back.row(state="open", outcome="calling")
    _, phone = await house.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    ringing.say()
    await caller.hears(2)
    await back.row(state="came")
    assert back.rung() == 0
