"""One floor at a time: a PostgreSQL advisory lock says which (shell). Others stand by and take over at once.

The server lets go of the lock when the process that holds it dies, so that a standby need not judge who is dead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.db import named_errors
from crm_core.errors import DatabaseTooSlow, DatabaseUnavailable

KEY = 0x62757362
"""The lock's number: "busb"."""
EVERY = 0.5
STANDING_BY = 0.1
"""Seconds between a standby's tries. Waiting inside the server would hold a snapshot, and so hold back vacuum."""
PRECEDENCE = 2.0
"""Seconds after a lost database in which a standby leaves the lock to the floor that serves: it tries every half second
and holds what happened meanwhile in its memory."""
LOOKS, LOOK = 100, 0.01
"""How often, and every how many seconds, what a dead floor had begun to write is looked for: a second at most."""
TAKE = text("select pg_try_advisory_lock(:key)")
WRITES_LEFT = text(
    "select count(*) from pg_stat_activity where application_name = current_setting('application_name')"
    " and datname = current_database() and pid <> pg_backend_pid() and xact_start is not null"
)

log = logging.getLogger(__name__)


class Deposed(RuntimeError):
    """Another floor took the lock while our connection to the database was lost."""

    code = "floor-deposed"


class Leader:
    """Holds the lock on a connection of its own; the server lets go of it when our process dies."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def wait(self, standing_by: Callable[[], None]) -> None:
        """Return once we are the only floor; while the database is away or another serves, wait.

        Args:
            standing_by: told once, when another is seen to serve.

        """
        second = away = False
        while True:
            try:
                with named_errors():
                    connection = await self._connect()
                    away = False
                    if second:
                        await asyncio.sleep(PRECEDENCE)
                    while not await _take(connection):
                        if not second:
                            second = True
                            standing_by()
                        await asyncio.sleep(STANDING_BY)
                    await _outlive_writes(connection)
            except (DatabaseUnavailable, DatabaseTooSlow) as error:
                if not away:
                    log.warning("the database is away: %s", error)
                away = True
                await self.release()
                await asyncio.sleep(EVERY)
            else:
                return

    async def keep(self) -> None:
        """Watch over the lock for ever. A database that is away is no reason to stop serving.

        Raises:
            Deposed: it came back, and another floor had been faster.

        """
        while True:
            await asyncio.sleep(EVERY)
            if await self._holds():
                continue
            await self.release()
            with suppress(DatabaseUnavailable, DatabaseTooSlow), named_errors():
                if not await _take(await self._connect()):
                    raise Deposed("another floor serves now; this one stops")

    async def release(self) -> None:
        """Let go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):
                await connection.invalidate()
                await connection.close()

    async def _connect(self) -> AsyncConnection:
        """Open the connection that carries the lock: for ever the same one, so that its loss is not overlooked."""
        connection = self._connection = await self._engine.connect()
        return await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def _holds(self) -> bool:
        if self._connection is None:
            return False
        try:
            return bool(await self._connection.scalar(text("select 1")))
        except (SQLAlchemyError, OSError):
            return False


async def _take(connection: AsyncConnection) -> bool:
    return bool(await connection.scalar(TAKE, {"key": KEY}))


async def _outlive_writes(connection: AsyncConnection) -> None:
    """Wait until what the floor before us sent to the server is written or undone: its record is read next."""
    # Never cut short in the middle of a statement: that would cost the connection, and the lock with it.
    for _ in range(LOOKS):
        if not await connection.scalar(WRITES_LEFT):
            return
        await asyncio.sleep(LOOK)
