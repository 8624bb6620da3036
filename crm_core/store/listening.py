"""Word of the base as it comes: what a transaction told with `pg_notify`, at its commit (shell)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.db import named_errors


async def heard(
    engine: AsyncEngine, channel: str, *, at_least: float | None = None
) -> AsyncGenerator[str | None, None]:
    """Yield None at the beginning, then the payload of everything that is told on a channel.

    Args:
        engine: a connection of it is taken for as long as somebody listens.
        channel: a name of ours.
        at_least: seconds without a word after which None is yielded again, for what changes with the clock.

    Raises:
        DatabaseUnavailable: the line was cut; what was told meanwhile is not heard any more.

    """
    connection = await engine.connect()
    try:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute(f"listen {channel}")
        yield None
        with named_errors():
            while True:
                async for note in raw.notifies(timeout=at_least):
                    yield note.payload
                yield None
    finally:
        # It listens: nobody else may be given it.
        await connection.invalidate()
        await connection.close()
