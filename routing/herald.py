"""The herald: says whose card will be wanted, while the floor still decides and writes (port of both sides, shell).

Nothing is shown because of it: what a desk shows comes as numbered news, after it was written. A reader may begin to
read, that is all. So a word is neither numbered nor kept nor answered, and one that is lost costs the old time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import cast

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from routing.news import Coming
from routing.valkey import deadline

COMING = "busbar:coming"
HURRY_SECONDS = 0.05
"""A Redis that does not take a word in this time is let be: the floor must not wait for it."""
AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


class Herald:
    """The floor's side, on a connection of its own that is never answered."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._connection: AbstractConnection | None = None
        self._lost = asyncio.Event()

    async def cry(self, coming: Coming) -> None:
        """Say that this caller's card will be wanted; it has left when this returns, or was dropped."""
        connection = self._connection
        if connection is None:
            return
        try:
            async with deadline(HURRY_SECONDS):
                packed = connection.pack_command("PUBLISH", COMING, coming.model_dump_json())
                await connection.send_packed_command(packed, check_health=False)
        except (RedisError, OSError):
            self._connection = None
            self._lost.set()
            await self._let_go(connection)
        else:
            # The loop sends at its next turn: what was said leaves before anything is decided.
            await asyncio.sleep(0)

    async def run(self) -> None:
        """Keep the connection open, for ever."""
        while True:
            self._lost.clear()
            try:
                self._connection = await self._open()
            except (RedisError, OSError):
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                await self._lost.wait()

    async def _open(self) -> AbstractConnection:
        connection = cast("AbstractConnection", await self._redis.connection_pool.get_connection())  # type: ignore[no-untyped-call]
        try:
            async with deadline():
                await connection.send_packed_command(connection.pack_command("CLIENT", "REPLY", "OFF"))
        except BaseException:
            await self._let_go(connection)
            raise
        return connection

    async def _let_go(self, connection: AbstractConnection) -> None:
        # It must never serve anybody else: it would not answer.
        with suppress(RedisError, OSError):
            await connection.disconnect(nowait=True)
        await self._redis.connection_pool.release(connection)


async def coming(redis: Redis) -> AsyncGenerator[Coming, None]:
    """Yield callers whose card will be wanted in a moment, for ever; what was said while Redis was away is lost."""
    while True:
        try:
            async with redis.pubsub() as ear, aclosing(ear.listen()) as said:
                await ear.subscribe(COMING)
                async for message in said:
                    word = _understood(message)
                    if word is not None:
                        yield word
        except (RedisError, OSError) as error:
            log.info("nobody is announced: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)


def _understood(message: dict[str, object]) -> Coming | None:
    data = message["data"]
    if message["type"] != "message" or not isinstance(data, bytes):
        return None
    try:
        return Coming.model_validate_json(data)
    except ValidationError:
        return None
