"""One customer of two, and two again, on a real PostgreSQL."""

# ruff: noqa: RUF001 -- people have Russian names.
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, ForeignKey, Integer, String, Table, select, text, update

from crm_core import db as way
from crm_core import tables
from crm_core.duplicates import references
from crm_core.duplicates.merging import MergeOrder, Plan, Take
from crm_core.duplicates.pairlife import PairState
from crm_core.duplicates.references import Reference, Treatment
from crm_core.duplicates.scoring import Veto
from crm_core.errors import AlreadyMerged, AlreadyUndone, LaterMerge, NeverOne, NoSuchMerge, NoSuchPair
from crm_core.store import duplicates, merges, search
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
OWN = {"merges", "duplicate_pairs", "search_words"}
"""Tables that remember merging itself."""
Dump = dict[str, list[tuple[Any, ...]]]


async def dump(pools: way.Database) -> Dump:
    """Everything in the base, as it is."""
    found: Dump = {}
    async with way.reading(pools) as db:
        for table in tables.metadata.sorted_tables:
            if table.name not in OWN:
                order = list(table.primary_key.columns)
                found[table.name] = [tuple(row) for row in await db.execute(select(table).order_by(*order))]
    return found


async def merged(pools: way.Database, survivor: int, loser: int, by: int, **choices: Take) -> int:
    async with way.transaction(pools) as db:
        order = MergeOrder(survivor_id=survivor, loser_id=loser, choices=choices, by=by, reason="the same passport")
        return await merges.merge(db, order)


async def undone(pools: way.Database, merge_id: int, by: int) -> merges.Merge:
    async with way.transaction(pools) as db:
        return await merges.undo(db, merge_id, by=by, reason="two people after all")


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


# --- un-merge(merge(x)) = x ----------------------------------------------------------------------

texts = st.sampled_from(["Иванов", "Иванов Иван", "Ivanov I."])
people = st.lists(st.tuples(texts, st.sampled_from(["", "+79161111111", "+79162222222"])), max_size=3)


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "name": draw(texts),
        "people": draw(people),
        "accounts": draw(st.integers(0, 2)),
        "language": draw(st.sampled_from(["", "ru", "en"])),
        "tax_number": draw(st.sampled_from(["", "77"])),
        "flags": draw(st.lists(st.sampled_from(["vip", "life_support", "legal"]), unique=True, max_size=2)),
    }


choosing = st.dictionaries(st.sampled_from(["name", "language", "tax_number"]), st.sampled_from(list(Take)))


async def _lay(base: Base, made: dict[str, Any]) -> int:
    owner = await base.customer(
        made["name"], language=made["language"], tax_number=made["tax_number"], flags=made["flags"]
    )
    await base.rows(
        tables.contacts, *({"customer_id": owner, "name": name, "phone": phone} for name, phone in made["people"])
    )
    for _ in range(made["accounts"]):
        await base.account(owner)
    return owner


Story = Callable[[way.Database, int, int, int], Awaitable[None]]


def _on_a_base(database: str, one: dict[str, Any], other: dict[str, Any], story: Story) -> None:
    """Tell a story about two new customers of a base that grows from example to example."""

    async def told() -> None:
        pools = way.open_pools(database, name="test", size=2)
        try:
            base = Base(pools)
            async with way.reading(pools) as db:
                query = text("select coalesce(max(id), 0) from accounts"), text("select count(*) from users")
                base.running, people = [(await db.execute(one)).scalar_one() for one in query]
            by = await base.user(f"marta{people}", "manager")
            await story(pools, await _lay(base, one), await _lay(base, other), by)
        finally:
            await pools.dispose()

    asyncio.run(told())


bounded = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@bounded
@given(customers(), customers(), choosing)
def test_undoing_a_merge_leaves_the_base_as_it_was(
    database: str, one: dict[str, Any], other: dict[str, Any], choices: dict[str, Take]
) -> None:
    async def story(pools: way.Database, survivor: int, loser: int, by: int) -> None:
        before = await dump(pools)
        await undone(pools, await merged(pools, survivor, loser, by, **choices), by)
        assert await dump(pools) == before

    _on_a_base(database, one, other, story)


KEEP = """
    create table kept_contacts as select * from contacts where id = any(:people);
    create table kept_accounts as select * from accounts where id = any(:accounts);
    create table kept_customers as select * from customers where id in (:survivor, :loser);
"""
LATER = """
    update contacts set phone = phone || '9', verified = true where id = any(:people);
    update accounts set status = 'cut_off' where id = any(:accounts) and id % 2 = 0;
    update customers set created_at = '2021-01-01' where id in (:survivor, :loser);
    delete from contacts where id = (select max(x) from unnest(cast(:people as int[])) x);
    insert into contacts (id, customer_id, name, created_at) overriding system value
        values (1000000 + :survivor, :survivor, 'new', '2026-01-01');
"""
BACK = """
    delete from contacts where id = 1000000 + :survivor;
    delete from contacts where id = any(:people);
    insert into contacts overriding system value select * from kept_contacts;
    update accounts a set status = k.status from kept_accounts k where k.id = a.id;
    update customers c set created_at = k.created_at from kept_customers k where k.id = c.id;
    drop table kept_contacts, kept_accounts, kept_customers;
"""


async def _script(pools: way.Database, statements: str, **values: object) -> None:
    async with way.transaction(pools) as db:
        for statement in filter(None, map(str.strip, statements.split(";"))):
            query = text(statement)
            await db.execute(query, {name: values[name] for name in query.compile().params})


@bounded
@given(customers(), customers(), choosing)
def test_later_changes_stay_with_the_rows_they_were_made_to(
    database: str, one: dict[str, Any], other: dict[str, Any], choices: dict[str, Take]
) -> None:
    """What happens to rows between merge and undo is afterwards as it would be without either."""

    async def story(pools: way.Database, survivor: int, loser: int, by: int) -> None:
        async with way.reading(pools) as db:
            both = {"both": [survivor, loser]}
            people = text("select id from contacts where customer_id = any(:both)")
            accounts = text("select id from accounts where customer_id = any(:both)")
            values: dict[str, object] = {
                "people": list((await db.execute(people, both)).scalars()),
                "accounts": list((await db.execute(accounts, both)).scalars()),
                "survivor": survivor,
                "loser": loser,
            }
        await _script(pools, KEEP, **values)
        await _script(pools, LATER, **values)
        wanted = await dump(pools)
        await _script(pools, BACK, **values)
        merge_id = await merged(pools, survivor, loser, by, **choices)
        await _script(pools, LATER, **values)
        await undone(pools, merge_id, by)
        assert await dump(pools) == wanted

    _on_a_base(database, one, other, story)
