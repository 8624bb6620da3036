"""Ends sockets whose session or wall ended elsewhere, and the shifts of people who work here no more (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from redis.exceptions import RedisError

from crm_core.errors import CrmError
from workstation.access import Person
from workstation.client import Client
from workstation.hub import Hub
from workstation.sessions import Sessions

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
"""A dismissed operator's desk is closed within this time."""


Find = Callable[[str], Awaitable[Person | None]]


class Sweeper:
    """Looks after the sessions of open sockets; looking also keeps an open desk's session from idling out.

    Args:
        hub: who is connected.
        sessions: of desks and floors.
        find_wall: whose an open wallboard is, by what it keeps instead of a session; it too is kept open by looking.
        every: seconds between two looks.

    """

    def __init__(
        self, hub: Hub, sessions: Sessions, find_wall: Find | None = None, every: float = EVERY_SECONDS
    ) -> None:
        self._hub = hub
        self._sessions = sessions
        self._find_wall: Find = find_wall or sessions.find
        self._every = every

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(self._every)
            await self.sweep()

    async def sweep(self) -> None:
        """Look once at every session that has a socket; while the database is away nobody is thrown out."""
        for client in {client.person.token: client for client in (*self._hub.clients(), *self._hub.guests())}.values():
            try:
                if not await self._stays(client):
                    await self._hub.end_session(client.person)
            except (CrmError, RedisError) as error:
                await log.awarning("sweeper.waits", error=type(error).__name__)
                return
        await self.dismiss()

    async def _stays(self, client: Client) -> bool:
        if not client.wall:
            return await self._sessions.find(client.person.token) is not None
        person = await self._find_wall(client.person.token)
        return person is not None and person.helps

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
