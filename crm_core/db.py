"""The way to PostgreSQL: pools, transactions, and what to call it when it is away (shell).

Two small pools: one for transactions, one whose connections the server itself keeps read-only. A read runs
without BEGIN and ROLLBACK around it, so a card costs exactly one round trip.
https://www.psycopg.org/psycopg3/docs/advanced/prepare.html
"""

from __future__ import annotations

import select
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, LiteralString, NewType, cast

import psycopg
from psycopg import errors as pg
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from crm_core.errors import DatabaseTooSlow, DatabaseUnavailable, first_line

if TYPE_CHECKING:
    from crm_core.settings import Settings

_Link = psycopg.AsyncConnection[tuple[Any, ...]]
Writing = NewType("Writing", AsyncConnection)
"""A connection inside a transaction. Stores that change something ask for it, so that mypy finds a write on a read."""

SERVER_OPTIONS = {
    "TimeZone": "UTC",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    # Card and search are many tiny index look-ups: compiling them takes longer than running them.
    "jit": "off",
}
UNAVAILABLE = (pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow, pg.TooManyConnections)
# It is there and has nowhere to write: what is held back until there is room again is not lost.
EXHAUSTED = (pg.DiskFull, pg.OutOfMemory, pg.IoError)
# A transaction that may not write has reached a standby; in a reading it is a mistake of ours.
STANDBY = (pg.ReadOnlySqlTransaction,)
TOO_SLOW = (pg.QueryCanceled, pg.LockNotAvailable, pg.DeadlockDetected)


class Database(AsyncEngine):
    """An engine for transactions, with a second pool for reads beside it; `dispose` closes both."""

    __slots__ = ("reader",)

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        super().__init__(writer.sync_engine)
        self.reader = reader

    async def dispose(self, close: bool = True) -> None:
        """Close the connections of both pools."""
        await super().dispose(close)
        await self.reader.dispose(close)


def address(url: str) -> URL:
    """Return the URL with psycopg as its driver; `postgres://` and `postgresql://` of other tools are accepted."""
    parsed = make_url("postgresql" + url.removeprefix("postgres") if url.startswith("postgres://") else url)
    return parsed.set(drivername="postgresql+psycopg")


def engine(settings: Settings, *, name: str = "busbar", size: int = 4) -> Database:
    """Open the pools lazily: nothing is connected before the first use.

    Args:
        settings: where the database is.
        name: `application_name`, what `pg_stat_activity` shows.
        size: connections for reads; on two cores more than four slow each other down.
    """
    return open_pools(settings.database_url, name=name, size=size)


def open_pools(url: str, *, name: str = "busbar", size: int = 4) -> Database:
    """As `engine`, for a bare URL: tools and tests."""
    writer = _pool(url, name, size, SERVER_OPTIONS)
    reader = _pool(
        url,
        name,
        size,
        {**SERVER_OPTIONS, "default_transaction_read_only": "on"},
        isolation_level="AUTOCOMMIT",
        # Each statement stands alone: there is nothing to roll back.
        pool_reset_on_return=None,
    )
    return Database(writer, reader)


def _pool(url: str, name: str, size: int, options: dict[str, str], **more: Any) -> AsyncEngine:
    pool = create_async_engine(
        address(url),
        # What a statement was given belongs to subscribers and has no place in an error's words.
        hide_parameters=True,
        pool_size=size,
        # The connection used last has its statements prepared and planned; the others take the peaks.
        pool_use_lifo=True,
        max_overflow=size,
        pool_timeout=5,
        connect_args={
            "application_name": name,
            "connect_timeout": 5,
            "options": " ".join(f"-c {option}={value}" for option, value in options.items()),
            "prepare_threshold": 1,
            # A network that went away silently is noticed in about 20 s instead of hours.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 2,
        },
        **more,
    )
    event.listen(pool.sync_engine.pool, "checkout", _refuse_dead)
    return pool


