"""The herald over a real Valkey: what it says arrives at once, and nothing it meets makes the floor wait."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import pytest

from routing import herald
from routing.herald import COMING, Herald
from routing.news import Coming
from routing.valkey import connect
from tests.support.servers import ValkeyServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration


def caller(account: int) -> Coming:
    return Coming(account_id=account, call_id=f"main-{account}.1", number="+79123456789")


class Ear:
    """Somebody who listens."""

    def __init__(self) -> None:
        self.heard: list[int] = []


@asynccontextmanager
async def both(url: str) -> AsyncIterator[tuple[Herald, Ear]]:
    """A herald who is ready and somebody who hears him."""
    mouth, listener, ear = connect(url), connect(url), Ear()
    crier = Herald(mouth)

    async def listen() -> None:
        async with aclosing(herald.coming(listener)) as callers:
            async for one in callers:
                assert one == caller(one.account_id)
                ear.heard.append(one.account_id)

    tasks = [asyncio.create_task(crier.run()), asyncio.create_task(listen())]
    try:
        await cry_until_heard(crier, ear, 1)
        yield crier, ear
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await mouth.aclose()
        await listener.aclose()


async def cry_until_heard(crier: Herald, ear: Ear, account: int) -> None:
    """Say an account until it is heard: what is said while one of the two is away is lost."""
    async with asyncio.timeout(20):
        while account not in ear.heard:
            await crier.cry(caller(account))
            await asyncio.sleep(0.02)


async def test_an_account_is_heard_of(redis_url: str) -> None:
    async with both(redis_url) as (crier, ear):
        await crier.cry(caller(4711))
        await crier.cry(caller(4712))
        await eventually(lambda: ear.heard[-2:] == [4711, 4712])


async def test_nonsense_on_the_channel_is_not_heard(redis_url: str) -> None:
    async with both(redis_url) as (crier, ear):
        stranger = connect(redis_url)
        whole = caller(4711).model_dump()
        for word in (b"", b"-1", b"x" * 100_000, b"\xff\xfe", b"1 or 1=1", b"4711", b"[]", b"{}"):
            await stranger.publish(COMING, word)
        for key, wrong in (("account_id", 0), ("account_id", 2**31), ("call_id", "x" * 81), ("number", 5), ("more", 1)):
            await stranger.publish(COMING, json.dumps(whole | {"account_id": 1, key: wrong}))
        await stranger.aclose()
        await crier.cry(caller(4711))
        await eventually(lambda: 4711 in ear.heard)
        assert set(ear.heard) == {1, 4711}


async def test_thousands_of_words_are_never_answered_and_never_block(redis_url: str) -> None:
    async with both(redis_url) as (crier, ear):
        for account in range(2, 3_000):
            await crier.cry(caller(account))
        await eventually(lambda: ear.heard[-2_998:] == list(range(2, 3_000)))


async def test_a_killed_valkey_holds_nobody_up_and_the_herald_is_heard_again(
    valkey: ValkeyServer, redis_url: str
) -> None:
    async with both(redis_url) as (crier, ear):
        valkey.kill()
        began = time.monotonic()
        for _ in range(50):
            await crier.cry(caller(4711))
        assert time.monotonic() - began < 1.0
        assert 4711 not in ear.heard
        await asyncio.to_thread(valkey.start)
        await cry_until_heard(crier, ear, 4712)
