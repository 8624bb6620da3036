"""What the desk's scripts ask for, over a real server and database."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from crm_core.db import reading
from crm_core.store import dispositions
from crm_core.tables import interactions, readings
from routing.wishes import CloseWrapUp
from tests.support.waiting import eventually
from tests.workstation.house import House, add_call

pytestmark = pytest.mark.integration


async def first_disposition(house: House) -> str:
    async with reading(house.parts.engine) as db:
        return (await dispositions.choices(db))[0].code


async def test_the_softphone_learns_how_to_register(house: House) -> None:
    async with house.signed_in("olga") as client:
        phone = (await client.get("/api/phone")).json()
    assert phone["uri"].startswith("sip:op101@")
    assert len(phone["password"]) == 40
    assert phone["ws_urls"] == [house.settings.sip_ws_url]


async def test_search_finds_by_name_and_address_and_says_when_nothing_is_there(house: House) -> None:
    async with house.signed_in("olga") as client:
        assert 'data-account-id="1"' in (await client.get("/api/search", params={"q": "kuznetsova"})).text
        for hostile in ("%", "_", "' or 1=1 --", "<script>alert(1)</script>", "\x01", "x" * 5000):
            answer = await client.get("/api/search", params={"q": hostile})
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text
            assert "data-account-id" not in answer.text
        assert (await client.get("/api/search", params={"q": "\x00"})).status_code == 400


async def test_a_card_is_whole_and_an_unknown_account_is_not_found(house: House) -> None:
    async with house.signed_in("olga") as client:
        await house.because(client)
        card = await client.get("/api/card/1")
        assert card.status_code == 200
        assert "Anna Kuznetsova" in card.text
        for missing in ("999999", "-1", "1e3", "99999999999999999999", "x"):
            assert (await client.get(f"/api/card/{missing}")).status_code == 404
        assert (await client.get("/api/timeline/1?before=nonsense")).status_code == 200


async def test_closing_a_contact_stores_it_then_frees_the_operator_and_bears_repeating(house: House) -> None:
    await add_call(house.settings.database_url, "main-7", house.people["olga"])
    code = await first_disposition(house)
    async with house.signed_in("olga") as client:
        for _ in range(2):
            answer = await client.post(
                "/api/calls/main-7/close", data={"disposition": code, "note": "<b>asked</b>", "account_id": "1"}
            )
            assert (answer.status_code, answer.json()) == (200, {"done": True})
        await house.because(client)
        assert (await client.get("/api/timeline/1")).json()[0]["note"] == "<b>asked</b>"
    async with reading(house.parts.engine) as db:
        row = (await db.execute(select(interactions).where(interactions.c.call_id == "main-7"))).one()
    assert (row.disposition, row.note, row.account_id) == (code, "<b>asked</b>", 1)
    await eventually(lambda: any(isinstance(w, CloseWrapUp) and w.call_id == "main-7" for w in house.floor.wishes))


async def test_a_contact_without_a_result_is_refused_at_its_field(house: House) -> None:
    await add_call(house.settings.database_url, "main-8", house.people["olga"])
    async with house.signed_in("olga") as client:
        path = "/api/calls/main-8/close"
        empty = await client.post(path, data={"note": "x"})
        assert empty.status_code == 422
        assert set(empty.json()) == {"disposition"}
        wrong = await client.post(path, json={"disposition": "NO-SUCH", "note": ""})
        assert (wrong.status_code, set(wrong.json())) == (422, {"disposition"})
        long = await client.post(path, data={"disposition": "x", "note": "y" * 4001})
        assert "note" in long.json()
        account = await client.post(path, data={"disposition": await first_disposition(house), "account_id": "77"})
        assert set(account.json()) == {"account_id"}
    assert not any(isinstance(wish, CloseWrapUp) for wish in house.floor.wishes)


async def test_a_call_of_another_desk_is_not_closed_here(house: House) -> None:
    await add_call(house.settings.database_url, "main-9", house.people["ivan"])
    code = await first_disposition(house)
    async with house.signed_in("olga") as client:
        assert (await client.post("/api/calls/main-9/close", data={"disposition": code})).status_code == 403
        assert (await client.post("/api/calls/no-such/close", data={"disposition": code})).status_code == 404


async def test_a_reading_is_stored_a_lower_one_refused_a_doubtful_one_asked_about(house: House) -> None:
    async with house.signed_in("olga") as client:
        await house.because(client)
        day = {"account_id": "1", "taken_on": "2026-11-20"}
        lower = await client.post("/api/readings", data={**day, "r_1": "5"})
        assert lower.status_code == 422
        nonsense = await client.post("/api/readings", data={**day, "r_1": "NaN"})
        assert nonsense.status_code == 422
        nothing = await client.post("/api/readings", data=day)
        assert nothing.status_code == 422
        doubtful = await client.post("/api/readings", data={**day, "r_1": "99000"})
        assert doubtful.status_code == 200
        assert 'name="confirm"' in doubtful.text
        good = await client.post("/api/readings", data={**day, "r_1": "12200"})
        assert good.status_code == 200
        assert 'role="status"' in good.text
    async with reading(house.parts.engine) as db:
        query = select(readings.c.value, readings.c.quality).where(readings.c.taken_on == date(2026, 11, 20))
        rows = [(int(row.value), row.quality) for row in await db.execute(query.order_by(readings.c.revision))]
    assert rows == [(99000, "held"), (12200, "actual")]


async def test_health_says_what_is_missing(house: House) -> None:
    async with house.browser() as client:
        await eventually(lambda: house.parts.hub.alive)
        whole = await client.get("/health")
        assert (whole.status_code, whole.json()["missing"]) == (200, [])
        house.floor.beating = False
        await eventually(lambda: not house.parts.hub.alive)
        silent = await client.get("/health")
    assert (silent.status_code, silent.json()["missing"]) == (503, ["floor"])
