"""Word of the base as it comes: what a transaction told with `pg_notify`, at its commit (shell)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine


async def heard(engine: AsyncEngine, channel: str) -> AsyncGenerator[str | None, None]:
    """Yield None at the beginning, then the payload of everything that is told on a channel.

    Args:
        engine: a connection of it is taken for as long as somebody listens.
        channel: a name of ours.

    """
    connection = await engine.connect()
    try:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute(f"listen {channel}")
        yield None
        async for note in raw.notifies():
            yield note.payload
    finally:
        # It listens: nobody else may be given it.
        await connection.invalidate()
        await connection.close()
