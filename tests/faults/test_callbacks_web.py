"""`web` dies while a subscriber is called back, at each stage: dialled once, and the promise is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest

from crm_core import clock, db
from crm_core.callback_desk import CallbackWish, HouseDesk, Kept
from routing.views import BackStage, OperatorState
from tests.faults.shift import Operator, Shift
from tests.routing.calling_back import always_open
from tests.support.sipua import SipUa
from tests.support.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]
STAGES = ("offered", "accepted", "dialled", "talking")
numbers = count(9165550001)


@pytest.fixture
async def town(shift: Shift) -> AsyncIterator[SipUa]:
    """The telephone where the trunk leads."""
    port = int(shift.settings.outward_uri.rpartition(":")[2])
    async with SipUa("town", shift.house.asterisk.sip, port=port) as phone:
        yield phone


async def promised(shift: Shift) -> str:
    """Somebody is promised to be called back now; returns his number."""
    await always_open(shift.settings)
    number = f"+7{next(numbers)}"
    engine = db.engine(shift.settings, name="test")
    wish = CallbackWish(
        call_id=f"asked-{number[1:]}", number=number, caller=number, account_id=None, topic="bill", language="en",
        waiting_since=clock.now() - timedelta(seconds=60),
    )  # fmt: skip
    answer = await HouseDesk(engine, shift.settings).offer(wish)
    await engine.dispose()
    assert isinstance(answer, Kept), answer
    return number


async def stands(operator: Operator, *stages: BackStage) -> None:
    """Wait until the operator's own screen, fresh, shows the call-back at one of these stages."""
    await operator.screen.sees(
        lambda desk: desk.call is not None and desk.call.back is not None and desk.call.back.stage in stages,
        f"the call-back is at {stages}",
    )


@pytest.mark.parametrize("stage", STAGES)
async def test_web_dies_while_somebody_is_called_back(stage: str, shift: Shift, town: SipUa) -> None:
    number = await promised(shift)
    operator = await shift.operator()

    async def dies(at: str) -> None:
        if at == stage:
            lines = operator.screen.lines
            killed = shift.house.kill("web")
            await shift.heals(killed, operator=lambda: operator.screen.lines > lines and operator.screen.shows(bool))

    ear = await operator.phone.incoming(20)
    await dies("offered")
    ear.answer()
    await stands(operator, BackStage.CARD, BackStage.DIALLING)
    await dies("accepted")
    asked = await town.incoming(20)
    assert number in asked.header("to")
    await stands(operator, BackStage.DIALLING)
    await dies("dialled")
    asked.answer()
    await stands(operator, BackStage.REACHED)
    await dies("talking")
    assert operator.shows(OperatorState.TALKING, operator.screen.view.call.call_id if operator.screen.view.call else "")
    ear.say()
    await asked.hears(5)
    asked.say()
    await ear.hears(5)
    asked.hang_up()
    await operator.is_free()
    assert len(town.calls) == 1, "he was dialled once"
    await kept(shift, number)


async def kept(shift: Shift, number: str) -> None:
    """Wait until it is on record that he was reached, by one attempt."""
    query = "select state, outcome, tries from callbacks where number = %(number)s"
    wanted = [{"state": "kept", "outcome": "reached", "tries": 1}]

    async def written() -> bool:
        return await asyncio.to_thread(shift.house.rows, query, number=number) == wanted

    await eventually(written, 10, "the promise is kept")
