"""One list of all work: by its clock, paged, given by right; what somebody has who is away is offered to his team."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.store import roster, tasks, teams
from crm_core.store.roster import Whose
from crm_core.store.tasks import NewTask
from crm_core.tables import access_log, applications, callbacks, held_readings, leave_requests, users
from crm_core.tables import tasks as task_rows
from crm_core.work.jobs import site_of
from tests.workstation.house import House

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)


async def task(house: House, title: str, due: datetime | None = None, **more: Any) -> int:
    async with transaction(house.parts.engine) as db:
        (key,) = await tasks.add(db, [NewTask(kind="call", title=title, due_at=due, **more)], clock.now())
    return key


async def team(house: House, *members: str) -> None:
    async with transaction(house.parts.engine) as db:
        inside = [house.people[one] for one in members]
        await teams.save(db, "gas", {"en": "Gas"}, lead_id=house.people["sofia"], members=inside)


async def on_leave(house: House, login: str) -> None:
    today = site_of(house.settings).today(clock.now())
    row = {"operator_id": house.people[login], "first": today, "last": today, "kind": "vacation", "state": "approved",
           "asked_at": clock.now()}  # fmt: skip
    async with transaction(house.parts.engine) as db:
        await db.execute(insert(leave_requests).values(row))


async def told(client: httpx.AsyncClient, whose: str = "mine", **more: str) -> dict[str, Any]:
    answer = await client.get("/api/roster", params={"whose": whose, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def titles(found: dict[str, Any]) -> list[str]:
    return [one["title"] for one in found["rows"]]


async def test_work_of_every_kind_stands_in_one_list_by_what_is_due_first(house: House) -> None:
    now, olga = clock.now(), house.people["olga"]
    await task(house, "no clock", owner_id=olga)
    await task(house, "in an hour", now + HOUR, owner_id=olga)
    async with transaction(house.parts.engine) as db:
        filed = {"account_id": 1, "kind": "meter", "stage": "filed", "filed_on": now.date(), "owner_id": olga}
        await db.execute(insert(applications).values(filed | {"number": "A-1", "title": "late", "due_at": now - HOUR}))
        await db.execute(insert(applications).values(filed | {"number": "A-2", "title": "closed", "stage": "done"}))
        asked = {"call_id": "c-1", "number": "+79161230001", "asked_by": olga, "waiting_since": now, "due_at": now}
        promised = asked | {"promised_until": now + HOUR / 2, "note": "ring +79161230001"}
        await db.execute(insert(callbacks).values(promised))
    async with house.signed_in("olga") as client:
        found = await told(client)
        assert [(one["kind"], one["late"]) for one in found["rows"]] == [
            ("application", True), ("callback", False), ("task", False), ("task", False),
        ]  # fmt: skip
        assert titles(found)[0] == "A-1 late"
        assert "+79161230001" not in titles(found)[1], "a number in a note is masked as in every list"
        assert titles(found)[2:] == ["in an hour", "no clock"]
        assert (found["mine"], found["late"]) == (4, 1)
        assert found["rows"][1]["page"] == "", "an operator has no page of call-backs"
    async with house.signed_in("ivan") as client:
        assert titles(await told(client)) == []


async def test_a_held_reading_is_everybody_s_who_may_confirm_it(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        held = {"account_id": 1, "register_id": 1, "taken_on": clock.now().date(), "value": 1, "rule": "too-low"}
        await db.execute(insert(held_readings).values(held | {"source": "ivr"}))
    async with house.signed_in("olga") as client:
        (row,) = (await told(client, "team"))["rows"]
        assert (row["kind"], row["given"], row["page"]) == ("reading", False, "/office/readings/held")
        refused = await client.post("/api/roster/assignment", data={"item": f"reading-{row['id']}", "to": "owner:1"})
        assert (refused.status_code, list(refused.json())) == (422, ["to"])


async def test_pages_follow_each_other_without_a_gap(house: House) -> None:
    now, olga = clock.now(), house.people["olga"]
    wanted = [f"task {one:02}" for one in range(35)]
    for place, title in enumerate(wanted):
        await task(house, title, now + place * HOUR if place < 30 else None, owner_id=olga)
    async with house.signed_in("olga") as client:
        first = await told(client)
        second = await told(client, after=first["more"])
        assert titles(first) + titles(second) == wanted
        assert second["more"] == ""
        assert titles(await told(client, after="nonsense")) == titles(first), "no such place begins anew"


async def test_work_is_given_with_its_team_by_who_may_and_by_nobody_else(house: House) -> None:
    olga, ivan = house.people["olga"], house.people["ivan"]
    await team(house, "olga", "ivan")
    key = await task(house, "of Olga", owner_id=olga, team="gas")
    async with house.signed_in("ivan") as client:
        assert titles(await told(client, "team")) == ["of Olga"]
        barred = await client.post("/api/roster/assignment", data={"item": f"task-{key}", "to": f"owner:{ivan}"})
        assert barred.status_code == 422
    async with house.signed_in("sofia") as client:
        given = await client.post("/api/roster/assignment", data={"item": f"task-{key}", "to": f"owner:{ivan}"})
        assert given.json() == {"done": True}
        nobody = await client.post("/api/roster/assignment", data={"item": f"task-{key}", "to": "owner:99999"})
        assert nobody.status_code == 422
        missing = await client.post("/api/roster/assignment", data={"item": "task-99999", "to": f"owner:{ivan}"})
        assert missing.status_code == 404
    async with reading(house.parts.engine) as db:
        row = (await db.execute(select(task_rows).where(task_rows.c.id == key))).one()
        assert (row.owner_id, row.team) == (ivan, "gas")
        said = select(access_log.c.reason).where(access_log.c.object == f"task {key}")
        assert f"given to {ivan}" in set((await db.execute(said)).scalars())


async def test_what_somebody_has_who_is_on_leave_is_offered_to_his_team_and_taken(house: House) -> None:
    olga, ivan = house.people["olga"], house.people["ivan"]
    await team(house, "olga", "ivan")
    key = await task(house, "of Olga", owner_id=olga, team="gas")
    async with house.signed_in("ivan") as client:
        assert titles(await told(client, "away")) == []
        await on_leave(house, "olga")
        (row,) = (await told(client, "away"))["rows"]
        assert (row["title"], row["away"], row["owner"]) == ("of Olga", True, "Olga")
        other = await client.post("/api/roster/assignment", data={"item": f"task-{key}", "to": "team:gas"})
        assert other.status_code == 422, "he takes it himself, he does not move it about"
        taken = await client.post("/api/roster/assignment", data={"item": f"task-{key}", "to": f"owner:{ivan}"})
        assert taken.json() == {"done": True}
        assert titles(await told(client)) == ["of Olga"]


async def test_who_left_is_away_and_his_work_is_not_a_stranger_s(house: House) -> None:
    await team(house, "olga")
    await task(house, "of Olga", owner_id=house.people["olga"])
    async with transaction(house.parts.engine) as db:
        await db.execute(update(users).where(users.c.id == house.people["olga"]).values(active=False))
    async with house.signed_in("sofia") as client:
        assert titles(await told(client, "away")) == ["of Olga"], "his team's lead sees it"
    async with house.signed_in("ivan") as client:
        assert titles(await told(client, "away")) == [], "he is in no team of hers"


async def test_a_page_hears_how_much_work_there_is_when_it_changes(house: House) -> None:
    async with house.desk() as page:
        await task(house, "new", clock.now() - HOUR, owner_id=house.people["olga"])
        heard = await page.hear("roster", 20, where=lambda one: one["mine"] == 1)
        assert heard["late"] == 1


async def test_the_list_is_one_statement_however_much_there_is(house: House) -> None:
    for one in range(5):
        await task(house, f"task {one}", owner_id=house.people["olga"], account_id=1)
    by = roster.Reader(user_id=house.people["olga"], teams=(), shared=frozenset())
    now = clock.now()
    async with reading(house.parts.engine) as db:
        found = await roster.listing(db, Whose.MINE, by, now, now.date())
    assert {(one.account_number, one.customer) for one in found} == {("0000001", "Anna Kuznetsova")}
