"""Sealing and checking on a real PostgreSQL: nothing is lost, whatever commits when; whatever is changed is found."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from crm_core import db as way
from crm_core import rights
from crm_core.asking import Asking, asking
from crm_core.store import access_log, chain
from tests.crm_core.conftest import Base
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def conninfo(url: str, role: str = "busbar") -> str:
    return url.replace("+psycopg", "").replace("://busbar@", f"://{role}@")


async def wrote(db: way.Database, count: int, action: str = "card.viewed") -> None:
    async with way.transaction(db) as writing:
        for one in range(count):
            await access_log.record(writing, None, action, f"account {one}")


async def test_rows_are_chained_in_order_and_hold(db: way.Database) -> None:
    await wrote(db, 30)
    assert await chain.seal_all(db) == 30
    assert await chain.seal_all(db) == 0
    told: list[tuple[int, int]] = []
    verdict = await chain.verify(db, told=lambda done, of: told.append((done, of)))
    assert (verdict.links, verdict.broken, verdict.unsealed) == (30, None, 0)
    assert told == [(30, 30)]


async def test_a_row_that_is_committed_late_is_chained_late_and_not_forgotten(db: way.Database) -> None:
    async with way.transaction(db) as slow:
        await access_log.record(slow, None, "import.run", "file 1")
        await wrote(db, 5)
        assert await chain.seal_all(db) == 5
    assert await chain.seal_all(db) == 1
    async with way.reading(db) as reading:
        newest = await chain.last(reading)
    assert newest is not None
    assert (newest.seq, newest.access_id) == (6, 1)
    assert (await chain.verify(db)).broken is None


async def test_many_write_and_many_seal_at_once(db: way.Database) -> None:
    async def sealing() -> None:
        for _ in range(5):
            await chain.seal_all(db)

    await asyncio.gather(*(wrote(db, 20) for _ in range(4)), sealing(), sealing())
    await chain.seal_all(db)
    verdict = await chain.verify(db)
    assert (verdict.links, verdict.broken, verdict.unsealed) == (80, None, 0)


async def test_a_row_changed_behind_its_back_by_the_owner_is_named(db: way.Database, database: str) -> None:
    await wrote(db, 10)
    await chain.seal_all(db)
    with psycopg.connect(conninfo(database)) as owner:
        owner.execute("alter table access_log disable trigger user")
        owner.execute("update access_log set object = 'account 99' where id = 4")
        owner.execute("alter table access_log enable trigger user")
    broken = (await chain.verify(db)).broken
    assert broken is not None
    assert (broken.seq, broken.access_id, broken.why) == (4, 4, "changed")


async def test_a_row_taken_away_by_the_owner_is_named(db: way.Database, database: str) -> None:
    await wrote(db, 10)
    await chain.seal_all(db)
    with psycopg.connect(conninfo(database)) as owner:
        owner.execute("alter table access_log disable trigger user")
        owner.execute("delete from access_log where id = 7")
    broken = (await chain.verify(db)).broken
    assert broken is not None
    assert (broken.seq, broken.why) == (7, "missing")


@pytest.mark.parametrize("table", ["access_log", "access_seals", "access_cuts"])
@pytest.mark.parametrize("change", ["update {} set {} = {}", "delete from {}", "truncate {}"])
async def test_the_application_s_role_may_not_change_the_log(
    db: way.Database, postgres: PostgresServer, database: str, table: str, change: str
) -> None:
    await wrote(db, 1)
    with psycopg.connect(conninfo(database, "postgres"), autocommit=True) as root:
        if not root.execute("select 1 from pg_roles where rolname = 'clerk'").fetchone():
            root.execute("create role clerk login")
    with psycopg.connect(conninfo(database)) as owner:
        for statement in rights.statements("clerk"):
            owner.execute(statement)
    column = "id" if table == "access_log" else "seq"
    with psycopg.connect(conninfo(database, "clerk")) as clerk:
        clerk.execute("insert into access_log (action) values ('search')")
        clerk.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            clerk.execute(change.format(table, column, column).encode())
        clerk.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            clerk.execute(f"alter table {table} disable trigger user".encode())


async def test_retention_cuts_only_what_is_older_than_a_year_and_the_rest_still_holds(
    db: way.Database, database: str
) -> None:
    await wrote(db, 6)
    await chain.seal_all(db)
    with psycopg.connect(conninfo(database)) as owner:
        for table in ("access_log", "access_seals"):
            owner.execute(f"alter table {table} disable trigger user".encode())
        # The hash holds the moment, so the old part is written anew as it would have been two years ago.
        owner.execute("truncate access_seals")
        owner.execute("update access_log set at = now() - interval '2 years' where id <= 4")
        for table in ("access_log", "access_seals"):
            owner.execute(f"alter table {table} enable trigger user".encode())
    await chain.seal_all(db)
    now = datetime.now(UTC)
    async with way.transaction(db) as writing:
        assert await chain.cut(writing, now - timedelta(days=366), now) == 0, "its seals are young"
    with psycopg.connect(conninfo(database)) as owner:
        owner.execute("alter table access_seals disable trigger user")
        owner.execute("update access_seals set sealed_at = now() - interval '2 years' where seq <= 4")
        owner.execute("alter table access_seals enable trigger user")
    async with way.transaction(db) as writing:
        assert await chain.cut(writing, now - timedelta(days=366), now) == 4
    verdict = await chain.verify(db)
    assert (verdict.links, verdict.broken) == (2, None)
    await wrote(db, 1)
    await chain.seal_all(db)
    assert (await chain.verify(db)).broken is None


async def test_even_a_declared_retention_takes_away_nothing_young(db: way.Database, database: str) -> None:
    await wrote(db, 1)
    with psycopg.connect(conninfo(database)) as owner:
        owner.execute("set local busbar.retention = 'on'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="for a year"):
            owner.execute("delete from access_log")


async def test_a_row_says_who_asked_in_which_session_from_where(db: way.Database, base: Base) -> None:
    olga = await base.user("olga")
    async with way.transaction(db) as writing:
        await access_log.record(writing, olga, "payment.posted", "account 1", fields=["amount"], contact_id="c1")
        token = asking.set(Asking(role="operator", session="0123456789abcdef", ip="10.0.0.1"))
        await access_log.record(writing, olga, "payment.posted", "account 2")
        asking.reset(token)
    async with way.reading(db) as reading:
        second, first = await access_log.recent(reading)
    assert (first.role, first.session, first.fields, first.contact_id) == ("operator", "", "amount", "c1")
    assert (second.role, second.session, second.ip) == ("operator", "0123456789abcdef", "10.0.0.1")


async def test_lines_are_found_by_person_account_action_and_time_page_by_page(db: way.Database, base: Base) -> None:
    olga, ivan = await base.user("olga"), await base.user("ivan")
    entries = [
        access_log.Entry(
            at=NOW + timedelta(minutes=at),
            user_id=olga if at % 2 else ivan,
            action="card.viewed" if at < 8 else "search",
            object=f"account {at % 3}",
            reason="",
            ip="",
        )
        for at in range(12)
    ]
    async with way.transaction(db) as writing:
        await access_log.record_many(writing, entries)
    async with way.reading(db) as reading:
        mine = await access_log.page(reading, access_log.Filter(user_id=olga), limit=4)
        older = await access_log.page(reading, access_log.Filter(user_id=olga), before=mine[-1].access_id, limit=4)
        assert [one.at.minute for one in [*mine, *older]] == [11, 9, 7, 5, 3, 1]
        assert {one.role for one in mine} == {"operator"}
        viewed = await access_log.who_viewed(reading, 2)
        assert [one.at.minute for one in viewed] == [11, 8, 5, 2]
        asked = access_log.Filter(action="search", since=NOW + timedelta(minutes=9), until=NOW + timedelta(minutes=11))
        assert [one.at.minute for one in await access_log.page(reading, asked)] == [10, 9]
        assert await access_log.actions(reading) == ["card.viewed", "search"]
