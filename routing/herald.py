"""The herald: says whose card will be wanted, while the floor still decides and writes (port of both sides, shell).

Who listens on the same computer is told straight (`routing.whisper`), others over Valkey; whoever hears both takes the
first word of a call and lets the second be.
Nothing is shown because of it: what a desk shows comes as numbered news, after it was written. A reader may begin to
read, that is all. So a word is neither numbered nor kept nor answered, and one that is lost costs the old time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from routing.news import Coming
from routing.valkey import deadline
from routing.whisper import WAITING, Mouth, words

COMING = "busbar:coming"
HURRY_SECONDS = 0.05
"""A Redis that does not take a word in this time is let be: the floor must not wait for it."""
AGAIN_SECONDS = 1.0
LATELY = 64
"""Words remembered, so that one that comes on two ways is heard once."""

log = logging.getLogger(__name__)


class Herald:
    """The floor's side, on a connection of its own that is never answered."""

    def __init__(self, redis: Redis, run_dir: Path | None = None) -> None:
        self._redis = redis
        self._mouth = Mouth(run_dir) if run_dir is not None else None
        self.far = True
        """Somebody listens who has no ear on this computer."""
        self._connection: AbstractConnection | None = None
        self._lost = asyncio.Event()

    async def cry(self, coming: Coming) -> None:
        """Say that this caller's card will be wanted; it has left when this returns, or was dropped."""
        word = coming.model_dump_json().encode()
        told = self._mouth.say(word) if self._mouth is not None else 0
        connection = self._connection
        if connection is None or (told and not self.far):
            return
        try:
            async with deadline(HURRY_SECONDS):
                packed = connection.pack_command("PUBLISH", COMING, word)
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
        try:
            await self._keep()
        finally:
            if self._mouth is not None:
                self._mouth.close()

    async def _keep(self) -> None:
        while True:
            self._lost.clear()
            try:
                self._connection = await self._open()
            except (RedisError, OSError):
                self._look()
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                await self._watch()

    async def _watch(self) -> None:
        """Look now and then who listens, until the connection is lost."""
        while not self._lost.is_set():
            self._look()
            if self._mouth is not None:
                with suppress(RedisError, OSError):
                    async with deadline():
                        ((_, listeners),) = await self._redis.pubsub_numsub(COMING)
                    self.far = listeners > self._mouth.ears
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_SECONDS):
                    await self._lost.wait()

    def _look(self) -> None:
        if self._mouth is not None:
            self._mouth.look()

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


async def coming(redis: Redis, run_dir: Path | None = None) -> AsyncGenerator[Coming, None]:
    """Yield callers whose card will be wanted in a moment, each once, for ever; what nobody heard is lost."""
    heard: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
    lately: deque[str] = deque(maxlen=LATELY)
    ears = [_over_valkey(redis), *([words(run_dir)] if run_dir is not None else [])]
    tasks = [asyncio.create_task(_hear(ear, heard)) for ear in ears]
    try:
        while True:
            word = _understood(await heard.get())
            if word is not None and (key := f"{word.call_id} {word.account_id}") not in lately:
                lately.append(key)
                yield word
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _hear(ear: AsyncGenerator[bytes, None], heard: asyncio.Queue[bytes]) -> None:
    try:
        async with aclosing(ear) as said:
            async for word in said:
                with suppress(asyncio.QueueFull):
                    heard.put_nowait(word)
    except OSError as error:
        log.info("no ear on this computer: %s", error)


async def _over_valkey(redis: Redis) -> AsyncGenerator[bytes, None]:
    while True:
        try:
            async with redis.pubsub() as ear, aclosing(ear.listen()) as said:
                await ear.subscribe(COMING)
                async for message in said:
                    data = message["data"]
                    if message["type"] == "message" and isinstance(data, bytes):
                        yield data
        except (RedisError, OSError) as error:
            log.info("nobody is announced: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)


def _understood(data: bytes) -> Coming | None:
    try:
        return Coming.model_validate_json(data)
    except ValidationError:
        return None
