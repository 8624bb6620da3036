"""Real callers, real telephones, a real floor: what operators and callers live through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from crm_core import db
from crm_core.recordings import Fault, State
from crm_core.settings import Settings
from crm_core.store import recordings
from crm_core.store.recordings import About, New
from routing import bus
from routing.views import CallPhase, OperatorState
from routing.wishes import CloseWrapUp, EndCall
from tests.routing.process import Station, now, only_call, operator_of, station
from tests.support.servers import AsteriskServer

pytestmark = pytest.mark.integration


@pytest.fixture
async def house(settings: Settings, asterisk: AsteriskServer) -> AsyncIterator[Station]:
    quick = settings.model_copy(update={"offer_seconds": 2, "rejoin_seconds": 4, "wrap_up_seconds": 5})
    async with station(quick) as running:
        yield running


async def test_a_call_is_answered_held_resumed_ended_and_written_up(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    ringing = await phone.incoming()
    floor = await house.sees(lambda floor: only_call(floor) and only_call(floor).phase is CallPhase.RINGING)  # type: ignore[union-attr]
    call_id = floor.calls[0].call_id
    assert ringing.header("X-Busbar-Call") == call_id
    assert ringing.header("X-Busbar-Offer").startswith("offer-")
    assert not ringing.header("X-Busbar-Answer")
    assert floor.calls[0].number == "+79161230001"
    ringing.answer()
    ringing.say()
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.TALKING)
    await caller.hears(3)
    ringing.hold()
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.HELD)
    ringing.resume()
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.TALKING)
    ringing.hang_up()
    await caller.reaches("ended")
    floor = await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.WRAP_UP)
    assert floor.calls[0].phase is CallPhase.WRAP_UP
    await bus.send_wish(house.redis, CloseWrapUp(wish_id="c", operator_id=anna, at=now(), call_id=call_id))
    await house.sees(lambda floor: not floor.calls and operator_of(floor, anna).state is OperatorState.READY)
    row = await house.row(call_id, lambda row: row["phase"] == "ended")
    assert (row["outcome"], row["operator_id"], row["number"]) == ("answered", anna, "+79161230001")
    history = await house.history(call_id)
    for what in ("arrived", "ivr-failed", "waiting", "offered", "answered", "held", "resumed", "ended", "closed"):
        assert what in history


async def test_no_answer_goes_to_the_next_operator_and_the_silent_one_is_not_ready(house: Station) -> None:
    anna, silent = await house.operator("anna", "101")
    boris, willing = await house.operator("boris", "102")
    caller = await house.caller()
    first = await silent.incoming()
    second = await willing.incoming()
    await first.reaches("ended")
    second.answer()
    floor = await house.sees(lambda floor: operator_of(floor, boris).state is OperatorState.TALKING)
    assert (operator_of(floor, anna).state, operator_of(floor, anna).reason) == (OperatorState.NOT_READY, "no-answer")
    assert caller.state == "up"


async def test_callers_who_give_up_leave_nothing_behind(house: Station) -> None:
    waiting = await house.caller()
    floor = await house.sees(lambda floor: only_call(floor) and floor.calls[0].phase is CallPhase.WAITING)
    first = floor.calls[0].call_id
    waiting.hang_up()
    await house.sees(lambda floor: not floor.calls)
    assert (await house.row(first, lambda row: row["ended_at"] is not None))["outcome"] == "abandoned"
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller("79161230002")
    ringing = await phone.incoming()
    caller.hang_up()
    await ringing.reaches("ended")
    await house.sees(lambda floor: not floor.calls and operator_of(floor, anna).state is OperatorState.READY)
    assert (await bus.read_desk(house.redis, anna)).desk.call is None  # type: ignore[union-attr]


async def test_a_declined_call_and_a_call_declined_by_button_wait_for_somebody_else(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    (await phone.incoming()).reject()
    floor = await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.NOT_READY)
    assert operator_of(floor, anna).reason == "declined"
    await house.ready(anna)
    ringing = await phone.incoming()
    call_id = ringing.header("X-Busbar-Call")
    await bus.send_wish(house.redis, EndCall(wish_id="e", operator_id=anna, at=now(), call_id=call_id))
    await ringing.reaches("ended")
    floor = await house.sees(lambda floor: operator_of(floor, anna).state is OperatorState.NOT_READY)
    assert floor.calls[0].phase is CallPhase.WAITING
    assert caller.state == "up"


async def test_a_lost_leg_keeps_the_caller_and_rings_the_same_operator_again(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    first = await phone.incoming()
    first.answer()
    await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    first._request("BYE", "Reason: Q.850;cause=41\r\n")
    first._ends(0)
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.REJOINING)
    again = await phone.incoming()
    assert again.header("X-Busbar-Answer") == "auto"
    again.answer()
    again.say()
    floor = await house.sees(lambda floor: floor.calls[0].phase is CallPhase.TALKING)
    assert operator_of(floor, anna).calls_today == 1
    await caller.hears(3)


async def test_an_operator_who_stays_away_loses_the_caller_to_the_next(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    caller = await house.caller()
    first = await phone.incoming()
    first.answer()
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.TALKING)
    since = floor.calls[0].waiting_since
    await phone.register(0)
    first._request("BYE", "Reason: Q.850;cause=41\r\n")
    first._ends(0)
    boris, other = await house.operator("boris", "102")
    ringing = await other.incoming(25)  # The dialplan keeps the caller for him for twenty seconds.
    floor = await house.sees(lambda floor: operator_of(floor, boris).state is OperatorState.RESERVED)
    assert operator_of(floor, anna).reason == "phone-lost"
    assert floor.calls[0].waiting_since == since
    ringing.answer()
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.TALKING)
    assert caller.state == "up"


async def test_a_recording_that_failed_alarms_supervisors_until_somebody_looked_at_it(house: Station) -> None:
    lost = New(
        call_id="main-1.1", leg="", state=State.LOST, fault=Fault.MISSING, rule_id=None, began_at=now(),
        keep_until=now() + timedelta(days=30), about=About(),
    )  # fmt: skip
    async with db.transaction(house.engine) as writing:
        made = await recordings.store(writing, lost, now())
    await house.sees(lambda floor: [one.kind for one in floor.alerts] == ["recording"], "supervisors are alarmed")
    anna, _ = await house.operator("anna", "101")
    assert made is not None
    async with db.transaction(house.engine) as writing:
        await recordings.look(writing, made, "the disk was full", anna)
    await house.sees(lambda floor: not floor.alerts, "it was looked at")
