"""Migrations on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from crm_core import migrate
from crm_core.errors import DatabaseUnavailable, MigrationRefused
from tests.support.servers import PostgresServer

pytestmark = pytest.mark.integration


@pytest.fixture
def empty(postgres: PostgresServer) -> Iterator[str]:
    """Address of a database without tables."""
    postgres.plan.provide("empty")
    yield postgres.plan.url("empty")
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier("empty")))


def conninfo(url: str) -> str:
    return url.replace("+psycopg", "")


def tables(url: str) -> int:
    with psycopg.connect(conninfo(url)) as db:
        row = db.execute("select count(*) from information_schema.tables where table_schema = 'public'").fetchone()
    assert row is not None
    return int(row[0])


def test_migrations_go_up_and_down_and_up_and_end_where_the_tables_are(empty: str) -> None:
    assert migrate.current(empty) is None
    migrate.upgrade(empty)
    assert migrate.current(empty) == migrate.head()
    assert migrate.drift(empty) == []
    there = tables(empty)
    migrate.downgrade(empty, "base")
    assert tables(empty) == 1  # alembic's own
    migrate.upgrade(empty)
    assert tables(empty) == there
    assert migrate.drift(empty) == []


def test_a_base_that_took_steps_while_they_were_empty_gets_their_tables(empty: str) -> None:
    migrate.upgrade(empty)
    migrate.downgrade(empty, "0009")
    with psycopg.connect(conninfo(empty)) as db:
        db.execute("update alembic_version set version_num = '0015'")
    migrate.upgrade(empty)
    assert migrate.drift(empty) == []


def test_a_database_that_differs_is_told(empty: str) -> None:
    migrate.upgrade(empty)
    with psycopg.connect(conninfo(empty)) as db:
        db.execute("alter table customers drop column tax_number")
    assert any("tax_number" in line for line in migrate.drift(empty))


def test_two_migrations_at_once_do_no_harm(empty: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            migrate.upgrade(empty)
        except BaseException as error:  # noqa: BLE001 -- told by the main thread
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert migrate.drift(empty) == []


def test_a_migration_gives_up_soon_when_the_tables_are_held(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(empty)
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "200ms")
    with psycopg.connect(conninfo(empty)) as holder:
        holder.execute("lock table customers in access share mode")
        with pytest.raises(MigrationRefused, match="busbar migrate"):
            migrate.downgrade(empty, "base")
    assert migrate.current(empty) == migrate.head()


def test_a_server_that_is_away_is_said_to_be(tmp_path: object) -> None:
    with pytest.raises(DatabaseUnavailable):
        migrate.upgrade(f"postgresql://nobody@/nothing?host={tmp_path}")


@pytest.mark.parametrize("table", ["access_log", "call_events"])
@pytest.mark.parametrize("change", ["update {} set id = default", "delete from {}", "truncate {}"])
def test_a_log_can_only_grow(database: str, table: str, change: str) -> None:
    with (
        psycopg.connect(conninfo(database)) as db,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"),
    ):
        db.execute(change.format(table).encode())


def test_the_first_dispositions_are_there(database: str) -> None:
    with psycopg.connect(conninfo(database)) as db:
        rows = db.execute("select category, count(*) from dispositions group by category order by category").fetchall()
    assert rows == [("collections", 24), ("service", 22), ("system", 20)]
