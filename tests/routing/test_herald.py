"""The herald over a real Valkey: what it says arrives at once, and nothing it meets makes the floor wait."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest

from routing import herald
from routing.herald import COMING, Herald
from routing.news import Coming
from routing.valkey import connect
from routing.whisper import Mouth, words
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
async def both(
    url: str, floor_dir: Path | None = None, web_dir: Path | None = None
) -> AsyncIterator[tuple[Herald, Ear]]:
    """A herald who is ready and somebody who hears him; with the same folder on the same computer."""
    mouth, listener, ear = connect(url), connect(url), Ear()
    crier = Herald(mouth, floor_dir)

    async def listen() -> None:
        async with aclosing(herald.coming(listener, web_dir)) as callers:
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


async def published(url: str, crier: Herald, account: int) -> bool:
    """Whether a stranger on the channel hears an account before a word of his own that comes after it."""
    stranger, said = connect(url), connect(url)
    try:
        async with stranger.pubsub() as ear:
            await ear.subscribe(COMING)
            await crier.cry(caller(account))
            await said.publish(COMING, b"last")
            async for message in ear.listen():
                if message["type"] == "message":
                    return bool(message["data"] != b"last")
    finally:
        await stranger.aclose()
        await said.aclose()
    return False


async def test_on_the_same_computer_the_word_goes_straight_and_is_heard_once(redis_url: str, tmp_path: Path) -> None:
    async with both(redis_url, tmp_path, tmp_path) as (crier, ear):
        await eventually(lambda: not crier.far, 5, "the herald knows that nobody listens from afar")
        assert not await published(redis_url, crier, 4711)
        await eventually(lambda: 4711 in ear.heard)
        crier.far = True
        await cry_until_heard(crier, ear, 4712)
        await crier.cry(caller(4713))
        await eventually(lambda: 4713 in ear.heard)
        assert sorted(ear.heard) == sorted(set(ear.heard)), "two ways, one word"


async def test_who_is_on_another_computer_hears_over_valkey(redis_url: str, tmp_path: Path) -> None:
    async with both(redis_url, tmp_path / "one", tmp_path / "other") as (crier, ear):
        await crier.cry(caller(4711))
        await eventually(lambda: 4711 in ear.heard)


def test_an_ear_whose_owner_died_is_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "ears"
    folder.mkdir(parents=True, mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(folder / "4711.ear"))
    mouth = Mouth(tmp_path)
    mouth.look()
    assert (mouth.ears, mouth.say(b"word"), mouth.ears) == (1, 0, 0)
    assert list(folder.iterdir()) == []
    mouth.close()


async def test_into_a_folder_that_others_may_write_to_nothing_is_said(tmp_path: Path) -> None:
    async with aclosing(words(tmp_path)) as said:
        first = asyncio.ensure_future(anext(said))
        folder = tmp_path / "state" / "ears"
        await eventually(lambda: folder.exists() and any(folder.iterdir()))
        mouth = Mouth(tmp_path)
        mouth.look()
        folder.chmod(0o777)
        assert mouth.say(b"secret") == 0
        folder.chmod(0o700)
        mouth.look()
        assert mouth.say(b"word") == 1
        assert await first == b"word"
        mouth.close()


async def test_an_ear_that_is_full_loses_words_and_holds_nobody_up(tmp_path: Path) -> None:
    async with aclosing(words(tmp_path)) as said:
        first = asyncio.ensure_future(anext(said))
        await eventually(lambda: any((tmp_path / "state").rglob("*.ear")))
        mouth = Mouth(tmp_path)
        mouth.look()
        began = time.monotonic()
        took = sum(mouth.say(b"word") for _ in range(20_000))
        assert time.monotonic() - began < 5
        assert 0 < took < 20_000
        assert await first == b"word"
        mouth.close()


async def test_without_an_ear_of_its_own_a_web_listens_on(redis_url: str, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    async with both(redis_url, tmp_path, tmp_path) as (crier, ear):
        await crier.cry(caller(4711))
        await eventually(lambda: 4711 in ear.heard)
