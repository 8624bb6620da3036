"""What happens around an account moves none of its money: merges, meters, agreements, customers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from crm_core import clock, tables
from crm_core import db as way
from crm_core.duplicates.merging import MergeOrder
from crm_core.ledger.disputes import DisputeEvent
from crm_core.ledger.kinds import Kind
from crm_core.parties import AgreementFacts
from crm_core.store import ledger_disputes, merges, supply
from crm_core.store.parties import By
from tests.crm_core.conftest import Base
from tests.crm_core.ledger.conftest import House, furnish, month

pytestmark = pytest.mark.integration
MONEY = ("invoices", "payments", "adjustments", "allocations", "promises", "disputes", "plans", "notices")


async def books(house: House) -> dict[str, list[tuple[object, ...]]]:
    """Every row of money in the base, and every balance."""
    found = {}
    async with way.reading(house.pools) as connection:
        for name in MONEY:
            table = tables.metadata.tables[name]
            rows = await connection.execute(select(table).order_by(*table.primary_key.columns))
            found[name] = [tuple(row) for row in rows]
        balances = select(tables.accounts.c.id, tables.accounts.c.balance).order_by(tables.accounts.c.id)
        found["balances"] = [tuple(row) for row in await connection.execute(balances)]
    return found


async def owner(house: House) -> int:
    return await house.one(  # type: ignore[no-any-return]
        select(tables.accounts.c.customer_id).where(tables.accounts.c.id == house.account)
    )


async def test_one_customer_of_two_and_two_again_keep_every_cent(own: House) -> None:
    base = Base(own.pools)
    base.running = 50
    other = await furnish(own.pools, base)
    for house in (own, other):
        await house.pay("130", "R-1")
        await house.adjust("25", Kind.FEE)
        raised = await house.do(ledger_disputes.dispute, house.account, month(1), Decimal(40), "no", house.anna)
        await house.do(ledger_disputes.settle, int(raised.key), DisputeEvent.REJECT, Decimal(0), house.boris, "it is")
        await house.promise("20")
    before, loser = await books(own), await owner(other)
    order = MergeOrder(
        survivor_id=await owner(own), loser_id=loser, choices={}, by=own.anna, at=clock.now(), reason="one passport"
    )
    merge = await own.do(merges.merge, order)
    assert await owner(other) == await owner(own)
    assert await books(own) == before
    assert own.faults(everybody=True) == []
    assert (await other.pay("130", "R-1")).state == "known"
    await other.pay("7", "R-2")
    await own.do(merges.undo, merge, by=own.boris, now=clock.now(), reason="two people")
    assert (await owner(other), await other.balance(), await own.balance()) == (loser, 88, 95)
    assert own.faults(everybody=True) == []


async def test_another_serial_number_or_agreement_moves_nothing(base: Base, house: House) -> None:
    await base.meter(house.account, "single")
    await house.pay("30")
    before = await books(house)
    meters = update(tables.meters).where(tables.meters.c.account_id == house.account)
    await house.do(lambda connection: connection.execute(meters.values(serial="B2", multiplier=40)))
    by = By(user_id=house.anna, now=datetime.now(UTC))
    facts = AgreementFacts(number="7", supply="connected", started_on=date(2026, 1, 1), ended_on=None, prepay=False,
                           budget_bill=False)  # fmt: skip
    key = await house.do(supply.add_agreement, by, house.account, facts)
    ended = AgreementFacts(number="8", supply="ended", started_on=date(2026, 1, 1), ended_on=date(2026, 11, 1),
                           prepay=True, budget_bill=True)  # fmt: skip
    await house.do(supply.change_agreement, by, key, 1, ended)
    assert await books(house) == before
    assert house.faults() == []
