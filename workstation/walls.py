"""Wallboards' way in: a ticket that opens one wall once, and what a wall keeps instead of a session (shell).

Both are random, known to Valkey by their hashes alone, and say no more than whose floor is shown and in which language.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import cast

from pydantic import BaseModel, ConfigDict, ValidationError
from redis.asyncio import Redis

from routing import valkey

TICKET, WALL = "busbar:wall:ticket:", "busbar:wall:open:"
TICKET_SECONDS = 120
WALL_SECONDS = 36 * 3600
"""Longer than a night; a wall that is looked at begins it anew."""
LONGEST = 100


class Shown(BaseModel):
    """What a wall shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: int
    """Whose floor; who lost the right closes the wall."""
    language: str


class Walls:
    """Tickets and open walls.

    Args:
        redis_url: of Valkey, as in the settings.

    """

    def __init__(self, redis_url: str) -> None:
        self._redis: Redis = valkey.connect(redis_url)

    async def ticket(self, shown: Shown) -> str:
        """Return a ticket that opens one wall within two minutes.

        Raises:
            RedisError: Valkey is away.

        """
        token = secrets.token_urlsafe(24)
        await self._redis.set(TICKET + _hash(token), shown.model_dump_json(), ex=TICKET_SECONDS)
        return token

    async def open(self, ticket: str) -> str | None:
        """Take a ticket, which is gone then, and return what the wall keeps; None when it was none."""
        shown = _read(await self._redis.getdel(TICKET + _hash(ticket))) if 0 < len(ticket) <= LONGEST else None
        if shown is None:
            return None
        token = secrets.token_urlsafe(24)
        await self._redis.set(WALL + _hash(token), shown.model_dump_json(), ex=WALL_SECONDS)
        return token

    async def find(self, token: str) -> Shown | None:
        """Return what an open wall shows, and let it be open for as long again; None when there is none.

        Raises:
            RedisError: Valkey is away.

        """
        if not 0 < len(token) <= LONGEST:
            return None
        return _read(await self._redis.getex(WALL + _hash(token), ex=WALL_SECONDS))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _read(found: object) -> Shown | None:
    if found is None:
        return None
    try:
        return Shown.model_validate_json(cast("bytes", found))
    except ValidationError:
        return None
