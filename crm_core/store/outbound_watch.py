"""A campaign that somebody looks at: told when its ledger moved, never asked in turns (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

QUIET = 15.0
"""Seconds without news after which the watcher is told so: whoever went away is noticed by that."""
PAUSE = 1.0
"""Seconds in which news gathers: a ledger that moves all the time is counted at most so often."""


async def moves(engine: AsyncEngine, campaign_id: int) -> AsyncGenerator[bool, None]:
    """Yield True at the beginning and whenever the ledger of a campaign moved, False when nothing came for a while.

    Args:
        engine: a connection of it is taken for as long as somebody looks.
        campaign_id: which.

    """
    connection = await engine.connect()
    try:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        raw: Any = (await connection.get_raw_connection()).driver_connection
        for channel in ("busbar_ledger", "busbar_outbound"):
            await raw.execute(f"listen {channel}")
        yield True
        while True:
            heard = False
            async for note in raw.notifies(timeout=QUIET, stop_after=1):
                heard = note.channel == "busbar_outbound" or note.payload == str(campaign_id)
            if heard:
                await asyncio.sleep(PAUSE)
                async for _ in raw.notifies(timeout=0):
                    pass
            yield heard
    finally:
        # It listens: nobody else may be given it.
        await connection.invalidate()
        await connection.close()
