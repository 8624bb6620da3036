"""The card on a real PostgreSQL."""

# ruff: noqa: RUF001 -- names are Cyrillic.
from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import select

from crm_core import db as way
from crm_core import tables
from crm_core.card import DebtBucket
from crm_core.card_facts import price
from crm_core.errors import DatabaseUnavailable
from crm_core.store.card_statement import CARD
from crm_core.store.cards import TIMELINE, load_card, read_card
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration


async def test_there_is_no_card_of_nobody(db: way.Database) -> None:
    async with way.reading(db) as connection:
        assert await load_card(connection, 4711, TODAY) is None


async def test_a_bare_account_has_a_card(db: way.Database, base: Base) -> None:
    account = await base.subscriber("Иванов Иван", "+79161234567")
    async with way.reading(db) as connection:
        card = await load_card(connection, account, TODAY)
    assert card is not None
    assert (card.customer, card.tariff_price, card.balance) == ("Иванов Иван", "5.43", Decimal("123.45"))
    assert [person.phone for person in card.contacts] == ["+79161234567"]
    assert (card.readings, card.invoices, card.flags, card.interactions) == ((), (), (), ())
    # What the account was opened with is a charge: nothing that is owed is missing from the debt.
    assert [(one.label, one.amount) for one in card.debt] == [("current", Decimal("123.45"))]


async def full(base: Base) -> int:
    customer = await base.customer("ООО Ромашка", "+74951234567", "organisation", "Анна", flags=["vip"])
    account = await base.account(customer, flags=["legal"])
    await base.account(customer, "Tver, Mira 7", closed_on=date(2025, 1, 1))
    day, night = await base.meter(account, "day", "night", serial="NEW")
    (old,) = await base.meter(account, "single", serial="OLD", removed_on=date(2026, 1, 1))
    reading = {"account_id": account, "source": "ivr"}
    await base.rows(
        tables.readings,
        reading | {"register_id": old, "taken_on": date(2024, 11, 1), "value": 5, "quality": "actual"},
        reading | {"register_id": old, "taken_on": date(2026, 1, 1), "value": 900, "quality": "exchange"},
        reading | {"register_id": day, "taken_on": date(2026, 10, 20), "value": 100, "quality": "actual"},
        reading
        | {
            "register_id": day,
            "taken_on": date(2026, 10, 20),
            "revision": 1,
            "value": Decimal("110.125"),
            "quality": "actual",
        },
        reading
        | {"register_id": night, "taken_on": date(2026, 10, 20), "value": 50, "quality": "actual", "consumption": 7},
        reading
        | {"register_id": night, "taken_on": date(2026, 11, 20), "value": 990, "quality": "held", "doubt": "too-high"},
        reading | {"register_id": night, "taken_on": date(2026, 11, 21), "value": 1, "quality": "refused"},
    )
    invoice = {"account_id": account, "issued_on": date(2026, 11, 1), "amount": Decimal("1000.10")}
    await base.rows(
        tables.invoices,
        invoice | {"period": date(2022, 1, 1), "due_on": date(2022, 2, 25), "open_amount": Decimal("0.10")},
        invoice | {"period": date(2022, 2, 1), "due_on": date(2022, 3, 25), "open_amount": 0},
        invoice | {"period": date(2026, 9, 1), "due_on": date(2026, 10, 25), "open_amount": Decimal("500.05")},
        invoice | {"period": date(2026, 10, 1), "due_on": date(2026, 11, 25), "open_amount": Decimal("1000.10")},
        invoice | {"period": date(2026, 8, 1), "due_on": date(2026, 9, 25), "open_amount": 5, "disputed": True},
    )
    await base.rows(tables.payments, *(
        {"account_id": account, "paid_on": date(2026, 1 + month, 5), "amount": Decimal("10.00"), "channel": "bank"}
        for month in range(5)
    ))  # fmt: skip
    await base.rows(tables.promises, {"account_id": account, "amount": 7, "due_on": TODAY})
    await base.rows(
        tables.applications,
        {
            "number": "A1",
            "account_id": account,
            "kind": "seal",
            "title": "Seal",
            "stage": "in_work",
            "filed_on": date(2026, 1, 1),
            "due_on": date(2026, 11, 21),
        },
        {
            "number": "A2",
            "account_id": account,
            "kind": "seal",
            "title": "Seal",
            "stage": "done",
            "filed_on": date(2026, 2, 1),
            "due_on": date(2026, 3, 1),
        },
    )
    began = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    await base.rows(
        tables.interactions,
        {"call_id": "c1", "account_id": account, "channel": "phone", "direction": "in", "began_at": began,
         "answered_at": began, "ended_at": began.replace(minute=3), "disposition": "INFO",
         "path": ["greeting", "account=1"], "operator_id": await base.user("olga")},
        {"call_id": "c2", "account_id": account, "channel": "phone", "direction": "in", "began_at": began,
         "phase": "talking"},
    )  # fmt: skip
    return account


