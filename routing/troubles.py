"""What went wrong beside the line, on its way from PostgreSQL to the floor's alerts (shell)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.db import reading
from crm_core.errors import CrmError
from crm_core.store import listening
from crm_core.store import troubles as store
from crm_core.store.trouble_news import CHANNEL
from crm_core.store.troubles import Troubles

LONGEST_WAIT = 10.0
AT_LEAST = 600.0
"""An import that failed is forgotten after a day, by the clock alone."""
log = logging.getLogger(__name__)


async def troubles(engine: AsyncEngine) -> AsyncGenerator[Troubles, None]:
    """Yield what is to be looked at once the base listens to us, and anew after each change, for ever.

    A base that is away is asked again; nothing of the line waits for it.
    """
    wait = 0.1
    while True:
        try:
            async with aclosing(listening.heard(engine, CHANNEL, at_least=AT_LEAST)) as told:
                async for _ in told:
                    wait = 0.1
                    async with reading(engine) as db:
                        found = await store.standing(db, clock.now())
                    yield found
        except (CrmError, SQLAlchemyError, psycopg.Error, OSError) as error:
            log.warning("what went wrong beside the line is not heard: %s", error)
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)
