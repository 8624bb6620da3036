"""AC45: a subscriber wants to be forgotten, or to know everything: holds, second persons, clocks."""

from __future__ import annotations

import pytest
import redis.asyncio as aioredis

from crm_core import clock, guard_jobs
from crm_core.db import reading, transaction
from crm_core.jobs import Progress
from crm_core.store import erasures, jobs
from tests.abuse.conftest import EMAIL, Logged
from tests.workstation.house import PHONE_OF_ONE, House

pytestmark = pytest.mark.integration
ACCOUNT = {"account": "0000001"}


async def test_one_asks_another_approves_a_hold_stops_both_and_nobody_is_found_afterwards(
    known: House, logged: Logged
) -> None:
    house = known
    async with house.signed_in("audrey") as client:
        held = await client.post("/office/retention/holds", data=ACCOUNT | {"reason": "court, file 17"})
        assert held.status_code == 303
        refused = await client.post("/office/erasures", data=ACCOUNT | {"reason": "letter 5"})
        assert (refused.status_code, "legal hold" in refused.text) == (422, True)
        assert (await client.post("/office/retention/holds/1/lift", data={"lift_reason": "settled"})).status_code == 303
        nobody = await client.post("/office/erasures", data={"account": "999", "reason": "letter 5"})
        assert nobody.status_code == 422
        asked = await client.post("/office/erasures", data=ACCOUNT | {"reason": "letter 5"})
        assert asked.status_code == 303
        own = await client.post("/office/erasures/1/approve")
        assert own.status_code == 403
    assert (await logged("refused", "audrey")).reason == "second-person"
    async with house.signed_in("olga") as client:
        assert (await client.post("/office/erasures/1/approve")).status_code == 403
    async with house.signed_in("marta") as client:
        assert (await client.post("/office/erasures/1/approve")).status_code == 303
    await _work(house)
    async with reading(house.parts.engine) as db:
        (done,) = await erasures.listing(db)
    assert (done.state, done.found) == ("done", ())
    async with house.signed_in("olga") as client:
        for asked_for in ("Kuznetsova", PHONE_OF_ONE, EMAIL):
            assert "data-account-id" not in (await client.get("/api/search", params={"q": asked_for})).text
        await house.because(client)
        card = (await client.get("/api/card/1")).text
        assert "Erased 1" in card
        assert "Kuznetsova" not in card
    assert (await logged("customer.erasure_done", object_="customer 1")).result == "done"
    assert (await logged("customer.erasure_approved", "marta")).object == "customer 1"


async def _work(house: House) -> None:
    """Do what a worker would with the newest job."""
    async with reading(house.parts.engine) as db:
        (job,) = await jobs.listing(db, kind=guard_jobs.ERASURE)
    async with transaction(house.parts.engine) as db:
        started = await jobs.started(db, job.job_id, clock.now())
    assert started
    valkey = aioredis.Redis.from_url(house.settings.redis_url)
    await guard_jobs.forgotten(Progress(house.parts.engine, valkey, started), house.settings)
    await valkey.aclose()


async def test_the_law_keeps_the_log_longer_than_a_rule_may_say(house: House, logged: Logged) -> None:
    async with house.signed_in("adam") as client:
        short = await client.post("/office/retention/rules/access_log", data={"days": "30", "enabled": "1"})
        assert (short.status_code, "366" in short.text) == (422, True)
        fine = await client.post("/office/retention/rules/access_log", data={"days": "800", "enabled": "1"})
        assert fine.status_code == 303
    assert (await logged("retention.managed", "adam", "retention access_log")).reason == "800 days"
