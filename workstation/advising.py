"""What is advised on cards: rules and offers kept in memory, what was shown written behind the answer (shell).

A card is laid before an operator without asking for anything: what holds for every subscriber is read again every half
minute, and the rows of what was shown go to the base in batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.advice import Counsel, Worth, advise
from crm_core.card import Card
from crm_core.db import reading, transaction
from crm_core.errors import CrmError
from crm_core.store import advice
from crm_core.store.advice import Shown

log = structlog.get_logger(__name__)
EVERY_SECONDS = 30.0
GATHER_SECONDS = 1.0
KEPT = 5_000
"""Rows that wait while the base is away; then the oldest go: they are counted, and nothing hangs on one."""


class Advisor:
    """Says what is worth doing, and remembers what it said.

    Args:
        engine: the customer base.
        today: the date at the utility.

    """

    def __init__(self, engine: AsyncEngine, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today
        self._counsel = Counsel()
        self._rows: list[Shown] = []
        self._task: asyncio.Task[None] | None = None

    def worth(self, card: Card) -> Worth:
        """Return what is worth doing with a subscriber now."""
        return advise(card, self._counsel, self._today())

    def shown(self, user_id: int, account_id: int, call_id: str, worth: Worth) -> None:
        """Note what an operator is shown in a contact; written soon."""
        now = clock.now()
        self._rows += [
            Shown(at=now, account_id=account_id, call_id=call_id, user_id=user_id, rule=rule, offer_id=offer_id)
            for rule, offer_id in worth.codes
        ]
        del self._rows[:-KEPT]

    async def look(self) -> None:
        """Read rules, outages and offers as they are now.

        Raises:
            CrmError: the base is away; what was known goes on holding.

        """
        async with reading(self._engine) as db:
            self._counsel = await advice.counsel(db, self._today(), clock.now())

    def start(self) -> None:
        """Begin to read and to write."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what is left, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(CrmError, TimeoutError):
            async with asyncio.timeout(2):
                await self.write()

    async def write(self) -> None:
        """Write what was shown since the last time.

        Raises:
            CrmError: the base is away; the rows are kept.

        """
        rows, self._rows = self._rows, []
        if not rows:
            return
        try:
            async with transaction(self._engine) as db:
                await advice.keep_shown(db, rows)
        except CrmError:
            self._rows = rows + self._rows
            raise

    async def _run(self) -> None:
        turns = 0
        while True:
            await asyncio.sleep(GATHER_SECONDS)
            turns += 1
            try:
                await self.write()
                if turns * GATHER_SECONDS >= EVERY_SECONDS:
                    turns = 0
                    await self.look()
            except Exception as error:  # noqa: BLE001 -- the loop must live on
                await log.awarning("advice.waits", rows=len(self._rows), error=str(error)[:200])
