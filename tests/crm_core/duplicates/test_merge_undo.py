"""Whatever two customers are made of, undoing a merge leaves the base as it was, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from crm_core import db as way
from crm_core import tables
from crm_core.duplicates.merging import Take
from crm_core.duplicates.references import MOVING
from crm_core.store import customers_alike, ledger_verify
from tests.crm_core.conftest import Base
from tests.crm_core.duplicates import rows
from tests.crm_core.duplicates.test_store_merges import dump, history, merged, undone

pytestmark = pytest.mark.integration

texts = st.sampled_from(["Иванов", "Иванов Иван", "Ivanov I."])
people = st.lists(st.tuples(texts, st.sampled_from(["", "+79161111111", "+79162222222"])), max_size=3)


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "name": draw(texts),
        "people": draw(people),
        "accounts": draw(st.integers(1, 2)),
        "language": draw(st.sampled_from(["", "ru", "en"])),
        "tax_number": draw(st.sampled_from(["", "77"])),
        "flags": draw(st.lists(st.sampled_from(["vip", "life_support", "legal"]), unique=True, max_size=2)),
        "priority": draw(st.sampled_from(["normal", "high"])),
        "filled": draw(st.booleans()),
    }


unfilled = customers().map(lambda made: made | {"filled": False})
choosing = st.dictionaries(st.sampled_from(["name", "language", "tax_number"]), st.sampled_from(list(Take)))


async def _lay(base: Base, made: dict[str, Any], by: int) -> int:
    own = {field: made[field] for field in ("language", "tax_number", "flags", "priority")}
    owner = await base.customer(made["name"], **own)
    await base.rows(
        tables.contacts, *({"customer_id": owner, "name": name, "phone": phone} for name, phone in made["people"])
    )
    accounts = [await base.account(owner) for _ in range(made["accounts"])]
    if made["filled"]:
        async with way.transaction(base.pools) as db:
            people = select(tables.contacts.c.id).where(tables.contacts.c.customer_id == owner)
            await rows.fill(db, owner, accounts, list((await db.execute(people)).scalars()), by)
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
            await story(pools, await _lay(base, one, by), await _lay(base, other, by), by)
        finally:
            await pools.dispose()

    asyncio.run(told())


bounded = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _faults(database: str) -> int:
    with ledger_verify.connect(database) as db:
        return sum(one.faults for one in ledger_verify.check(db))


@bounded
@given(customers(), customers(), choosing)
def test_undoing_a_merge_leaves_the_base_as_it_was(
    database: str, one: dict[str, Any], other: dict[str, Any], choices: dict[str, Take]
) -> None:
    async def story(pools: way.Database, survivor: int, loser: int, by: int) -> None:
        before, said, faults = await dump(pools), await history(pools), _faults(database)
        merge_id = await merged(pools, survivor, loser, by, **choices)
        between = await dump(pools)
        async with way.reading(pools) as db:
            left = (await customers_alike.records(db, [loser]))[loser].counts
        # What stays is what the survivor has already.
        assert set(left) <= {one.place for one in MOVING if one.alike} | {"legal_holds.customer_id"}
        # Money hangs on accounts, which moved as they are; what was seen and done stays as it was written.
        assert _faults(database) == faults
        assert between["access_log"] == before["access_log"]
        assert (await history(pools))[: len(said)] == said
        await undone(pools, merge_id, by)
        assert await dump(pools) == before
        assert (await history(pools))[: len(said)] == said

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
@given(unfilled, unfilled, choosing)
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
