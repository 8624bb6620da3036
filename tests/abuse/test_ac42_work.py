"""AC42: two people take one task, two tabs file one application; one of them does, and the other hears so."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from crm_core.db import reading
from crm_core.tables import applications, tasks
from tests.workstation.conftest import house
from tests.workstation.house import House

__all__ = ["house"]
pytestmark = pytest.mark.integration


async def test_two_tabs_file_one_application_and_two_operators_take_one_task(house: House) -> None:
    async with house.program("olga") as olga, house.program("ivan") as ivan:
        wish = {"account_id": 1, "kind": "certificate", "values": {"purpose": "The bank"}}
        key = {"idempotency-key": "tab-1"}
        both = await asyncio.gather(*(olga.post("/applications", json=wish, headers=key) for _ in range(2)))
        assert {one.status_code for one in both} == {201}
        assert len({one.json()["number"] for one in both}) == 1
        made = (await olga.post("/tasks", json={"kind": "call", "title": "Call Anna", "account_id": 1})).json()["id"]
        took = await asyncio.gather(
            *(program.post(f"/tasks/{made}/steps", json={"step": "take"}) for program in (olga, ivan))
        )
        assert sorted(one.status_code for one in took) == [200, 409]
        (refused,) = [one.json() for one in took if one.status_code == 409]
        assert refused["code"] == "task-taken"
        assert refused["detail"] == "Another person has taken this already."
    async with house.opened("olga") as tab:
        form = {"account": "1", "kind": "certificate", "channel": "phone", "f_purpose": "x", "once": "nonce-1"}
        pressed = await asyncio.gather(*(tab.post("/office/applications/new", data=form) for _ in range(2)))
        assert sorted(one.status_code for one in pressed) == [303, 409]
    async with reading(house.parts.engine) as db:
        assert await db.scalar(select(func.count()).select_from(applications)) == 2
        assert await db.scalar(select(func.count()).select_from(tasks)) == 1
