"""AC39: a reading that cannot be right is refused or held with a reason, and the access log says so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, update

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.reading_policy import ReadingRules
from crm_core.store import policies
from crm_core.tables import access_log, accounts, meters, readings, registers
from tests.workstation.conftest import house  # noqa: F401 -- the running workstation
from tests.workstation.house import House

pytestmark = pytest.mark.integration


def on(ahead: int = 0) -> str:
    return (clock.now().date() + timedelta(ahead)).isoformat()


async def test_a_reading_that_cannot_be_right_is_refused_or_held(house: House) -> None:  # noqa: F811
    async with transaction(house.parts.engine) as db:
        await db.execute(insert(meters).values(account_id=2, serial="M-2", digits=6, installed_on="2020-01-01"))
        rows = [{"meter_id": 2, "code": "day"}, {"meter_id": 2, "code": "night"}]
        await db.execute(insert(registers).values(rows))
    wrong = (
        (1, {"1": "11000"}, on(), "refused", "went-down"),
        (1, {"1": "1000000"}, on(), "refused", "too-many-digits"),
        (1, {"1": "12100"}, on(1), "refused", "in-future"),
        (1, {"2": "12100"}, on(), "refused", "unknown-register"),
        (2, {"2": "100"}, on(), "refused", "incomplete"),
        (1, {"1": "123000"}, on(), "held", "too-high"),
    )
    async with house.program("olga") as client:
        for account, values, day, decision, rule in wrong:
            body = {"taken_on": day, "values": values, "source": "web"}
            verdicts = (await client.post(f"/accounts/{account}/readings", json=body)).json()["verdicts"]
            said = {(one["decision"], one["rule"]) for one in verdicts}
            assert (decision, rule) in said, (values, verdicts)
            assert all(one["sentence"] for one in verdicts if one["rule"])
        await _outside_the_window(house)
        body = {"taken_on": on(), "values": {"1": "12100"}}
        (verdict,) = (await client.post("/accounts/1/readings", json=body)).json()["verdicts"]
        assert (verdict["decision"], verdict["rule"]) == ("refused", "outside-window")
        await _cut_off(house)
        (verdict,) = (await client.post("/accounts/1/readings", json=body)).json()["verdicts"]
        assert (verdict["decision"], verdict["rule"]) == ("held", "disconnected")
    async with reading(house.parts.engine) as db:
        kept = (await db.execute(select(readings.c.quality).where(readings.c.taken_on == clock.now().date()))).scalars()
        assert set(kept) == {"held"}
    async with reading(house.parts.engine) as db:
        query = select(access_log.c.reason).where(access_log.c.action == "reading.submitted")
        logged = ", ".join((await db.execute(query)).scalars())
    rules = ("went-down", "too-high", "in-future", "incomplete", "disconnected", "outside-window")
    assert all(rule in logged for rule in rules), logged


async def _outside_the_window(house: House) -> None:  # noqa: F811
    """Take readings only on other days of the month than today."""
    today = clock.now().date()
    first = 1 if today.day > 15 else 20
    async with transaction(house.parts.engine) as db:
        strict = ReadingRules(window_first=first, window_last=first + 3, outside="refuse")
        await policies.add_readings(db, strict, today, "strict", None)


async def _cut_off(house: House) -> None:  # noqa: F811
    today = clock.now().date()
    async with transaction(house.parts.engine) as db:
        await policies.add_readings(db, ReadingRules(high=Decimal(900)), today, "lenient", None)
        await db.execute(update(accounts).where(accounts.c.id == 1).values(status="cut_off"))
