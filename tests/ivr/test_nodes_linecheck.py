"""The line checks itself with a real call, says which leg failed, and is no subscriber to anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import db
from crm_core.settings import AmiNode, Settings
from crm_core.store import lines, linewatch
from crm_core.trunks import Trunk, Wanted
from routing import linecheck
from routing.linecheck import LEGS, Way
from telephony.events import CallMarked
from tests.ivr.house import IvrProcess
from tests.support.servers import AsteriskServer, node_settings, short_folder
from tests.telephony.diary import Diary

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture
async def engine(house: Settings) -> AsyncIterator[AsyncEngine]:
    pools = db.engine(house)
    yield pools
    await pools.dispose()


@pytest.fixture
def far(house: Settings, asterisk: AsteriskServer) -> Iterator[AsteriskServer]:
    """A second node, where the public network brings what goes out by the first one's trunk."""
    with short_folder() as folder:
        settings = node_settings(folder, house.database_url, house.redis_url, node="far", agi_port=house.agi_port)
        server = AsteriskServer(settings)
        server.start()
        yield server
        server.stop()
    asterisk.plan.write_lines(asterisk.plan.of_settings())


async def standing(engine: AsyncEngine) -> list[tuple[str, str, str]]:
    async with db.reading(engine) as connection:
        return [(one.kind, one.name, one.detail) for one in await linewatch.alerts(connection)]


async def test_the_menu_is_heard_leg_by_leg_and_the_check_counts_nowhere(
    house: Settings, ivr: IvrProcess, engine: AsyncEngine, diary: Diary
) -> None:
    (done,) = await linecheck.check_all(house, engine)
    assert done.failed == "", done.detail
    assert [name for name, _ in done.legs] == list(LEGS)
    assert not [event for event in diary.events if isinstance(event, CallMarked)]
    async with db.reading(engine) as connection:
        assert [one.legs for one in await linewatch.checks(connection)] == [done.legs]
        for table in ("flow_walks", "interactions"):
            assert (await connection.execute(text(f"select count(*) from {table}"))).scalar_one() == 0  # noqa: S608
    assert await standing(engine) == []


async def test_a_menu_that_is_silent_raises_one_alert_which_the_next_good_check_ends(
    house: Settings, ivr: IvrProcess, engine: AsyncEngine
) -> None:
    ivr.kill()
    for _ in range(2):
        (done,) = await linecheck.check_all(house, engine)
        assert (done.failed, [name for name, _ in done.legs]) == ("prompt", ["answer"])
    ((kind, name, detail),) = await standing(engine)
    assert (kind, name) == ("check", "")
    assert detail.startswith("prompt: ")
    ivr.start()
    (done,) = await linecheck.check_all(house, engine)
    assert not done.failed
    assert await standing(engine) == []


async def test_a_node_that_is_not_there_fails_at_the_answer(house: Settings) -> None:
    done = await linecheck.check(house, Way(node="gone", server=("127.0.0.1", 9)))
    assert (done.failed, done.legs) == ("answer", ())


@pytest.mark.usefixtures("ivr")
async def test_a_check_goes_out_by_the_trunk_and_comes_back_by_the_other_node(
    house: Settings, asterisk: AsteriskServer, far: AsteriskServer, engine: AsyncEngine, diary: Diary
) -> None:
    trunk = Trunk(
        name="city", host="127.0.0.1", port=far.settings.sip_port, number="+74950000001", numbers=("74950000001",),
        check_number="74950000001",
    )  # fmt: skip
    async with db.transaction(engine) as connection:
        await lines.save(connection, trunk, None, datetime.now(UTC))
        wanted = await lines.wanted(connection)
    for server in (asterisk, far):
        assert server.plan.write_lines(Wanted(telephones=(), trunks=wanted.trunks))
        await server.plan.ask("module reload res_pjsip.so")
        await server.plan.ask("dialplan reload")
    through = linecheck.ways(house.nodes, wanted.trunks, house)
    assert [(one.node, one.trunk) for one in through] == [(house.node, ""), (house.node, "city")]
    done = await linecheck.check(house, through[1])
    assert done.failed == "", done.detail
    assert not [event for event in diary.events if isinstance(event, CallMarked)]
    await asyncio.to_thread(far.kill)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linecheck, "ANSWER_SECONDS", 2.0)
        lost = await linecheck.check(house, through[1])
    assert lost.failed == "answer"


@pytest.mark.unit
def test_every_node_is_checked_with_the_trunks_that_can_be() -> None:
    nodes = [
        AmiNode(node=name, host="10.0.0.1", port=5038, user="u", secret="s", sip=sip)
        for name, sip in (("a", ""), ("b", "10.0.0.2:5070"))
    ]

    def trunk(name: str, **more: object) -> Trunk:
        return Trunk(name=name, host="h", **({"check_number": "1", "number": "+74950000001"} | more))  # type: ignore[arg-type]

    found = linecheck.ways(
        nodes,
        [trunk("all"), trunk("b", node="b"), trunk("off", enabled=False), trunk("in", direction="in"),
         trunk("no", check_number="")],
        Settings.model_construct(sip_host="127.0.0.1", sip_port=5060, ami_nodes=tuple(nodes)),
    )  # fmt: skip
    assert [(one.node, one.trunk, one.server) for one in found] == [
        ("a", "", ("10.0.0.1", 5060)),
        ("a", "all", ("10.0.0.1", 5060)),
        ("b", "", ("10.0.0.2", 5070)),
        ("b", "all", ("10.0.0.2", 5070)),
        ("b", "b", ("10.0.0.2", 5070)),
    ]
