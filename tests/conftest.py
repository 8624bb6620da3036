"""Fixtures every package's tests share: real PostgreSQL, Valkey and Asterisk, one of each per test process.

`settings` is the house's settings for them; `database` is a fresh migrated database for one test;
`asterisk` runs on ports of its own from the templates in `deploy/asterisk`.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from hypothesis import settings
from psycopg import sql

from crm_core.settings import Settings
from tests.support.servers import AsteriskServer, PostgresServer, ValkeyServer, node_settings, short_folder

settings.register_profile("house", deadline=None)
settings.load_profile("house")
"""How long an example takes says more of the machine than of what is tested."""

TEMPLATE = "migrated"
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_machine() -> Iterator[None]:
    """Tests never read the run folder of the checkout nor what the environment sets for production."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("BUSBAR_") and name != "BUSBAR_CHROMIUM"]:
            patch.delenv(name)
        for name in ("DATABASE_URL", "REDIS_URL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def run_dir() -> Iterator[Path]:
    """A short private run folder for this test process."""
    with short_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres(run_dir: Path) -> Iterator[PostgresServer]:
    """A real PostgreSQL; `plan.url(name)` is the address of a database in it."""
    server = PostgresServer(run_dir)
    server.start()
    _migrate(server, TEMPLATE)
    yield server
    server.stop()


def _migrate(server: PostgresServer, database: str) -> None:
    """Make a database with every table and the rows that migrations bring."""
    server.plan.provide(database)
    if importlib.util.find_spec("crm_core.migrate") is None:
        import sqlalchemy  # noqa: PLC0415

        from crm_core.tables import metadata  # noqa: PLC0415

        engine = sqlalchemy.create_engine(server.plan.url(database))
        metadata.create_all(engine)
        engine.dispose()
        return
    from crm_core import migrate  # noqa: PLC0415

    migrate.upgrade(server.plan.url(database))


def _copy(server: PostgresServer, name: str) -> None:
    query = sql.SQL("create database {} template {} owner busbar")
    with psycopg.connect(server.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(query.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))


def _drop(server: PostgresServer, name: str) -> None:
    query = sql.SQL("drop database if exists {} with (force)")
    with psycopg.connect(server.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(query.format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """Address of a migrated database that all tests of this process share."""
    _copy(postgres, "shared")
    return postgres.plan.url("shared")


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """Address of a migrated database that only this test sees; dropped afterwards, whoever is connected."""
    if postgres.process is None or postgres.process.poll() is not None:
        postgres.start()
    name = f"test{next(_numbers)}"
    _copy(postgres, name)
    yield postgres.plan.url(name)
    _drop(postgres, name)


@pytest.fixture(scope="session")
def valkey(run_dir: Path) -> Iterator[ValkeyServer]:
    """A real Valkey on a UNIX socket."""
    server = ValkeyServer(run_dir)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(valkey: ValkeyServer) -> str:
    """Address of a Valkey that is empty at the start of the test."""
    if not valkey.is_running():
        valkey.start()
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url


@pytest.fixture(scope="session")
def _house(run_dir: Path, postgres_url: str, valkey: ValkeyServer) -> Settings:
    return node_settings(run_dir, postgres_url, valkey.url)


@pytest.fixture(scope="session")
def _asterisk(_house: Settings) -> Iterator[AsteriskServer]:
    server = AsteriskServer(_house)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def asterisk(_asterisk: AsteriskServer) -> AsteriskServer:
    """A real Asterisk, `FullyBooted`; one that an earlier test left dead is started again."""
    if not _asterisk.is_running():
        _asterisk.start()
    return _asterisk


@pytest.fixture
def settings(_house: Settings, database: str, redis_url: str) -> Settings:
    """The house's settings with this test's own database, an empty Valkey and the ports of `asterisk`."""
    return _house.model_copy(update={"database_url": database, "redis_url": redis_url})
