"""Messages between people: both ways, pushed, kept, tame, counted; nobody reads what is not his."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import text

from crm_core.db import reading, transaction
from crm_core.store import messages, retention, teams
from routing.wishes import Say
from tests.support.waiting import eventually
from tests.workstation.house import NOON, House, operator_view

pytestmark = pytest.mark.integration
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\x00 =cmd|' /C calc'!A0"


async def send(client: httpx.AsyncClient, to: str, text: str, once: str = "") -> httpx.Response:
    return await client.post("/api/messages", data={"to": to, "text": text, "once": once})


async def unread(client: httpx.AsyncClient) -> dict[str, int]:
    told = (await client.get("/api/messages")).json()
    return {one["thread"]: one["unread"] for one in told["threads"]}


async def test_a_message_comes_by_the_websocket_as_it_was_written(house: House) -> None:
    olga, sofia = house.people["olga"], house.people["sofia"]
    async with house.desk() as page, house.signed_in("sofia") as client:
        assert (await send(client, f"person:{olga}", HOSTILE)).status_code == 201
        heard = await page.hear("inbox", where=lambda one: one["note"] is not None)
        note = heard["note"]
        assert note["text"] == HOSTILE.replace("\x00", "")
        assert (note["thread"], note["from_name"], note["mine"]) == (f"person:{sofia}", "Sofia", False)


async def test_it_is_there_after_an_absence_and_counted_until_it_is_read(house: House) -> None:
    olga, sofia = house.people["olga"], house.people["sofia"]
    async with house.signed_in("sofia") as supervisor:
        await send(supervisor, f"person:{olga}", "one")
        await send(supervisor, f"person:{olga}", "two")
        assert await unread(supervisor) == {f"person:{olga}": 0}, "one's own are read"
    async with house.signed_in("olga") as operator:
        assert await unread(operator) == {f"person:{sofia}": 2}
        found = (await operator.get("/api/messages/thread", params={"with": f"person:{sofia}"})).json()
        assert [one["text"] for one in found["messages"]] == ["two", "one"]
        first = found["messages"][1]["message_id"]
        await operator.post("/api/messages/read", data={"thread": f"person:{sofia}", "message_id": str(first)})
        assert await unread(operator) == {f"person:{sofia}": 1}
        await operator.post("/api/messages/read", data={"thread": f"person:{sofia}", "message_id": "0"})
        assert await unread(operator) == {f"person:{sofia}": 1}, "what was read stays read"
        assert (await send(operator, f"person:{sofia}", "answer")).status_code == 201


async def test_a_team_s_message_is_for_who_is_in_it_and_nobody_else(house: House) -> None:
    olga, sofia = house.people["olga"], house.people["sofia"]
    async with transaction(house.parts.engine) as db:
        await teams.save(db, "gas", {"en": "Gas"}, lead_id=sofia, members=[olga])
    async with house.signed_in("sofia") as client:
        assert (await send(client, "team:gas", "all of you")).status_code == 201
    async with house.signed_in("olga") as client:
        assert await unread(client) == {"team:gas": 1}
    async with house.signed_in("ivan") as client:
        assert await unread(client) == {}
        for answer in (
            await client.get("/api/messages/thread", params={"with": "team:gas"}),
            await send(client, "team:gas", "me too"),
        ):
            assert (answer.status_code, list(answer.json())) == (422, ["to"])


async def test_the_same_press_twice_is_one_message(house: House) -> None:
    sofia = house.people["sofia"]
    async with house.signed_in("olga") as client:
        assert (await send(client, f"person:{sofia}", "once", "press-1")).status_code == 201
        assert (await send(client, f"person:{sofia}", "once", "press-1")).status_code == 409
        found = (await client.get("/api/messages/thread", params={"with": f"person:{sofia}"})).json()
        assert len(found["messages"]) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write something first."),
        ("  \n ", "Write something first."),
        ("x" * 1001, "at most 1,000"),
        ("card 4111 1111 1111 1111", "card"),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_one_sentence(house: House, text: str, said: str) -> None:
    async with house.signed_in("olga") as client:
        answer = await send(client, f"person:{house.people['sofia']}", text)
        assert answer.status_code == 422
        assert said in answer.json()["text"]


@pytest.mark.parametrize("to", ["", "person:x", "person:99999", "team:none", "everybody", "person:1 or 1=1"])
async def test_nobody_is_written_to_who_is_not_there(house: House, to: str) -> None:
    async with house.signed_in("olga") as client:
        assert (await send(client, to, "hello")).status_code == 422
        myself = await send(client, f"person:{house.people['olga']}", "hello")
        manager = await send(client, f"person:{house.people['marta']}", "hello")
        assert (myself.status_code, manager.status_code) == (422, 422)


async def test_who_writes_too_much_is_stopped(house: House) -> None:
    async with house.signed_in("olga") as client:
        answers = [(await send(client, f"person:{house.people['sofia']}", str(one))).status_code for one in range(22)]
    assert answers[0] == 201
    assert answers[-1] == 429


async def test_what_a_supervisor_says_to_all_stays_among_the_messages(house: House) -> None:
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga, name="Olga"))
    async with house.signed_in("sofia") as client:
        said = {"wish_id": "w1", "target": "all", "text": "The bills are out"}

        async def there() -> bool:
            return (await client.post("/api/floor/say", data=said)).status_code == 202

        await eventually(there, 10, "the floor is known")
        assert any(isinstance(one, Say) for one in house.floor.wishes)
    async with reading(house.parts.engine) as db:
        found = await messages.threads(db, olga, [])
    assert [one.last.text for one in found] == ["The bills are out"]


async def test_old_ones_go_by_the_rule(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        await messages.to_person(db, house.people["olga"], [house.people["sofia"]], "old", NOON.replace(year=2020))
        await messages.to_person(db, house.people["olga"], [house.people["sofia"]], "new", NOON)
        assert await retention.sweep(db, "desk_messages", NOON.replace(year=2021), NOON) == 1


async def test_who_has_no_desk_and_no_floor_has_no_messages(house: House) -> None:
    for login in ("marta", "audrey", "adam"):
        async with house.signed_in(login) as client:
            assert (await client.get("/api/messages")).status_code == 403


async def test_messages_come_again_after_the_line_to_the_base_was_cut(house: House) -> None:
    olga = house.people["olga"]
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen busbar_messages'"
    async with house.desk() as page, house.signed_in("sofia") as client:
        async with transaction(house.parts.engine) as db:
            assert (await db.execute(text(cut))).scalar_one()
        await page.hear("inbox", where=lambda one: one["note"] is None)
        assert (await send(client, f"person:{olga}", "are you there")).status_code == 201
        heard = await page.hear("inbox", where=lambda one: one["note"] is not None)
    assert heard["note"]["text"] == "are you there"
