"""Numbers outside by a trunk on record, over real telephones: passed on to, asked, what they are shown (AC07)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from crm_core import db
from crm_core.store import lines
from crm_core.trunks import Trunk
from deploy import ports
from routing.views import CallPhase, OperatorState
from tests.routing.process import Station, now, station
from tests.routing.talk import OURS, QUICK, OutsidePhone, Talk, found_there, music, shows_ours, speak
from tests.support.servers import AsteriskServer, ValkeyServer, node_settings, short_folder

pytestmark = pytest.mark.integration
CITY = Trunk(
    name="city", host="127.0.0.1", port=ports.free_port(udp=True), number=OURS, lines=1, direction="out"
)  # fmt: skip
NUMBER = {"to": "number", "number": "+74951234567", "title": "Gas emergency"}


@pytest.fixture(scope="module")
def node(postgres_url: str, valkey: ValkeyServer) -> Iterator[AsteriskServer]:
    """An Asterisk that has taken in what is on record: one trunk, of one line."""
    with short_folder() as folder:
        server = AsteriskServer(node_settings(folder, postgres_url, valkey.url, **QUICK))
        server.configure()
        mine = server.plan.of_settings()
        server.plan.write_lines(type(mine)(telephones=mine.telephones, trunks=(CITY,)))
        server.start()
        yield server
        server.stop()


@pytest.fixture
async def house(node: AsteriskServer, database: str, redis_url: str) -> AsyncIterator[Station]:
    here = node.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with station(here) as running:
        async with db.transaction(running.engine) as writing:
            await lines.save(writing, CITY, None, now())
        yield running


async def outside(house: Station, node: AsteriskServer) -> OutsidePhone:
    """A telephone where the trunk leads."""
    phone = await house.stack.enter_async_context(OutsidePhone(house.settings, CITY.port))
    await found_there(node, CITY.endpoint)
    return phone


async def test_a_caller_goes_out_by_the_trunk_and_comes_back_from_a_busy_number(
    house: Station, node: AsteriskServer
) -> None:
    talk = await Talk(house).begin()
    phone = await outside(house, node)
    await talk.pass_on(**NUMBER)
    await talk.first.reaches("ended")
    far = await phone.incoming()
    assert far._invite().first.startswith("INVITE sip:+74951234567@")
    assert shows_ours(far), far._invite()
    await music(talk.caller)
    far.reject()
    back = await talk.anna_phone.incoming()
    floor = await talk.state(talk.anna, OperatorState.RESERVED)
    assert floor.calls[0].passed is not None
    assert floor.calls[0].passed.returned == "busy"
    back.answer()
    await speak(back, talk.caller)
    await talk.state(talk.anna, OperatorState.TALKING)
    await talk.pass_on(**NUMBER)
    await back.reaches("ended")
    again = await phone.incoming()
    again.answer()
    await speak(again, talk.caller)
    await talk.phase(CallPhase.OUTSIDE)
    talk.caller.hang_up()
    await again.reaches("ended")


async def test_a_number_is_asked_by_the_trunk_gets_the_caller_and_the_floor_knows_it_after_a_restart(
    house: Station, node: AsteriskServer
) -> None:
    talk = await Talk(house).begin()
    phone = await outside(house, node)
    await talk.ask(**NUMBER)
    far = await phone.incoming()
    assert shows_ours(far), far._invite()
    far.answer()
    await talk.stage("together")
    await speak(far, talk.first)
    house.floor.kill()
    house.floor.start()
    await talk.stage("together")
    await talk.settle("join")
    await talk.stage("conference")
    await speak(far, talk.caller)
    await talk.settle("complete")
    await talk.first.reaches("ended")
    await speak(far, talk.caller)
    await talk.phase(CallPhase.OUTSIDE)
    far.hang_up()
    await talk.caller.reaches("ended")


async def test_a_number_that_declines_to_be_asked_leaves_the_two_together(house: Station, node: AsteriskServer) -> None:
    talk = await Talk(house).begin()
    phone = await outside(house, node)
    await talk.ask(**NUMBER)
    (await phone.incoming()).reject()
    await talk.alone()
    await speak(talk.first, talk.caller)
    await house.row(talk.call_id, lambda row: row["operator_id"] == talk.anna)
    assert "consult-over" in await house.history(talk.call_id)
