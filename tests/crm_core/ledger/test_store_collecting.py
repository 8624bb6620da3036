"""Plans, notices of restriction, flags of the customer and old debt, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from crm_core import db as way
from crm_core import promise_job, tables
from crm_core.errors import NoSuchPosting
from crm_core.ledger.kinds import Kind
from crm_core.ledger.notices import NoticeChannel, NoticeEvent, NoticeKind
from crm_core.ledger.path import Step
from crm_core.ledger.plans import Terms
from crm_core.ledger.posting import Outcome
from crm_core.ledger.rules import MoneyRules
from crm_core.store import ledger, ledger_debtors, ledger_notices, ledger_plans
from tests.crm_core.conftest import Base
from tests.crm_core.ledger.conftest import House, month, today

pytestmark = pytest.mark.integration


async def agree(house: House, amount: int = 90, parts: int = 3, days: int = 0) -> Outcome:
    terms = Terms(amount=Decimal(amount), parts=parts, first_on=today() + timedelta(days))
    return await house.do(ledger_plans.agree, house.account, terms, house.anna)  # type: ignore[no-any-return]


async def plan_of(house: House) -> ledger_plans.Plan:
    async with way.reading(house.pools) as connection:
        return (await ledger_plans.of_account(connection, house.account))[0]


async def outlook(house: House) -> ledger_debtors.Outlook:
    async with way.reading(house.pools) as connection:
        known = await ledger_debtors.who(connection, house.account, today())
        book = await ledger.load(connection, house.account)
    return ledger_debtors.outlook(known, book, MoneyRules(), today())


async def notice(house: House, kind: NoticeKind, amount: int = 200) -> Outcome:
    sent = (house.account, kind, NoticeChannel.LETTER, Decimal(amount), "", house.anna)
    return await house.do(ledger_notices.sent, *sent)  # type: ignore[no-any-return]


async def customer(house: House, **values: Any) -> None:
    mine = select(tables.accounts.c.customer_id).where(tables.accounts.c.id == house.account).scalar_subquery()
    change = update(tables.customers).where(tables.customers.c.id == mine).values(**values)
    await house.do(lambda connection: connection.execute(change))


async def test_a_plan_is_made_once_and_puts_a_promise_off(house: House) -> None:
    """AC42."""
    await house.promise("50")
    outcomes = await asyncio.gather(*(agree(house) for _ in range(3)))
    assert sorted(one.state for one in outcomes) == ["known", "known", "posted"]
    assert await house.of(tables.promises, "status") == ["rescheduled"]
    assert (await agree(house, 60)).rule == "plan-open-already"
    assert (await house.promise("50")).rule == "promise-on-plan"
    assert (await outlook(house)).stage.rests == "plan"


async def test_a_plan_is_paid_off_by_what_comes_in(house: House) -> None:
    await house.pay("10", back=1)
    await agree(house)
    paid = await house.pay("60")
    assert (await plan_of(house)).progress.met == 2
    await house.take_back(paid.key)
    assert (await plan_of(house)).paid == 0
    await house.pay("90")
    found = await plan_of(house)
    assert (found.status, found.paid) == ("kept", 90)
    late = await house.do(ledger_plans.call_off, found.plan_id, house.boris, "no")
    assert late.rule == "plan-settled-already"


async def test_taking_back_what_was_paid_before_an_agreement_does_not_touch_it(house: House) -> None:
    before = await house.pay("40", back=1)
    await house.promise("50")
    await house.take_back(before.key)
    await house.pay("50")
    assert await house.of(tables.promises, "status") == ["kept"]


async def test_a_missed_instalment_breaks_a_plan_when_its_grace_is_over(own: House) -> None:
    base = Base(own.pools)
    base.running = 50
    other = await base.account(await base.customer("Other"), balance=Decimal(0))
    made = {"amount": Decimal(100), "parts": 2, "made_on": today() - timedelta(40)}
    await base.rows(
        tables.plans,
        {"account_id": own.account, "first_on": today() - timedelta(6), **made},
        {"account_id": other, "first_on": today() - timedelta(5), **made},
    )
    assert await promise_job.settle(own.pools, today()) == 1
    assert await promise_job.settle(own.pools, today()) == 0
    async with way.reading(own.pools) as connection:
        rows = await connection.execute(select(tables.plans.c.status).order_by(tables.plans.c.id))
        assert list(rows.scalars()) == ["broken", "open"]


async def test_plans_are_looked_at_page_by_page(own: House) -> None:
    base = Base(own.pools)
    base.running = 50
    for number in range(3):
        account = await base.account(await base.customer(f"No {number}"), balance=Decimal(0))
        await base.rows(tables.plans, {
            "account_id": account, "amount": Decimal(100), "parts": 2, "made_on": today() - timedelta(40),
            "first_on": today() - timedelta(6)})  # fmt: skip
    rule = MoneyRules().plan
    count, after = await own.do(ledger_plans.settle_due, today(), rule, 0, 2)
    assert (count, await own.do(ledger_plans.settle_due, today(), rule, after, 2)) == (2, (1, None))


async def test_there_is_no_plan_of_that_number(house: House) -> None:
    with pytest.raises(NoSuchPosting):
        await house.do(ledger_plans.call_off, 4711, house.anna, "why")


async def test_a_restriction_needs_a_debt_a_warning_that_arrived_and_time(base: Base, house: House) -> None:
    assert (await notice(house, NoticeKind.RESTRICTION_WARNING)).rule == "restriction-small-debt"
    await base.rows(tables.invoices, {
        "account_id": house.account, "period": month(4), "issued_on": month(4), "due_on": month(3),
        "amount": Decimal(101), "open_amount": Decimal(101)})  # fmt: skip
    assert (await notice(house, NoticeKind.RESTRICTION)).rule == "restriction-not-warned"
    sent = await notice(house, NoticeKind.RESTRICTION_WARNING)
    assert sent.state == "posted"
    await house.do(ledger_notices.came_back, int(sent.key), NoticeEvent.ARRIVED, "signed")
    assert (await notice(house, NoticeKind.RESTRICTION)).rule == "restriction-too-early"
    found = await outlook(house)
    assert (found.stage.step, found.restriction.possible_on) == (Step.NOTICE, today() + timedelta(21))
    mine = update(tables.notices).where(tables.notices.c.id == int(sent.key))
    back = mine.values(told_at=tables.notices.c.told_at - timedelta(21))
    await house.do(lambda connection: connection.execute(back))
    assert (await notice(house, NoticeKind.RESTRICTION)).state == "posted"
    await customer(house, flags=["life_support"])
    assert (await notice(house, NoticeKind.RESTRICTION)).rule == "restriction-life-support"


@pytest.mark.parametrize("status", ["deceased", "bankrupt"])
async def test_how_a_customer_stands_forbids_agreements(house: House, status: str) -> None:
    """AC40: a status of the customer, not only a flag of the account."""
    await customer(house, status=status)
    assert (await house.promise("50")).rule == f"promise-on-{status}"
    assert (await agree(house)).rule == f"plan-on-{status}"
    assert (await outlook(house)).stage.rests == status


async def test_a_reconnection_costs_no_more_than_the_rules_say_and_a_debt_is_written_off(house: House) -> None:
    assert (await house.adjust("5000.01", Kind.RECONNECTION)).rule == "reconnection-above-cap"
    assert (await house.adjust("300", Kind.RECONNECTION)).state == "posted"
    assert (await house.adjust("500", Kind.WRITE_OFF)).rule == "adjustment-sign"
    assert (await house.adjust("-500", Kind.WRITE_OFF)).state == "posted"
    assert (await house.balance(), await house.open(), house.faults()) == (0, [0, 0], [])
