"""Bringing the schema up to date: alembic run from code, one at a time, never waiting for ever (shell)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from crm_core.db import address
from crm_core.errors import DatabaseUnavailable, MigrationRefused, first_line
from crm_core.tables import metadata

SCRIPTS = Path(__file__).with_name("migrations")
LOCK = 0x62757362
"""Advisory lock of migrations ("busb")."""
PATIENCE_SECONDS = 30
LOCK_TIMEOUT = "5s"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to `revision`; safe to call from several processes at once.

    Raises:
        DatabaseUnavailable: the server cannot be reached.
        MigrationRefused: another migration or a long transaction holds the tables.
    """
    with _connection(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to `revision` (`base`: nothing is left). Data in dropped tables is gone.

    Raises:
        DatabaseUnavailable: the server cannot be reached.
        MigrationRefused: another migration or a long transaction holds the tables.
    """
    with _connection(url) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """Return the revision the database is at, None when it is empty."""
    with _connection(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the newest revision there is."""
    revision = ScriptDirectory(str(SCRIPTS)).get_current_head()
    if revision is None:
        raise MigrationRefused("there are no migrations in crm_core/migrations/versions")
    return revision


def drift(url: str) -> list[str]:
    """Return how the database differs from `crm_core.tables`, one line a difference; empty when it does not."""
    with _connection(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return [str(difference) for difference in compare_metadata(context, metadata)]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    """One transaction under the advisory lock; PostgreSQL's DDL rolls back as a whole."""
    engine = create_engine(
        address(url), connect_args={"application_name": "busbar-migrate", "connect_timeout": 5}, pool_size=1
    )
    try:
        with engine.begin() as connection:
            connection.execute(text(f"set local lock_timeout = '{PATIENCE_SECONDS}s'"))
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            # DDL waits behind a running report and makes every query wait behind it: rather give up soon.
            connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
            yield connection
    except DBAPIError as error:
        reason = first_line(error.orig)
        if getattr(error.orig, "sqlstate", None) is None:
            raise DatabaseUnavailable(reason) from error
        if getattr(error.orig, "sqlstate", None) == "55P03":
            raise MigrationRefused(
                f"{reason}: another migration or a long transaction holds the tables; "
                "end it and run `busbar migrate` again"
            ) from error
        raise
    finally:
        engine.dispose()