async def test_a_full_card_is_right_to_the_cent(db: way.Database, base: Base) -> None:
    account = await full(base)
    async with way.reading(db) as connection:
        card = await load_card(connection, account, TODAY)
    assert card is not None
    assert card.flags == ("vip", "legal", "debt", "dispute")
    assert [(other.address, other.why) for other in card.other_accounts] == [("Tver, Mira 7", "customer")]
    assert card.debt == (
        DebtBucket(label="current", amount=Decimal("1000.10") + Decimal("123.45")),
        DebtBucket(label="1-30", amount=Decimal("500.05")),
        DebtBucket(label="1096+", amount=Decimal("0.10")),
        DebtBucket(label="disputed", amount=Decimal("5.00")),
    )
    assert (card.overdue, card.next_due_on) == (Decimal("500.15"), date(2026, 11, 25))
    assert [(row.number[-6:], row.status) for row in card.invoices] == [
        ("202610", "open"), ("202609", "overdue"), ("202608", "disputed"), ("202201", "overdue")
    ]  # fmt: skip
    assert [meter.serial for meter in card.meters] == ["NEW", "OLD"]
    assert [(one.code, one.last_value) for one in card.meters[0].registers] == [
        ("day", Decimal("110.125")),
        ("night", Decimal(50)),
    ]
    assert [(row.register_code, row.value, row.quality, row.doubt) for row in card.readings] == [
        ("night", Decimal(990), "held", "too-high"),
        ("day", Decimal("110.125"), "actual", ""),
        ("night", Decimal(50), "actual", ""),
        ("single", Decimal(900), "exchange", ""),
    ]
    assert [payment.paid_on.month for payment in card.payments] == [5, 4, 3, 2, 1]
    assert [(one.number, one.late) for one in card.applications] == [("A2", False), ("A1", True)]
    (contact,) = card.interactions
    assert (contact.call_id, contact.seconds, contact.operator) == ("c1", 180, "Olga")
    assert contact.path == ("greeting", "account=1")


async def test_what_other_parts_of_the_house_know_is_on_the_card(db: way.Database, base: Base) -> None:
    account = await full(base)
    now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    mine = {"account_id": account, "amount": Decimal("12.50")}
    await base.rows(
        tables.adjustments,
        mine | {"kind": "penalty", "posted_on": TODAY, "due_on": TODAY, "reason": "paid late"},
    )
    await base.rows(tables.disputes, mine | {"period": date(2026, 8, 1), "reason": "too much", "raised_at": now})
    await base.rows(tables.notices, mine | {"kind": "reminder", "channel": "sms", "sent_at": now})
    task = {"account_id": account, "kind": "call", "source": "person"}
    await base.rows(
        tables.tasks, task | {"title": "Call back", "due_at": now}, task | {"title": "Over", "state": "done"}
    )
    field = {"title": "Heating", "options": [{"code": "gas", "title": "Gas boiler"}]}
    await base.rows(
        tables.custom_fields,
        field | {"entity": "account", "code": "heating", "type": "choice"},
        field | {"entity": "meter", "code": "box", "type": "choice"},
        {"entity": "customer", "code": "rooms", "title": "Rooms", "type": "whole", "position": 1},
    )
    async with way.reading(db) as connection:
        fields = dict(list(await connection.execute(select(tables.custom_fields.c.code, tables.custom_fields.c.id))))
        customer = (await load_card(connection, account, TODAY)).customer_id  # type: ignore[union-attr]
    await base.rows(
        tables.custom_values,
        {"entity_id": account, "field_id": fields["heating"], "text": "gas"},
        {"entity_id": account, "field_id": fields["box"], "text": "gas"},
        {"entity_id": customer, "field_id": fields["rooms"], "number": Decimal(3)},
    )
    async with way.reading(db) as connection:
        card = await load_card(connection, account, TODAY)
    assert card is not None
    assert (card.adjustments[0].kind, card.adjustments[0].amount) == ("penalty", Decimal("12.50"))
    assert [(one.reason, one.status) for one in card.disputes] == [("too much", "open")]
    assert [(one.kind, one.channel, one.status) for one in card.notices] == [("reminder", "sms", "sent")]
    assert [one.title for one in card.tasks] == ["Call back"]
    assert {(one.title, one.value) for one in card.fields} == {("Heating", "Gas boiler"), ("Rooms", "3")}
    assert card.documents == ()


