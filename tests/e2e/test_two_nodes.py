"""A softphone at two nodes: its operator takes calls at the one that is left, and at the other when it is back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.async_api import Browser

from crm_core.settings import AmiNode, Settings
from deploy import ports
from tests.e2e.callers import Callers, Seats, Subscriber, talk_both_ways
from tests.e2e.conftest import SUBSCRIBERS, own_base
from tests.support.house import House, running
from tests.support.servers import AsteriskServer, PostgresServer, node_settings, short_folder
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(180)]
QUICK: dict[str, object] = {"offer_seconds": 20, "wrap_up_seconds": 12}


@dataclass(frozen=True)
class Two:
    """A house of two Asterisks."""

    house: House
    second: AsteriskServer

    def at(self, node: AsteriskServer) -> Callers:
        """Who calls there."""
        return Callers(replace(self.house, asterisk=node))

    async def is_registered(self, node: AsteriskServer, extension: str, seconds: float = 40) -> None:
        """Wait until a node knows where the softphone is."""

        async def known() -> bool:
            return f"op{extension}/" in await node.plan.ask("pjsip show contacts")

        await eventually(known, seconds, f"op{extension} is registered at {node.settings.node}")


def _node(settings: Settings) -> AmiNode:
    return AmiNode(
        node=settings.node, host=settings.ami_host, port=settings.ami_port, user=settings.ami_user,
        secret=settings.ami_secret, sip=f"{settings.sip_host}:{settings.sip_port}", ws=settings.sip_ws_url,
    )  # fmt: skip


@pytest.fixture(scope="module")
def two(postgres: PostgresServer) -> Iterator[Two]:
    url = own_base(postgres)
    alike: dict[str, object] = {"sip_secret": secrets.token_hex(16), "agi_port": ports.free_port(), "lines": 90}
    own = ("node", "ami_port", "ami_secret", "sip_port", "sip_ws_url")
    with short_folder() as one, short_folder() as other:
        first = node_settings(one, url, "", node="first", **alike)
        second = AsteriskServer(node_settings(other, url, "", node="second", **alike))
        nodes = (_node(first), _node(second.settings))
        with running(
            postgres, url, **QUICK, **alike, **{name: getattr(first, name) for name in own}, ami_nodes=nodes
        ) as house:
            second.start()
            yield Two(house, second)
            second.stop()


async def test_who_loses_his_node_takes_calls_at_the_other_and_registers_anew_when_it_is_back(
    two: Two, browser: Browser
) -> None:
    house, first = two.house, two.house.asterisk
    rows = house.rows(SUBSCRIBERS, first=65)[:3]
    people = [Subscriber(account_id=int(str(row["account_id"])), number=str(row["phone"])) for row in rows]
    seats = Seats(house, browser)
    desk = await seats.take()
    extension = desk.person.extension
    await asyncio.gather(*(two.is_registered(node, extension) for node in (first, two.second)))
    async with two.at(first) as here, two.at(two.second) as there:
        lost = await here.call(people[0].number)
        await desk.phase("ringing", 20)
        await desk.answer()
        await talk_both_ways(lost, desk)
        first.kill()
        await desk.phase("wrap_up", 30)
        await desk.close_contact("BILL_EXPLAINED", "")
        await desk.state("ready", 20)
        call = await there.call(people[1].number)
        await desk.phase("ringing", 20)
        await desk.answer()
        await talk_both_ways(call, desk)
        call.hang_up()
        await desk.phase("wrap_up")
        await desk.close_contact("BILL_EXPLAINED", "")
        await asyncio.to_thread(first.start)
        await two.is_registered(first, extension)
        await desk.state("ready", 20)
        again = await here.call(people[2].number)
        await desk.phase("ringing", 20)
        await desk.answer()
        await talk_both_ways(again, desk)
        again.hang_up()
        await desk.phase("wrap_up")
        await desk.close_contact("BILL_EXPLAINED", "")
    await desk.leave()
    assert desk.said == []
