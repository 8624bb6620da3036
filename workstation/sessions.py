"""Sessions of people (shell): opened by password, found by cookie, ended; the rules are the customer base's."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.access import Role
from crm_core.db import reading, transaction
from crm_core.store import users
from workstation.access import Person

LONGEST_TOKEN = 200


class Sessions:
    """Opens, finds and ends sessions.

    Args:
        engine: where sessions live, so that all processes know them and a restart ends none.

    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, login: str, password: str, ip: str) -> str | None:
        """Open a session and return its token; None when login and password do not fit an active user.

        Raises:
            DatabaseUnavailable: nobody can say now.

        """
        async with transaction(self._engine) as db:
            user = await users.verify_password(db, login, password)
            if user is None:
                return None
            return (await users.open_session(db, user.user_id, clock.now(), ip)).token

    async def find(self, token: str) -> Person | None:
        """Return whose living session this is, None when there is none.

        Raises:
            DatabaseUnavailable: nobody can say now.

        """
        if not token or len(token) > LONGEST_TOKEN:
            return None
        now = clock.now()
        async with reading(self._engine) as db:
            session = await users.session(db, token, now)
        if session is None:
            return None
        if session.unseen:
            async with transaction(self._engine) as writing:
                await users.session_seen(writing, token, now)
        user = session.user
        return Person(
            user_id=user.user_id,
            login=user.login,
            name=user.name,
            role=user.role,
            extension=user.extension or "",
            language=user.language,
            languages=user.languages,
            skills=user.skills,
            csrf=session.csrf,
            token=token,
        )

    async def operators(self, ids: Collection[int]) -> set[int]:
        """Return which of these people may take calls: neither locked out nor of another role by now.

        Raises:
            DatabaseUnavailable: nobody can say now.

        """
        async with reading(self._engine) as db:
            return await users.active(db, ids, Role.OPERATOR)

    async def close(self, token: str) -> None:
        """End a session; one that does not exist is ended already."""
        if token and len(token) <= LONGEST_TOKEN:
            async with transaction(self._engine) as db:
                await users.close_session(db, token)

    @staticmethod
    def same(sent: str, token: str) -> bool:
        """Compare two tokens in constant time."""
        return bool(token) and secrets.compare_digest(sent.encode("utf-8", "replace"), token.encode())
