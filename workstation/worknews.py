"""How much work waits for whoever has a page open: told when work changed, never asked in turns (shell)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import access, clock
from crm_core.access import Action
from crm_core.db import reading
from crm_core.errors import CrmError
from crm_core.store import roster
from crm_core.store.listening import heard
from crm_core.store.roster import Count
from workstation.client import Client
from workstation.hub import Hub
from workstation.messages import RosterMessage

log = structlog.get_logger(__name__)
PAUSE_SECONDS = 2.0
"""In which changes gather: work that moves all the time is counted at most so often, once for all pages."""
AGAIN_SECONDS = 1.0
"""Before a base that went away is asked to tell again."""


class WorkNews:
    """One per process.

    Args:
        engine: the customer base; one of its connections listens.
        hub: has the open pages.

    """

    def __init__(self, engine: AsyncEngine, hub: Hub) -> None:
        self._engine = engine
        self._hub = hub
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Listen and tell, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._tell())

    async def _listen(self) -> None:
        while True:
            try:
                async with aclosing(heard(self._engine, roster.CHANNEL)) as notes:
                    async for _ in notes:
                        self._moved.set()
            except (CrmError, SQLAlchemyError, OSError) as error:
                await log.awarning("worknews.line_lost", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _tell(self) -> None:
        while True:
            await self._moved.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            self._moved.clear()
            pages = self._pages()
            if not pages:
                continue
            try:
                async with reading(self._engine) as db:
                    counted = await roster.counts(db, {one.person.user_id for one in pages}, clock.now())
            except (CrmError, SQLAlchemyError, OSError) as error:
                await log.awarning("worknews.not_counted", error=type(error).__name__)
                continue
            for client in pages:
                count = counted.get(client.person.user_id, Count())
                client.mailbox.put(RosterMessage(mine=count.mine, late=count.late).model_dump_json())

    def _pages(self) -> list[Client]:
        return [one for one in self._hub.clients() if not one.wall and access.may(one.person.role, Action.TAKE_CALLS)]
