"""The workstation lives on without Valkey and without PostgreSQL, says so, and heals by itself."""

from __future__ import annotations

import pytest

from crm_core.settings import Settings
from routing.views import OperatorId
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.waiting import eventually
from tests.workstation.conftest import free_port
from tests.workstation.house import House, TestFloor, call_view, running

pytestmark = pytest.mark.fault


async def test_without_valkey_screens_say_so_people_still_sign_in_and_all_is_well_again(
    house: House, valkey: ValkeyServer
) -> None:
    olga = house.people["olga"]
    async with house.desk() as page:
        valkey.kill()
        try:
            await page.hear("stale", 8, lambda message: message["stale"])
            await page.say(type="ask", wish_id="w1", wish="ready")
            assert (await page.hear("wish_answered"))["reason"] == "floor-away"
            async with house.signed_in("ivan") as client:
                assert (await client.get("/api/card/1")).status_code == 200
                assert "valkey" in (await client.get("/health")).json()["missing"]
        finally:
            valkey.start()
        await page.hear("stale", 10, lambda message: not message["stale"])
        house.floor.ring(call_view("main-5", operator_id=OperatorId(olga), account_id=1))
        await page.hear("screen_pop", 10)


async def test_without_postgresql_a_call_still_rings_and_its_card_comes_with_the_next_look(
    house: House, postgres: PostgresServer
) -> None:
    olga = house.people["olga"]
    async with house.desk() as page:
        postgres.kill()
        try:
            house.floor.ring(call_view("main-6", operator_id=OperatorId(olga), account_id=1))
            pop = await page.hear("screen_pop", 8)
            assert pop["call"]["call_id"] == "main-6"
            assert "Anna Kuznetsova" not in pop["card"]
            async with house.browser() as client:
                assert "database" in (await client.get("/health")).json()["missing"]
                assert (await client.get("/sign-in")).status_code == 200
                refused = await house.sign_in(client, "olga")
                assert refused.status_code == 503
        finally:
            postgres.start()

        async def card_is_back() -> bool:
            async with house.browser() as client:
                return "database" not in (await client.get("/health")).json()["missing"]

        await eventually(card_is_back, 15)
        await page.resume()
        again = await page.hear("desk_snapshot", 8)
    assert "Anna Kuznetsova" in again["card"]


async def test_it_starts_while_valkey_and_postgresql_are_away(settings: Settings, redis_url: str) -> None:
    mine = settings.model_copy(
        update={
            "web_port": free_port(),
            "database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none",
            "redis_url": "redis://127.0.0.1:1/0",
        }
    )
    floor = TestFloor(redis_url)
    async with running(mine, floor) as house, house.browser() as client:
        assert (await client.get("/sign-in")).status_code == 200
        health = await client.get("/health")
    await floor.stop()
    assert health.status_code == 503
    assert set(health.json()["missing"]) == {"database", "valkey", "floor"}
