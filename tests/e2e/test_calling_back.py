"""A subscriber keeps his place by a key and is called back: through the menu, the queue, the desk and the trunk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from playwright.async_api import expect
from psycopg import sql

from deploy import ports
from tests.conftest import TEMPLATE
from tests.e2e.callers import Callers, Seats, Subscriber, press, talk_both_ways
from tests.routing.calling_back import always_open
from tests.support.house import House, running
from tests.support.servers import PostgresServer
from tests.support.sipua import SipUa
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


@pytest.fixture(scope="module")
def trunk() -> int:
    """Where the town's telephones are."""
    return ports.free_port(udp=True)


@pytest.fixture(scope="module")
def calling(postgres: PostgresServer, trunk: int) -> Iterator[House]:
    """A house with a trunk."""
    query = sql.SQL("create database callinghouse template {} owner busbar")
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(query.format(sql.Identifier(TEMPLATE)))
    more = {
        "offer_seconds": 8, "wrap_up_seconds": 20, "callback_read_seconds": 30,
        "outward_uri": f"127.0.0.1:{trunk}", "outward_number": "+74951234500",
    }  # fmt: skip
    with running(postgres, postgres.plan.url("callinghouse"), **more) as house:
        asyncio.run(always_open(house.settings))
        yield house


async def test_the_card_first_then_the_call(calling: House, browser: object, trunk: int) -> None:
    seats = Seats(calling, browser)  # type: ignore[arg-type]
    row = calling.rows(
        "select min(a.id) as account_id, c.phone from contacts c join accounts a on a.customer_id = c.customer_id "
        "where left(c.phone, 3) = '+79' group by c.phone having count(*) = 1 and min(a.id) > 65 order by 1 limit 1"
    )[0]
    subscriber = Subscriber(account_id=int(str(row["account_id"])), number=str(row["phone"]))
    town = SipUa("town", calling.asterisk.sip, port=trunk)
    async with town, Callers(calling) as callers:
        call = await callers.call(subscriber.number)
        asked_in = await callers.call_id(subscriber.number)
        await press(call, "1", "1", "1")
        await call.reaches("ended", seconds=20)
        await callers.is_recorded(asked_in, outcome="served")
        desk = await seats.take(ready=False)
        await desk.go_ready()
        await desk.phase("ringing", 20)
        await desk.card(subscriber.account_id)
        await expect(desk.page.locator("#callback")).to_have_attribute("data-stage", "standing")
        await desk.answer()
        await expect(desk.page.locator("#callback")).to_have_attribute("data-stage", "card")
        assert town.calls == {}, "the card comes first"
        await desk.page.click("#dial-back")
        his = await town.incoming()
        await expect(desk.page.locator("#callback")).to_have_attribute("data-stage", "dialling")
        his.answer()
        await expect(desk.page.locator("#callback")).to_have_attribute("data-stage", "reached")
        await talk_both_ways(his, desk)
        call_id = await desk.call_id()
        his.hang_up()
        await desk.phase("wrap_up")
        await desk.close_contact("BILL_EXPLAINED", "Called back")
        record = await callers.is_recorded(call_id, phase="ended", disposition="BILL_EXPLAINED", outcome="answered")
        assert (record["direction"], record["account_id"]) == ("out", subscriber.account_id)

        def kept() -> bool:
            return [one["state"] for one in calling.rows("select state from callbacks")] == ["kept"]

        await eventually(lambda: asyncio.to_thread(kept), 5, "the promise is kept")
        assert len(town.calls) == 1
        await desk.leave()
        assert desk.said == []
