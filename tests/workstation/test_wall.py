"""The wallboard: a ticket opens it once, nothing personal reaches it, it wishes nothing, and it ends with the right."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import pytest
from sqlalchemy import update

from crm_core.db import transaction
from crm_core.tables import users
from routing.news import AlertRaised, QueueChanged
from routing.views import AlertView, CallPhase, OperatorId, OperatorState, QueueView
from tests.support.waiting import eventually
from tests.workstation.house import NOON, NUMBER, House, call_view, operator_view
from workstation import wallboard
from workstation.sockets import NOT_YOURS, SIGNED_OUT
from workstation.sweeper import Sweeper

pytestmark = pytest.mark.integration
QUEUE = QueueView(
    queue="main", waiting=3, longest_since=NOON, offered=9, answered=5, answered_in_threshold=4, abandoned=1,
    abandoned_short=0,
)  # fmt: skip


async def ticket(house: House) -> str:
    async with house.signed_in("sofia") as client:
        answer = await client.post("/api/floor/wall")
        assert answer.status_code == 200
        return str(answer.json()["address"])


async def test_a_ticket_opens_one_wall_once(house: House) -> None:
    address = await ticket(house)
    async with house.browser() as wall, house.browser() as thief:
        assert (await thief.get("/wall")).status_code == 403
        opened = await wall.get(address)
        assert (opened.status_code, opened.headers["location"]) == (303, "/wall")
        assert (await wall.get("/wall")).status_code == 200
        again = await thief.get(address)
        assert again.status_code == 403
        assert "new ticket" in again.text
        for guess in ("", "x", "x" * 5000, "../x", "%00"):
            assert (await thief.get("/wall", params={"ticket": guess})).status_code == 403
        # A wall is no session: nothing else opens.
        for path in ("/floor", "/office", "/api/floor/phone"):
            assert (await wall.get(path)).status_code in {303, 401}, path


async def test_nothing_personal_reaches_a_wall_and_it_wishes_nothing(house: House) -> None:
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga, name="Olga Secretova", state=OperatorState.TALKING, reason="ill"))
    house.floor.ring(call_view("main-9.1", phase=CallPhase.TALKING, operator_id=OperatorId(olga), name="Hidden Caller"))
    house.floor.views.shown = (QUEUE,)
    async with house.browser() as wall:
        await wall.get(await ticket(house))
        async with house.page(wall, "/ws/wall") as page:
            await page.resume()
            shown = await page.hear("floor_snapshot")
            assert [one["extension"] for one in shown["floor"]["operators"]] == ["101"]
            house.floor.ring(call_view("main-9.2", phase=CallPhase.TALKING, operator_id=OperatorId(olga), name="Other"))
            house.floor.seat(operator_view(olga, name="Olga Secretova", state=OperatorState.WRAP_UP))
            house.floor.tell(AlertRaised(alert=AlertView(kind="wrap_up", subject=str(olga), raised_at=NOON)))
            house.floor.tell(QueueChanged(queue=QUEUE), everyone=True)
            await page.hear("operator_changed")
            await page.hear("queue_changed")
            said = json.dumps(page.heard)
            assert not [word for word in ("Secretova", "Hidden", "Other", NUMBER, "main-9", 'ill"') if word in said]
            await page.say(type="ask", wish_id="w", wish="ready")
            assert await page.closed() == NOT_YOURS
    assert not [one for one in house.floor.wishes if one.wish_id == "w"]


async def test_a_wall_ends_with_the_right_of_who_opened_it(house: House) -> None:
    async with house.browser() as wall:
        await wall.get(await ticket(house))
        async with transaction(house.parts.engine) as db:
            await db.execute(update(users).where(users.c.login == "sofia").values(active=False))
        async with house.page(wall, "/ws/wall") as page:
            assert await page.closed() == SIGNED_OUT


async def test_a_wall_is_looked_after_like_a_session_and_ends_with_the_right_while_it_is_open(house: House) -> None:
    sweeper = Sweeper(house.parts.hub, house.parts.sessions, partial(wallboard.person, house.parts))
    async with house.browser() as wall:
        await wall.get(await ticket(house))
        async with house.page(wall, "/ws/wall") as page:
            await page.resume()
            await page.hear("floor_snapshot")
            await sweeper.sweep()
            house.floor.tell(QueueChanged(queue=QUEUE), everyone=True)
            await page.hear("queue_changed")
            async with transaction(house.parts.engine) as db:
                await db.execute(update(users).where(users.c.login == "sofia").values(role="operator"))
            await sweeper.sweep()
            assert await page.closed() == SIGNED_OUT


@pytest.mark.parametrize("login", ["olga", "marta", "adam", "audrey"])
async def test_only_who_leads_gives_tickets(house: House, login: str) -> None:
    async with house.signed_in(login) as client:
        assert (await client.post("/api/floor/wall")).status_code == 403


async def test_a_wall_that_cannot_keep_up_costs_no_more_than_its_mailbox(house: House) -> None:
    async with house.browser() as wall:
        await wall.get(await ticket(house))
        async with house.page(wall, "/ws/wall", max_queue=1) as page:
            await page.resume()
            await page.hear("floor_snapshot")
            for waiting in range(3000):
                house.floor.tell(QueueChanged(queue=QUEUE.model_copy(update={"waiting": waiting})), everyone=True)
            (client,) = await eventually(lambda: house.parts.hub.wall.clients)
            assert len(client.mailbox) <= client.mailbox.size
            # It is told the last of them, or shown the whole anew: never all that it missed.
            async with asyncio.timeout(30):
                while "2999" not in str(page.heard[-1:]):
                    page.heard.append(json.loads(await page.socket.recv()))
            assert len(page.heard) < 3000
