"""Transactions of Redis over a connection of their own, for those who are in a hurry (shell)."""

from __future__ import annotations

from typing import cast

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from routing.valkey import deadline

Command = tuple[str | bytes | int, ...]
"""A command of Redis, word by word."""


class Transactions:
    """Runs commands in MULTI and EXEC over one connection of its own, with nothing in front of them.

    A pipeline of redis-py asks its pool for a connection and listens on it before it speaks: a millisecond on a busy
    loop, for each piece of news. MULTI itself costs next to nothing, and who reads news must find the snapshot that
    goes with it.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._connection: AbstractConnection | None = None

    async def run(self, commands: list[Command]) -> list[object]:
        """Run the commands, all or none; return their answers, an error among them as a value.

        Raises:
            RedisError: Redis is away, does not answer in time, or refused all of it; what was sent may have been done.

        """
        connection = self._connection or await self._redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
        self._connection = None
        try:
            async with deadline():
                packed = connection.pack_commands([("MULTI",), *commands, ("EXEC",)])
                await connection.send_packed_command(packed, check_health=False)
                for _ in range(len(commands) + 1):
                    await connection.read_response()
                answers = await connection.read_response()
        except BaseException:
            # Answers that nobody waits for any more would be taken for those to the next question.
            await connection.disconnect(nowait=True)
            await self._redis.connection_pool.release(connection)
            raise
        self._connection = connection
        return cast("list[object]", answers)
