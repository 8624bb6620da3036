"""AC21: a card that belongs to nobody is touched."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from crm_core.db import transaction
from crm_core.tables import customers
from tests.abuse.conftest import Logged
from tests.workstation.house import House
from workstation.watchman import Watchman

pytestmark = pytest.mark.integration


async def test_a_bait_does_not_tell_what_it_is_and_its_first_touch_raises_an_alert(
    house: House, logged: Logged
) -> None:
    async with transaction(house.parts.engine) as db:
        await db.execute(update(customers).where(customers.c.id == 2).values(flags=["honey", "vip"]))
    watchman = Watchman(house.settings, house.parts.engine)
    async with house.signed_in("olga") as client:
        await client.get("/api/search?q=Volkov")
        await logged("search", "olga")
        await watchman.tick()
        await house.because(client, 2)
        card = await client.get("/api/card/2")
        assert "Volkov" in card.text
        assert "honey" not in card.text
        await logged("card.viewed", "olga", "account 2")
        await watchman.tick()
    raised = await logged("alert.raised", object_=f"user {house.people['olga']}")
    assert raised.reason == "honey: 1 of 1, account 2"
    async with house.signed_in("audrey") as client:
        page = (await client.get("/office/alerts")).text
    assert "A card was opened that belongs to nobody" in page
