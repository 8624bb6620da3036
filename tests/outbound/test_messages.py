"""Reminders by SMS and e-mail: through the gate into the outbox, each once, counted as one contact; real PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core import clock, tables
from crm_core.db import reading, transaction
from crm_core.settings import Settings
from crm_core.store import outbound_campaigns, outbound_due, outbound_messages
from outbound import messages
from outbound.law.text import shipped
from tests.crm_core.conftest import Base, base, db  # noqa: F401 -- fixtures
from tests.crm_core.outbound_base import Lists

pytestmark = pytest.mark.integration
TEXT = "Dear {name}, {debt} is owed on {account}. {0} {name!r} %s"


@pytest.fixture
def lists(base: Base) -> Lists:  # noqa: F811
    return Lists(base)


async def campaign_of(lists: Lists, **more: object) -> int:
    values: dict[str, object] = {"mode": "message", "channel": "sms", "message": TEXT, "most_tries": 2}
    return await lists.campaign(**(values | more))


async def send(lists: Lists, settings: Settings, campaign: int) -> int:
    async with reading(lists.base.pools) as connection:
        one = await outbound_campaigns.one(connection, campaign)
    return await messages.send_due(lists.base.pools, settings, one, shipped("none"))


async def rows_of(lists: Lists, table: object) -> list[object]:
    async with reading(lists.base.pools) as connection:
        return list((await connection.execute(table.select().order_by("id"))).all())  # type: ignore[attr-defined]


async def test_who_may_be_written_to_is_and_the_others_say_why_not(lists: Lists, settings: Settings) -> None:
    campaign, now = await campaign_of(lists), clock.now()
    good = await lists.debtor("Anna", "+79161234567")
    landline = await lists.debtor("Home", "")
    no_sms = await lists.debtor("Silent", "+79161234568")
    disputes = await lists.debtor("Disputes", "+79161234569")
    no_calls = await lists.debtor("Write to me", "+79161234570")
    await lists.add(tables.disputes, account_id=disputes, period=now.date(), amount=1, reason="not mine")
    for account, kind in ((no_sms, "sms"), (no_calls, "calls")):
        customer = await lists.customer_of(account)
        await lists.add(tables.consents, customer_id=customer, kind=kind, given=False, at=now, how="phone")
    keys = [await lists.row(campaign, one) for one in (good, landline, no_sms, disputes, no_calls)]

    assert await send(lists, settings, campaign) == 2
    stands = {row.id: (row.klass, row.reasons) for row in await rows_of(lists, tables.campaign_rows)}  # type: ignore[attr-defined]
    assert [stands[key] for key in keys] == [
        ("waiting", []), ("bad_number", ["no_number"]), ("blocked_by_law", ["no_consent"]),
        ("blocked_by_law", ["dispute"]), ("waiting", []),
    ]  # fmt: skip
    letters = await rows_of(lists, tables.outbox)
    assert [letter.address for letter in letters] == ["+79161234567", "+79161234570"]  # type: ignore[attr-defined]
    number = await lists.value(tables.accounts, "number", good)
    assert letters[0].body == f"Dear Anna, 500.00 {settings.currency} is owed on {number}. {{0}} {{name!r}} %s"  # type: ignore[attr-defined]
    assert await send(lists, settings, campaign) == 0, "the next one is not due yet"
    async with reading(lists.base.pools) as connection:
        customer = await lists.customer_of(good)
        heard = await outbound_due.contacts_of(connection, [customer], now - timedelta(days=1))
    assert [(one.channel, one.outcome) for one in heard] == [("sms", "sent")], "the outbox is no second contact"


async def test_a_message_goes_once_however_often_it_is_tried(lists: Lists, settings: Settings) -> None:
    campaign = await campaign_of(lists, most_tries=1)
    row = await lists.row(campaign, await lists.debtor("Once"))
    async with reading(lists.base.pools) as connection:
        (due,) = await outbound_due.due(connection, campaign, clock.now(), 5)
    assert await send(lists, settings, campaign) == 1
    new = outbound_messages.NewMessage(address="+79161234567", subject="", body="again", language="en", policy="none@0")
    async with transaction(lists.base.pools) as connection:
        now = clock.now()
        assert not await outbound_messages.send(connection, due, "sms", new, "waiting", now, now)
    assert len(await rows_of(lists, tables.outbox)) == 1
    assert await lists.value(tables.campaign_rows, "klass", row) == "not_reached", "as often as the campaign writes"


async def test_a_letter_goes_by_mail_to_who_has_an_address_and_does_not_refuse_it(
    lists: Lists, settings: Settings
) -> None:
    campaign = await campaign_of(lists, channel="email")
    anna = await lists.debtor("Anna", "+79161234567")
    nowhere = await lists.debtor("No address", "+79161234568")
    refuses = await lists.debtor("No letters", "+79161234569")
    for account in (anna, refuses):
        await lists.write(account, f"debtor{account}@example.net")
    customer = await lists.customer_of(refuses)
    await lists.add(tables.consents, customer_id=customer, kind="email", given=False, at=clock.now(), how="phone")
    keys = [await lists.row(campaign, one) for one in (anna, nowhere, refuses)]

    assert await send(lists, settings, campaign) == 1
    stands = {row.id: (row.klass, row.reasons) for row in await rows_of(lists, tables.campaign_rows)}  # type: ignore[attr-defined]
    assert [stands[key] for key in keys] == [
        ("waiting", []), ("bad_number", ["no_number"]), ("blocked_by_law", ["no_consent"]),
    ]  # fmt: skip
    (letter,) = await rows_of(lists, tables.outbox)
    assert (letter.channel, letter.address) == ("email", f"debtor{anna}@example.net")  # type: ignore[attr-defined]
    assert letter.subject, "a letter says what it is about before it is opened"  # type: ignore[attr-defined]
    assert letter.body.startswith("Dear Anna, 500.00 ")  # type: ignore[attr-defined]
