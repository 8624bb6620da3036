"""Wrong proofs are counted over calls; without Valkey nobody is locked out."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from ivr.attempts import Attempts, Limits

pytestmark = pytest.mark.integration

FEW = Limits(per_number=2, withheld=3, together=5, seconds=60)


async def test_a_number_is_believed_until_it_was_wrong_too_often(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        attempts = Attempts(redis, FEW)
        assert await attempts.allowed("+7")
        await attempts.note("+7")
        assert await attempts.allowed("+7")
        await attempts.note("+7")
        assert not await attempts.allowed("+7")
        assert await attempts.allowed("+8")


async def test_everybody_together_is_counted_as_well(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        attempts = Attempts(redis, FEW)
        await asyncio.gather(*(attempts.note(f"+{number}") for number in range(5)))
        assert not await attempts.allowed("+99")


async def test_callers_without_a_number_share_a_count(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        attempts = Attempts(redis, FEW)
        for _ in range(3):
            assert await attempts.allowed("")
            await attempts.note("")
        assert not await attempts.allowed("")


async def test_a_window_is_not_prolonged_by_trying(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        attempts = Attempts(redis, FEW)
        await attempts.note("+7")
        await redis.expire("busbar:ivr:wrong:+7", 5)
        await attempts.note("+7")
        assert await redis.ttl("busbar:ivr:wrong:+7") <= 5


async def test_without_valkey_nobody_is_locked_out() -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as redis:
        attempts = Attempts(redis, FEW)
        await attempts.note("+7")
        assert await attempts.allowed("+7")
