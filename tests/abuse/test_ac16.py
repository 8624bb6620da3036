"""AC16: telephone, e-mail address and tax number are masked on the server, revealed one by one, each time on record."""

from __future__ import annotations

import json

import pytest
from limits import RateLimitItemPerHour
from sqlalchemy import insert

from crm_core.db import transaction
from crm_core.tables import interactions
from tests.abuse.conftest import EMAIL, TAX, Logged
from tests.workstation.house import NOON, PHONE_OF_ONE, House, call_view
from workstation import openings

pytestmark = pytest.mark.integration


async def test_what_is_masked_does_not_leave_the_server(known: House) -> None:
    house = known
    async with transaction(house.parts.engine) as db:
        row = {"account_id": 1, "channel": "phone", "direction": "in", "number": PHONE_OF_ONE, "began_at": NOON}
        await db.execute(insert(interactions).values(**row, ended_at=NOON))
    for login, telephone in (("olga", True), ("sofia", False), ("marta", False)):
        async with house.signed_in(login) as client:
            await house.because(client)
            for path in ("/api/card/1", "/api/timeline/1", "/api/search?q=Kuznetsova"):
                text = (await client.get(path)).text
                assert EMAIL not in text
                assert TAX not in text
                assert telephone or PHONE_OF_ONE not in text.replace(" ", "").replace("-", "")
            assert "a***@…" in (await client.get("/api/card/1")).text


async def test_frames_of_the_desk_and_of_the_floor_are_masked_too(known: House) -> None:
    house = known
    async with house.desk("olga") as desk, house.signed_in("sofia") as client, house.page(client, "/ws/floor") as floor:
        await floor.resume()
        await floor.hear("floor_snapshot")
        house.floor.ring(call_view(operator_id=house.people["olga"], account_id=1, number=PHONE_OF_ONE, name="Anna"))
        pop = await desk.hear("screen_pop")
        assert pop["call"]["number"] == PHONE_OF_ONE, "who takes the call sees who calls"
        assert EMAIL not in json.dumps(pop)
        watched = await floor.hear("call_changed")
        assert watched["call"]["number"] == "+7 912 ***-**-01"
        assert "Anna" not in json.dumps(watched)
        await floor.say(type="resume")
        again = await floor.hear("floor_snapshot")
        assert PHONE_OF_ONE not in json.dumps(again)


async def test_a_value_is_revealed_by_who_may_for_a_reason_and_each_time_is_on_record(
    known: House, logged: Logged
) -> None:
    house = known
    for login in ("marta", "adam", "audrey"):
        async with house.signed_in(login) as client:
            assert (await client.post("/api/reveal", data={"account_id": "1", "field": "email"})).status_code == 403
        assert (await logged("refused", login, "POST /api/reveal")).reason == "forbidden"
    async with house.signed_in("olga") as client:
        await house.because(client)
        asked = {"account_id": "1", "field": "email", "place": "0", "shown": "a***@…"}
        assert (await client.post("/api/reveal", data=asked)).json() == {"value": EMAIL}
        assert (await client.post("/api/reveal", data=asked | {"field": "tax_number", "shown": "***89"})).json() == {
            "value": TAX
        }
        for wrong in ({"field": "password"}, {"place": "1"}, {"place": "-1"}, {"shown": "z***@…"}, {"account_id": "x"}):
            assert (await client.post("/api/reveal", data=asked | wrong)).status_code == 404
    line = await logged("field.unmasked", "olga", "account 1")
    assert (line.fields, line.reason) == ("tax_number", "reason call_back")
    async with house.signed_in("sofia") as client:
        await house.because(client)
        shown = await client.post("/api/reveal", data={"account_id": "1", "field": "phone"})
        assert shown.json() == {"value": PHONE_OF_ONE}
    assert (await logged("field.unmasked", "sofia", "account 1")).fields == "phone"


async def test_values_are_not_revealed_by_the_hundred(
    known: House, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "REVEAL", RateLimitItemPerHour(2))
    async with known.signed_in("olga") as client:
        await known.because(client)
        asked = {"account_id": "1", "field": "email"}
        codes = [(await client.post("/api/reveal", data=asked)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert (await logged("refused", "olga", "POST /api/reveal")).reason == "too-many-reveals"
