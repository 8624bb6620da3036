"""Two real Asterisks under one floor; one of them is killed, and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import db
from crm_core.access import Role
from crm_core.lines import sip_password
from crm_core.settings import AmiNode, Settings
from crm_core.store import linewatch, users
from routing import bus, valkey
from routing.views import CallPhase, CallView, FloorView, OperatorId, OperatorState
from routing.wishes import SetState, SignIn
from tests.routing.process import FloorProcess, now, operator_of
from tests.support.servers import AsteriskServer, node_settings, short_folder
from tests.support.sipua import SipCall, SipUa
from tests.support.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]
A, B = "north", "south"


@pytest.fixture
def nodes(database: str, redis_url: str) -> Iterator[dict[str, AsteriskServer]]:
    """Two Asterisks of one house."""
    secret = "0123456789abcdef" * 2
    with short_folder() as first, short_folder() as second:
        servers = {
            name: AsteriskServer(node_settings(folder, database, redis_url, node=name, sip_secret=secret, lines=5))
            for name, folder in ((A, first), (B, second))
        }
        for server in servers.values():
            server.start()
        yield servers
        for server in servers.values():
            server.stop()


def of_both(nodes: dict[str, AsteriskServer]) -> Settings:
    """The floor's settings."""
    found = tuple(
        AmiNode(node=name, host="127.0.0.1", port=one.settings.ami_port, user="busbar", secret=one.settings.ami_secret)
        for name, one in nodes.items()
    )
    quick = {"ami_nodes": found, "offer_seconds": 5, "wrap_up_seconds": 1}
    return nodes[A].settings.model_copy(update=quick)


@dataclass
class Desk:
    """An operator with a telephone that is registered at both nodes."""

    who: OperatorId
    phones: dict[str, SipUa]


class Floor:
    """One floor over both, with its people."""

    def __init__(self, nodes: dict[str, AsteriskServer], engine: AsyncEngine, redis: valkey.Redis) -> None:
        self.nodes = nodes
        self.engine = engine
        self.redis = redis
        self.stack = AsyncExitStack()

    async def sees(self, condition: object, what: str, seconds: float = 15) -> FloorView:
        async def look() -> FloorView | None:
            snapshot = await bus.read_floor(self.redis)
            return snapshot.floor if snapshot is not None and condition(snapshot.floor) else None  # type: ignore[operator]

        found = await eventually(look, seconds, what)
        assert found is not None
        return found

    async def operator(self, name: str, extension: str) -> Desk:
        new = users.NewUser(
            login=name, name=name.title(), password="correct horse", role=Role.OPERATOR, extension=extension
        )
        async with db.transaction(self.engine) as connection:
            who = OperatorId((await users.create(connection, new)).user_id)
        desk = Desk(who, {})
        for node in self.nodes:
            await self.register(desk, node, extension)
        await bus.send_wish(
            self.redis, SignIn(wish_id=f"in{who}", operator_id=who, at=now(), name=name.title(), extension=extension)
        )
        await self.sees(
            lambda floor: any(one.operator_id == who and one.phone_ok for one in floor.operators), "he sits"
        )
        await self.ready(desk)
        return desk

    async def register(self, desk: Desk, node: str, extension: str) -> None:
        server = self.nodes[node]
        phone = SipUa(f"desk{extension}", server.sip, sip_password(server.settings.sip_secret, extension))
        desk.phones[node] = await self.stack.enter_async_context(phone)
        await phone.register()

    async def ready(self, desk: Desk) -> None:
        wish = SetState(wish_id=f"on{desk.who}", operator_id=desk.who, at=now(), state=OperatorState.READY)
        await bus.send_wish(self.redis, wish)
        await self.sees(lambda floor: operator_of(floor, desk.who).state is not OperatorState.NOT_READY, "ready")

    async def caller(self, node: str, number: int) -> tuple[SipCall, CallView]:
        """A subscriber calls one of the nodes and waits there, or is served at once."""
        phone = await self.stack.enter_async_context(SipUa(f"7916123000{number}", self.nodes[node].sip))
        line = await phone.dial("100")
        await line.reaches("up")
        line.say()

        def mine(floor: FloorView) -> list[CallView]:
            return [
                one
                for one in floor.calls
                if one.number == f"+7916123000{number}" and one.call_id.startswith(node) and one.waiting_since
            ]

        floor = await self.sees(mine, f"{number} waits at {node}")
        return line, mine(floor)[0]

    async def alerts(self) -> list[tuple[str, str]]:
        async with db.reading(self.engine) as connection:
            return [(one.kind, one.node) for one in await linewatch.alerts(connection)]


