"""Whatever is posted in whatever order: the balance is the sum, and every way of working out what is open agrees."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_core import db as way
from crm_core import tables
from crm_core.ledger import settling
from crm_core.ledger.allocation import AllocationRule, Order
from crm_core.ledger.approvals import ApprovalEvent
from crm_core.ledger.disputes import DisputeEvent
from crm_core.ledger.kinds import Kind
from crm_core.ledger.posting import Outcome, State, Towards
from crm_core.ledger.rules import MoneyRules
from crm_core.store import ledger, ledger_approvals, ledger_disputes, ledger_wishes, policies
from tests.crm_core.conftest import Base
from tests.crm_core.ledger.conftest import House, furnish, month, today

pytestmark = pytest.mark.integration

AMOUNT = st.decimals(Decimal("0.01"), 400, places=2).map(str)
STEP = st.one_of(
    st.tuples(st.just("bill"), st.integers(3, 14), AMOUNT),
    st.tuples(st.just("pay"), AMOUNT, st.integers(0, 5)),
    st.tuples(st.just("direct"), AMOUNT, st.integers(1, 3)),
    st.tuples(st.just("take back"), st.integers(0, 5), st.none()),
    st.tuples(st.just("charge"), AMOUNT, st.sampled_from([Kind.FEE, Kind.PENALTY, Kind.CORRECTION])),
    st.tuples(st.just("credit"), AMOUNT, st.sampled_from([Kind.WAIVER, Kind.GOODWILL, Kind.CORRECTION])),
    st.tuples(st.just("credit bill"), AMOUNT, st.integers(1, 3)),
    st.tuples(st.just("dispute"), st.integers(1, 3), AMOUNT),
    st.tuples(st.just("settle"), st.sampled_from(DisputeEvent), AMOUNT),
    st.tuples(st.just("approve"), st.none(), st.none()),
)


async def take(house: House, base: Base, step: tuple[Any, ...], paid: list[str]) -> None:  # noqa: C901 -- one line each
    match step:
        case "bill", back, amount:
            await bill(house, base, back, Decimal(amount))
        case "pay", amount, back:
            note(await house.pay(amount, back=back), paid)
        case "direct", amount, back:
            note(await house.pay(amount, "", 0, Towards(period=month(back), amount=Decimal(amount))), paid)
        case "take back", place, _:
            if place < len(paid):
                await house.take_back(paid[place])
        case "charge", amount, kind:
            await house.adjust(amount, kind)
        case "credit", amount, kind:
            await house.adjust(f"-{amount}", kind)
        case "credit bill", amount, back:
            await house.adjust(f"-{amount}", period=month(back))
        case "dispute", back, amount:
            if back < 3:
                wish = (house.account, month(back), Decimal(amount), "no", house.anna)
                await house.do(ledger_disputes.dispute, *wish)
        case "settle", event, amount:
            await settle(house, event, Decimal(amount))
        case "approve", _, _:
            await approve(house)


def note(outcome: Outcome, paid: list[str]) -> None:
    """Keep a payment's key; one that waits for a second person has an approval's number instead."""
    if outcome.state is State.POSTED:
        paid.append(outcome.key)


async def bill(house: House, base: Base, back: int, amount: Decimal) -> None:
    """Bill a month as an import does: rows first, what is open by the set-based rule."""
    period = month(back)
    async with way.reading(house.pools) as connection:
        known = (await ledger.load(connection, house.account)).periods
    if period not in known:
        await base.rows(tables.invoices, {
            "account_id": house.account, "period": period, "issued_on": period, "due_on": period + timedelta(20),
            "amount": amount, "open_amount": amount})  # fmt: skip
        settle_as_imports_do(house, AllocationRule())


async def settle(house: House, event: DisputeEvent, amount: Decimal) -> None:
    async with way.reading(house.pools) as connection:
        found = await ledger_disputes.disputes_of(connection, house.account)
    for one in found[:1]:
        credit = min(amount, one.amount) if event is DisputeEvent.UPHOLD else Decimal(0)
        await house.do(ledger_disputes.settle, one.dispute_id, event, credit, house.anna, "seen")


async def approve(house: House) -> None:
    async with way.reading(house.pools) as connection:
        found = await ledger_wishes.waiting(connection, account_id=house.account)
    for one in found:
        await house.do(ledger_approvals.decide, one.approval_id, ApprovalEvent.APPROVE, house.boris, "yes")


def touched(house: House) -> psycopg.Connection[tuple[Any, ...]]:
    url = house.pools.url.render_as_string(hide_password=False).replace("+psycopg", "")
    db = psycopg.connect(url)
    db.execute("create temporary table ledger_touched on commit drop as select %s::int as account_id", [house.account])
    return db


def settle_as_imports_do(house: House, rule: AllocationRule) -> None:
    values = {"order": rule.order.value, "priority": list(rule.priority)}
    with touched(house) as db:
        db.execute(settling.SETTLE_INVOICES, values)
        db.execute(settling.SETTLE_CHARGES, values)


def opened_by_sql(house: House, rule: AllocationRule) -> dict[date | int, Decimal]:
    with touched(house) as db:
        rows = db.execute(settling.OPENED, {"order": rule.order.value, "priority": list(rule.priority)}).fetchall()
    return {period or charge: amount for _, period, charge, amount in rows}


async def check(house: House) -> None:
    async with way.reading(house.pools) as connection:
        book = await ledger.load(connection, house.account)
    result = book.by(AllocationRule())
    balance = await house.balance()
    assert sum(result.open.values()) - result.credit == balance
    assert {key: amount for key, amount in book.stored.items() if key in result.open} == dict(result.open)
    for rule in (AllocationRule(), AllocationRule(order=Order.PRIORITY, priority=("fee", "penalty", "invoice"))):
        assert opened_by_sql(house, rule) == dict(book.by(rule).open)
    assert house.faults() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=10))
def test_any_sequence_of_postings_adds_up_every_way(ledger_url: str, steps: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        pools = way.open_pools(ledger_url, name="test", size=2)
        base = Base(pools)
        try:
            async with way.transaction(pools) as connection:
                lenient = MoneyRules.model_validate({"limits": {"adjustment": "500", "back_days": 3}})
                await policies.add_money(connection, lenient, today(), "", None)
            async with way.reading(pools) as connection:
                query = tables.accounts.select().order_by(tables.accounts.c.id.desc()).limit(1)
                last = (await connection.execute(query)).first()
            base.running = 1 if last is None else int(last.number[:-1]) + 1
            house = await furnish(pools, base)
            paid: list[str] = []
            for step in steps:
                await take(house, base, step, paid)
            await check(house)
        finally:
            await pools.dispose()

    asyncio.run(run())
