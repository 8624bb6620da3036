"""Orders to restrict supply: only when the rules let them, and not a day longer than the debt."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from crm_core import clock, tables
from crm_core.errors import NoSuchPosting
from crm_core.ledger import orders
from crm_core.ledger.notices import NoticeChannel, NoticeEvent, NoticeKind
from crm_core.ledger.orders import OrderEvent, OrderKind, OrderState
from crm_core.ledger.posting import Outcome
from crm_core.ledger.restriction import Restriction
from crm_core.parties import AgreementFacts
from crm_core.store import ledger_notices, ledger_orders, supply
from crm_core.store.parties import By
from tests.crm_core.conftest import Base
from tests.crm_core.ledger.conftest import House, month, today

TODAY = date(2026, 11, 22)
FREE = Restriction(rule="", possible_on=TODAY - timedelta(3), above=Decimal(2000))
EARLY = Restriction(rule="restriction-too-early", possible_on=TODAY + timedelta(5), above=Decimal(2000))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("found", "planned", "stands", "supplied", "no"),
    [
        (FREE, TODAY, False, True, ""),
        (FREE, TODAY - timedelta(1), False, True, "restriction-day-past"),
        (FREE, TODAY, True, True, "restriction-ordered-already"),
        (FREE, TODAY, False, False, "restriction-no-supply"),
        (EARLY, TODAY + timedelta(4), False, True, "restriction-too-early"),
        (EARLY, TODAY + timedelta(5), False, True, ""),
        (Restriction(rule="restriction-life-support", above=Decimal(0)), TODAY, False, True,
         "restriction-life-support"),
    ],
)  # fmt: skip
def test_an_order_is_given_only_for_a_day_on_which_it_may_be_carried_out(
    found: Restriction, planned: date, *, stands: bool, supplied: bool, no: str
) -> None:
    assert orders.giving_refusal(found, planned, TODAY, stands=stands, supplied=supplied) == no


@pytest.mark.unit
@given(st.sampled_from(OrderState), st.sampled_from(OrderEvent), st.sampled_from([FREE, EARLY]), st.integers(-9, 9))
def test_nothing_is_carried_out_that_the_rules_forbid_on_that_day(
    state: OrderState, event: OrderEvent, found: Restriction, days: int
) -> None:
    no = orders.step_refusal(state, event, found, TODAY + timedelta(days), TODAY)
    if event is OrderEvent.CARRY_OUT and not no:
        assert (state, found.rule, days <= 0) == (OrderState.GIVEN, "", True)
    if event is not OrderEvent.CARRY_OUT:
        assert (no == "") == (orders.advance(state, event) is not None)


async def furnish(base: Base, house: House) -> int:
    """A debt of four months, warned of three weeks ago, and an agreement whose supply flows."""
    await base.rows(tables.invoices, {
        "account_id": house.account, "period": month(4), "issued_on": month(4), "due_on": month(3),
        "amount": Decimal(101), "open_amount": Decimal(101)})  # fmt: skip
    sent = await house.do(
        ledger_notices.sent, house.account, NoticeKind.RESTRICTION_WARNING, NoticeChannel.LETTER, Decimal(301), "",
        house.anna,
    )  # fmt: skip
    await house.do(ledger_notices.came_back, int(sent.key), NoticeEvent.ARRIVED, "signed")
    mine = update(tables.notices).where(tables.notices.c.id == int(sent.key))
    back = mine.values(told_at=tables.notices.c.told_at - timedelta(21))
    await house.do(lambda connection: connection.execute(back))
    facts = AgreementFacts(
        number="7", supply="connected", started_on=date(2026, 1, 1), ended_on=None, prepay=False, budget_bill=False
    )
    return int(await house.do(supply.add_agreement, by(house), house.account, facts))


def by(house: House, reason: str = "four months unpaid") -> By:
    return By(user_id=house.anna, now=clock.now(), reason=reason)


async def give(house: House, days: int = 0, kind: OrderKind = OrderKind.RESTRICTED) -> Outcome:
    day = today() + timedelta(days)
    return await house.do(ledger_orders.give, house.account, kind, day, by(house))  # type: ignore[no-any-return]


async def flows(house: House, agreement: int) -> Any:
    return await house.one(select(tables.agreements.c.supply).where(tables.agreements.c.id == agreement))


@pytest.mark.integration
async def test_supply_is_restricted_and_put_back_and_the_agreement_says_so(base: Base, house: House) -> None:
    agreement = await furnish(base, house)
    given = await give(house)
    assert (given.state, (await give(house)).state) == ("posted", "known")
    assert (await give(house, 3)).rule == "restriction-ordered-already"
    key = int(given.key)
    assert (await house.do(ledger_orders.step, key, OrderEvent.LIFT, by(house))).rule == "restriction-out-of-turn"
    await house.do(ledger_orders.step, key, OrderEvent.CARRY_OUT, by(house))
    assert await flows(house, agreement) == "restricted"
    await house.pay("301")
    await house.do(ledger_orders.step, key, OrderEvent.LIFT, by(house, "paid"))
    assert await flows(house, agreement) == "connected"
    (order,) = await house.do(ledger_orders.of_account, house.account)
    assert (order.status, order.amount, order.reason, order.note) == ("lifted", 301, "four months unpaid", "paid")


@pytest.mark.integration
async def test_who_paid_meanwhile_keeps_his_supply(base: Base, house: House) -> None:
    agreement = await furnish(base, house)
    key = int((await give(house)).key)
    await house.pay("301")
    assert (await house.do(ledger_orders.step, key, OrderEvent.CARRY_OUT, by(house))).rule == "restriction-small-debt"
    assert await flows(house, agreement) == "connected"
    assert (await house.do(ledger_orders.step, key, OrderEvent.WITHDRAW, by(house, "paid"))).state == "posted"


@pytest.mark.integration
async def test_an_order_waits_for_its_day_and_of_two_at_once_one_is_given(base: Base, house: House) -> None:
    await furnish(base, house)
    outcomes = await asyncio.gather(*(give(house, 2) for _ in range(3)))
    assert sorted(one.state for one in outcomes) == ["known", "known", "posted"]
    key = int(outcomes[0].key)
    assert (await house.do(ledger_orders.step, key, OrderEvent.CARRY_OUT, by(house))).rule == "restriction-too-early"


@pytest.mark.integration
async def test_without_a_reason_or_a_supply_nothing_is_ordered(base: Base, house: House) -> None:
    agreement = await furnish(base, house)
    wanted = house.account, OrderKind.CUT_OFF, today()
    assert (await house.do(ledger_orders.give, *wanted, by(house, " "))).rule == "adjustment-reason"
    mine = update(tables.agreements).where(tables.agreements.c.id == agreement)
    await house.do(lambda connection: connection.execute(mine.values(supply="ended")))
    assert (await give(house)).rule == "restriction-no-supply"
    with pytest.raises(NoSuchPosting):
        await house.do(ledger_orders.step, 4711, OrderEvent.LIFT, by(house))
