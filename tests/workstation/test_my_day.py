"""A person's own day: his calls, times, results, promises and states, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from crm_core import clock, tables
from crm_core.db import reading, transaction
from crm_core.store import own_day
from tests.workstation.house import House

pytestmark = pytest.mark.integration


async def test_a_day_is_added_up_for_its_person_alone(house: House) -> None:
    now = clock.now()
    olga, ivan = house.people["olga"], house.people["ivan"]
    began = now - timedelta(minutes=30)
    async with transaction(house.parts.engine) as db:
        for place, (user, result, talk, wrap) in enumerate(
            [(olga, "BALANCE", 120, 30), (olga, own_day.UNDISPOSED, 60, 30), (ivan, "BALANCE", 600, 60)]
        ):
            row = {
                "call_id": f"own-{place}", "channel": "phone", "direction": "in", "began_at": began,
                "answered_at": began, "ended_at": began + timedelta(seconds=talk), "operator_id": user,
                "closed_at": began + timedelta(seconds=talk + wrap), "disposition": result,
            }  # fmt: skip
            await db.execute(insert(tables.interactions).values(row))
        for state, reason, minutes in (("ready", "", 30), ("not_ready", "lunch", 20), ("ready", "", 5)):
            row = {"operator_id": olga, "state": state, "reason": reason, "at": now - timedelta(minutes=minutes)}
            await db.execute(insert(tables.operator_states).values(row))
        for status in ("kept", "broken"):
            row = {"account_id": 1, "amount": 100, "due_on": now.date(), "status": status, "made_by": olga}
            await db.execute(insert(tables.promises).values(row))
    async with reading(house.parts.engine) as db:
        mine = await own_day.of_user(db, olga, now - timedelta(hours=1), now - timedelta(days=1), now)
    calls = mine.calls
    assert (calls.answered, calls.talk_seconds, calls.wrap_seconds, calls.undisposed) == (2, 180, 60, 1)
    assert calls.handling_seconds == 120
    assert (mine.promises.kept, mine.promises.settled, mine.promises.open) == (1, 2, 0)
    assert [(one.state, one.reason, one.seconds) for one in mine.spans] == [
        ("ready", "", 900),
        ("not_ready", "lunch", 900),
    ]


async def test_only_who_takes_calls_has_a_day(house: House) -> None:
    async with house.signed_in("olga") as client:
        page = await client.get("/my/day")
        assert page.status_code == 200
        assert "No call was answered today yet." in page.text
    async with house.signed_in("marta") as client:
        assert (await client.get("/my/day")).status_code == 403
