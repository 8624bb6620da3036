"""A TCP line that can go dead without a word, as a firewall that forgot a connection does."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self


class HalfOpen:
    """Forwards to `port`; connections that were deaf stay deaf, later ones are fine again."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._deaf: list[asyncio.Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*self._tasks)

    def go_deaf(self) -> None:
        """Stop forwarding, both ways, on every connection there is; close none."""
        for each in self._deaf:
            each.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        deaf = asyncio.Event()
        self._deaf.append(deaf)
        there, away = await asyncio.open_connection(*self._there)
        self._writers += [writer, away]
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass_on(reader, away, deaf))
                group.create_task(_pass_on(there, writer, deaf))
        finally:
            for one in (writer, away):
                one.close()
            self._tasks.discard(task)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            if deaf.is_set():
                continue
            writer.write(data)
            await writer.drain()
    if not deaf.is_set():
        writer.close()