def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Notice a server that was killed or restarted before a statement is lost to it, without a round trip.

    An idle connection has nothing to say: when its socket is readable, the server closed it or announces its end.
    """
    link: psycopg.AsyncConnection[Any] = connection.driver_connection
    if link.closed or link.pgconn.socket < 0:
        raise InvalidatePoolError
    poll = select.poll()
    poll.register(link.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        raise InvalidatePoolError


@contextmanager
def named_errors(more: tuple[type[psycopg.Error], ...] = ()) -> Iterator[None]:
    """Turn the driver's many ways to say "away" (and `more`) and "too slow" into ours; other errors pass."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseTooSlow("no free database connection for 5 s") from error
    except DBAPIError as error:
        named = _named(error.orig, more) if error.orig is not None else None
        if named is None and error.connection_invalidated:
            named = DatabaseUnavailable(first_line(error.orig or error))
        if named is None:
            raise
        raise named from error
    except psycopg.Error as error:
        named = _named(error, more)
        if named is None:
            raise
        raise named from error


def _named(cause: BaseException, more: tuple[type[psycopg.Error], ...]) -> DatabaseTooSlow | DatabaseUnavailable | None:
    if isinstance(cause, TOO_SLOW):
        return DatabaseTooSlow(first_line(cause))
    # Without an SQLSTATE the server never spoke: refused, timed out, broke off.
    silent = isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None
    if silent or isinstance(cause, UNAVAILABLE + EXHAUSTED + more):
        return DatabaseUnavailable(first_line(cause))
    return None


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[Writing]:
    """Open one transaction: committed at the end of the block, rolled back when it raises.

    Raises:
        DatabaseUnavailable: the server is away; nothing was changed. When it went away during COMMIT the
            outcome is unknown, so whatever is written must bear being written again.
        DatabaseTooSlow: a statement, a lock or the pool took too long.
    """
    with named_errors(STANDBY):
        async with engine.begin() as connection:
            yield Writing(connection)


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection that the server keeps read-only.

    With an engine of ours each statement stands alone (no BEGIN, no ROLLBACK); with any other it is one
    read-only transaction.

    Raises:
        DatabaseUnavailable: the server is away.
        DatabaseTooSlow: a statement or the pool took too long.
    """
    with named_errors():
        if isinstance(engine, Database):
            async with engine.reader.connect() as connection:
                yield connection
        else:
            async with engine.connect() as connection:
                yield await connection.execution_options(postgresql_readonly=True)


async def value(db: AsyncConnection, query: LiteralString, parameters: Mapping[str, object]) -> Any:
    """Return the first column of the first row of a query, None without a row: prepared, and straight from the driver.

    SQLAlchemy's way to a row costs a card as much again as PostgreSQL does.

    Raises:
        psycopg.Error: named by `reading` and `transaction`, like every other error.

    """
    link = cast("_Link", (await db.get_raw_connection()).driver_connection)
    try:
        return await _first(link, query, parameters)
    except BaseException as error:
        if _is_spoilt(link, error):
            await db.invalidate(error)
        raise


async def read_value(engine: AsyncEngine, query: LiteralString, parameters: Mapping[str, object]) -> Any:
    """Do what `reading` and `value` do together, for who is in a hurry: nothing is made that one answer can do without.

    Raises:
        DatabaseUnavailable: the server is away.
        DatabaseTooSlow: the statement or the pool took too long.

    """
    with named_errors():
        held = await (engine.reader if isinstance(engine, Database) else engine).raw_connection()
        link = cast("_Link", held.driver_connection)
        try:
            return await _first(link, query, parameters)
        except BaseException as error:
            if _is_spoilt(link, error):
                await greenlet_spawn(held.invalidate, error)
            raise
        finally:
            await greenlet_spawn(held.close)


async def _first(link: _Link, query: LiteralString, parameters: Mapping[str, object]) -> Any:
    row = await (await link.execute(query, parameters, prepare=True)).fetchone()
    return None if row is None else row[0]


def _is_spoilt(link: _Link, error: BaseException) -> bool:
    """Tell whether a connection is broken, or was left in the middle of an answer: nobody else may find it."""
    return link.closed or not isinstance(error, psycopg.Error)
