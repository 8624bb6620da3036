"""AC22: an operator makes his own figures prettier: another result for his own contact after it was closed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crm_core.db import reading
from crm_core.store import access_log
from crm_core.tables import interactions
from tests.workstation.conftest import house
from tests.workstation.house import House, add_call

__all__ = ["house"]
pytestmark = pytest.mark.integration


async def shown(house: House) -> str | None:
    async with reading(house.parts.engine) as db:
        return await db.scalar(select(interactions.c.disposition))


async def test_one_s_own_result_changes_only_by_somebody_else_s_word_and_all_of_it_is_on_record(house: House) -> None:
    await add_call(house.settings.database_url, "main-1", house.people["olga"])
    async with house.opened("olga") as olga:
        await olga.post("/api/calls/main-1/close", data={"disposition": "HUNG_UP", "note": "", "account_id": "1"})
        again = await olga.post("/api/calls/main-1/close", data={"disposition": "BALANCE", "note": ""})
        assert (again.status_code, again.json()["code"]) == (409, "correct-with-reason")
        here = "/office/interactions/1/corrections"
        silent = await olga.post(here, data={"disposition": "BALANCE", "note": "", "reason": " "})
        assert silent.status_code == 422
        asked = await olga.post(here, data={"disposition": "BALANCE", "note": "", "reason": "I pressed wrong"})
        assert asked.headers["location"].endswith("done=proposed")
        assert await shown(house) == "HUNG_UP"
    async with house.program("olga") as program:
        lines = (await program.get("/interactions/1/entries")).json()["items"]
        (entry,) = [one["entry_id"] for one in lines if one["open"]]
        own = await program.post(f"/interactions/1/corrections/{entry}/decision", json={"approved": True})
        assert (own.status_code, own.json()["code"]) == (409, "step-not-yours")
        assert await shown(house) == "HUNG_UP"
    async with house.program("sofia") as program:
        await program.post(f"/interactions/1/corrections/{entry}/decision", json={"approved": True})
    assert await shown(house) == "BALANCE"
    async with reading(house.parts.engine) as db:
        said = [(one.user_id, one.action) for one in await access_log.recent(db, object_="contact 1")]
    assert (house.people["olga"], "contact.corrected") in said
    assert (house.people["sofia"], "contact.corrected") in said
