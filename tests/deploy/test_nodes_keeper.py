"""A changed record comes into effect on a running Asterisk, and a call that is up does not notice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import db
from crm_core.access import Role
from crm_core.lines import sip_password
from crm_core.settings import Settings
from crm_core.store import lines, users
from crm_core.trunks import LastResort, Telephone, Trunk
from deploy.node import Keeper
from tests.support.servers import AsteriskServer, node_settings, short_folder
from tests.support.sipua import SipUa
from tests.support.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]
CITY = Trunk(name="city", host="127.0.0.1", direction="out", login="utility", secret="p;w".replace(";", "="))


@pytest.fixture
def node(database: str) -> Iterator[AsteriskServer]:
    with short_folder() as folder:
        server = AsteriskServer(node_settings(folder, database, "unix:///nowhere", node="kept", lines=3))
        server.start()
        yield server
        server.stop()


@pytest.fixture
async def engine(node: AsteriskServer) -> AsyncIterator[AsyncEngine]:
    pools = db.engine(node.settings)
    yield pools
    await pools.dispose()


@pytest.fixture
async def kept(node: AsteriskServer, engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """The keeper beside the node, at work; gives the record."""
    keeping = asyncio.create_task(Keeper(node.plan, engine).keep())
    await took(engine)
    yield engine
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def took(engine: AsyncEngine, before: str = "", trouble: bool = False) -> str:
    """Wait until the node says what is in effect, another state than `before`."""

    async def look() -> str:
        async with db.reading(engine) as connection:
            found = await lines.everywhere(connection)
        return found[0].applied if found and found[0].applied != before and bool(found[0].trouble) is trouble else ""

    return await eventually(look, 15, "the node took the record")


async def operator(engine: AsyncEngine, login: str, extension: str) -> int:
    async with db.transaction(engine) as connection:
        new = users.NewUser(
            login=login, name=login.title(), password="correct horse", role=Role.OPERATOR, extension=extension
        )
        return (await users.create(connection, new)).user_id


def phone_of(settings: Settings, extension: str) -> SipUa:
    sip = (settings.sip_host, settings.sip_port)
    return SipUa(f"desk{extension}", sip, sip_password(settings.sip_secret, extension))


async def endpoints(node: AsteriskServer) -> str:
    return await node.plan.ask("pjsip show endpoints")


async def test_telephones_and_trunks_come_and_go_while_a_call_is_up(node: AsteriskServer, kept: AsyncEngine) -> None:
    now = datetime.now(UTC)
    assert "op101" not in await endpoints(node), "nobody sits there"
    async with SipUa("79161230001", node.sip) as subscriber:
        call = await subscriber.dial(node.settings.master_extension)
        await call.reaches("up")
        await call.hears(10)
        state = await took(kept)
        key = await operator(kept, "anna", "101")
        state = await took(kept, state)
        async with phone_of(node.settings, "101") as phone:
            await phone.register()
            await phone.register(0)
        async with db.transaction(kept) as connection:
            trunk_id = await lines.save(connection, CITY, None, now)
        state = await took(kept, state)
        assert "trunk-city" in await endpoints(node)
        assert "p=w" in await node.plan.ask("pjsip show auth trunk-city")
        async with db.transaction(kept) as connection:
            await lines.save(connection, replace(CITY, trunk_id=trunk_id, enabled=False), None, now)
            await lines.allow(connection, Telephone(extension="101", desk=False), None, now)
            await lines.set_resort(connection, LastResort(strategy="rrmemory", ring_seconds=7), None, now)
        state = await took(kept, state)
        said = await endpoints(node)
        assert "trunk-city" not in said
        assert "desk101" not in said
        assert "op101" in said
        assert "'rrmemory' strategy" in await node.plan.ask("queue show busbar")
        async with db.transaction(kept) as connection:
            await users.disable(connection, key)
        await took(kept, state)
        assert "op101" not in await endpoints(node)
        assert call.state == "up"
        await call.hears(10)
        call.hang_up()


async def test_a_node_that_is_away_takes_the_record_when_it_comes(node: AsteriskServer, kept: AsyncEngine) -> None:
    await asyncio.to_thread(node.kill)
    await operator(kept, "boris", "102")

    async def complains() -> bool:
        async with db.reading(kept) as connection:
            return bool((await lines.everywhere(connection))[0].trouble)

    await eventually(complains, 15, "the page says that it is not in effect")
    await asyncio.to_thread(node.start)
    assert "op102" in await endpoints(node)
