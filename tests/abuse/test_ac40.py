"""AC40: a promise that nobody could keep, or that may not be taken, is refused by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.tables import access_log, customers, promises
from tests.support.waiting import eventually
from tests.workstation.conftest import house  # noqa: F401 -- the running workstation
from tests.workstation.house import House

pytestmark = pytest.mark.integration
REFUSED = {
    *("promise-in-past", "promise-above-debt", "promise-too-far", "promise-of-nothing", "promise-on-bankrupt"),
    *("promise-on-deceased", "promise-on-dispute", "promise-open-already"),
}


def on(ahead: int) -> str:
    return (clock.now().date() + timedelta(ahead)).isoformat()


async def test_a_promise_that_may_not_be_taken_is_refused(house: House) -> None:  # noqa: F811
    async with house.program("olga") as client:

        async def asked(amount: str, day: str) -> str:
            answer = await client.post("/accounts/1/promises", json={"amount": amount, "due_on": day})
            return str(answer.json().get("code", answer.json().get("state")))

        assert await asked("500.00", on(-1)) == "promise-in-past"
        assert await asked("1234.51", on(3)) == "promise-above-debt"
        assert await asked("500.00", on(400)) == "promise-too-far"
        assert await asked("0.00", on(3)) == "promise-of-nothing"
        for flag in ("bankrupt", "deceased"):
            await _flag(house, [flag])
            assert await asked("500.00", on(3)) == f"promise-on-{flag}"
        await _flag(house, [])
        dispute = {"period": "2026-10-01", "amount": "100.00", "reason": "read wrongly"}
        assert (await client.post("/accounts/1/disputes", json=dispute)).status_code == 201
        assert await asked("500.00", on(3)) == "promise-on-dispute"
    async with house.program("sofia") as client:
        settled = {"event": "withdraw", "settlement": "it was right"}
        await client.post("/disputes/1/settlement", json=settled)
        first = await client.post("/accounts/1/promises", json={"amount": "500.00", "due_on": on(3)})
        assert first.status_code == 201
        second = await client.post("/accounts/1/promises", json={"amount": "400.00", "due_on": on(3)})
        assert second.json()["code"] == "promise-open-already"
    async with reading(house.parts.engine) as db:
        assert (await db.execute(select(func.count()).select_from(promises))).scalar_one() == 1

    async def logged() -> bool:
        async with reading(house.parts.engine) as db:
            query = select(access_log.c.reason).where(access_log.c.action == "refused")
            return set((await db.execute(query)).scalars()) >= REFUSED

    assert await eventually(logged)


async def _flag(house: House, flags: list[str]) -> None:  # noqa: F811
    async with transaction(house.parts.engine) as db:
        await db.execute(update(customers).where(customers.c.id == 1).values(flags=flags))
