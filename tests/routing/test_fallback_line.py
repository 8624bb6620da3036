"""Queues of last resort on a real Asterisk: whose operators serve while the floor is dead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from crm_core import db
from crm_core.settings import Settings
from crm_core.store import dispatch
from crm_core.store.dispatch import Queue
from crm_core.trunks import Wanted
from deploy import pbx
from deploy.node import RELOADS
from tests.routing.process import Station, station
from tests.support.servers import AsteriskServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
async def house(settings: Settings, asterisk: AsteriskServer) -> AsyncIterator[Station]:
    async with station(settings) as running:
        yield running
    await _take(pbx.Pbx(settings, pbx.find()), pbx.Pbx(settings, pbx.find()).of_settings())
    print(*asterisk.log().splitlines()[-40:], sep="\n")  # noqa: T201 - shown when a test fails


async def _take(plan: pbx.Pbx, wanted: Wanted) -> None:
    for name in sorted(plan.write_lines(wanted)):
        await plan.ask(RELOADS[name])


async def test_the_operators_of_the_last_resort_serve_a_dead_floors_callers_before_everybody(house: Station) -> None:
    plan = pbx.Pbx(house.settings, pbx.find())
    await _take(plan, replace(plan.of_settings(), resorts={"main": "help"}))
    _, other = await house.operator("anna", "101")
    _, phone = await house.operator("boris", "102")
    async with db.transaction(house.engine) as connection:
        able = {one.name: one.operator_id for one in await dispatch.operators(connection)}
        await dispatch.set_able(
            connection, {able["Anna"]: (("queue/other",), ()), able["Boris"]: (("queue/help",), ())}, None
        )
        await dispatch.save_queue(connection, Queue(code="main", last_resort="help"), None)

    async def joined() -> bool:
        return "desk102" in await plan.ask("queue show busbar-help")

    await eventually(joined, 30, "the floor has made him a member")
    assert "desk101" not in await plan.ask("queue show busbar-help")
    house.floor.kill()
    caller = await house.caller()
    fallback = await phone.incoming(40)
    assert fallback.header("X-Busbar-Call")
    fallback.answer()
    fallback.say()
    await caller.hears(3)
    assert not other.calls, "who serves another queue was not rung"
    fallback.hang_up()
    await caller.reaches("ended")
