"""Who is due, who has him, how it ended, who has paid: on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from crm_core import clock, tables
from crm_core.db import reading, transaction
from crm_core.ledger.posting import Channel, NewPayment
from crm_core.store import ledger_posting, outbound_attempts, outbound_due, outbound_running
from crm_core.store.ledger_posting import Poster
from crm_core.store.outbound_attempts import EndedAttempt, PutOff
from tests.crm_core.conftest import Base
from tests.crm_core.outbound_base import NOW, Lists

pytestmark = pytest.mark.integration


@pytest.fixture
def lists(base: Base) -> Lists:
    return Lists(base)


async def due(lists: Lists, campaign: int, most: int = 10) -> list[outbound_due.DueDebtor]:
    async with reading(lists.base.pools) as db:
        return await outbound_due.due(db, campaign, NOW, most)


async def take(lists: Lists, row: int | None, account: int, call: str, **more: object) -> int | None:
    async with transaction(lists.base.pools) as db:
        return await outbound_attempts.take(db, row, await lists.attempt(account, call, **more))


async def settle(lists: Lists, attempt: int, outcome: str, klass: str) -> str | None:
    async with transaction(lists.base.pools) as db:
        ended = EndedAttempt(at=NOW, outcome=outcome)
        return await outbound_attempts.settle(db, attempt, ended, klass, NOW + timedelta(hours=2))


async def klass(lists: Lists, row: int) -> object:
    return await lists.value(tables.campaign_rows, "klass", row)


async def test_a_due_debtor_comes_with_all_the_law_asks_for(lists: Lists) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("Ivanov", flags=["life_support"])
    row = await lists.row(campaign, account)
    await lists.bill(account, "70.00", disputed=True, due=date(2026, 10, 10))
    await lists.bill(account, "30.00", due=date(2026, 12, 10))
    customer = await lists.customer_of(account)
    await lists.add(tables.consents, customer_id=customer, kind="calls", given=True, at=NOW, how="phone")
    await lists.add(tables.consents, customer_id=customer, kind="calls", given=False, at=NOW, how="phone")
    await lists.add(tables.consents, customer_id=customer, kind="sms", given=True, at=NOW, how="phone")

    (found,) = await due(lists, campaign)
    assert (found.row_id, found.debt, found.tries) == (row, Decimal("500.00"), 0)
    debtor = found.debtor
    assert debtor.zones == ("Europe/Moscow",)
    assert debtor.owed == Decimal("530.00"), "what is not due yet is owed, what is disputed is not"
    assert debtor.bars == {"dispute", "life_support", "no_consent"}
    assert debtor.consents == {"sms"}
    assert [(one.number, one.usable) for one in debtor.numbers] == [("+79161234567", True)]


async def test_numbers_come_the_best_first_and_say_what_bars_them(lists: Lists) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("Petrov", "+79160000001")
    await lists.row(campaign, account)
    customer = await lists.customer_of(account)
    async with reading(lists.base.pools) as db:
        contact = await db.scalar(select(tables.contacts.c.id).where(tables.contacts.c.customer_id == customer))
    for number, verified in (("+79160000002", NOW), ("+79160000003", None), ("+79160000004", None)):
        await lists.add(tables.contact_numbers, contact_id=contact, number=number, label="mobile", verified_at=verified)
    await lists.add(tables.do_not_call, number="+79160000003")
    await lists.add(
        tables.interactions, account_id=account, channel="phone", direction="out", number="+79160000004",
        began_at=NOW - timedelta(days=3), disposition="WRONG_NUMBER",
    )  # fmt: skip
    gone = await take(lists, None, account, "main-1.1", number="+79160000001", mode="manual")
    assert gone is not None
    await settle(lists, gone, "bad_number", "waiting")

    (found,) = await due(lists, campaign)
    assert [(one.number[-1], one.barred, one.bad) for one in found.debtor.numbers] == [
        ("2", "", False), ("1", "", True), ("3", "do_not_call", False), ("4", "wrong_number", False),
    ]  # fmt: skip


async def test_the_urgent_come_first_and_nobody_before_his_time(lists: Lists) -> None:
    campaign = await lists.campaign()
    rows = [
        await lists.row(
            campaign, await lists.debtor(f"D{at}", f"+7916000000{at}"), priority=priority, next_at=NOW + wait
        )
        for at, (priority, wait) in enumerate(
            [(5, timedelta()), (2, timedelta()), (5, -timedelta(hours=1)), (1, timedelta(minutes=1))]
        )
    ]
    assert [one.row_id for one in await due(lists, campaign)] == [rows[1], rows[2], rows[0]]
    assert [one.row_id for one in await due(lists, campaign, 1)] == [rows[1]]


async def test_two_campaigns_and_a_hand_never_have_one_debtor_at_once(lists: Lists) -> None:
    account = await lists.debtor("Sidorov")
    campaigns = [await lists.campaign() for _ in range(4)]
    rows = [await lists.row(one, account) for one in campaigns]
    asked = [
        take(lists, row, account, f"main-2.{at}", campaign_id=one)
        for at, (row, one) in enumerate(zip([*rows, None], [*campaigns, None], strict=True))
    ]
    taken = [one for one in await asyncio.gather(*asked) if one is not None]
    assert len(taken) == 1
    classes = [str(await klass(lists, row)) for row in rows]
    assert sorted(classes) in (["in_work", *["waiting"] * 3], ["waiting"] * 4), "who lost changed nothing"
    assert await due(lists, campaigns[0]) == [], "he is left out while somebody calls him"


async def test_an_attempt_ends_once_and_its_row_says_where_it_stands(lists: Lists) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("Kuznetsov")
    row = await lists.row(campaign, account)
    attempt = await take(lists, row, account, "main-3.1", campaign_id=campaign)
    assert attempt is not None
    assert await klass(lists, row) == "in_work"
    assert await settle(lists, attempt, "busy", "waiting") == "waiting"
    assert await settle(lists, attempt, "talked", "reached_right_party") is None
    assert await lists.value(tables.campaign_rows, "tries", row) == 1
    assert await due(lists, campaign) == [], "not before its time"
    async with reading(lists.base.pools) as db:
        events = tables.campaign_row_events
        told = await db.execute(select(events.c.before, events.c.after).where(events.c.row_id == row).order_by("id"))
        assert list(map(tuple, told)) == [("waiting", "in_work"), ("in_work", "waiting")]


async def test_a_campaign_that_does_not_run_has_nobody_called(lists: Lists) -> None:
    campaign, account = await lists.campaign(state="paused"), await lists.debtor("Popov")
    row = await lists.row(campaign, account)
    assert await take(lists, row, account, "main-4.1", campaign_id=campaign) is None
    assert await take(lists, None, account, "main-4.1") is not None, "nothing of the refusal is left on record"


async def pay(lists: Lists, account: int, amount: str) -> None:
    async with transaction(lists.base.pools) as db:
        wanted = NewPayment(amount=Decimal(amount), paid_on=clock.now().date(), channel=Channel.BANK)
        await ledger_posting.pay(db, account, wanted, Poster(by=None))


async def test_who_pays_leaves_every_list_with_the_payment_and_his_open_call_is_named(lists: Lists) -> None:
    account = await lists.debtor("Volkov")
    ringing, waiting, other = await lists.campaign(), await lists.campaign(), await lists.campaign(least_debt=300)
    rows = [await lists.row(one, account) for one in (ringing, waiting, other)]
    attempt = await take(lists, rows[0], account, "main-5.1", campaign_id=ringing)
    assert attempt is not None
    await pay(lists, account, "250.00")
    assert [await klass(lists, row) for row in rows] == ["in_work", "waiting", "paid"], "less than this one calls for"
    await pay(lists, account, "250.00")
    assert [await klass(lists, row) for row in rows] == ["in_work", "paid", "paid"]
    async with reading(lists.base.pools) as db:
        assert [(one.attempt_id, one.cancel) for one in await outbound_attempts.to_cancel(db)] == [(attempt, "paid")]
    assert await settle(lists, attempt, "cancelled", "waiting") == "paid"


async def test_a_payment_taken_back_brings_the_row_back(lists: Lists) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("Orlov")
    row = await lists.row(campaign, account)
    await pay(lists, account, "500.00")
    assert await klass(lists, row) == "paid"
    async with transaction(lists.base.pools) as db:
        await ledger_posting.take_back(db, account, clock.now().date(), 0, "the bank took it back", Poster(by=None))
    assert await klass(lists, row) == "waiting"


async def test_who_may_not_be_called_is_put_off_with_the_reason(lists: Lists) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("Zaitsev")
    row = await lists.row(campaign, account)
    later = NOW + timedelta(hours=11)
    other = await lists.row(campaign, await lists.debtor("Belov", "+79160000009"))
    blocked = PutOff(row_id=row, klass="waiting", reasons=("hours",), next_at=later, policy="ru-230@1")
    barred = PutOff(row_id=other, klass="blocked_by_law", reasons=("dispute",), next_at=None, policy="ru-230@1")
    async with transaction(lists.base.pools) as db:
        await outbound_attempts.put_off(db, [blocked, barred], NOW)
    assert [await klass(lists, one) for one in (row, other)] == ["waiting", "blocked_by_law"]
    assert await lists.value(tables.campaign_rows, "reasons", row) == ["hours"]
    assert await lists.value(tables.campaign_rows, "next_at", row) == later
    assert await due(lists, campaign) == []


async def test_contacts_of_every_kind_count_once(lists: Lists) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("Fedorov")
    customer, row = await lists.customer_of(account), await lists.row(campaign, account)
    attempt = await take(lists, row, account, "main-6.1", campaign_id=campaign)
    assert attempt is not None
    async with transaction(lists.base.pools) as db:
        await outbound_attempts.step(db, attempt, "talking", NOW, operator_id=await lists.base.user("anna"))
    await lists.add(
        tables.attempts, account_id=account, customer_id=customer, mode="preview", number="+79161234567",
        call_id="main-6.0", planned_at=NOW, ended_at=NOW, outcome="cancelled",
    )  # fmt: skip
    talk = {"account_id": account, "channel": "phone", "began_at": NOW, "answered_at": NOW, "number": "+79161234567"}
    await lists.add(tables.interactions, call_id="main-6.1", direction="out", **talk)
    await lists.add(tables.interactions, call_id="main-6.2", direction="in", **talk)
    await lists.add(tables.outbox, channel="sms", address="+79161234567", body="pay", account_id=account, asked_at=NOW)
    await lists.add(
        tables.outbox,
        channel="sms",
        address="+79161234567",
        body="pay",
        account_id=account,
        asked_at=NOW,
        state="failed",
    )
    async with reading(lists.base.pools) as db:
        found = await outbound_due.contacts_of(db, [customer], NOW - timedelta(days=1))
    assert sorted((one.channel, one.conversation, one.by_us) for one in found) == [
        ("call", True, False), ("call", True, True), ("sms", False, True),
    ]  # fmt: skip


async def test_since_when_the_house_placed_so_many_calls_is_known_and_messages_are_none(lists: Lists) -> None:
    account = await lists.debtor("Ivanov")
    for hours in (30, 5, 4):
        attempt = await take(lists, None, account, f"main-out{hours}", planned_at=NOW - timedelta(hours=hours))
        assert attempt is not None
        await settle(lists, attempt, "busy", "waiting")
    day = NOW - timedelta(hours=24)
    async with reading(lists.base.pools) as db:
        assert await outbound_running.so_many_back(db, 1, day) == NOW - timedelta(hours=4)
        assert await outbound_running.so_many_back(db, 2, day) == NOW - timedelta(hours=5)
        assert await outbound_running.so_many_back(db, 3, day) is None
        assert await outbound_running.so_many_back(db, 4, day) is None
    async with transaction(lists.base.pools) as db:
        newest = select(func.max(tables.attempts.c.id)).scalar_subquery()
        await db.execute(update(tables.attempts).where(tables.attempts.c.id == newest).values(channel="sms"))
    async with reading(lists.base.pools) as db:
        assert await outbound_running.so_many_back(db, 1, day) == NOW - timedelta(hours=5)
        assert await outbound_running.so_many_back(db, 2, day) is None
