"""Retention, holds, erasure and answers to subscribers on a real base."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import redis.asyncio as aioredis
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from crm_core import db as way
from crm_core import guard_jobs, journal
from crm_core.erasure import Move, State
from crm_core.errors import BadValue, NoSuchAnswer, NoSuchCustomer, NoSuchErasure, NoSuchHold, NotYours, OnHold
from crm_core.jobs import Progress
from crm_core.retention import Rule
from crm_core.settings import Settings
from crm_core.store import cards, erasures, jobs, retention, subjects
from crm_core.store.search import search
from crm_core.tables import (
    application_files,
    applications,
    contact_numbers,
    contacts,
    customer_changes,
    customers,
    imports,
    interaction_entries,
    interactions,
    merges,
    payments,
    sessions,
    work_history,
)
from crm_core.work.shelf import FolderShelf
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration
NOW = datetime.now(UTC)
PHONE, EMAIL = "+79123456789", "irina@example.org"
SECOND, EARLIER = "+74957654321", "+79160001122"


@pytest.fixture
async def valkey_link(redis_url: str) -> AsyncIterator[aioredis.Redis]:
    link = aioredis.Redis.from_url(redis_url)
    yield link
    await link.aclose()


@pytest.fixture
def house(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose journal lies where this test alone sees it."""
    return settings.model_copy(update={"run_dir": tmp_path})


async def progress(db: way.Database, valkey: aioredis.Redis, kind: str, **detail: int) -> Progress:
    async with way.transaction(db) as writing:
        job = await jobs.create(writing, kind, kind, None, detail)
        started = await jobs.started(writing, job.job_id, NOW)
    assert started
    return Progress(db, valkey, started)


async def irina(base: Base) -> tuple[int, int]:
    """A subscriber about whom much is known; returns customer and account."""
    customer = await base.customer("Irina Petrova", PHONE, tax_number="770123456789")
    account = await base.account(customer)
    await base.rows(contacts, {"customer_id": customer, "name": "Oleg Petrov", "phone": "+79031112233", "email": EMAIL})
    for days in (10, 2000):
        await base.rows(
            interactions,
            {
                "account_id": account,
                "channel": "phone",
                "direction": "in",
                "number": PHONE,
                "note": f"Irina Petrova asks to write to {EMAIL}",
                "began_at": NOW - timedelta(days=days),
                "ended_at": NOW - timedelta(days=days),
            },
        )
    await base.rows(
        applications,
        {
            "account_id": account,
            "number": f"A-{account}",
            "kind": "x",
            "title": f"call {PHONE}",
            "stage": "filed",
            "filed_on": TODAY,
        },
    )
    await base.rows(payments, {"account_id": account, "paid_on": TODAY, "amount": 5, "channel": "bank"})
    return customer, account


