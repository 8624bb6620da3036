"""AC42: two tabs that send the same payment or promise make one of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm_core import clock
from crm_core.db import reading
from crm_core.tables import payments, promises
from tests.workstation.conftest import house  # noqa: F401 -- the running workstation
from tests.workstation.house import House

pytestmark = pytest.mark.integration


async def test_two_tabs_that_send_the_same_make_one(house: House) -> None:  # noqa: F811
    today = clock.now().date()
    payment = {"pay_amount": "100", "pay_day": today.isoformat(), "pay_channel": "bank", "pay_reference": "R-7"}
    promise = {"pro_amount": "100", "pro_due": (today + timedelta(3)).isoformat()}
    async with house.opened("marta") as client:
        base = "/office/accounts/1"
        answers = await asyncio.gather(*(client.post(f"{base}/payments", data=payment) for _ in range(3)))
        assert _done(answers) == {"posted": 1, "known": 2}
        answers = await asyncio.gather(*(client.post(f"{base}/promises", data=promise) for _ in range(3)))
        assert _done(answers) == {"promised": 1, "known": 2}
        # One press that arrives twice, with the form's own mark.
        answers = await asyncio.gather(
            *(client.post(f"{base}/payments", data=payment | {"pay_reference": "", "once": "one"}) for _ in range(3))
        )
        assert sorted(one.status_code for one in answers) == [303, 409, 409]
    async with reading(house.parts.engine) as db:
        posted = select(func.count()).select_from(payments).where(payments.c.posted_at.is_not(None))
        assert (await db.execute(posted)).scalar_one() == 2
        assert (await db.execute(select(func.count()).select_from(promises))).scalar_one() == 1


def _done(answers: list[object]) -> Counter[str]:
    return Counter(str(one.headers["location"]).rpartition("done=")[2] for one in answers)  # type: ignore[attr-defined]
