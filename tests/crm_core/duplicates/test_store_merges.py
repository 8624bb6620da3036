"""One customer of two, and two again, on a real PostgreSQL."""

# ruff: noqa: RUF001 -- people have Russian names.
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, select, text, update

from crm_core import db as way
from crm_core import tables
from crm_core.duplicates import references
from crm_core.duplicates.merging import MergeOrder, Plan, Take
from crm_core.duplicates.pairlife import PairState
from crm_core.duplicates.references import Reference, Treatment
from crm_core.duplicates.scoring import Veto
from crm_core.errors import (
    AlreadyMerged,
    AlreadyUndone,
    ChangedMeanwhile,
    ErasureRuns,
    LaterMerge,
    NeverOne,
    NoSuchMerge,
    NoSuchPair,
)
from crm_core.store import account_facts, customers, duplicates, merges, parties, search
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, tzinfo=UTC)
OWN = {"merges", "duplicate_pairs", "search_words", "facts_due", "contact_names_due", "customer_changes"}
"""Tables that remember merging itself, and the queue of facts to be counted anew."""
Rows = list[tuple[Any, ...]]
Dump = dict[str, Rows]


async def dump(pools: way.Database) -> Dump:
    """Everything in the base, as it is, but for the versions of customers, which only rise."""
    found: Dump = {}
    async with way.reading(pools) as db:
        for table in tables.metadata.sorted_tables:
            if table.name not in OWN:
                columns = [one for one in table.columns if one is not tables.customers.c.version]
                order = list(table.primary_key.columns)
                found[table.name] = [tuple(row) for row in await db.execute(select(*columns).order_by(*order))]
    return found


async def history(pools: way.Database) -> Rows:
    """What was changed of whom, line by line."""
    async with way.reading(pools) as db:
        changes = tables.customer_changes
        return [tuple(row) for row in await db.execute(select(changes).order_by(changes.c.id))]


async def merged(pools: way.Database, survivor: int, loser: int, by: int, **choices: Take) -> int:
    async with way.transaction(pools) as db:
        why = "the same passport"
        order = MergeOrder(survivor_id=survivor, loser_id=loser, choices=choices, by=by, at=NOW, reason=why)
        return await merges.merge(db, order)


async def undone(pools: way.Database, merge_id: int, by: int) -> merges.Merge:
    async with way.transaction(pools) as db:
        return await merges.undo(db, merge_id, by=by, now=NOW, reason="two people after all")


@dataclass
class Two:
    """Two records of one man, each with an account."""

    survivor: int
    loser: int
    accounts: tuple[int, int]
    by: int


@pytest.fixture
async def two(base: Base) -> Two:
    survivor = await base.customer("Иванов И.", "+79160000001", flags=["vip"])
    loser = await base.customer("Иванов Иван Петрович", "+79160000002", language="ru", flags=["life_support"])
    accounts = await base.account(survivor, "Тверь, Ленина 5"), await base.account(loser, "Тверь, Мира 7")
    return Two(survivor, loser, accounts, await base.user("marta", "manager"))


async def test_a_preview_changes_nothing_and_says_all(db: way.Database, two: Two) -> None:
    before = await dump(db)
    async with way.reading(db) as connection:
        plan = await merges.preview(connection, two.survivor, two.loser, {"name": Take.LOSER})
    assert isinstance(plan, Plan)
    assert plan.values == {"name": "Иванов Иван Петрович", "language": "ru", "flags": ("vip", "life_support")}
    assert plan.moves == {"accounts.customer_id": 1, "contacts.customer_id": 1}
    assert await dump(db) == before


async def test_everything_follows_and_is_found_under_the_survivor(db: way.Database, two: Two) -> None:
    await merged(db, two.survivor, two.loser, two.by, name=Take.LOSER)
    async with way.reading(db) as connection:
        owners = (await connection.execute(select(tables.accounts.c.customer_id))).scalars().all()
        people = (await connection.execute(select(tables.contacts.c.customer_id))).scalars().all()
        row = (await connection.execute(select(tables.customers).where(tables.customers.c.id == two.survivor))).one()
        found = await search.search(connection, "+79160000002")
        named = await search.search(connection, "Петрович")
    assert set(owners) == set(people) == {two.survivor}
    assert (row.name, row.name_key, row.language, row.flags) == (
        "Иванов Иван Петрович", "ivanov ivan petrovich", "ru", ["vip", "life_support"],
    )  # fmt: skip
    for hits in (found.hits, named.hits):
        assert {hit.candidate.account_id for hit in hits} == set(two.accounts)