async def rows(db: way.Database, table: object) -> int:
    async with way.reading(db) as reading:
        return int((await reading.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]


async def test_retention_takes_what_is_old_and_a_hold_keeps_its_customer_s(
    db: way.Database, base: Base, valkey_link: aioredis.Redis
) -> None:
    _, _ = await irina(base)
    held, _ = await irina(base)
    olga = await base.user("olga")
    await base.rows(
        sessions,
        {"token_hash": "a", "user_id": olga, "csrf": "c", "expires_at": NOW - timedelta(days=40)},
        {"token_hash": "b", "user_id": olga, "csrf": "c", "expires_at": NOW},
    )
    async with way.transaction(db) as writing:
        await retention.place_hold(writing, held, "court, file 17", olga, NOW)
        planned = {one.kind: (one.rows, one.held) for one in await retention.due(writing, NOW)}
    assert planned["interactions"] == (1, 1)
    assert planned["sessions"] == (1, 0)
    assert await rows(db, interactions) == 4, "a dry run takes nothing"
    outcome = await guard_jobs.swept(await progress(db, valkey_link, "retention"))
    assert outcome["gone"]["interactions"] == 1
    assert (await rows(db, interactions), await rows(db, sessions)) == (3, 1)
    async with way.reading(db) as reading:
        kept = {one.rule.kind: one for one in await retention.rules(reading)}
    assert kept["interactions"].swept_rows == 1


async def test_a_rule_may_not_be_shorter_than_the_law(db: way.Database, base: Base) -> None:
    adam = await base.user("adam", "administrator")
    async with way.transaction(db) as writing:
        with pytest.raises(BadValue, match="at least 366"):
            await retention.set_rule(writing, Rule(kind="access_log", days=30, enabled=True), adam, NOW)
        with pytest.raises(BadValue, match="one of"):
            await retention.set_rule(writing, Rule(kind="payments", days=3000, enabled=True), adam, NOW)
        await retention.set_rule(writing, Rule(kind="access_log", days=500, enabled=False), adam, NOW)
        (changed,) = [one for one in await retention.rules(writing) if one.rule.kind == "access_log"]
    assert (changed.rule.days, changed.rule.enabled, changed.changed_by) == (500, False, "Adam")


async def test_a_hold_has_a_reason_stands_once_and_is_lifted_once(db: way.Database, base: Base) -> None:
    olga, customer = await base.user("olga"), await base.customer("Irina Petrova")
    async with way.transaction(db) as writing:
        with pytest.raises(BadValue):
            await retention.place_hold(writing, customer, "  ", olga, NOW)
        with pytest.raises(NoSuchCustomer):
            await retention.place_hold(writing, 10**9, "court", olga, NOW)
        hold = await retention.place_hold(writing, customer, "court", olga, NOW)
        with pytest.raises(OnHold):
            await retention.place_hold(writing, customer, "again", olga, NOW)
        with pytest.raises(OnHold, match="lift it first"):
            await erasures.ask(writing, customer, "letter 5", olga, NOW)
        assert await retention.lift_hold(writing, hold, "settled", olga, NOW) == customer
        with pytest.raises(NoSuchHold):
            await retention.lift_hold(writing, hold, "again", olga, NOW)
        (one,) = await retention.holds(writing)
    assert (one.customer, one.placed_by, one.lifted_by, one.lift_reason) == ("Irina Petrova", "Olga", "Olga", "settled")


async def test_who_is_erased_is_nowhere_to_be_found_and_his_money_stays(
    db: way.Database, base: Base, valkey_link: aioredis.Redis, house: Settings
) -> None:
    customer, account = await irina(base)
    await base.rows(
        interactions,
        {"channel": "phone", "direction": "in", "number": PHONE, "began_at": NOW, "note": ""},
    )
    neighbour = await base.subscriber("Petrov Petr", "+79990000001")
    olga, ivan = await base.user("olga"), await base.user("ivan")
    async with way.transaction(db) as writing:
        erasure = await erasures.ask(writing, customer, "letter 5", olga, NOW)
        with pytest.raises(NotYours):
            await erasures.decide(writing, erasure, Move.APPROVE, olga, NOW)
        await erasures.decide(writing, erasure, Move.APPROVE, ivan, NOW)
    outcome = await guard_jobs.forgotten(await progress(db, valkey_link, "erasure", erasure_id=erasure), house)
    assert outcome == {"state": State.DONE, "found": 0}
    async with way.reading(db) as reading:
        for asked in ("Petrova Irina", PHONE, "89123456789", "Oleg Petrov", EMAIL, "770123456789"):
            assert account not in [hit.candidate.account_id for hit in (await search(reading, asked)).hits]
        assert (await search(reading, "Petrov Petr")).hits[0].candidate.account_id == neighbour
        card = await cards.load_card(reading, account, TODAY)
    assert card is not None
    assert (card.customer, len(card.payments), len(card.interactions)) == (f"Erased {customer}", 1, 2)
    text = str(card)
    assert all(told not in text for told in ("Irina", PHONE, EMAIL, "Oleg", "9031112233"))
    assert journal.erased_since(house, NOW - timedelta(days=1)) == [customer]


async def around(base: Base, house: Settings, account: int) -> str:
    """What is hers by way of something of hers: lines, a second number, a file; returns what the file is known by."""
    async with way.reading(base.pools) as seen:
        mine = select(applications.c.id).where(applications.c.account_id == account)
        application = (await seen.execute(mine)).scalar_one()
        hers = select(interactions.c.id).where(interactions.c.account_id == account).limit(1)
        contact = (await seen.execute(hers)).scalar_one()
        person = (await seen.execute(select(contacts.c.id).where(contacts.c.email == EMAIL))).scalar_one()
        customer = (await seen.execute(select(contacts.c.customer_id).where(contacts.c.id == person))).scalar_one()
    digest = FolderShelf(house.run_dir / "files").put(b"her passport")
    await base.rows(
        work_history,
        {"subject": "application", "subject_id": application, "what": "form", "before": "", "after": f"mail: {EMAIL}"},
    )
    await base.rows(interaction_entries, {"interaction_id": contact, "what": "written", "note": f"call {SECOND}"})
    await base.rows(contact_numbers, {"contact_id": person, "number": SECOND})
    file = {"name": "passport.pdf", "media_type": "application/pdf", "size": 12, "digest": digest}
    await base.rows(application_files, {"application_id": application, **file})
    await base.rows(
        customer_changes,
        {"customer_id": customer, "object": "contact 1", "what": "phone", "before": EARLIER, "after": PHONE},
    )
    return digest


async def test_what_is_known_by_way_of_something_else_is_erased_too_and_only_with_a_second_person_s_word(
    db: way.Database, base: Base, valkey_link: aioredis.Redis, house: Settings
) -> None:
    customer, account = await irina(base)
    digest = await around(base, house, account)
    olga, ivan = await base.user("olga"), await base.user("ivan")
    async with way.transaction(db) as writing:
        erasure = await erasures.ask(writing, customer, "letter 5", olga, NOW)
    # That it was asked for opens no history.
    for erasing in ("", str(erasure), "4711"):
        with pytest.raises(DBAPIError, match="only grow"):
            await _blank(db, erasing)
    async with way.transaction(db) as writing:
        await erasures.decide(writing, erasure, Move.APPROVE, ivan, NOW)
    outcome = await guard_jobs.forgotten(await progress(db, valkey_link, "erasure", erasure_id=erasure), house)
    assert outcome == {"state": State.DONE, "found": 0}
    assert FolderShelf(house.run_dir / "files").get(digest) is None
    assert await rows(db, contact_numbers) == 0
    assert await rows(db, application_files) == 0
    async with way.reading(db) as reading:
        line = (await reading.execute(select(work_history.c.after))).scalar_one()
        entry = (await reading.execute(select(interaction_entries.c.note))).scalar_one()
        change = (await reading.execute(select(customer_changes.c.before, customer_changes.c.after))).one()
    assert (line, entry, tuple(change)) == ("mail: ***", "call ***", ("***", "***"))
    with pytest.raises(DBAPIError, match="only grow"):
        await _blank(db, str(erasure))


async def _blank(db: way.Database, erasing: str) -> None:
    """Change a history for an erasure, as the worker does."""
    async with way.transaction(db) as writing:
        await writing.execute(text("select set_config('busbar.erasing', :said, true)"), {"said": erasing})
        await writing.execute(update(work_history).values(after="nothing"))


async def test_who_was_merged_into_an_erased_customer_goes_with_him(
    db: way.Database, base: Base, valkey_link: aioredis.Redis, house: Settings
) -> None:
    customer, _ = await irina(base)
    twin = await base.customer("Irina Petrowa", "+79035554433", tax_number="770123456780")
    olga, ivan = await base.user("olga"), await base.user("ivan")
    await base.rows(
        merges,
        {
            "survivor_id": customer,
            "loser_id": twin,
            "merged_by": olga,
            "changed": {"name": ["Irina Petrowa", "Irina Petrova"]},
            "moved": {},
        },
    )
    async with way.transaction(db) as writing:
        erasure = await erasures.ask(writing, customer, "letter 5", olga, NOW)
        await erasures.decide(writing, erasure, Move.APPROVE, ivan, NOW)
    outcome = await guard_jobs.forgotten(await progress(db, valkey_link, "erasure", erasure_id=erasure), house)
    assert outcome == {"state": State.DONE, "found": 0}
    async with way.reading(db) as reading:
        assert (await search(reading, "+79035554433")).hits == ()
        row = (await reading.execute(select(merges.c.changed))).scalar_one()
        names = (await reading.execute(select(customers.c.name).where(customers.c.id == twin))).scalar_one()
    assert row == {"name": ["***", "***"]}
    assert names == f"Erased {customer}"


async def test_an_erasure_that_left_something_says_where(
    db: way.Database, base: Base, valkey_link: aioredis.Redis, house: Settings
) -> None:
    customer, _ = await irina(base)
    await base.rows(imports, {"file_hash": "h", "file_name": f"from {EMAIL}.csv", "kind": "subscribers"})
    olga, ivan = await base.user("olga"), await base.user("ivan")
    async with way.transaction(db) as writing:
        erasure = await erasures.ask(writing, customer, "letter 5", olga, NOW)
        await erasures.decide(writing, erasure, Move.APPROVE, ivan, NOW)
    await guard_jobs.forgotten(await progress(db, valkey_link, "erasure", erasure_id=erasure), house)
    async with way.reading(db) as reading:
        left = await erasures.by_id(reading, erasure)
    assert left is not None
    assert left.state is State.INCOMPLETE
    assert [(one.table, one.column, one.rows) for one in left.found] == [("imports", "file_name", 1)]


async def test_a_hold_that_came_after_the_approval_stops_the_erasure(
    db: way.Database, base: Base, valkey_link: aioredis.Redis, house: Settings
) -> None:
    customer, account = await irina(base)
    olga, ivan = await base.user("olga"), await base.user("ivan")
    async with way.transaction(db) as writing:
        erasure = await erasures.ask(writing, customer, "letter 5", olga, NOW)
        await erasures.decide(writing, erasure, Move.APPROVE, ivan, NOW)
        await retention.place_hold(writing, customer, "court", ivan, NOW)
    outcome = await guard_jobs.forgotten(await progress(db, valkey_link, "erasure", erasure_id=erasure), house)
    assert outcome == {"state": "held"}
    async with way.reading(db) as reading:
        card = await cards.load_card(reading, account, TODAY)
    assert card is not None
    assert card.customer == "Irina Petrova"


async def test_nothing_is_erased_that_was_refused(db: way.Database, base: Base) -> None:
    customer, _ = await irina(base)
    olga, ivan = await base.user("olga"), await base.user("ivan")
    async with way.transaction(db) as writing:
        erasure = await erasures.ask(writing, customer, "letter 5", olga, NOW)
        with pytest.raises(OnHold, match="already"):
            await erasures.ask(writing, customer, "letter 6", olga, NOW)
        assert (await erasures.decide(writing, erasure, Move.REFUSE, ivan, NOW)).state is State.REFUSED
        with pytest.raises(NoSuchErasure):
            await erasures.decide(writing, erasure, Move.APPROVE, ivan, NOW)
        assert [one.erasure_id for one in await erasures.listing(writing)] == [erasure]


async def test_a_subscriber_is_told_everything_known_of_him_and_nothing_of_others(
    db: way.Database, base: Base, valkey_link: aioredis.Redis, house: Settings
) -> None:
    customer, account = await irina(base)
    await base.subscriber("Petrov Petr", "+79990000001")
    await base.meter(account, "single", serial="M-17")
    await around(base, house, account)
    olga = await base.user("olga")
    async with way.transaction(db) as writing:
        asked = await subjects.ask(writing, customer, "<letter 5>", olga, NOW)
        with pytest.raises(NoSuchAnswer):
            await subjects.take(writing, asked, NOW)
    await guard_jobs.answered(await progress(db, valkey_link, "subject_answer", answer_id=asked), house)
    async with way.transaction(db) as writing:
        assert await subjects.listing(writing)
        whose, packet = await subjects.take(writing, asked, NOW)
        with pytest.raises(NoSuchAnswer):
            await subjects.take(writing, asked, NOW + timedelta(days=9))
    assert whose == customer
    with zipfile.ZipFile(BytesIO(packet)) as file:
        data = json.loads(file.read("data.json"))
        page = file.read("data.html").decode()
        (attached,) = [name for name in file.namelist() if name.startswith("files/")]
        assert (attached.endswith("passport.pdf"), file.read(attached)) == (True, b"her passport")
    assert {"contact_numbers", "work_history", "interaction_entries", "application_files"} <= set(data)
    assert {"customers", "contacts", "accounts", "premises", "interactions", "payments", "meters", "registers"} <= set(
        data
    )
    assert data["meters"][0]["serial"] == "M-17"
    assert EMAIL in page
    assert "+79990000001" not in page
    assert "Petrov Petr" not in json.dumps(data, ensure_ascii=False)
