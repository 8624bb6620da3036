"""AC44: what was settled is not edited, a back-dated payment and a waiver above the limit need four eyes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.tables import access_log, accounts
from tests.workstation.conftest import house  # noqa: F401 -- the running workstation
from tests.workstation.house import House

pytestmark = pytest.mark.integration


async def test_what_one_person_may_not_do_alone_waits_and_what_is_settled_stays(house: House) -> None:  # noqa: F811
    back = (clock.now().date() - timedelta(30)).isoformat()
    async with house.program("marta") as client:
        dated = {"amount": "100", "paid_on": back, "channel": "bank", "reference": "R-1"}
        asked = (await client.post("/accounts/1/payments", json=dated)).json()
        assert (asked["state"], asked["rule"]) == ("waiting", "back-dated")
        waiver = {"kind": "waiver", "amount": "-900", "reason": "a favour"}
        assert (await client.post("/accounts/1/adjustments", json=waiver)).json()["state"] == "posted"
        second = (await client.post("/accounts/1/adjustments", json=waiver)).json()
        assert (second["state"], second["rule"]) == ("waiting", "above-limit")
        for key in (asked["key"], second["key"]):
            own = await client.post(f"/approvals/{key}/decision", json={"decision": "approve"})
            assert own.json()["code"] == "approval-own"
        made = (await client.post("/accounts/1/promises", json={"amount": "100", "due_on": _on(3)})).json()
        end = f"/promises/{made['key']}/cancellation"
        assert (await client.post(end, json={"reason": "moved"})).json()["state"] == "posted"
        assert (await client.post(end, json={"reason": "again"})).json()["code"] == "promise-settled-already"
    async with reading(house.parts.engine) as db:
        balance = (await db.execute(select(accounts.c.balance).where(accounts.c.id == 1))).scalar_one()
        logged = set((await db.execute(select(access_log.c.action))).scalars())
    assert balance == Decimal("334.50")
    assert {"payment.posted", "adjustment.posted", "promise.recorded"} <= logged


@pytest.mark.parametrize(
    "statement", ["update adjustments set amount = 0.01", "delete from adjustments", "update accounts set balance = 0"]
)
async def test_not_even_the_database_lets_what_was_posted_be_edited(house: House, statement: str) -> None:  # noqa: F811
    with pytest.raises(DBAPIError, match=r"can only grow|follows from"):
        async with transaction(house.parts.engine) as db:
            await db.execute(text(statement))


def _on(ahead: int) -> str:
    return (clock.now().date() + timedelta(ahead)).isoformat()
