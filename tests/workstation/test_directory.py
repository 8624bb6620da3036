"""The directory: colleagues pushed, speed dials, redial; a page names a key, never a number (AC05)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from crm_core.db import transaction
from crm_core.settings import Settings
from crm_core.store import speed_dials, transfers
from crm_core.store.speed_dials import Whom
from crm_core.tables import attempts
from routing.views import OperatorState
from routing.wishes import DialDebtor, PlaceCall
from tests.support.waiting import eventually
from tests.workstation.conftest import free_port
from tests.workstation.house import NOON, PHONE_OF_ONE, House, TestFloor, operator_view, populate, running

pytestmark = pytest.mark.integration
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """A workstation of a house with a trunk, two numbers on its list."""
    mine = settings.model_copy(
        update={
            "web_port": free_port(), "web_origin": "", "outward_uri": "127.0.0.1:9", "outward_number": "+74951110000",
        }
    )  # fmt: skip
    people = await populate(mine.database_url)
    floor = TestFloor(mine.redis_url)
    await floor.start()
    async with running(mine, floor) as house:
        house.people = people
        async with transaction(house.parts.engine) as db:
            await transfers.save(db, None, HOSTILE, "+74951234567", "", people["marta"])
            await transfers.save(db, None, "Gas", "+74951234568", "gas", people["marta"])
        floor.seat(operator_view(people["ivan"], name="Ivan", extension="102"))
        yield house
    await floor.stop()


async def told(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/api/directory")).json()
    return found


async def wished(house: House, kind: type) -> Any:
    return await eventually(lambda: next((one for one in house.floor.wishes if isinstance(one, kind)), None))


async def test_a_page_that_watches_hears_how_colleagues_change_and_another_does_not(house: House) -> None:
    ivan = house.people["ivan"]
    async with house.desk() as page:
        house.floor.seat(operator_view(ivan, name="Ivan", state=OperatorState.TALKING, call_id="main-7"))
        await page.hear("beat")
        await page.hear("beat")
        assert all(one["type"] != "presence" for one in page.heard)
        await page.say(type="watch", colleagues=True)
        await page.hear("beat")
        house.floor.seat(operator_view(ivan, name="Ivan", state=OperatorState.NOT_READY, reason="lunch"))
        heard = await page.hear("presence")
        (one,) = heard["colleagues"]
        assert (one["name"], one["state"], one["reason"]) == ("Ivan", "not_ready", "lunch")
        assert "call_id" not in one, "whom he talks to is nobody else's"
        assert "epoch" not in heard, "it is beside the floor's sequence"


async def test_a_colleague_is_called_by_his_key_and_stands_first_among_those_called_last(house: House) -> None:
    ivan = house.people["ivan"]
    async with house.signed_in("olga") as client:
        assert [one["name"] for one in (await told(client))["colleagues"]] == ["Ivan"]
        sent = await client.post("/api/directory/call", data={"wish_id": "w1", "to": f"operator:{ivan}"})
        assert sent.status_code == 202
        wish = await wished(house, PlaceCall)
        assert (wish.to, wish.operator, wish.number, wish.operator_id) == ("operator", ivan, "", house.people["olga"])
        await client.post("/api/directory/call", data={"wish_id": "w2", "to": f"operator:{ivan}"})
        assert [one["title"] for one in (await told(client))["last"]] == ["Ivan"], "each once"
    async with house.signed_in("ivan") as client:
        assert (await told(client))["last"] == [], "nobody sees whom another called"


async def test_a_number_of_the_list_is_looked_up_and_one_for_others_is_refused(house: House) -> None:
    async with house.signed_in("olga") as client:
        (listed,) = (await told(client))["numbers"]
        assert listed["title"] == HOSTILE, "JSON: the page writes it as text"
        assert (await client.post("/api/directory/call", data={"wish_id": "w", "to": listed["key"]})).status_code == 202
        assert (await wished(house, PlaceCall)).number == "+74951234567"
        other = await client.post("/api/directory/call", data={"wish_id": "w", "to": "number:2"})
        assert (other.status_code, other.json()["code"]) == (404, "no-such-transfer-number")


@pytest.mark.parametrize("to", ["", "+79161234567", "number:+79161234567", "operator:x", "PJSIP/op101", "queue:main"])
async def test_what_names_nobody_is_refused_and_nothing_is_wished(house: House, to: str) -> None:
    async with house.signed_in("olga") as client:
        for path in ("call", "kept"):
            answer = await client.post(f"/api/directory/{path}", data={"wish_id": "w", "to": to})
            assert (answer.status_code, answer.json()["code"]) == (422, "not-understood")
    assert not [one for one in house.floor.wishes if isinstance(one, PlaceCall)]


async def test_those_kept_at_hand_are_ones_own_and_go_with_the_office_s_entry(house: House) -> None:
    ivan = house.people["ivan"]
    async with house.signed_in("olga") as client:
        for to in (f"operator:{ivan}", "number:1", "number:1"):
            kept = await client.post("/api/directory/kept", data={"to": to})
        assert kept.json()["kept"] == [f"operator:{ivan}", "number:1"]
        async with transaction(house.parts.engine) as db:
            await transfers.remove(db, 1, house.people["marta"])
        assert (await told(client))["kept"] == [f"operator:{ivan}"]
        gone = await client.post("/api/directory/kept", data={"to": f"operator:{ivan}", "kept": "0"})
        assert gone.json()["kept"] == []
        nobody = await client.post("/api/directory/kept", data={"to": "operator:99999"})
        assert nobody.status_code == 404
    async with house.signed_in("ivan") as client:
        assert (await told(client))["kept"] == []


async def test_a_subscriber_is_called_again_through_the_contact_law_by_who_called_him(house: House) -> None:
    olga = house.people["olga"]
    async with transaction(house.parts.engine) as db:
        values = {"account_id": 1, "customer_id": 1, "mode": "manual", "number": PHONE_OF_ONE, "call_id": "out-1",
                  "operator_id": olga, "planned_at": NOON, "ended_at": NOON}  # fmt: skip
        key = (await db.execute(insert(attempts).values(values).returning(attempts.c.id))).scalar_one()
    async with house.signed_in("olga") as client:
        (last,) = (await told(client))["last"]
        assert (last["title"], last["subscriber"], last["key"]) == ("Anna Kuznetsova", True, f"call:{key}")
        assert (await client.post("/api/directory/call", data={"wish_id": "w", "to": last["key"]})).status_code == 202
        wish = await wished(house, DialDebtor)
        assert (wish.account_id, wish.number) == (1, PHONE_OF_ONE)
    async with house.signed_in("ivan") as client:
        other = await client.post("/api/directory/call", data={"wish_id": "w", "to": f"call:{key}"})
        assert (other.status_code, other.json()["code"]) == (404, "no-such-call")


async def test_only_the_last_twenty_are_kept(house: House) -> None:
    olga, ivan = house.people["olga"], house.people["ivan"]
    async with transaction(house.parts.engine) as db:
        for _ in range(speed_dials.LAST + 5):
            await speed_dials.note_placed(db, olga, Whom(colleague_id=ivan), NOON)
        assert len(await speed_dials._placed(db, olga)) == speed_dials.LAST
        await db.rollback()


async def test_who_takes_no_calls_has_no_directory(house: House) -> None:
    async with house.signed_in("marta") as client:
        assert (await client.get("/api/directory")).status_code == 403
        assert (await client.post("/api/directory/call", data={"wish_id": "w", "to": "number:1"})).status_code == 403
