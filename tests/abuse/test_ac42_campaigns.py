"""AC42: four campaigns and a hand go for one debtor at once; one of them has him, the others change nothing."""

from __future__ import annotations

import asyncio

import pytest

from crm_core import tables
from crm_core.db import transaction
from crm_core.store import outbound_attempts
from tests.crm_core.conftest import Base, base, db  # noqa: F401 -- fixtures
from tests.crm_core.outbound_base import Lists

pytestmark = pytest.mark.integration


async def test_one_of_all_who_go_for_a_debtor_has_him(base: Base) -> None:  # noqa: F811
    lists = Lists(base)
    account = await lists.debtor("Wanted")
    campaigns = [await lists.campaign() for _ in range(4)]
    rows = [await lists.row(one, account) for one in campaigns]

    async def go(row: int | None, campaign: int | None, at: int) -> int | None:
        async with transaction(base.pools) as connection:
            new = await lists.attempt(account, f"main-42.{at}", campaign_id=campaign)
            return await outbound_attempts.take(connection, row, new)

    pairs = zip([*rows, None], [*campaigns, None], strict=True)
    got = await asyncio.gather(*(go(row, campaign, at) for at, (row, campaign) in enumerate(pairs)))
    assert len([one for one in got if one is not None]) == 1
    classes = [await lists.value(tables.campaign_rows, "klass", row) for row in rows]
    assert classes.count("in_work") == sum(one is not None for one in got[:4])
