"""AC15: reports do not walk off: a right, a reason, a mark, a cap, a link that works once; each on record."""

from __future__ import annotations

import pytest

from crm_core.db import reading
from crm_core.store import access_log
from crm_core.store.access_log import Filter
from tests.support.waiting import eventually
from tests.workstation.conftest import house
from tests.workstation.house import House

__all__ = ["house"]
pytestmark = pytest.mark.integration
FILE = {"form": "csv", "reason": "for my own use at home"}


async def test_who_has_no_right_gets_no_report_and_nobody_takes_more_than_one_may_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(house.parts.settings.__dict__, "export_approval_rows", -1)
    for login in ("olga", "audrey", "adam"):
        async with house.signed_in(login) as client:
            assert (await client.get("/office/reports")).status_code == 403
            assert (await client.get("/office/reports/queue-days/rows")).status_code == 403
            assert (await client.post("/office/reports/queue-days/file", data=FILE)).status_code == 403
            assert (await client.post("/office/reports/schedules", data=FILE)).status_code == 403
    async with house.signed_in("sofia") as client:
        assert (await client.post("/office/reports/queue-days/file", data=FILE)).status_code == 422

    async def noted() -> set[str]:
        async with reading(house.parts.engine) as db:
            lines = await access_log.page(db, Filter(), limit=100)
        return {one.action for one in lines}

    async def both() -> bool:
        return {"refused", "report.refused"} <= await noted()

    assert await eventually(both, what="the refusals in the log")
