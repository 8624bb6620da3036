"""AC23: telephones are changed by the dozen, then something is taken away."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from crm_core.access import Action
from crm_core.db import transaction
from crm_core.store import access_log
from tests.abuse.conftest import Logged
from tests.workstation.house import House
from workstation.watchman import Watchman

pytestmark = pytest.mark.integration


async def raised(program: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Return the alerts that stand for this; at night one of the hour stands beside them."""
    items = (await program.get("/alerts")).json()["items"]
    return [one for one in items if one["rule"] == "changes_then_export"]


async def test_contacts_changed_then_an_export_raise_an_alert(house: House, logged: Logged) -> None:
    sofia = house.people["sofia"]
    watchman = Watchman(house.settings, house.parts.engine)
    async with house.program("audrey") as program, house.program("sofia") as thief:
        for place in range(5):
            contact = (await thief.get(f"/contacts/{place % 3 + 1}")).json()
            body = {"version": contact["version"], "phone": f"+7912333445{place}"}
            assert (await thief.put(f"/contacts/{contact['contact_id']}", json=body)).status_code == 200
        await watchman.tick()
        assert await raised(program) == []
        taken = {"subject": "contacts", "form": "csv", "reason": "to look at them at home"}
        assert (await thief.post("/exports", json=taken)).status_code == 201
        await watchman.tick()
        (alert,) = await raised(program)
    assert (alert["rule"], alert["value"], alert["user_id"]) == ("changes_then_export", 5, sofia)
    assert (await logged("alert.raised", object_=f"user {sofia}")).reason.startswith("changes_then_export")


async def test_nobody_acknowledges_an_alert_about_himself(house: House, logged: Logged) -> None:
    sofia = house.people["sofia"]
    async with transaction(house.parts.engine) as db:
        for account in (10, 300, 45, 7000, 512):
            await access_log.record(db, sofia, Action.CHANGE_CUSTOMER, f"account {account}")
        await access_log.record(db, sofia, Action.EXPORT, "export 1")
    await Watchman(house.settings, house.parts.engine).tick()
    async with house.program("sofia") as program:
        (alert,) = await raised(program)
        own = await program.post(f"/alerts/{alert['alert_id']}/acknowledge", json={"words": "all mine"})
        assert (own.status_code, own.json()["code"]) == (403, "second-person")
    async with house.signed_in("sofia") as client:
        page = await client.post(f"/office/alerts/{alert['alert_id']}", data={"finding": "all mine"})
        assert page.status_code == 403
    assert (await logged("refused", "sofia")).reason == "second-person"
