"""How the line does, on its way from the floor to PostgreSQL: standings, and alerts over what is down (shell).

The floor hears every node anyway; what it learns of trunks and telephones is no part of routing, so it is kept here.
Of each thing only the newest standing waits to be written, however long the database is away.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.db import transaction
from crm_core.errors import DatabaseTooSlow, DatabaseUnavailable
from crm_core.store import linewatch
from telephony import health
from telephony.events import CallEvent
from telephony.health import Key, Standing

GATHER_SECONDS = 0.1
LONGEST_WAIT = 2.0
BATCH = 500
log = logging.getLogger(__name__)


class LineWatch:
    """Hears what nodes tell and keeps the record of how everything stands."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._known: dict[Key, Standing] = {}
        self._unwritten: dict[Key, Standing] = {}
        self._wake = asyncio.Event()

    def hear(self, event: CallEvent, now: datetime) -> None:
        """Take in one event; most say nothing of this and cost a look."""
        if type(event) not in health.HEARD:
            return
        for standing in health.learn(self._known, event, now):
            self._known[standing.key] = self._unwritten[standing.key] = standing
            self._wake.set()

    async def run(self) -> None:
        """Write for ever; while the database is away, wait and try again."""
        wait = 0.1
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            batch = list(self._unwritten.values())[:BATCH]
            try:
                async with transaction(self._engine) as db:
                    await linewatch.stand(db, [_row(one) for one in batch], batch[-1].since if batch else None)
            except (DatabaseUnavailable, DatabaseTooSlow, OSError) as error:
                log.warning("%d standings wait for the database: %s", len(self._unwritten), error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                self._wake.set()
                continue
            except SQLAlchemyError as error:
                # What cannot be written must not stop a floor; the next word of the same thing is written anew.
                log.error("%d standings are dropped: %s", len(batch), error)  # noqa: TRY400
            wait = 0.1
            for one in batch:
                if self._unwritten.get(one.key) is one:
                    del self._unwritten[one.key]
            if self._unwritten:
                self._wake.set()


def _row(one: Standing) -> linewatch.Told:
    return linewatch.Told(
        node=one.node,
        kind=one.kind.value,
        name=one.name,
        state=one.state.value,
        detail=one.detail,
        rtt_us=one.rtt_us,
        since=one.since,
    )
