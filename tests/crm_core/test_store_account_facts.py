"""Facts of accounts: worked out from their histories, kept up to date by what changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from crm_core import tables
from crm_core.db import Database, reading, transaction
from crm_core.segments.bits import BITS
from crm_core.store import account_facts as store
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration
ZONE = "Europe/Moscow"


async def caught_up(db: Database, today: date = TODAY) -> int:
    done = 0
    while True:
        async with transaction(db) as writing:
            some = await store.catch_up(writing, today, ZONE)
        if not some:
            return done
        done += some


async def facts(db: Database, account_id: int) -> Any:
    async with reading(db) as seen:
        query = select(tables.account_facts).where(tables.account_facts.c.account_id == account_id)
        return (await seen.execute(query)).one_or_none()


def invoice(account: int, month: int, left: str, *, disputed: bool = False) -> dict[str, object]:
    return {
        "account_id": account, "period": date(2026, month, 1), "issued_on": date(2026, month, 5),
        "due_on": date(2026, month, 25), "amount": Decimal(100), "open_amount": Decimal(left), "disputed": disputed,
    }  # fmt: skip


def reading_row(account: int, register: int, day: date, quality: str, revision: int = 0) -> dict[str, object]:
    return {
        "account_id": account, "register_id": register, "taken_on": day, "revision": revision, "value": Decimal(5),
        "source": "ivr" if quality == "actual" else "office", "quality": quality,
    }  # fmt: skip


async def test_facts_are_what_the_histories_say(db: Database, base: Base) -> None:
    customer = await base.customer("Anna", kind="organisation", flags=["vip"], language="ru")
    account = await base.account(customer, flags=["dispute", "vip"])
    day, night = await base.meter(account, "day", "night", verification_due=date(2027, 1, 1))
    await base.meter(account, "single", serial="OLD", removed_on=date(2025, 1, 1), verification_due=date(2020, 1, 1))
    await base.rows(
        tables.invoices,
        invoice(account, 8, "0"),
        invoice(account, 9, "40"),
        invoice(account, 10, "60", disputed=True),
        invoice(account, 11, "100"),
    )
    await base.rows(
        tables.payments,
        {"account_id": account, "paid_on": date(2026, 9, 1), "seq": 0, "amount": Decimal(7), "channel": "bank"},
        {"account_id": account, "paid_on": date(2026, 9, 1), "seq": 1, "amount": Decimal(8), "channel": "card"},
    )
    await base.rows(
        tables.readings,
        reading_row(account, day, date(2026, 9, 20), "actual"),
        reading_row(account, night, date(2026, 10, 20), "estimate"),
        reading_row(account, day, date(2026, 11, 20), "refused"),
    )
    await base.rows(
        tables.applications,
        *(
            {
                "account_id": account, "number": f"A{number}", "kind": "meter_fault", "title": "Meter",
                "stage": stage, "filed_on": date(2026, 1, 1), "due_on": date(2026, number, 1),
            }
            for number, stage in ((1, "done"), (2, "in_work"), (3, "filed"))
        ),
    )  # fmt: skip
    await base.rows(
        tables.promises,
        *(
            {"account_id": account, "amount": Decimal(5), "due_on": date(2026, 12, 1), "status": status}
            for status in ("open", "broken", "broken")
        ),
    )
    await base.rows(
        tables.interactions,
        {
            "account_id": account, "channel": "phone", "direction": "in", "disposition": "PTP",
            "began_at": datetime(2026, 11, 1, 22, 30, tzinfo=UTC),
        },
    )  # fmt: skip
    assert await caught_up(db) == 1
    found = (await facts(db, account))._mapping
    wanted = {
        "kind": "organisation", "language": "ru", "status": "active", "tariff": "S", "time_zone": ZONE,
        "closed_on": None, "overdue": Decimal("40.00"), "disputed": True,
        "oldest_due_on": date(2026, 9, 25), "next_due_on": date(2026, 11, 25), "paid_on": date(2026, 9, 1),
        "paid_amount": Decimal("8.00"), "paid_channel": "card", "read_on": date(2026, 10, 20),
        "actual_on": date(2026, 9, 20), "read_source": "office", "read_quality": "estimate", "multi_tariff": True,
        "verification_due": date(2027, 1, 1), "open_applications": 2, "application_due_on": date(2026, 2, 1),
        # Half past ten in the evening in London is the next day in Moscow.
        "promise_due_on": date(2026, 12, 1), "broken_promises": 2, "contacted_on": date(2026, 11, 2),
        "disposition": "PTP", "contact_channel": "phone", "contact_direction": "in", "flags": ["dispute", "vip"],
        "invoiced_on": date(2026, 11, 5), "invoiced_amount": Decimal("100.00"), "open_invoices": 3,
        "promise_amount": Decimal("5.00"), "promise_status": "broken", "kept_promises": 0, "meters": 1,
        "installed_on": date(2020, 1, 1), "amr": False,
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted


async def test_an_account_without_a_history_has_facts_too(db: Database, base: Base) -> None:
    account = await base.subscriber()
    await caught_up(db)
    found = await facts(db, account)
    assert (found.overdue, found.paid_on, found.read_on, found.flags) == (Decimal("0.00"), None, None, [])
    assert (found.multi_tariff, found.disputed, found.open_applications) == (False, False, 0)


async def told(db: Database, account: int) -> dict[str, object]:
    """What is known of people, supply and work, codes instead of bits."""
    await caught_up(db)
    found = (await facts(db, account))._mapping
    names = ("reach", "wanted", "opt_outs", "consents", "withdrawn", "supply", "services")
    bits = {name: {code for place, code in enumerate(BITS[name]) if found[name] >> place & 1} for name in names}
    plain = ("agreed_on", "agreement_ends_on", "prepay", "budget_bill", "three_phase", "max_kw", "disputed_amount",
             "noticed_on", "notice_kind", "notice_status", "warned_on", "open_tasks", "task_due_on",
             "customer_status", "priority", "special_need", "amr")  # fmt: skip
    return bits | {name: found[name] for name in plain}


async def test_people_supply_and_work_are_facts_too(db: Database, base: Base) -> None:
    customer = await base.customer("Anna", status="former", priority="high", special_need="Hard of hearing")
    account = await base.account(customer)
    await base.meter(account, "single", amr=True)
    late = datetime(2026, 11, 1, 22, 30, tzinfo=UTC)
    await base.rows(
        tables.contacts,
        {"customer_id": customer, "name": "A", "phone": "+79120000001", "verified": True, "channel": "sms",
         "opt_out": ["post"]},
        {"customer_id": customer, "name": "B", "email": "b@example.org", "opt_out": ["phone", "unknown"]},
        {"customer_id": customer, "name": "C", "channel": "messenger", "ended_at": late},
    )  # fmt: skip
    said = {"customer_id": customer, "at": late, "how": "web"}
    await base.rows(
        tables.consents,
        {"kind": "calls", "given": True, **said},
        {"kind": "calls", "given": False, **said},
        {"kind": "sms", "given": True, **said},
    )
    agreed = {"account_id": account, "supply": "restricted", "started_on": date(2026, 1, 1), "prepay": True}
    ended = {"supply": "ended", "started_on": date(2020, 1, 1), "ended_on": date(2025, 1, 1), "prepay": False}
    await base.rows(tables.agreements, agreed, agreed | ended | {"budget_bill": True})
    point = {"account_id": account, "service": "gas", "phases": 3, "max_kw": Decimal("15.5")}
    await base.rows(tables.service_points, point, point | {"service": "heat", "max_kw": None})
    month = {"account_id": account, "period": date(2026, 9, 1), "reason": "x"}
    await base.rows(
        tables.disputes,
        month | {"amount": Decimal(12)},
        month | {"amount": Decimal(5), "status": "rejected"},
    )
    sent = {"account_id": account, "channel": "letter", "amount": Decimal(9)}
    await base.rows(
        tables.notices,
        sent | {"kind": "restriction_warning", "status": "delivered", "told_at": late, "sent_at": late},
        sent | {"kind": "restriction_warning", "status": "sent", "sent_at": datetime(2026, 11, 9, tzinfo=UTC)},
        sent | {"kind": "court", "status": "failed", "sent_at": datetime(2026, 11, 10, tzinfo=UTC)},
    )
    todo = {"account_id": account, "kind": "call", "title": "x", "source": "person"}
    await base.rows(
        tables.tasks,
        todo | {"due_at": late},
        todo,
        todo | {"state": "done", "due_at": datetime(2020, 1, 1, tzinfo=UTC)},
    )
    assert await told(db, account) == {
        "reach": {"phone", "verified", "email"}, "wanted": {"sms"}, "opt_outs": {"phone", "post"},
        "consents": {"sms"}, "withdrawn": {"calls"}, "supply": {"restricted", "ended"}, "services": {"gas", "heat"},
        "agreed_on": date(2026, 1, 1), "agreement_ends_on": None, "prepay": True, "budget_bill": False,
        "three_phase": True, "max_kw": Decimal("15.50"), "disputed_amount": Decimal("12.00"),
        "noticed_on": date(2026, 11, 10), "notice_kind": "court", "notice_status": "failed",
        "warned_on": date(2026, 11, 2), "open_tasks": 2, "task_due_on": date(2026, 11, 2),
        "customer_status": "former", "priority": "high", "special_need": True, "amr": True,
    }  # fmt: skip


async def test_every_change_of_a_history_is_noticed(db: Database, base: Base) -> None:
    customer = await base.customer("Anna")
    account = await base.account(customer)
    await caught_up(db)
    (place,) = await _keys(db, select(tables.accounts.c.premises_id))
    (contact,) = await _keys(db, select(tables.contacts.c.id))
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    mine = {"account_id": account}
    # Of whom, what happens, and what is known afterwards.
    changes: tuple[tuple[Any, str, object], ...] = (
        (update(tables.customers).where(tables.customers.c.id == customer).values(language="en"), "language", "en"),
        (update(tables.accounts).where(tables.accounts.c.id == account).values(status="closed"), "status", "closed"),
        (
            update(tables.premises).where(tables.premises.c.id == place).values(time_zone="Asia/Omsk"),
            "time_zone",
            "Asia/Omsk",
        ),
        (insert(tables.invoices).values(invoice(account, 9, "5")), "overdue", Decimal("5.00")),
        (update(tables.invoices).values(open_amount=Decimal(3)), "overdue", Decimal("3.00")),
        (delete(tables.invoices), "overdue", Decimal("0.00")),
        (update(tables.contacts).values(email="anna@example.org"), "reach", 4),
        (insert(tables.contact_numbers).values(contact_id=contact, number="+79120000001"), "reach", 5),
        (update(tables.contact_numbers).values(verified_at=moment), "reach", 7),
        (delete(tables.contact_numbers), "reach", 4),
        (
            insert(tables.consents).values(customer_id=customer, kind="sms", given=True, at=moment, how="web"),
            "consents",
            4,
        ),
        (insert(tables.agreements).values(mine | {"started_on": TODAY, "supply": "cut_off"}), "supply", 4),
        (update(tables.agreements).values(supply="connected"), "supply", 1),
        (insert(tables.service_points).values(mine | {"service": "gas"}), "services", 4),
        (
            insert(tables.disputes).values(mine | {"period": TODAY, "amount": 7, "reason": "x"}),
            "disputed_amount",
            Decimal("7.00"),
        ),
        (
            insert(tables.notices).values(mine | {"kind": "court", "channel": "sms", "amount": 1, "sent_at": moment}),
            "notice_kind",
            "court",
        ),
        (insert(tables.tasks).values(mine | {"kind": "call", "title": "x", "source": "person"}), "open_tasks", 1),
        (update(tables.tasks).values(state="done"), "open_tasks", 0),
    )
    for statement, name, value in changes:
        async with transaction(db) as writing:
            await writing.execute(statement)
        assert await caught_up(db) == 1, statement
        assert getattr(await facts(db, account), name) == value


async def _keys(db: Database, query: Any) -> list[int]:
    async with reading(db) as seen:
        return list((await seen.execute(query)).scalars())


async def test_a_change_that_is_rolled_back_leaves_no_note(db: Database, base: Base) -> None:
    account = await base.subscriber()
    await caught_up(db)
    async with transaction(db) as writing:
        undone = await writing.begin_nested()
        await writing.execute(insert(tables.invoices).values(invoice(account, 9, "5")))
        await undone.rollback()
    async with reading(db) as seen:
        assert await store.freshness(seen) == store.Freshness(since=None, accounts=0)


async def test_how_far_the_facts_lie_behind_is_told(db: Database, base: Base) -> None:
    await base.subscriber()
    async with reading(db) as seen:
        behind = await store.freshness(seen)
    assert behind.since is not None
    assert behind.accounts >= 1


async def test_a_statement_of_many_rows_leaves_few_notes(db: Database, base: Base) -> None:
    account = await base.subscriber()
    await caught_up(db)
    async with transaction(db) as writing:
        copies = text(
            "insert into accounts (number, customer_id, premises_id, tariff_id, currency, opened_on)"
            " select lpad((1000 + n)::text, 12, '0'), customer_id, premises_id, tariff_id, currency, opened_on"
            " from accounts, generate_series(1, 12000) n where accounts.id = :account"
        )
        await writing.execute(copies.bindparams(account=account))
    async with reading(db) as seen:
        notes = (await seen.execute(select(tables.facts_due.c.accounts))).scalars().all()
    assert sorted(map(len, notes)) == [2000, 5000, 5000]
    async with transaction(db) as writing:
        assert await store.catch_up(writing, TODAY, ZONE) == 5000


async def test_only_one_works_facts_out_at_a_time(db: Database, base: Base) -> None:
    await base.subscriber()
    async with transaction(db) as one, transaction(db) as other:
        assert await store.catch_up(one, TODAY, ZONE) == 1
        assert await store.catch_up(other, TODAY, ZONE) == 0


async def test_what_falls_due_in_the_night_is_overdue_in_the_morning(db: Database, base: Base) -> None:
    account = await base.subscriber()
    await base.rows(tables.invoices, invoice(account, 11, "100"))
    await caught_up(db)
    assert (await facts(db, account)).overdue == 0
    tomorrow = date(2026, 11, 26)
    async with transaction(db) as writing:
        assert await store.fall_due(writing, date(2026, 11, 25)) == 0
        assert await store.fall_due(writing, tomorrow) == 1
    await caught_up(db, tomorrow)
    assert (await facts(db, account)).overdue == Decimal("100.00")
    async with transaction(db) as writing:
        assert await store.fall_due(writing, tomorrow) == 0


async def test_what_is_no_account_any_more_is_forgotten(db: Database, base: Base) -> None:
    account = await base.account(await base.customer("Anna"), balance=Decimal(0))
    await caught_up(db)
    async with transaction(db) as writing:
        await writing.execute(delete(tables.accounts).where(tables.accounts.c.id == account))
    await caught_up(db)
    assert await facts(db, account) is None


async def test_whoever_fills_the_base_in_bulk_leaves_no_notes(db: Database, base: Base) -> None:
    await base.subscriber()
    await caught_up(db)
    async with transaction(db) as writing:
        await writing.execute(text("set local busbar.facts = 'off'"))
        await writing.execute(update(tables.accounts).values(status="closed"))
    async with reading(db) as seen:
        assert (await store.freshness(seen)).accounts == 0
