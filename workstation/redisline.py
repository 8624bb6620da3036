"""The way to the floor over Valkey: `routing.bus` behind the workstation's port (shell)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from routing import bus, herald, valkey
from routing.news import ENVELOPE, Coming, DeskSnapshot, Envelope, FloorSnapshot
from routing.views import OperatorId
from routing.wishes import Wish
from workstation.floorline import FloorAway

log = structlog.get_logger(__name__)

REMEMBERED = 1000
"""News read back at the start, so that pages resume over a restart of this process."""


class RedisLine:
    """Implements `FloorLine`."""

    def __init__(self, url: str, run_dir: Path | None = None) -> None:
        self._run_dir = run_dir
        # Reading blocks its connection for a second at a time, so it has one of its own.
        self._reads: Redis = valkey.connect(url)
        self._asks: Redis = valkey.connect(url)

    async def news(self) -> AsyncIterator[Envelope]:
        """Yield the newest of the past, then news for ever."""
        reader = bus.NewsReader(self._reads)
        try:
            await reader.start()
            past = await self._asks.xrevrange(bus.NEWS, count=REMEMBERED)
        except RedisError as error:
            await log.awarning("line.no_past", error=type(error).__name__)
            past = []
        for _, fields in reversed(cast("list[tuple[bytes, dict[bytes, bytes]]]", past)):
            yield ENVELOPE.validate_json(fields[b"e"])
        async for envelope in reader.news():
            yield envelope

    async def coming(self) -> AsyncIterator[Coming]:
        """Yield callers as the floor's herald says them."""
        async with aclosing(herald.coming(self._asks, self._run_dir)) as callers:
            async for caller in callers:
                yield caller

    async def desk(self, operator: OperatorId) -> DeskSnapshot | None:
        """Return an operator's desk."""
        try:
            return await bus.read_desk(self._asks, operator)
        except RedisError as error:
            raise FloorAway from error

    async def floor(self) -> FloorSnapshot | None:
        """Return the whole floor."""
        try:
            return await bus.read_floor(self._asks)
        except RedisError as error:
            raise FloorAway from error

    async def send(self, wish: Wish) -> None:
        """Send one wish."""
        try:
            await bus.send_wish(self._asks, wish)
        except RedisError as error:
            raise FloorAway from error

    async def ping(self) -> bool:
        """Say whether Valkey answers."""
        try:
            return bool(await self._asks.ping())
        except RedisError:
            return False

    async def close(self) -> None:
        """Let the connections go."""
        await self._reads.aclose()
        await self._asks.aclose()
