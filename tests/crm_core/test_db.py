"""The way to PostgreSQL, and what happens when it is away."""

# ruff: noqa: PT012 -- what raises is the end of a transaction, a block by nature.
from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from crm_core import db as way
from crm_core.errors import DatabaseTooSlow, DatabaseUnavailable
from crm_core.settings import Settings
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration
INSERT = text("insert into tariffs (code, name, valid_from, prices) values ('T', 'T', '2026-01-01', '{}')")
COUNT = text("select count(*) from tariffs")


async def count(db: way.Database) -> int:
    async with way.reading(db) as connection:
        return int((await connection.execute(COUNT)).scalar_one())


async def test_a_transaction_is_kept_whole(db: way.Database) -> None:
    async with way.transaction(db) as connection:
        await connection.execute(INSERT)
    with pytest.raises(ZeroDivisionError):
        async with way.transaction(db) as connection:
            await connection.execute(INSERT)
            raise ZeroDivisionError
    assert await count(db) == 1


async def test_a_reading_cannot_write(db: way.Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        async with way.reading(db) as connection:
            await connection.execute(INSERT)
    assert await count(db) == 0


async def test_a_reading_of_any_other_engine_cannot_write_either(database: str) -> None:
    engine = create_async_engine(way.address(database))
    with pytest.raises(DBAPIError, match="read-only"):
        async with way.reading(engine) as connection:
            await connection.execute(INSERT)
    await engine.dispose()


async def test_a_reading_opens_no_transaction(db: way.Database) -> None:
    async with way.reading(db) as connection:
        first = (await connection.execute(text("select now()"))).scalar_one()
        second = (await connection.execute(text("select now()"))).scalar_one()
    assert second > first


async def test_a_standby_is_no_place_for_a_transaction(db: way.Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        async with way.transaction(db) as connection:
            await connection.execute(text("set local transaction_read_only = on"))
            await connection.execute(INSERT)


async def test_the_settings_engine_names_itself_and_speaks_utc(settings: Settings) -> None:
    pools = way.engine(settings, name="busbar-test")
    async with way.reading(pools) as connection:
        row = (
            await connection.execute(
                text("select current_setting('application_name'), current_setting('TimeZone'), current_setting('jit')")
            )
        ).one()
    await pools.dispose()
    assert tuple(row) == ("busbar-test", "UTC", "off")


async def test_a_statement_that_takes_too_long_is_stopped(db: way.Database) -> None:
    with pytest.raises(DatabaseTooSlow, match="timeout"):
        async with way.transaction(db) as connection:
            await connection.execute(text("set local statement_timeout = '50ms'"))
            await connection.execute(text("select pg_sleep(20)"))
    assert await count(db) == 0


async def test_a_mistake_of_ours_is_not_called_an_outage(db: way.Database) -> None:
    with pytest.raises(DBAPIError):
        async with way.reading(db) as connection:
            await connection.execute(text("select nonsense"))
    with pytest.raises(IntegrityError):
        async with way.transaction(db) as connection:
            await connection.execute(text("insert into contacts (customer_id, name) values (-1, 'x')"))


async def test_connections_that_the_server_ended_are_replaced_without_an_error(db: way.Database) -> None:
    async with way.reading(db) as one, way.reading(db) as two:
        await one.execute(COUNT)
        await two.execute(COUNT)
    end = text(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity "
        "where application_name = 'test' and pid <> pg_backend_pid()"
    )
    async with way.transaction(db) as connection:
        assert (await connection.execute(end)).scalar_one() == 2
    gone = text("select count(*) from pg_stat_activity where application_name = 'test'")
    async with way.transaction(db) as connection:
        async with asyncio.timeout(5):
            while (await connection.execute(gone)).scalar_one() > 1:
                await connection.execute(text("select pg_stat_clear_snapshot()"))
    for _ in range(3):
        assert await count(db) == 0


async def test_waiting_for_a_free_connection_ends(db: way.Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.sync_engine.pool, "_timeout", 0.05)
    async with way.transaction(db), way.transaction(db), way.transaction(db), way.transaction(db):
        with pytest.raises(DatabaseTooSlow, match="no free"):
            async with way.transaction(db):
                pass


async def test_a_connection_closed_on_our_side_is_replaced(db: way.Database) -> None:
    async with way.reading(db) as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
    await raw.close()
    assert await count(db) == 0


async def test_a_server_that_is_away_is_said_to_be(tmp_path: object) -> None:
    pools = way.open_pools(f"postgresql://nobody@/nothing?host={tmp_path}")
    for open_one in (way.reading, way.transaction):
        with pytest.raises(DatabaseUnavailable):
            async with open_one(pools) as connection:
                await connection.execute(COUNT)
    await pools.dispose()


async def test_the_house_does_not_own_the_server(db: way.Database, postgres: PostgresServer) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with way.transaction(db) as connection:
            await connection.execute(text("copy (select 1) to program 'true'"))


@pytest.mark.fault
async def test_a_killed_server_is_an_outage_and_afterwards_everything_goes_on(
    db: way.Database, postgres: PostgresServer
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with way.transaction(db) as connection:
            await connection.execute(INSERT)
            postgres.kill()
            await connection.execute(INSERT)
    try:
        for open_one in (way.reading, way.transaction):
            with pytest.raises(DatabaseUnavailable):
                async with open_one(db) as connection:
                    await connection.execute(COUNT)
    finally:
        postgres.start()
    assert await count(db) == 0
    async with way.transaction(db) as connection:
        await connection.execute(INSERT)
    assert await count(db) == 1


@pytest.mark.unit
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_every_tools_spelling_of_an_address_is_understood(scheme: str) -> None:
    address = way.address(f"{scheme}://busbar:p%40ss@/busbar?host=/run/postgres")
    assert address.drivername == "postgresql+psycopg"
    assert (address.password, address.database, address.query["host"]) == ("p@ss", "busbar", "/run/postgres")
