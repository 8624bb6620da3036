"""The client of Valkey: cancellation arrives, deadlines hold."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from routing import bus, valkey

pytestmark = pytest.mark.integration


async def test_a_reader_always_ends_when_it_is_cancelled(redis_url: str) -> None:
    chance = random.Random(3)
    writer = valkey.connect(redis_url)

    async def write() -> None:
        for number in range(1, 100_000):
            await writer.xadd(bus.NEWS, {"e": b"{}"}, id=f"1000-{number}")
            await asyncio.sleep(chance.random() * 0.004)

    writing = asyncio.create_task(write())
    for _ in range(60):
        redis = valkey.connect(redis_url)
        reader = bus.NewsReader(redis)

        async def read(reader: bus.NewsReader = reader) -> None:
            await reader.start()
            async for _ in reader.news():
                pass

        reading = asyncio.create_task(read())
        await asyncio.sleep(chance.random() * 0.02)
        reading.cancel()
        done, _ = await asyncio.wait([reading], timeout=5)
        assert done, "the reader went on after it was cancelled"
        await redis.aclose()
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    await writer.aclose()


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    redis = valkey.connect(f"redis://127.0.0.1:{port}/0")
    with pytest.raises(RedisTimeoutError):
        async with valkey.deadline(0.2):
            await redis.ping()
    await redis.aclose()
    server.close()