async def test_the_record_says_who_when_why_and_what(db: way.Database, two: Two) -> None:
    merge_id = await merged(db, two.survivor, two.loser, two.by)
    async with way.reading(db) as connection:
        (one,) = await merges.listing(connection)
        assert await merges.listing(connection, before_id=merge_id) == []
        assert await merges.by_id(connection, merge_id) == one
    assert (one.survivor_id, one.loser_id, one.merged_by, one.reason) == (
        two.survivor, two.loser, "Marta", "the same passport",
    )  # fmt: skip
    assert one.moved == {"accounts.customer_id": 1, "contacts.customer_id": 1}
    assert one.changed == {"language": ("", "ru"), "flags": (["vip"], ["vip", "life_support"])}
    assert one.undone_at is None


async def test_a_contact_that_the_survivor_has_already_is_not_doubled(db: way.Database, base: Base, two: Two) -> None:
    for owner in (two.survivor, two.loser):
        await base.rows(tables.contacts, {"customer_id": owner, "name": "Анна", "phone": "+79161111111"})
    merge_id = await merged(db, two.survivor, two.loser, two.by)
    async with way.reading(db) as connection:
        query = select(tables.contacts.c.id).where(
            tables.contacts.c.customer_id == two.survivor, tables.contacts.c.name == "Анна"
        )
        assert len((await connection.execute(query)).all()) == 1
    one = await undone(db, merge_id, two.by)
    assert one.moved["contacts.customer_id"] == 1


async def test_a_firm_and_its_director_are_never_one(db: way.Database, base: Base, two: Two) -> None:
    firm = await base.customer("ООО Ромашка", kind="organisation")
    before = await dump(db)
    with pytest.raises(NeverOne):
        await merged(db, firm, two.loser, two.by)
    with pytest.raises(NeverOne):
        await merged(db, two.loser, two.loser, two.by)
    async with way.reading(db) as connection:
        assert await merges.preview(connection, firm, two.loser, {}) is Veto.KIND
    assert await dump(db) == before


async def test_other_tax_numbers_are_never_one(db: way.Database, base: Base, two: Two) -> None:
    one, other = await base.customer("А", tax_number="1"), await base.customer("А", tax_number="2")
    with pytest.raises(NeverOne):
        await merged(db, one, other, two.by)


async def test_unknown_customers_and_merges_are_said_to_be(db: way.Database, two: Two) -> None:
    with pytest.raises(NoSuchPair):
        await merged(db, two.survivor, 4711, two.by)
    with pytest.raises(NoSuchPair):
        await merged(db, 4711, 4711, two.by)
    with pytest.raises(NoSuchMerge):
        await undone(db, 4711, two.by)


async def test_who_was_merged_away_is_not_merged_again(db: way.Database, base: Base, two: Two) -> None:
    third = await base.customer("Иванов")
    await merged(db, two.survivor, two.loser, two.by)
    for pair in ((two.loser, third), (third, two.loser), (two.survivor, two.loser)):
        with pytest.raises(AlreadyMerged):
            await merged(db, *pair, two.by)


async def test_a_legal_hold_follows_unless_the_survivor_has_one_of_its_own(
    db: way.Database, base: Base, two: Two
) -> None:
    async def holds() -> list[int]:
        query = select(tables.legal_holds.c.customer_id).where(tables.legal_holds.c.lifted_at.is_(None))
        async with way.reading(db) as connection:
            return sorted((await connection.execute(query)).scalars())

    old = {"reason": "court", "placed_by": two.by, "placed_at": NOW}
    await base.rows(tables.legal_holds, {"customer_id": two.survivor, "lifted_at": NOW, "lifted_by": two.by} | old)
    await base.rows(tables.legal_holds, {"customer_id": two.loser} | old)
    before = await dump(db)
    merge_id = await merged(db, two.survivor, two.loser, two.by)
    assert await holds() == [two.survivor]  # the lifted one does not stand in the way
    await undone(db, merge_id, two.by)
    assert await dump(db) == before
    await base.rows(tables.legal_holds, {"customer_id": two.survivor} | old)
    await merged(db, two.survivor, two.loser, two.by)
    assert await holds() == sorted([two.survivor, two.loser])


