"""The reader: accounts' cards from the customer base; one that was begun early serves whoever wants it next (shell).

The floor's herald names an account while the call still is on its way to a desk: reading begins then. Who is in need
of that card takes the reading in hand instead of beginning one of his own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.card import Card
from crm_core.errors import CrmError
from crm_core.store import cards as card_store

KEPT_SECONDS = 2.0
"""What nobody took by then is dropped: the call went elsewhere, or is looked after by `workstation.ahead`."""
IN_HAND = 3
"""Readings begun early at the same time; more would only be in the way of those who wait."""


@dataclass(frozen=True, slots=True)
class _Early:
    at: float
    """When it was begun, on the loop's clock."""
    work: asyncio.Task[Card | None]


class Reader:
    """One per process.

    Args:
        engine: the customer base.
        today: the date at the utility.

    """

    def __init__(self, engine: AsyncEngine, today: Callable[[], date]) -> None:
        self._engine = engine
        self._today = today
        self._early: dict[int, _Early] = {}

    def begin(self, account_id: int) -> None:
        """Begin to read an account's card, unless it is in hand or enough others are."""
        now = asyncio.get_running_loop().time()
        for old in [key for key, one in self._early.items() if now - one.at > KEPT_SECONDS]:
            self.forget(old)
        if account_id in self._early or sum(not one.work.done() for one in self._early.values()) >= IN_HAND:
            return
        work = asyncio.create_task(self.read(account_id))
        # A base that is away is told to who wants the card; when nobody does, to nobody.
        work.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._early[account_id] = _Early(now, work)

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
        return await card_store.read_card(self._engine, account_id, self._today())