@pytest.fixture
async def floor(nodes: dict[str, AsteriskServer]) -> AsyncIterator[Floor]:
    settings = of_both(nodes)
    process = FloorProcess(settings)
    engine, redis = db.engine(settings), valkey.connect(settings.redis_url)
    process.start()
    house = Floor(nodes, engine, redis)
    try:
        await house.sees(lambda floor: floor.nodes == {A: True, B: True}, "both are linked")
        yield house
    finally:
        await house.stack.aclose()
        process.stop()
        print(process.log()[-4000:])  # noqa: T201 - shown when a test fails
        await redis.aclose()
        await engine.dispose()


async def answered(desk: Desk, node: str) -> SipCall:
    call = await desk.phones[node].incoming()
    call.answer()
    call.say()
    return call


async def test_callers_of_either_node_are_served_by_the_same_operator(floor: Floor) -> None:
    anna = await floor.operator("anna", "101")
    for node, number in ((A, 1), (B, 2), (A, 3)):
        line, view = await floor.caller(node, number)
        talk = await answered(anna, node)
        assert talk.header("X-Busbar-Call") == view.call_id
        await line.hears(5)
        talk.hang_up()
        await line.reaches("ended")
        await floor.sees(lambda view: operator_of(view, anna.who).state is OperatorState.READY, "she is free again")


async def test_a_node_that_is_killed_loses_its_own_talks_and_nothing_else(floor: Floor) -> None:
    anna, boris = await floor.operator("anna", "101"), await floor.operator("boris", "102")
    await floor.caller(A, 1)
    rung = await eventually(lambda: [one for one in (anna, boris) if one.phones[A].calls], 10, "somebody is rung")
    await answered(rung[0], A)
    first = await talker(floor, A)
    other = boris if first is anna.who else anna
    south, _ = await floor.caller(B, 2)
    talk = await answered(other, B)
    _, waited = await floor.caller(A, 3)
    since = waited.waiting_since
    assert since is not None
    await eventually(lambda: now() > since + timedelta(seconds=1), 3, "the dialplan counts whole seconds")
    await floor.caller(B, 4)

    await asyncio.to_thread(floor.nodes[A].kill)
    await floor.sees(lambda view: view.nodes == {A: False, B: True}, "the page shows the node down")
    _, again = await floor.caller(B, 3)
    assert again.waiting_since == since, "the old place"
    await south.hears(10)
    assert (south.state, talk.state) == ("up", "up"), "what runs by the other node goes on"
    await eventually(lambda: is_raised(floor), 10, "an alert stands against the node")
    # Who lost his caller writes up and is rung at the node that lives, for whoever waited longest over both.
    mine = anna if first is anna.who else boris
    taken = await mine.phones[B].incoming(20)
    assert taken.header("X-Busbar-Call") == again.call_id
    taken.answer()
    taken.say()

    await asyncio.to_thread(floor.nodes[A].start)
    await floor.sees(lambda view: view.nodes == {A: True, B: True}, "the node is back")
    extension = "101" if mine is anna else "102"
    await floor.register(mine, A, extension)
    taken.hang_up()
    await answered(mine, B)
    await eventually(lambda: is_clear(floor), 10, "nothing stands against the line")
    assert talk.state == "up"


async def talker(floor: Floor, node: str) -> OperatorId:
    view = await floor.sees(
        lambda view: any(one.phase is CallPhase.TALKING and one.call_id.startswith(node) for one in view.calls), "talks"
    )
    (found,) = [one.operator_id for one in view.calls if one.call_id.startswith(node) and one.operator_id]
    return OperatorId(found)


async def is_raised(floor: Floor) -> bool:
    return ("node", A) in await floor.alerts()


async def is_clear(floor: Floor) -> bool:
    return not await floor.alerts()
