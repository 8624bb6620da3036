"""One floor at a time: a PostgreSQL advisory lock says which (shell). Others stand by and take over within a second."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.db import named_errors
from crm_core.errors import DatabaseTooSlow, DatabaseUnavailable

KEY = 0x62757362
"""The lock's number: "busb"."""
EVERY = 0.5

log = logging.getLogger(__name__)


class Deposed(RuntimeError):
    """Another floor took the lock while our connection to the database was lost."""

    code = "floor-deposed"


class Leader:
    """Holds the lock on a connection of its own; the server lets go of it when our process dies."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def wait(self) -> None:
        """Return once we are the only floor; while the database is away or another serves, wait."""
        told = False
        while not await self._try():
            if not told:
                log.info("standing by: another floor serves, or the database is away")
                told = True
            await asyncio.sleep(EVERY)

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
            with suppress(DatabaseUnavailable, DatabaseTooSlow):
                if not await self._take():
                    raise Deposed("another floor serves now; this one stops")

    async def release(self) -> None:
        """Let go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):
                await connection.invalidate()
                await connection.close()

    async def _try(self) -> bool:
        try:
            return await self._take()
        except (DatabaseUnavailable, DatabaseTooSlow) as error:
            log.warning("the database is away: %s", error)
            return False

    async def _take(self) -> bool:
        with named_errors():
            connection = await self._engine.connect()
            try:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                taken = bool(await connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": KEY}))
            except BaseException:
                await connection.close()
                raise
        if taken:
            self._connection = connection
        else:
            await connection.close()
        return taken

    async def _holds(self) -> bool:
        if self._connection is None:
            return False
        try:
            return bool(await self._connection.scalar(text("select 1")))
        except (SQLAlchemyError, OSError):
            return False
