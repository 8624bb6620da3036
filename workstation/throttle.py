"""How often something may be tried: counted in Valkey for all processes, in memory when Valkey is away (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

SIGN_IN_BY_LOGIN = RateLimitItemPerMinute(5)
SIGN_IN_BY_ADDRESS = RateLimitItemPerMinute(30)
"""An office of operators shares one address, so it may try more often than one login."""
SEARCH = RateLimitItemPerMinute(60)
CARD = RateLimitItemPerMinute(60)
"""Cards opened by hand; a person reads them, a copier of the base does not."""
REVEAL = RateLimitItemPerHour(60)
"""Masked values shown in full; an alert speaks up much sooner (`crm_core.watch`)."""
WRITE = RateLimitItemPerMinute(60)
MESSAGE = RateLimitItemPerMinute(20)
"""Messages to colleagues: a person writes fewer."""
PATIENCE_SECONDS = 0.5


class Throttle:
    """Counts tries by name.

    Args:
        redis_url: of Valkey, as in the settings.

    """

    def __init__(self, redis_url: str) -> None:
        address = redis_url.replace("unix://", "redis+unix://", 1)
        storage = RedisStorage(
            f"async+{address}",
            implementation="redispy",
            key_prefix="busbar:limit",
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
        )
        self._storage = storage
        self._shared = SlidingWindowCounterRateLimiter(storage)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def allows(self, item: RateLimitItem, *names: str) -> bool:
        """Count one try and say whether it is still within the limit."""
        return await self._ask(lambda limiter: limiter.hit(item, *names))

    async def has_room(self, item: RateLimitItem, *names: str) -> bool:
        """Say whether one more try would be within the limit, without counting it."""
        return await self._ask(lambda limiter: limiter.test(item, *names))

    async def forget(self, item: RateLimitItem, *names: str) -> None:
        """Start counting anew, after a try that succeeded."""

        async def clear(limiter: SlidingWindowCounterRateLimiter) -> bool:
            await limiter.clear(item, *names)
            return True

        await self._ask(clear)

    async def _ask(self, question: Callable[[SlidingWindowCounterRateLimiter], Awaitable[bool]]) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await question(self._shared)
        except (RedisError, OSError, TimeoutError) as error:
            # Refusing everybody would lock the house out, counting nothing would open it: count here alone.
            await log.awarning("throttle.valkey_away", error=type(error).__name__)
            return await question(self._own)

    async def close(self) -> None:
        """Let the connections go."""
        await self._storage.bridge.storage.aclose()  # type: ignore[attr-defined]