async def test_who_is_being_forgotten_is_not_merged(db: way.Database, base: Base, two: Two) -> None:
    await base.rows(
        tables.erasures,
        {"customer_id": two.loser, "state": "asked", "reason": "letter", "asked_by": two.by, "asked_at": NOW},
    )
    with pytest.raises(ErasureRuns):
        await merged(db, two.survivor, two.loser, two.by)


async def test_merges_are_undone_the_last_first(db: way.Database, base: Base, two: Two) -> None:
    third = await base.customer("Иванов Иван")
    before = await dump(db)
    first = await merged(db, two.survivor, two.loser, two.by)
    second = await merged(db, third, two.survivor, two.by)
    with pytest.raises(LaterMerge, match=str(second)):
        await undone(db, first, two.by)
    await undone(db, second, two.by)
    one = await undone(db, first, two.by)
    assert (one.undone_by, one.undone_reason) == ("Marta", "two people after all")
    assert await dump(db) == before
    with pytest.raises(AlreadyUndone):
        await undone(db, first, two.by)
    assert await merged(db, two.survivor, two.loser, two.by)  # what was undone may be done again


async def test_a_pair_is_merged_with_its_customers_and_opens_again(db: way.Database, base: Base, two: Two) -> None:
    await base.rows(
        tables.duplicate_pairs,
        {"left_id": min(two.survivor, two.loser), "right_id": max(two.survivor, two.loser), "score": 9},
    )
    merge_id = await merged(db, two.survivor, two.loser, two.by)
    async with way.reading(db) as connection:
        assert await duplicates.listing(connection) == []
        (pair,) = await duplicates.listing(connection, PairState.MERGED)
        record = await merges.by_id(connection, merge_id)
    assert record is not None
    assert (pair.decided_by, record.pair_id) == ("Marta", pair.pair_id)
    await undone(db, merge_id, two.by)
    async with way.reading(db) as connection:
        (again,) = await duplicates.listing(connection)
    assert (again.pair_id, again.decided_by) == (pair.pair_id, "")


async def test_two_who_merge_at_once_leave_one_merge(db: way.Database, two: Two) -> None:
    async def attempt(survivor: int, loser: int) -> int | None:
        try:
            return await merged(db, survivor, loser, two.by)
        except AlreadyMerged:
            return None

    done = await asyncio.gather(attempt(two.survivor, two.loser), attempt(two.loser, two.survivor))
    assert sorted(one is None for one in done) == [False, True]


async def test_a_row_given_to_somebody_else_since_is_left_with_him(db: way.Database, base: Base, two: Two) -> None:
    stranger = await base.customer("Сидоров")
    merge_id = await merged(db, two.survivor, two.loser, two.by)
    async with way.transaction(db) as connection:
        sold = update(tables.accounts).where(tables.accounts.c.id == two.accounts[1]).values(customer_id=stranger)
        await connection.execute(sold)
    await undone(db, merge_id, two.by)
    async with way.reading(db) as connection:
        query = select(tables.accounts.c.customer_id).order_by(tables.accounts.c.id)
        assert list((await connection.execute(query)).scalars()) == [two.survivor, stranger]


async def test_what_was_changed_by_hand_since_is_not_put_back(db: way.Database, two: Two) -> None:
    merge_id = await merged(db, two.survivor, two.loser, two.by, name=Take.LOSER)
    async with way.transaction(db) as connection:
        await connection.execute(
            update(tables.customers)
            .where(tables.customers.c.id == two.survivor)
            .values(name="Иванов Иван П.", name_key="ivanov ivan p")
        )
    await undone(db, merge_id, two.by)
    async with way.reading(db) as connection:
        row = (await connection.execute(select(tables.customers).where(tables.customers.c.id == two.survivor))).one()
    assert (row.name, row.name_key, row.language, row.flags) == ("Иванов Иван П.", "ivanov ivan p", "", ["vip"])


@asynccontextmanager
async def with_table(pools: way.Database, table: Table) -> AsyncIterator[None]:
    async with way.transaction(pools) as db:
        await db.run_sync(table.create)
    try:
        yield
    finally:
        tables.metadata.remove(table)


