"""Facts on their way to PostgreSQL: in order, in batches, held while it is away; the line never waits (shell)."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.db import transaction
from crm_core.errors import DatabaseTooSlow, DatabaseUnavailable
from routing import memory
from routing.effects import CallFact, Fact

BATCH = 200
HELD = 100_000
"""Facts kept while the database is away: hours of history; how calls stand is kept beside it, one for each call."""
LONGEST_WAIT = 2.0
GATHER_SECONDS = 0.03
"""Facts wait this long before they are written: the news of the same event is on every screen by then, nothing that
draws up a statement stands in its way, and the facts of one event go into one transaction."""

log = logging.getLogger(__name__)


class Recorder:
    """Remembers facts."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._calls: dict[str, CallFact] = {}
        self._facts: deque[Fact] = deque(maxlen=HELD)
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        """Set while everything is written."""
        self.idle.set()

    def record(self, fact: Fact) -> None:
        """Take a fact; it is written soon. Of one call only the newest standing is kept."""
        if isinstance(fact, CallFact):
            self._calls[fact.call.call_id] = fact
        else:
            self._facts.append(fact)
        self.idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Write for ever; while the database is away, wait and try again."""
        wait = 0.1
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            try:
                while self._calls or self._facts:
                    await self._write_batch()
                self.idle.set()
                wait = 0.1
            except (DatabaseUnavailable, DatabaseTooSlow, OSError) as error:
                log.warning("%d facts wait for the database: %s", len(self._calls) + len(self._facts), error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                self._wake.set()

    async def _write_batch(self) -> None:
        # Calls first: a line of history or an end belongs to a call that is on record.
        calls = list(self._calls.values())[:BATCH]
        facts = [self._facts[place] for place in range(min(BATCH, len(self._facts)))]
        try:
            async with transaction(self._engine) as db:
                await memory.write(db, [*calls, *facts])
        except SQLAlchemyError:
            # One of them cannot be written (an operator that was deleted meanwhile): it must not hold up the others.
            await self._write_singly([*calls, *facts])
        for written in calls:
            if self._calls.get(written.call.call_id) is written:
                del self._calls[written.call.call_id]
        for written_fact in facts:
            if self._facts and self._facts[0] is written_fact:
                self._facts.popleft()

    async def _write_singly(self, facts: list[Fact]) -> None:
        for fact in facts:
            try:
                async with transaction(self._engine) as db:
                    await memory.write(db, [fact])
            except SQLAlchemyError as error:
                log.error("a fact cannot be written and is dropped: %s: %s", type(fact).__name__, type(error).__name__)  # noqa: TRY400 - the values are personal
