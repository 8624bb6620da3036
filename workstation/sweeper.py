"""Ends sockets whose session ended elsewhere, and the shifts of people who work here no more (shell)."""

from __future__ import annotations

import asyncio

import structlog

from crm_core.errors import CrmError
from workstation.hub import Hub
from workstation.sessions import Sessions

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
"""A dismissed operator's desk is closed within this time."""


class Sweeper:
    """Looks after the sessions of open sockets; looking also keeps an open desk's session from idling out."""

    def __init__(self, hub: Hub, sessions: Sessions, every: float = EVERY_SECONDS) -> None:
        self._hub = hub
        self._sessions = sessions
        self._every = every

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(self._every)
            await self.sweep()

    async def sweep(self) -> None:
        """Look once at every session that has a socket; while the database is away nobody is thrown out."""
        for token, person in {client.person.token: client.person for client in self._hub.clients()}.items():
            try:
                if await self._sessions.find(token) is None:
                    await self._hub.end_session(person)
            except CrmError as error:
                await log.awarning("sweeper.waits", error=type(error).__name__)
                return
        await self.dismiss()

    async def dismiss(self) -> None:
        """Have the floor send nobody calls who is locked out, or no operator any more.

        Whose page is closed has no socket to be ended, and a telephone of his own may still be registered under his
        line: the floor must not offer him anything.
        """
        there = await self._hub.at_work()
        if not there:
            return
        try:
            known = await self._sessions.operators(there)
        except CrmError as error:
            await log.awarning("sweeper.waits", error=type(error).__name__)
            return
        for user_id in there - known:
            await log.awarning("sweeper.dismissed", user_id=user_id)
            await self._hub.say_farewell(user_id)