async def test_a_table_of_another_part_follows_and_keeps_its_unique_keys(
    db: way.Database, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = Table(
        "wishes",
        tables.metadata,
        Column("customer_id", Integer, ForeignKey("customers.id"), primary_key=True),
        Column("what", String(20), primary_key=True),
        Column("value", String(20), nullable=False),
    )
    moving = (Reference(table="wishes", column="customer_id", treatment=Treatment.MOVES), *references.MOVING)
    monkeypatch.setattr(merges, "MOVING", moving)
    async with with_table(db, wishes):
        async with way.transaction(db) as connection:
            await connection.execute(
                text("insert into wishes values (:a, 'paper', 'no'), (:b, 'paper', 'yes'), (:b, 'news', 'yes')"),
                {"a": two.survivor, "b": two.loser},
            )
        before = await dump(db)
        merge_id = await merged(db, two.survivor, two.loser, two.by)
        assert [row for row in (await dump(db))["wishes"] if row[0] == two.survivor] == [
            (two.survivor, "news", "yes"),
            (two.survivor, "paper", "no"),
        ]
        await undone(db, merge_id, two.by)
        assert await dump(db) == before


async def test_further_numbers_and_consents_come_along_even_of_a_contact_that_the_survivor_has(
    db: way.Database, base: Base, two: Two
) -> None:
    for owner in (two.survivor, two.loser):
        await base.rows(tables.contacts, {"customer_id": owner, "name": "Анна", "phone": "+79161111111"})
    query = select(tables.contacts.c.id).where(
        tables.contacts.c.customer_id == two.loser, tables.contacts.c.name == "Анна"
    )
    async with way.reading(db) as connection:
        anna = (await connection.execute(query)).scalar_one()
    await base.rows(tables.contact_numbers, {"contact_id": anna, "number": "+79162222222"})
    await base.rows(
        tables.consents, {"customer_id": two.loser, "kind": "calls", "given": False, "at": NOW, "how": "phone"}
    )
    await merged(db, two.survivor, two.loser, two.by)
    async with way.reading(db) as connection:
        found = await search.search(connection, "8 916 222-22-22")
        consents = await customers.consents_now(connection, two.survivor)
    assert {hit.candidate.account_id for hit in found.hits} == set(two.accounts)
    assert [(one.kind, one.given) for one in consents] == [("calls", False)]


async def test_a_merge_stands_in_the_history_with_what_was_changed_of_both(db: way.Database, two: Two) -> None:
    by = parties.By(user_id=two.by, now=NOW, reason="told us")
    async with way.transaction(db) as connection:
        (row,) = (await connection.execute(select(tables.customers).where(tables.customers.c.id == two.loser))).all()
        facts = replace(customers.customer_facts(row), special_need="Ventilator")
        await parties.change_customer(connection, by, two.loser, row.version, facts)
        old = await connection.scalar(select(tables.customers.c.version).where(tables.customers.c.id == two.survivor))
    merge_id = await merged(db, two.survivor, two.loser, two.by)

    async def told() -> list[tuple[str, str, str, str]]:
        async with way.reading(db) as connection:
            lines = await customers.history(connection, two.survivor)
        return [(one.what, one.before, one.after, one.reason) for one in reversed(lines)]

    assert await told() == [
        ("special_need", "", "Ventilator", "told us"),
        ("language", "", "ru", "the same passport"),
        ("special_need", "", "Ventilator", "the same passport"),
        ("flags", "vip", "vip, life_support", "the same passport"),
    ]
    async with way.transaction(db) as connection:
        with pytest.raises(ChangedMeanwhile):  # a page that was open meanwhile has not seen what came to him
            await parties.change_customer(connection, by, two.survivor, int(old or 0), facts)
    await undone(db, merge_id, two.by)
    assert (await told())[-1] == ("flags", "vip, life_support", "vip", "two people after all")


async def test_facts_of_accounts_are_those_of_the_customer_they_belong_to_now(db: way.Database, two: Two) -> None:
    async def facts() -> Rows:
        async with way.transaction(db) as connection:
            while await account_facts.catch_up(connection, NOW.date(), "Europe/Moscow"):
                pass
            query = select(tables.account_facts).order_by(tables.account_facts.c.account_id)
            return [tuple(row) for row in await connection.execute(query)]

    def owners(rows: Rows) -> list[tuple[Any, ...]]:
        return [(row[0], row[1], row[-1]) for row in rows]

    before = await facts()
    assert owners(before) == [
        (two.accounts[0], two.survivor, ["vip"]), (two.accounts[1], two.loser, ["life_support"]),
    ]  # fmt: skip
    merge_id = await merged(db, two.survivor, two.loser, two.by)
    assert owners(await facts()) == [(one, two.survivor, ["life_support", "vip"]) for one in two.accounts]
    await undone(db, merge_id, two.by)
    assert await facts() == before
