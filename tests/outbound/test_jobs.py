"""What workers do for campaigns: lists that feed themselves, last days, debtors whom nothing blocks any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import update

from crm_core import clock, tables
from crm_core.db import reading, transaction
from crm_core.errors import BadValue
from crm_core.segments.conditions import Condition, Group
from crm_core.segments.kinds import Op
from crm_core.settings import Settings
from crm_core.store import account_facts, outbound_campaigns, outbound_ledger, segments
from crm_core.store.segments import Draft
from outbound import jobs
from tests.crm_core.conftest import TODAY, Base, base, db  # noqa: F401 -- fixtures
from tests.crm_core.outbound_base import Lists

pytestmark = pytest.mark.integration


@pytest.fixture
def lists(base: Base) -> Lists:  # noqa: F811
    return Lists(base)


async def counts(lists: Lists, campaign: int) -> dict[str, int]:
    async with reading(lists.base.pools) as connection:
        return await outbound_ledger.counts(connection, campaign)


async def refreshed(lists: Lists, *accounts: int) -> None:
    async with transaction(lists.base.pools) as connection:
        await account_facts.refresh(connection, list(accounts), TODAY, "Europe/Moscow")


async def test_who_comes_to_belong_to_the_segment_is_added_by_itself(lists: Lists, settings: Settings) -> None:
    first = await lists.debtor("First")
    await refreshed(lists, first)
    async with transaction(lists.base.pools) as connection:
        tree = Group(parts=(Condition(fact="overdue", op=Op.AT_LEAST, values=("100",)),))
        segment = await segments.save(connection, Draft(name="Debtors", tree=tree), None)
    campaign = await lists.campaign(segment_id=segment, feeds=True)
    await jobs.swept(lists.base.pools, settings)
    assert await counts(lists, campaign) == {"waiting": 1}
    later = await lists.debtor("Later", "+79161110002")
    await refreshed(lists, later)
    await jobs.swept(lists.base.pools, settings)
    assert await counts(lists, campaign) == {"waiting": 1}, "not before ten minutes are over"
    async with transaction(lists.base.pools) as connection:
        await connection.execute(update(tables.campaigns).values(fed_at=clock.now() - timedelta(minutes=11)))
    await jobs.swept(lists.base.pools, settings)
    assert await counts(lists, campaign) == {"waiting": 2}
    async with transaction(lists.base.pools) as connection:
        await connection.execute(update(tables.campaigns).values(fed_at=None))
    await jobs.swept(lists.base.pools, settings)
    async with reading(lists.base.pools) as connection:
        parts = await connection.execute(tables.campaign_lists.select())
        assert [row.added for row in parts] == [1, 1], "asking in vain leaves nothing behind"


async def test_a_campaign_whose_last_day_is_over_is_finished(lists: Lists, settings: Settings) -> None:
    campaign = await lists.campaign(ends_on=(clock.now() - timedelta(days=2)).date())
    await lists.row(campaign, await lists.debtor("A"))
    await jobs.swept(lists.base.pools, settings)
    assert await counts(lists, campaign) == {"expired": 1}
    async with reading(lists.base.pools) as connection:
        assert (await outbound_campaigns.one(connection, campaign)).state == "finished"


async def test_who_was_blocked_waits_again_when_nothing_stands_against_him(lists: Lists, settings: Settings) -> None:
    campaign = await lists.campaign()
    free, still = await lists.debtor("Free"), await lists.debtor("Still", "+79161110003", flags=["life_support"])
    unknown = await lists.debtor("Zone", "+79161110004")
    await lists.row(campaign, free, klass="blocked_by_law", reasons=["life_support"])
    await lists.row(campaign, still, klass="blocked_by_law", reasons=["life_support"])
    await lists.row(campaign, unknown, klass="blocked_by_law", reasons=["zone_unknown"], classed_at=clock.now())
    await jobs.swept(lists.base.pools, settings)
    assert await counts(lists, campaign) == {"waiting": 1, "blocked_by_law": 2}


async def test_a_spreadsheet_of_numbers_fills_a_list(lists: Lists, tmp_path: Path) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("Sheet")
    number = str(await lists.value(tables.accounts, "number", account))
    book, file = openpyxl.Workbook(), tmp_path / "debtors.xlsx"
    assert book.active is not None
    for line in (["Account number", "Name"], [int(number), "zeros are lost"], ["=1+1", "no"], [number, "twice"]):
        book.active.append(line)
    book.save(file)
    added = await jobs.add_file(lists.base.pools, campaign, file)
    assert (added.read, added.added, added.known, added.refused) == (3, 1, 1, 1)
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04")
    with pytest.raises(BadValue):
        await jobs.add_file(lists.base.pools, campaign, broken)
    async with reading(lists.base.pools) as connection:
        states = [row.state for row in await connection.execute(tables.campaign_lists.select().order_by("id"))]
    assert states == ["made", "failed"]
