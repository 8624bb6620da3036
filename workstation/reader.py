"""The reader: accounts' cards from the customer base; one that was begun early serves whoever wants it next (shell).

The floor's herald names an account while the call still is on its way to a desk: reading begins then, within the same
turn of the event loop. Who is in need of that card takes the reading in hand instead of beginning one of his own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.card import Card
from crm_core.errors import CrmError, DatabaseUnavailable
from crm_core.store import cards as card_store

KEPT_SECONDS = 2.0
"""What nobody took by then is dropped: the call went elsewhere, or is looked after by `workstation.ahead`."""
IN_HAND = 3
"""Readings begun early at the same time; more would only be in the way of those who wait."""


@dataclass(frozen=True, slots=True)
class _Early:
    at: float
    """When it was begun, on the loop's clock."""
    work: asyncio.Future[Card | None]


class Reader:
    """One per process.

    Args:
        engine: the customer base.
        today: the date at the utility.

    """

    def __init__(self, engine: AsyncEngine, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today
        self._lines = card_store.hot_lines(engine.url, today, name="busbar-web hot")
        self._early: dict[int, _Early] = {}

    def begin(self, account_id: int) -> asyncio.Future[Card | None] | None:
        """Begin to read an account's card; None when it is in hand already, or enough others are."""
        now = asyncio.get_running_loop().time()
        for old in [key for key, one in self._early.items() if now - one.at > KEPT_SECONDS]:
            self.forget(old)
        if account_id in self._early or sum(not one.work.done() for one in self._early.values()) >= IN_HAND:
            return None
        work = card_store.ask_card(self._lines, account_id, self._today()) or asyncio.ensure_future(
            card_store.read_card(self._engine, account_id, self._today())
        )
        # A base that is away is told to who wants the card; when nobody does, to nobody.
        work.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._early[account_id] = _Early(now, work)
        return work

    def has(self, work: asyncio.Future[Card | None], account_id: int) -> bool:
        """Tell whether nobody took this reading so far."""
        early = self._early.get(account_id)
        return early is not None and early.work is work

    async def take(self, account_id: int) -> Card | None:
        """Return an account's card, the one in hand if there is one; None when there is no such account.

        Raises:
            CrmError: the customer base is away or too slow.

        """
        early = self._early.pop(account_id, None)
        if early is None or asyncio.get_running_loop().time() - early.at > KEPT_SECONDS:
            return await self.read(account_id)
        try:
            return await early.work
        except CrmError:
            return await self.read(account_id)

    def forget(self, account_id: int) -> None:
        """Drop what was begun for an account: it changed, or nobody wanted it."""
        early = self._early.pop(account_id, None)
        if early is not None:
            early.work.cancel()

    async def read(self, account_id: int) -> Card | None:
        """Return an account's card as it is now, None when there is no such account.

        Raises:
            CrmError: the customer base is away or too slow.

        """
        asked = card_store.ask_card(self._lines, account_id, self._today())
        try:
            if asked is not None:
                return await asked
        except DatabaseUnavailable:
            pass  # One line was cut: the pool knows whether the customer base is away.
        return await card_store.read_card(self._engine, account_id, self._today())

    async def open(self) -> None:
        """Open the hot lines, so that no caller waits for them.

        Raises:
            DatabaseUnavailable: the customer base is away; they are opened when somebody asks.

        """
        await self._lines.open()

    async def close(self) -> None:
        """Close the hot lines."""
        await self._lines.close()
