"""Attempts: how often a number, and everybody together, proved an account wrongly of late; in Valkey (shell).

Three tries a call do not stop anyone who calls again. So wrong proofs are counted over calls and over processes,
and beyond the limit every proof is wrong. Without Valkey nobody is slowed down: three tries a call still hold.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PREFIX = "busbar:ivr:wrong:"
ALL = "all"
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many wrong proofs are borne, and for how many seconds one counts."""

    per_number: int = 9
    """Three calls of three tries."""
    withheld: int = 60
    """All callers who withhold their number share one count."""
    together: int = 600
    seconds: int = 3600


class Attempts:
    """Counts wrong proofs."""

    def __init__(self, redis: Redis, limits: Limits | None = None, *, timeout: float = 0.5) -> None:
        self._redis = redis
        self._limits = limits or Limits()
        self._timeout = timeout

    async def note(self, number: str) -> None:
        """Count one wrong proof from a number, "" when withheld."""
        try:
            async with asyncio.timeout(self._timeout), self._redis.pipeline(transaction=True) as pipe:
                for key in self._keys(number):
                    pipe.incr(key)
                    # From the first one on: a window that every try prolongs would lock out for ever.
                    pipe.expire(key, self._limits.seconds, nx=True)
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("attempts_not_counted", reason=repr(error))

    async def allowed(self, number: str) -> bool:
        """Whether a proof from this number may still be believed."""
        try:
            async with asyncio.timeout(self._timeout):
                counts = await self._redis.mget(self._keys(number))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("attempts_not_known", reason=repr(error))
            return True
        most = (self._limits.per_number if number else self._limits.withheld, self._limits.together)
        return all(int(count or 0) < limit for count, limit in zip(counts, most, strict=True))

    def _keys(self, number: str) -> list[str]:
        return [PREFIX + (number or WITHHELD), PREFIX + ALL]
