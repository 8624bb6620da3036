"""What became of what was advised, measured again and again (shell). docs/advice.md says how."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core import db as way
from crm_core.settings import Settings
from crm_core.store import advice


def measure() -> int:
    """Note what happened of what was shown in the last days, throw away what is old; returns how many batches."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them

    async def whole() -> int:
        engine = way.engine(settings, name="busbar-worker", size=1)
        try:
            return await measure_all(engine)
        finally:
            await engine.dispose()

    return asyncio.run(whole())


async def measure_all(engine: AsyncEngine) -> int:
    """Go through what was shown lately batch by batch, each a transaction of its own."""
    batches, after = 0, 0
    while True:
        async with way.transaction(engine) as db:
            reached = await advice.measure(db, clock.now(), after)
        if reached is None:
            break
        batches, after = batches + 1, reached
    while True:
        async with way.transaction(engine) as db:
            if await advice.forget(db, clock.now()) < advice.BATCH:
                return batches
