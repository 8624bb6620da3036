"""Posting to the ledger, on a real PostgreSQL: balances by construction, reversals, four eyes, disputes, promises."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from crm_core import db as way
from crm_core import tables
from crm_core.errors import NoSuchAccount, NoSuchPosting
from crm_core.ledger.approvals import ApprovalEvent
from crm_core.ledger.disputes import DisputeEvent
from crm_core.ledger.kinds import Kind
from crm_core.ledger.posting import Channel, NewPayment, Towards
from crm_core.ledger.promises import PromiseRule
from crm_core.ledger.rules import MoneyRules
from crm_core.store import (
    ledger,
    ledger_approvals,
    ledger_disputes,
    ledger_notices,
    ledger_posting,
    ledger_promises,
    ledger_wishes,
    policies,
)
from crm_core.store.ledger_posting import Poster
from tests.crm_core.conftest import Base
from tests.crm_core.ledger.conftest import House, month, today
from tests.support.ledger import BULK

pytestmark = pytest.mark.integration


async def test_whatever_is_written_the_balance_follows(db: way.Database, base: Base, house: House) -> None:
    assert await house.balance() == 200
    row = {"account_id": house.account, "paid_on": today(), "amount": Decimal("30.50"), "channel": "bank"}
    await base.rows(tables.payments, row)
    assert await house.balance() == Decimal("169.50")
    async with way.transaction(db) as connection:
        mine = tables.payments.c.account_id == house.account
        await connection.execute(update(tables.payments).where(mine).values(amount=Decimal(50)))
        bills = update(tables.invoices).where(tables.invoices.c.account_id == house.account)
        await connection.execute(bills.values(amount=Decimal(120), open_amount=Decimal(120)))
    assert await house.balance() == 190
    async with way.transaction(db) as connection:
        await connection.execute(tables.payments.delete().where(mine))
    assert await house.balance() == 240


async def test_nobody_writes_a_balance(db: way.Database, house: House) -> None:
    with pytest.raises(DBAPIError, match="follows from invoices, adjustments and payments"):
        await house.do(lambda connection: connection.execute(update(tables.accounts).values(balance=1)))
    assert await house.balance() == 200


async def test_money_of_an_account_that_is_not_there_is_refused(db: way.Database, base: Base) -> None:
    row = {"account_id": 4711, "paid_on": today(), "amount": Decimal(1), "channel": "bank"}
    with pytest.raises(DBAPIError, match="does not exist"):
        await base.rows(tables.payments, row)


async def test_an_account_that_comes_with_a_balance_has_it_posted(db: way.Database, base: Base) -> None:
    account = await base.account(await base.customer("New"), balance=Decimal("-12.34"))
    async with way.reading(db) as connection:
        posted = select(tables.adjustments).where(tables.adjustments.c.account_id == account)
        row = (await connection.execute(posted)).one()
        mine = select(tables.accounts.c.balance).where(tables.accounts.c.id == account)
        balance = (await connection.execute(mine)).scalar_one()
    assert (row.kind, row.amount, row.open_amount, balance) == ("opening", Decimal("-12.34"), 0, Decimal("-12.34"))


@pytest.mark.parametrize("statement", ["delete from adjustments", "update adjustments set amount = 1",
                                       "update adjustments set reason = ''", "delete from allocations"])  # fmt: skip
async def test_what_was_posted_stays(house: House, statement: str) -> None:
    await house.adjust("-5")
    with pytest.raises(DBAPIError, match="can only grow"):
        await house.do(lambda connection: connection.execute(text(statement)))


async def test_a_payment_pays_the_oldest_and_the_same_reference_pays_once(house: House) -> None:
    first = await house.pay("130", "R-1")
    assert (first.state, await house.open(), await house.balance()) == ("posted", [0, 70], 70)
    again = await house.pay("130", "R-1")
    assert (again.state, again.key) == ("known", first.key)
    other = await house.pay("131", "R-1")
    assert (other.state, other.rule) == ("refused", "reference-taken")
    assert await house.balance() == 70
    assert house.faults() == []


async def test_two_tabs_that_pay_at_once_pay_once(house: House) -> None:
    """AC42."""
    outcomes = await asyncio.gather(*(house.pay("50", "R-2") for _ in range(4)))
    assert sorted(one.state for one in outcomes) == ["known", "known", "known", "posted"]
    assert await house.balance() == 150


async def test_two_payments_of_a_day_without_a_reference_are_two(house: House) -> None:
    assert [(await house.pay("50")).key[-2:] for _ in range(2)] == [".0", ".1"]
    assert await house.balance() == 100


async def test_a_payment_goes_where_it_was_directed_and_comes_back_from_there(house: House) -> None:
    paid = await house.pay("80", "", 0, Towards(period=month(1), amount=Decimal(60)))
    assert await house.open() == [80, 40]
    back = await house.take_back(paid.key)
    assert (back.state, await house.open(), await house.balance()) == ("posted", [100, 100], 200)
    again = await house.take_back(paid.key)
    assert (again.state, again.key) == ("known", back.key)
    undone = await house.take_back(back.key)
    assert undone.rule == "reversal-of-reversal"
    assert house.faults() == []


async def test_a_direction_beyond_what_is_open_is_refused(house: House) -> None:
    outcome = await house.pay("200", "", 0, Towards(period=month(1), amount=Decimal("100.01")))
    assert (outcome.rule, await house.balance()) == ("direction-above-open", 200)


async def test_too_much_money_is_a_credit_that_the_next_bill_uses(base: Base, house: House) -> None:
    await house.pay("250")
    assert (await house.open(), await house.balance()) == ([0, 0], -50)
    refund = await house.adjust("51", Kind.REFUND)
    assert refund.rule == "refund-above-credit"
    assert (await house.adjust("20", Kind.REFUND)).state == "posted"
    assert await house.balance() == -30
    assert house.faults() == []


async def test_what_is_taken_off_a_bill_is_taken_off_that_bill(house: House) -> None:
    await house.adjust("-30", period=month(1))
    assert await house.open() == [100, 70]
    await house.adjust("-90", period=month(1))
    assert await house.open() == [80, 0]
    assert house.faults() == []


async def test_a_payment_dated_far_back_waits_for_a_second_person(house: House) -> None:
    """AC44."""
    asked = await house.pay("50", "R-3", 6)
    assert (asked.state, asked.rule, await house.balance()) == ("waiting", "back-dated", 200)
    assert (await house.pay("50", "R-3", 6)).key == asked.key
    own = await house.do(ledger_approvals.decide, int(asked.key), ApprovalEvent.APPROVE, house.anna, "")
    assert (own.state, own.rule, await house.balance()) == ("refused", "approval-own", 200)
    done = await house.do(ledger_approvals.decide, int(asked.key), ApprovalEvent.APPROVE, house.boris, "seen")
    assert (done.state, await house.balance()) == ("posted", 150)
    late = await house.do(ledger_approvals.decide, int(asked.key), ApprovalEvent.REFUSE, house.boris, "")
    assert late.rule == "approval-decided-already"
    assert (await house.pay("50", "R-3", 6)).state == "known"


async def test_a_waiver_above_the_limit_waits_and_many_small_ones_count_as_one(house: House) -> None:
    """AC44."""
    assert (await house.adjust("-1000.01", Kind.WAIVER)).state == "waiting"
    assert (await house.adjust("-600", Kind.WAIVER)).state == "posted"
    asked = await house.adjust("-600", Kind.WAIVER, reference="W-2")
    assert (asked.state, asked.rule) == ("waiting", "above-limit")
    refused = await house.do(ledger_approvals.decide, int(asked.key), ApprovalEvent.REFUSE, house.boris, "no")
    assert (refused.state, await house.balance()) == ("posted", -400)
    async with way.reading(house.pools) as connection:
        waits = await ledger_wishes.waiting(connection, account_id=house.account)
    assert [(one.amount, one.asker, one.rule) for one in waits] == [
        (Decimal("-1000.01"), f"Anna{house.account}", "above-limit")
    ]
    assert house.faults() == []


async def test_a_wish_that_cannot_be_posted_any_more_goes_on_waiting(house: House) -> None:
    await house.pay("5000")
    asked = await house.adjust("4000", Kind.REFUND)
    assert asked.state == "waiting"
    await house.adjust("900", Kind.FEE)
    outcome = await house.do(ledger_approvals.decide, int(asked.key), ApprovalEvent.APPROVE, house.boris, "")
    assert (outcome.state, outcome.rule) == ("refused", "refund-above-credit")
    withdrawn = await house.do(ledger_approvals.decide, int(asked.key), ApprovalEvent.WITHDRAW, house.anna, "")
    assert withdrawn.state == "posted"


async def test_a_large_payment_is_not_taken_back_by_one_person(house: House) -> None:
    paid = await house.pay("1500")
    asked = await house.take_back(paid.key)
    assert (asked.state, await house.balance()) == ("waiting", -1300)
    done = await house.do(ledger_approvals.decide, int(asked.key), ApprovalEvent.APPROVE, house.boris, "")
    assert (done.state, await house.balance()) == ("posted", 200)


async def test_a_disputed_bill_waits_for_its_money_and_is_credited_when_the_customer_was_right(house: House) -> None:
    raised = await house.do(ledger_disputes.dispute, house.account, month(2), Decimal(60), "not mine", house.anna)
    await house.pay("100")
    assert await house.open() == [100, 0]
    flags = select(tables.accounts.c.flags).where(tables.accounts.c.id == house.account)
    assert await house.one(flags) == ["dispute"]
    assert (await house.promise("50")).rule == "promise-on-dispute"
    twice = await house.do(ledger_disputes.dispute, house.account, month(2), Decimal(10), "again", house.anna)
    assert twice.rule == "dispute-open-already"
    settle = (int(raised.key), DisputeEvent.UPHOLD, Decimal(40), house.anna, "half of it")
    assert (await house.do(ledger_disputes.settle, *settle)).state == "posted"
    assert (await house.open(), await house.balance(), await house.one(flags)) == ([0, 60], 60, [])
    assert (await house.do(ledger_disputes.settle, *settle)).rule == "dispute-settled-already"
    assert house.faults() == []


async def test_a_costly_settlement_waits_for_a_second_person(base: Base, house: House) -> None:
    await base.rows(tables.invoices, {
        "account_id": house.account, "period": month(3), "issued_on": month(3), "due_on": month(3),
        "amount": Decimal(3000), "open_amount": Decimal(3000)})  # fmt: skip
    raised = await house.do(ledger_disputes.dispute, house.account, month(3), Decimal(3000), "no", house.anna)
    settle = (int(raised.key), DisputeEvent.UPHOLD, Decimal(2000), house.anna, "right")
    asked = await house.do(ledger_disputes.settle, *settle)
    assert (asked.state, await house.balance()) == ("waiting", 3200)
    await house.do(ledger_approvals.decide, int(asked.key), ApprovalEvent.APPROVE, house.boris, "")
    assert await house.balance() == 1200
    assert await house.of(tables.disputes, "status") == ["upheld"]
    assert house.faults() == []


async def test_a_rejected_dispute_lets_the_money_in(house: House) -> None:
    raised = await house.do(ledger_disputes.dispute, house.account, month(2), Decimal(60), "not mine", house.anna)
    await house.pay("150")
    assert await house.open() == [100, 0]
    rejected = (int(raised.key), DisputeEvent.REJECT, Decimal(0), house.boris, "it is")
    await house.do(ledger_disputes.settle, *rejected)
    assert await house.open() == [0, 50]


async def test_promises_are_taken_once_and_refused_by_name(house: House) -> None:
    """AC40, AC42."""
    refused = [await house.promise(*wish) for wish in (("50", -1), ("200.01", 5), ("50", 31), ("0.001", 5))]
    assert [one.rule for one in refused] == [
        "promise-in-past", "promise-above-debt", "promise-too-far", "promise-of-nothing"
    ]  # fmt: skip
    outcomes = await asyncio.gather(*(house.promise("50") for _ in range(3)))
    assert sorted(one.state for one in outcomes) == ["known", "known", "posted"]
    assert (await house.promise("60")).rule == "promise-open-already"
    later = await house.promise("60", 9, instead_of_open=True, reason="wages come later")
    assert later.state == "posted"
    async with way.reading(house.pools) as connection:
        found = await ledger_promises.of_account(connection, house.account)
    assert [(one.amount, one.status) for one in found] == [(60, "open"), (50, "rescheduled")]


@pytest.mark.parametrize("flag", ["bankrupt", "deceased"])
async def test_nothing_is_promised_for_the_bankrupt_and_the_dead(house: House, flag: str) -> None:
    """AC40."""
    mine = update(tables.accounts).where(tables.accounts.c.id == house.account)
    await house.do(lambda connection: connection.execute(mine.values(flags=[flag])))
    assert (await house.promise("50")).rule == f"promise-on-{flag}"


async def test_a_promise_is_kept_the_moment_it_is_paid(house: House) -> None:
    await house.promise("50")
    await house.pay("49")
    assert await house.of(tables.promises, "status") == ["open"]
    await house.pay("1")
    assert await house.of(tables.promises, "status") == ["kept"]
    assert await house.of(tables.promises, "paid") == [50]
    steps = select(tables.promise_steps.c.after).join(tables.promises)
    assert await house.one(steps.where(tables.promises.c.account_id == house.account)) == "kept"


async def test_promises_are_settled_when_their_day_and_grace_are_over(own: House) -> None:
    rule, base = PromiseRule(), Base(own.pools)
    base.running = 50
    due = today() - timedelta(4)
    others = [await base.account(await base.customer(f"No {n}"), balance=Decimal(0)) for n in range(3)]
    made = {"amount": Decimal(50), "made_on": due - timedelta(9)}
    await base.rows(
        tables.promises,
        {"account_id": own.account, "due_on": due, **made},
        {"account_id": others[0], "due_on": due, **made},
        {"account_id": others[1], "due_on": due + timedelta(1), **made},
        {"account_id": others[2], "due_on": due, **made},
    )
    money = {"channel": "bank", "amount": Decimal(50)}
    await base.rows(
        tables.payments,
        {"account_id": own.account, "paid_on": due + timedelta(3), **money},
        {"account_id": others[0], "paid_on": due - timedelta(10), **money},
        {"account_id": others[2], "paid_on": due, "channel": "post", "amount": Decimal(20)},
    )
    count = await own.do(ledger_promises.settle_due, today(), rule, 2)
    assert count == 2
    assert await own.do(ledger_promises.settle_due, today(), rule) == 1
    assert await own.do(ledger_promises.settle_due, today(), rule) == 0
    async with way.reading(own.pools) as connection:
        rows = await connection.execute(select(tables.promises.c.status, tables.promises.c.paid).order_by(text("id")))
        assert [tuple(row) for row in rows] == [("kept", 50), ("broken", 0), ("open", None), ("part_kept", 20)]


async def test_a_promise_that_was_settled_is_not_called_off(house: House) -> None:
    """AC44."""
    made = await house.promise("50")
    assert (await house.do(ledger_promises.call_off, int(made.key), house.boris, "moved away")).state == "posted"
    again = await house.do(ledger_promises.call_off, int(made.key), house.boris, "moved away")
    assert again.rule == "promise-settled-already"


async def test_a_notice_is_sent_and_what_comes_back_is_kept(house: House) -> None:
    sent = (house.account, ledger_notices.NoticeKind.DEBT, ledger_notices.NoticeChannel.LETTER, Decimal(200))
    key = int((await house.do(ledger_notices.sent, *sent, "first", house.anna)).key)
    arrived = await house.do(ledger_notices.came_back, key, ledger_notices.NoticeEvent.ARRIVED, "signed")
    assert arrived.state == "posted"
    late = await house.do(ledger_notices.came_back, key, ledger_notices.NoticeEvent.CAME_BACK, "")
    assert late.rule == "notice-told-already"
    async with way.reading(house.pools) as connection:
        (notice,) = await ledger_notices.notices_of(connection, house.account)
    assert (notice.status, notice.note) == ("delivered", "signed")


async def test_new_rules_hold_from_their_day_on(own: House) -> None:
    tomorrow = today() + timedelta(1)
    strict = MoneyRules.model_validate({"limits": {"adjustment": "10.00"}})
    await own.do(policies.add_money, strict, tomorrow, "careful", own.anna)
    assert (await own.adjust("-50")).state == "posted"
    await own.do(policies.add_money, strict, today(), "at once", own.anna)
    assert (await own.adjust("-11")).state == "waiting"
    async with way.reading(own.pools) as connection:
        versions = await policies.money_versions(connection)
        assert (await policies.money_on(connection, tomorrow)).limits.adjustment == 10
    assert [(one.note, one.created_by) for one in versions] == [
        ("at once", f"Anna{own.account}"), ("careful", f"Anna{own.account}"), ("as delivered", "")
    ]  # fmt: skip


async def test_nothing_is_posted_to_nobody(house: House) -> None:
    wanted = NewPayment(amount=Decimal(1), paid_on=today(), channel=Channel.BANK)
    with pytest.raises(NoSuchAccount):
        await house.do(ledger_posting.pay, 4711, wanted, Poster(by=house.anna))
    with pytest.raises(NoSuchPosting):
        await house.do(ledger_posting.take_back, house.account, today(), 7, "why", Poster(by=house.anna))
    with pytest.raises(NoSuchPosting):
        await house.do(ledger_disputes.dispute, house.account, date(2001, 1, 1), Decimal(1), "why", house.anna)


async def test_what_does_not_add_up_is_found_and_named(own: House) -> None:
    base = Base(own.pools)
    base.running = 50
    url = own.pools.url.render_as_string(hide_password=False).replace("+psycopg", "")
    other = await base.account(await base.customer("Other"), balance=Decimal(0))
    with psycopg.connect(url) as connection:
        connection.execute(BULK)
        connection.execute("update accounts set balance = 201 where id = %s", [own.account])
        connection.execute("insert into payments values (%s, '2026-01-01', 0, 5, 'bank')", [other])
        connection.execute("insert into payments values (4711, '2026-01-01', 0, 5, 'bank')")
    assert [(row["account_id"], row["fault"]) for row in own.faults(everybody=True)] == [
        (own.account, "balance"), (other, "balance"), (4711, "no-account")
    ]  # fmt: skip
    with psycopg.connect(url) as connection:
        connection.execute(BULK)
        connection.execute("delete from payments")
        connection.execute("update accounts set balance = 200 where id = %s", [own.account])
        connection.execute("update invoices set open_amount = 99 where period = %s", [month(1)])
    assert [row["fault"] for row in own.faults(everybody=True)] == ["open-below-balance"]


async def test_the_whole_ledger_is_read_as_the_rule_sees_it(house: House) -> None:
    await house.pay("30")
    await house.adjust("-10")
    async with way.reading(house.pools) as connection:
        book = await ledger.load(connection, house.account)
    result = book.by((MoneyRules()).allocation)
    assert (sum(result.open.values()), result.credit, ledger.undisputed(book, result)) == (160, 0, 160)
