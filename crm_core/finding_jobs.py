"""What workers do for the search: fold the names of contacts (shell)."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.db import engine as open_engine
from crm_core.db import transaction
from crm_core.settings import Settings
from crm_core.store import contact_names

PATIENCE = 240.0
"""Seconds one run folds; what is left is done by the next."""


def fold_names() -> int:
    """Fold the names of contacts that changed; returns of how many."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    return asyncio.run(_fold(settings))


async def _fold(settings: Settings) -> int:
    engine = open_engine(settings, name="busbar-names", size=1)
    try:
        return await folded(engine)
    finally:
        await engine.dispose()


async def folded(engine: AsyncEngine, patience: float = PATIENCE) -> int:
    """Fold until nothing waits or time is over."""
    ends = time.monotonic() + patience
    total = 0
    while time.monotonic() < ends:
        async with transaction(engine) as db:
            done = await contact_names.catch_up(db)
        if not done:
            break
        total += done
    return total
