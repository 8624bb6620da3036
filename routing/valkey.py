"""A client of Redis or Valkey whose answers have a deadline and whose tasks can be cancelled (shell).

redis-py's own `socket_timeout` sends through `asyncio.wait_for`, which on Python 3.11 forgets a cancellation that
arrives as the send completes (https://github.com/python/cpython/issues/86296): a reader in a loop then never ends.
The deadline stands around the whole command instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import TimeoutError as RedisTimeoutError

PATIENCE = 5.0
"""Seconds for one command or pipeline; blocking reads ask for one second."""


@asynccontextmanager
async def deadline(seconds: float = PATIENCE) -> AsyncIterator[None]:
    """Limit what is awaited inside; a connection in the middle of a command is closed by redis-py.

    Raises:
        redis.exceptions.TimeoutError: no answer in time.

    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise RedisTimeoutError(f"no answer in {seconds:g} s") from error


class Client(Redis):
    """Fails fast and tries nothing twice: who uses it decides about trying again."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command and return its answer.

        Raises:
            redis.exceptions.RedisError: Redis is away, refuses, or does not answer in time.

        """
        async with deadline():
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


def connect(url: str) -> Redis:
    """Open a client for `unix://…` or `redis://…`; nothing is connected before the first command."""
    return Client.from_url(url, socket_connect_timeout=1, socket_timeout=None, retry=Retry(NoBackoff(), 0))
