"""AC41: paid, taken off or stopped between being due and being dialled: nobody gets him any more, by no way."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.ledger.posting import Channel, NewPayment
from crm_core.store import ledger_posting, outbound_attempts, outbound_campaigns, outbound_due, outbound_lists
from crm_core.store.ledger_posting import Poster
from tests.crm_core.conftest import Base, base, db  # noqa: F401 -- fixtures
from tests.crm_core.outbound_base import NOW, Lists

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("meanwhile", ["paid", "removed", "paused"])
async def test_what_happened_meanwhile_counts(base: Base, meanwhile: str) -> None:  # noqa: F811
    lists = Lists(base)
    campaign, account = await lists.campaign(), await lists.debtor("Due")
    row = await lists.row(campaign, account)
    async with reading(base.pools) as connection:
        assert len(await outbound_due.due(connection, campaign, NOW, 5)) == 1
    async with transaction(base.pools) as connection:
        if meanwhile == "paid":
            paid = NewPayment(amount=Decimal("500.00"), paid_on=clock.now().date(), channel=Channel.BANK)
            await ledger_posting.pay(connection, account, paid, Poster(by=None))
        elif meanwhile == "removed":
            await outbound_lists.remove(connection, row, "by court order", None, NOW)
        else:
            await outbound_campaigns.move(connection, campaign, "running", "paused", None)
    async with transaction(base.pools) as connection:
        new = await lists.attempt(account, "main-41.1", campaign_id=campaign)
        assert await outbound_attempts.take(connection, row, new) is None
