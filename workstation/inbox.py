"""Messages between people reach the open pages of whom they concern, whichever process took them in (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import aclosing

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import access
from crm_core.access import Action
from crm_core.db import reading
from crm_core.errors import CrmError
from crm_core.store import messages
from crm_core.store.listening import heard
from crm_core.store.messages import Message
from workstation.client import Client
from workstation.hub import Hub
from workstation.messages import InboxMessage, Note

log = structlog.get_logger(__name__)
AGAIN_SECONDS = 1.0
"""Before a base that went away is asked to tell again."""


class Inbox:
    """One per process.

    Args:
        engine: the customer base; one of its connections listens.
        hub: has the open pages.

    """

    def __init__(self, engine: AsyncEngine, hub: Hub) -> None:
        self._engine = engine
        self._hub = hub

    async def run(self) -> None:
        """Tell pages for ever; after a break of the line they ask for what they missed."""
        while True:
            try:
                async with aclosing(heard(self._engine, messages.CHANNEL)) as notes:
                    async for keys in notes:
                        await self._tell([int(key) for key in keys.split(",")] if keys else [])
            except (CrmError, SQLAlchemyError, OSError) as error:
                await log.awarning("inbox.line_lost", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _tell(self, keys: list[int]) -> None:
        pages = self._pages()
        if not keys:
            frame = InboxMessage(note=None).model_dump_json()
            for client in pages:
                client.mailbox.put(frame)
            return
        if not pages:
            return
        async with reading(self._engine) as db:
            found = await messages.by_keys(db, keys)
            teams = await messages.readers(db, {one.team for one in found if one.team})
        for one in found:
            self._show(one, teams.get(one.team, frozenset()) | {one.from_id}, pages)

    def _show(self, one: Message, team: Collection[int], pages: list[Client]) -> None:
        concerned = team if one.team else {one.from_id, one.to_id}
        for client in pages:
            if client.person.user_id in concerned:
                client.mailbox.put(InboxMessage(note=note(one, client.person.user_id)).model_dump_json())

    def _pages(self) -> list[Client]:
        writes = Action.WRITE_COLLEAGUES
        return [one for one in self._hub.clients() if not one.wall and access.may(one.person.role, writes)]


def note(one: Message, reader: int) -> Note:
    """Return a message as its reader's page takes it."""
    return Note(
        message_id=one.message_id, thread=one.thread_of(reader), from_name=one.from_name, at=one.at, text=one.text,
        mine=one.from_id == reader, title="" if one.team else one.to_name if one.from_id == reader else one.from_name,
    )  # fmt: skip
