"""`busbar bench base`: what the customer base promises, measured on the base that is there (shell).

Each part of the base brings its own figures (`deploy.bench.base_<part>`); here they are asked one after the other, so
that none is in the way of another. The size is given and checked: figures of another base are figures of nothing.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util

from sqlalchemy import func, select

from crm_core import db
from crm_core.settings import Settings
from crm_core.tables import accounts
from deploy.bench import base_subscribers
from deploy.figures import Figure

PARTS = ("guard", "exchange", "finding", "segments", "ledger", "work")
"""Parts that are measured when this checkout has their figures; the card itself comes first."""


class AnotherBase(RuntimeError):
    """The base is not of the size that was asked for; the message says what to do."""


def run(settings: Settings, subscribers: int = 50_000, against: str = "") -> list[Figure]:
    """Measure every part.

    Args:
        settings: where the filled customer base is.
        subscribers: accounts that it must hold.
        against: address of a second, smaller base, against which the growth of the card's time is held.

    Raises:
        AnotherBase: the base has another number of accounts.

    """
    there = asyncio.run(_accounts(settings.database_url))
    if there != subscribers:
        raise AnotherBase(
            f"this base holds {there} accounts and not {subscribers}: measure it with --subscribers {there}, or make "
            f"another in an empty database with busbar sample --subscribers {subscribers} --months 12"
        )
    found = [Figure(name="subscribers in the base", value=there, unit="accounts")]
    found += base_subscribers.figures(settings, subscribers)
    found += base_subscribers.growth(settings, against)
    for part in PARTS:
        name = f"deploy.bench.base_{part}"
        if importlib.util.find_spec(name) is not None:
            found += importlib.import_module(name).figures(settings, subscribers)
    return found


async def _accounts(url: str) -> int:
    pools = db.open_pools(url, name="busbar bench", size=1)
    try:
        async with db.reading(pools) as connection:
            return int(await connection.scalar(select(func.count()).select_from(accounts)) or 0)
    finally:
        await pools.dispose()
