"""The board on which replays stand, in Valkey: apart from everything of the live floor, and gone by itself (shell)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import cast

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from routing import valkey
from routing.rehearsal_clock import LASTS, Replay

BOARD = "busbar:training:replays"
"""A hash: id to `Replay`."""
TOUCHED = "busbar:training:touched"
"""Whose clock was touched: ids, published."""
MOST = 20
"""Replays at a time."""
AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


class Board:
    """Replays that are going on.

    Args:
        redis_url: of Valkey, as in the settings.

    """

    def __init__(self, redis_url: str) -> None:
        self._redis: Redis = valkey.connect(redis_url)

    async def put(self, replay: Replay) -> bool:
        """Put a replay up, or its clock as it was touched, and say so to all who show it.

        Returns:
            False when there are so many already that no other has room.

        Raises:
            RedisError: Valkey is away.

        """
        there = await self.all(replay.touched_at)
        if len(there) >= MOST and all(one.replay_id != replay.replay_id for one in there):
            return False
        async with self._redis.pipeline(transaction=True) as together:
            together.hset(BOARD, replay.replay_id, replay.model_dump_json())
            together.expire(BOARD, LASTS)
            together.publish(TOUCHED, replay.replay_id)
            async with valkey.deadline():
                await together.execute()
        return True

    async def find(self, replay_id: str) -> Replay | None:
        """Return a replay; None when there is none of this id.

        Raises:
            RedisError: Valkey is away.

        """
        return _read(await self._redis.hget(BOARD, replay_id[:24]))

    async def all(self, now: datetime) -> list[Replay]:
        """Return all replays, the one touched last first; those nobody touched for long are taken down.

        Raises:
            RedisError: Valkey is away.

        """
        found = cast("dict[bytes, bytes]", await self._redis.hgetall(BOARD))
        read = {key: _read(value) for key, value in found.items()}
        if gone := [key for key, one in read.items() if one is None or one.over(now)]:
            await self._redis.hdel(BOARD, *gone)
        living = [one for one in read.values() if one is not None and not one.over(now)]
        return sorted(living, key=lambda one: one.touched_at, reverse=True)

    async def drop(self, replay_id: str) -> None:
        """Take a replay down; one that is not there stays gone.

        Raises:
            RedisError: Valkey is away.

        """
        async with self._redis.pipeline(transaction=True) as together:
            together.hdel(BOARD, replay_id[:24])
            together.publish(TOUCHED, replay_id[:24])
            async with valkey.deadline():
                await together.execute()

    async def touched(self) -> AsyncGenerator[str, None]:
        """Yield ids as clocks are touched or taken down, for ever; "" after a break: it may have been any."""
        while True:
            try:
                async with self._redis.pubsub() as ear, aclosing(ear.listen()) as said:
                    await ear.subscribe(TOUCHED)
                    yield ""
                    async for message in said:
                        if message["type"] == "message" and isinstance(message["data"], bytes):
                            yield message["data"].decode("utf-8", "replace")
            except (RedisError, OSError) as error:
                log.info("nobody says which clocks are touched: %s", error)
                await asyncio.sleep(AGAIN_SECONDS)

    async def close(self) -> None:
        """Let the connections go."""
        await self._redis.aclose()


def _read(found: object) -> Replay | None:
    if found is None:
        return None
    try:
        return Replay.model_validate_json(cast("bytes", found))
    except ValidationError:
        return None