async def test_a_card_is_one_round_trip(db: way.Database, base: Base) -> None:
    account = await full(base)
    async with way.reading(db) as connection:
        await load_card(connection, account, TODAY)
    with tempfile.TemporaryFile("w+") as trace:
        async with way.reading(db) as connection:
            link: Any = (await connection.get_raw_connection()).driver_connection
            link.pgconn.trace(trace.fileno())
            await load_card(connection, account, TODAY)
        link.pgconn.untrace()
        trace.seek(0)
        said = [line.split("\t") for line in trace]
    # From taking the connection out of its pool to putting it back, the client waited for the server once.
    assert sum(words[1] == "F" and words[3].startswith("Sync") for words in said) == 1, said
    assert not any(words[3].startswith("Query") for words in said), said


async def test_a_card_whose_connection_is_cut_says_that_the_base_is_away(db: way.Database, base: Base) -> None:
    account = await full(base)

    async def cut() -> None:
        async with way.reading(db) as connection:
            link: Any = (await connection.get_raw_connection()).driver_connection
            async with way.transaction(db) as killer:
                await killer.exec_driver_sql(f"select pg_terminate_backend({link.pgconn.backend_pid})")
            await load_card(connection, account, TODAY)

    with pytest.raises(DatabaseUnavailable):
        await cut()
    async with way.reading(db) as connection:
        assert await load_card(connection, account, TODAY) is not None


async def test_a_card_in_a_hurry_is_the_same_card_and_leaves_nothing_behind(db: way.Database, base: Base) -> None:
    account = await full(base)
    async with way.reading(db) as connection:
        unhurried = await load_card(connection, account, TODAY)
    assert unhurried is not None
    assert await read_card(db, account, TODAY) == unhurried
    assert await read_card(db, 4711, TODAY) is None
    async with way.reading(db) as connection:
        link: Any = (await connection.get_raw_connection()).driver_connection
        assert link.autocommit
        assert link.info.transaction_status is TransactionStatus.IDLE


async def test_a_card_in_a_hurry_survives_connections_that_were_cut(db: way.Database, base: Base) -> None:
    account = await full(base)
    assert await read_card(db, account, TODAY) is not None
    async with way.transaction(db) as killer:
        await killer.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where pid <> pg_backend_pid() and datname = current_database()"
        )
    # The news that it was cut may still be on its way: then the first who asks is told so, and the next is not.
    with suppress(DatabaseUnavailable):
        await read_card(db, account, TODAY)
    assert await read_card(db, account, TODAY) is not None


async def test_a_card_given_up_in_the_middle_leaves_no_answer_to_the_next(db: way.Database, base: Base) -> None:
    account = await full(base)
    slow = "select %(word)s::text from pg_sleep(0.2)"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(way.read_value(db, slow, {"word": "late"}), 0.02)
    assert await way.read_value(db, "select %(word)s::text", {"word": "mine"}) == "mine"
    assert await read_card(db, account, TODAY) is not None


async def test_every_part_of_a_card_lies_along_an_index(db: way.Database, base: Base) -> None:
    account = await full(base)
    parameters = {"account_id": account, "today": TODAY, "timeline": TIMELINE}
    async with way.reading(db) as connection:
        await connection.exec_driver_sql("set enable_seqscan = off")
        plan = "\n".join((await connection.exec_driver_sql(f"explain {CARD}", parameters)).scalars())
    assert "Seq Scan" not in plan, plan
    assert "pk_readings" in plan
    assert "pk_invoices" in plan


async def test_many_cards_at_once_need_no_more_connections_than_the_pool_has(db: way.Database, base: Base) -> None:
    account = await full(base)

    async def one() -> bool:
        async with way.reading(db) as connection:
            return await load_card(connection, account, TODAY) is not None

    assert all(await asyncio.gather(*(one() for _ in range(40))))


@pytest.mark.unit
def test_a_price_is_written_in_words() -> None:
    assert price({"single": "5.43"}) == "5.43"
    assert price({"night": "3.10", "day": "6.24"}) == "day 6.24 / night 3.10"
