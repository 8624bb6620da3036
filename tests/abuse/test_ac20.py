"""AC20: somebody is dismissed: what he held is dead within a minute, and stays dead."""

from __future__ import annotations

import re

import pytest

from crm_core.db import reading, transaction
from crm_core.store import users
from tests.abuse.conftest import Logged
from tests.support.waiting import eventually
from tests.workstation.house import House, operator_view
from workstation.sweeper import EVERY_SECONDS, Sweeper

pytestmark = pytest.mark.integration


async def test_sessions_sockets_tokens_and_links_of_a_dismissed_person_die(house: House, logged: Logged) -> None:
    olga = house.people["olga"]
    async with house.signed_in("adam") as admin, house.signed_in("olga") as client, house.program("olga") as program:
        made = await admin.post(f"/office/people/{olga}/link")
        link = re.search(r"/password/[\w-]+", made.text)
        assert link
        async with house.page(client) as page:
            await page.resume()
            await page.hear("desk_snapshot")
            assert (await program.get("/token")).status_code == 200
            assert (await client.get(link[0])).status_code == 200
            assert (await admin.post(f"/office/people/{olga}/disable")).status_code == 303
            assert EVERY_SECONDS <= 60
            await Sweeper(house.parts.hub, house.parts.sessions).sweep()
            assert await page.closed() == 4401
        assert (await client.get("/desk")).headers["location"] == "/sign-in"
        assert (await client.get("/api/search?q=Kuznetsova")).status_code == 401
        assert (await program.get("/token")).status_code == 401
        assert (await client.get(link[0])).status_code == 404
        assert (await house.sign_in(client, "olga")).status_code == 403
        assert (await admin.post(f"/office/people/{olga}/enable")).status_code == 303
        assert (await client.get("/desk")).status_code == 303, "what died does not come back"
        assert (await program.get("/token")).status_code == 401
        assert (await client.get(link[0])).status_code == 404
    assert (await logged("users.managed", "adam", f"user {olga}")).reason == "enabled"
    assert (await logged("sign_in.refused")).object == "olga"


async def test_a_dismissed_operator_gets_no_calls_though_his_page_is_closed_and_his_telephone_is_there(
    house: House,
) -> None:
    olga, ivan = house.people["olga"], house.people["ivan"]
    for login, number in (("olga", "101"), ("ivan", "102")):
        house.floor.seat(operator_view(house.people[login], extension=number))
    sweeper = Sweeper(house.parts.hub, house.parts.sessions)

    async def there() -> bool:
        return await house.parts.hub.at_work() == {olga, ivan}

    await eventually(there, what="both on the floor")
    await sweeper.sweep()
    async with house.signed_in("adam") as admin, house.signed_in("olga") as client:
        assert (await client.get("/api/phone")).json()["extension"] == "101"
        assert (await admin.post(f"/office/people/{olga}/disable")).status_code == 303
        assert (await client.get("/api/phone")).status_code == 401, "nobody tells him the telephone's password"
    await sweeper.sweep()

    async def told() -> list[int]:
        return [wish.operator_id for wish in house.floor.wishes if wish.type == "sign_out"]

    assert await eventually(told, what="the floor's word that he is gone") == [olga]


async def test_another_role_ends_the_sessions_of_the_old_one(house: House) -> None:
    sofia = house.people["sofia"]
    async with house.signed_in("adam") as admin, house.signed_in("sofia") as client:
        changed = await admin.post(f"/office/people/{sofia}", data={"name": "Sofia", "role": "auditor"})
        assert changed.status_code == 303
        assert (await client.get("/floor")).status_code == 303


async def test_a_link_sets_a_password_once(house: House, logged: Logged) -> None:
    async with house.signed_in("adam") as admin:
        sent = {"login": "newcomer", "name": "New Comer", "role": "operator", "language": "en", "speaks": "en, ru"}
        page = await admin.post("/office/people", data=sent)
        link = re.search(r"/password/[\w-]+", page.text)
        assert link, page.text
        assert (await admin.post("/office/people", data=sent)).status_code == 422, "the login is taken"
    async with house.browser() as stranger:
        short = await stranger.post(link[0], data={"password": "short", "again": "short"})
        assert short.status_code == 422
        different = await stranger.post(link[0], data={"password": "long enough", "again": "long enougH"})
        assert different.status_code == 422
        done = await stranger.post(link[0], data={"password": "long enough", "again": "long enough"})
        assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
        again = await stranger.post(link[0], data={"password": "another one", "again": "another one"})
        assert again.status_code == 404
        assert (await house.sign_in(stranger, "newcomer", "long enough")).status_code == 303
    async with reading(house.parts.engine) as db:
        made = await users.by_login(db, "newcomer")
    assert made is not None
    assert made.extension is not None
    assert (await logged("password.set", object_=f"user {made.user_id}")).reason == "by a link"


async def test_an_evil_link_is_refused_and_not_tried_without_end(house: House) -> None:
    async with house.browser() as stranger:
        codes = {(await stranger.get(f"/password/{'x' * length}")).status_code for length in range(1, 40)}
    assert codes == {404, 429}
    async with transaction(house.parts.engine) as db:
        await users.disable(db, house.people["ivan"])
