"""Lists of campaigns: added once, paid ones out at once, off with a reason; every row in one class. Real PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from crm_core import tables
from crm_core.db import reading, transaction
from crm_core.errors import CampaignOutOfTurn
from crm_core.segments.conditions import Condition, Group
from crm_core.segments.kinds import Op
from crm_core.store import account_facts, outbound_campaigns, outbound_ledger, outbound_lists, segments
from crm_core.store.outbound_lists import Added
from crm_core.store.segments import Draft
from tests.crm_core.conftest import TODAY, Base
from tests.crm_core.outbound_base import NOW, Lists

pytestmark = pytest.mark.integration


@pytest.fixture
def lists(base: Base) -> Lists:
    return Lists(base)


async def number_of(lists: Lists, account: int) -> str:
    return str(await lists.value(tables.accounts, "number", account))


async def counts(lists: Lists, campaign: int) -> dict[str, int]:
    async with reading(lists.base.pools) as db:
        return await outbound_ledger.counts(db, campaign)


async def test_a_segment_is_added_once_and_who_has_paid_is_out_at_once(lists: Lists) -> None:
    campaign = await lists.campaign()
    owing = [await lists.debtor(f"D{at}", f"+7916000000{at}") for at in range(3)]
    settled = await lists.debtor("Paid", owes="0.00")
    async with transaction(lists.base.pools) as db:
        await account_facts.refresh(db, [*owing, settled], TODAY, "Europe/Moscow")
        tree = Group(parts=(Condition(fact="balance", op=Op.AT_LEAST, values=("0",)),))
        segment = await segments.save(db, Draft(name="All", tree=tree), None)
        assert isinstance(segment, int)
    for expected in (Added(read=4, added=4), Added(read=4, known=4)):
        async with transaction(lists.base.pools) as db:
            part = await outbound_lists.begin(db, campaign, "segment", None, segment_id=segment)
            added = await outbound_lists.add_segment(db, part, segment, NOW, today=TODAY)
            await outbound_lists.finish_part(db, part, added)
        assert added == expected
    assert await counts(lists, campaign) == {"waiting": 3, "paid": 1}


async def test_numbers_of_a_file_are_added_known_or_nobodys(lists: Lists) -> None:
    campaign, account, other = await lists.campaign(), await lists.debtor("A"), await lists.debtor("B", "+79160000002")
    await lists.row(campaign, other)
    numbers = [await number_of(lists, account), await number_of(lists, other), "0000099999", "=cmd()"]
    async with transaction(lists.base.pools) as db:
        part = await outbound_lists.begin(db, campaign, "file", None, file="a.csv")
        added, unknown = await outbound_lists.add_numbers(db, part, [*numbers, numbers[0]], NOW)
        await outbound_lists.finish_part(db, part, added, [(3, "unknown", one) for one in unknown])
    assert added == Added(read=5, added=1, known=2, refused=2)
    assert unknown == ["0000099999", "=cmd()"]
    async with reading(lists.base.pools) as db:
        (shown, _) = await outbound_lists.parts(db, campaign)
    assert (shown.counts, shown.state, len(shown.faults)) == (added, "made", 2)


async def test_a_row_is_taken_off_with_a_reason_and_says_so(lists: Lists) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("C")
    row, boss = await lists.row(campaign, account), await lists.base.user("boss", "manager")
    async with transaction(lists.base.pools) as db:
        assert await outbound_lists.remove(db, row, "pays by court order", boss, NOW)
        assert not await outbound_lists.remove(db, row, "again", boss, NOW)
    async with reading(lists.base.pools) as db:
        shown = await outbound_ledger.one_row(db, campaign, account)
        (event,) = await outbound_ledger.events(db, row)
    assert (shown.klass, shown.note) == ("removed", "pays by court order")
    assert (event.before, event.after, event.by) == ("waiting", "removed", "Boss")


async def test_what_waits_at_the_end_is_settled_and_waits_again_when_it_goes_on(lists: Lists) -> None:
    campaign = await lists.campaign()
    for at, values in enumerate([{}, {"tries": 2}, {"tries": 8}, {"klass": "blocked_by_law", "reasons": ["dispute"]}]):
        await lists.row(campaign, await lists.debtor(f"E{at}", f"+7916000000{at}"), **values)
    async with transaction(lists.base.pools) as db:
        assert await outbound_lists.expire(db, campaign, NOW) == 3
    assert await counts(lists, campaign) == {"expired": 1, "not_reached": 2, "blocked_by_law": 1}
    async with transaction(lists.base.pools) as db:
        assert await outbound_lists.revive(db, campaign, 8, NOW) == 2
        (blocked,) = await outbound_lists.blocked(db, campaign, 0, 10)
        assert await outbound_lists.wake(db, [blocked.row_id], NOW) == 1
    assert await counts(lists, campaign) == {"waiting": 3, "not_reached": 1}


async def test_a_campaign_is_moved_by_one_person_at_a_time(lists: Lists) -> None:
    campaign = await lists.campaign(state="checked")
    async with transaction(lists.base.pools) as db:
        await outbound_campaigns.move(db, campaign, "checked", "running", None)
        await outbound_campaigns.move(db, campaign, "running", "paused", None, reason="too many drops", halt=True)
    with pytest.raises(CampaignOutOfTurn):
        async with transaction(lists.base.pools) as db:
            await outbound_campaigns.move(db, campaign, "running", "finished", None)
    async with reading(lists.base.pools) as db:
        assert [(one.after, one.reason) for one in await outbound_campaigns.steps(db, campaign)] == [
            ("paused", "too many drops"), ("running", ""),
        ]  # fmt: skip
        found = await outbound_campaigns.one(db, campaign)
    assert found.halted_at is not None
    assert await lists.value(tables.campaigns, "least_debt", campaign) == Decimal("0.01")


async def test_the_ledger_tells_what_happened_when(lists: Lists) -> None:
    campaign = await lists.campaign()
    for at, (klass, days) in enumerate([("reached_right_party", 1), ("reached_right_party", 0), ("waiting", 0)]):
        account = await lists.debtor(f"F{at}", f"+7916000000{at}")
        await lists.row(campaign, account, klass=klass, classed_at=NOW - timedelta(days=days))
    async with reading(lists.base.pools) as db:
        told = await outbound_ledger.over_time(db, campaign, NOW - timedelta(days=30), zone="Europe/Moscow")
    assert [(one.reached, one.done, one.attempts) for one in told] == [(1, 1, 0), (1, 1, 0)]
