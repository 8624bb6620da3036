"""AC13: a card is opened without a contact; many of them, or one after the other; a card that is guarded."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from crm_core.db import transaction
from crm_core.tables import accounts, customers, premises
from tests.abuse.conftest import Logged
from tests.workstation.house import House, call_view
from workstation.watchman import Watchman

pytestmark = pytest.mark.integration


async def test_without_a_contact_nothing_of_a_card_is_shown_before_a_reason_is_given(
    house: House, logged: Logged
) -> None:
    async with house.signed_in("olga") as client:
        asked = await client.get("/api/card/1")
        assert 'id="card-reason"' in asked.text
        assert "Kuznetsova" not in asked.text
        for answer in (
            await client.get("/api/timeline/1"),
            await client.post("/api/readings", data={"account_id": "1", "r_1": "12200"}),
            await client.post("/api/reveal", data={"account_id": "1", "field": "email"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (428, "reason-needed")
        for wrong in ({}, {"reason": "curious"}, {"reason": "other"}, {"reason": "other", "words": "no"}):
            assert (await client.post("/api/reasons", data={"account_id": "1", **wrong})).status_code == 422
        await client.post("/api/reasons", data={"account_id": "1", "reason": "other", "words": "a letter of hers"})
        assert "Kuznetsova" in (await client.get("/api/card/1")).text
        assert 'id="card-reason"' in (await client.get("/api/card/2")).text, "a reason is for one card"
    given = await logged("card.reason_given", "olga", "account 1")
    assert given.reason == "other a letter of hers"
    assert (await logged("card.viewed", "olga", "account 1")).reason == "reason other"


async def test_a_call_on_the_desk_is_a_reason_but_not_for_a_guarded_card_of_somebody_else(
    house: House, logged: Logged
) -> None:
    async with transaction(house.parts.engine) as db:
        await db.execute(update(customers).where(customers.c.id == 3).values(flags=["colleague"]))
    async with house.desk("olga") as page, house.signed_in("olga") as client:
        house.floor.ring(call_view(operator_id=house.people["olga"], account_id=1))
        await page.hear("screen_pop")
        assert "Volkov" in (await client.get("/api/card/2?call_id=main-1.1")).text
        assert 'id="card-reason"' in (await client.get("/api/card/3?call_id=main-1.1")).text
        # Naming a call that rings at another desk opens nothing.
    async with house.signed_in("ivan") as client:
        assert 'id="card-reason"' in (await client.get("/api/card/1?call_id=main-1.1")).text
    seen = await logged("card.viewed", "olga", "account 2")
    assert (seen.reason, seen.contact_id, seen.role) == ("call main-1.1", "main-1.1", "operator")


async def test_who_walks_through_the_base_is_stopped_and_told_of(house: House, logged: Logged) -> None:
    async with transaction(house.parts.engine) as db:
        place = (await db.execute(insert(premises).values(
            address="Lenina 9", address_key="lenina 9", time_zone="UTC"
        ).returning(premises.c.id))).scalar_one()  # fmt: skip
        for number in range(4, 8):
            await db.execute(insert(accounts).values(
                number=f"000000{number}", customer_id=1, premises_id=place, tariff_id=1, currency="RUB",
                opened_on="2020-01-01",
            ))  # fmt: skip
    watchman = Watchman(house.settings, house.parts.engine)
    async with house.signed_in("olga") as client:
        for account in range(1, 6):
            await house.because(client, account)
            assert (await client.get(f"/api/card/{account}")).status_code == 200
        await logged("card.viewed", "olga", "account 5")
        await watchman.tick()
        stopped = await client.get("/api/card/6")
        assert (stopped.status_code, stopped.json()["code"]) == (429, "too-many-cards")
    assert (await logged("refused", "olga", "GET /api/card/6")).result == "refused"
    raised = await logged("alert.raised", object_=f"user {house.people['olga']}")
    assert "sequential" in raised.reason
    async with house.signed_in("sofia") as client:
        page = (await client.get("/office/alerts")).text
        assert "Cards opened one account number after the other" in page
    async with house.program("audrey") as program:
        (alert,) = [one for one in (await program.get("/alerts")).json()["items"] if one["rule"] == "sequential"]
        done = await program.post(f"/alerts/{alert['alert_id']}/acknowledge", json={"words": "a round of calls"})
        assert done.json()["acknowledged_by"] == "Audrey"
    async with house.signed_in("olga") as client:
        await house.because(client, 6)
        assert (await client.get("/api/card/6")).status_code == 200
