"""Events on their way from the links to the one reader, bounded: a slow reader slows the sockets down (shell)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol

from telephony.events import CallEvent


class Source(Protocol):
    """Something that can stop reading for a while."""

    def pause(self) -> None:
        """Read nothing from now on."""

    def resume(self) -> None:
        """Read again."""


class Mailbox:
    """First in, first out; memory is bounded by `high` events and what one read of each source brings."""

    def __init__(self, high: int = 10_000, low: int = 2_000) -> None:
        self.high = high
        self.low = low
        self._events: deque[CallEvent] = deque()
        self._paused: list[Source] = []
        self._wake: asyncio.Event = asyncio.Event()
        self._closed = False
        self._read = False
        self.put = self._events.append
        """Add an event; call `settle` after the last one of a read."""

    def __len__(self) -> int:
        return len(self._events)

    def settle(self, source: Source) -> None:
        """Wake the reader for what was put, and pause `source` when it is too far ahead."""
        self._wake.set()
        if len(self._events) >= self.high and source not in self._paused:
            self._paused.append(source)
            source.pause()

    def tell(self, event: CallEvent) -> None:
        """Put one event that must not be held back (`LinkLost`)."""
        self._events.append(event)
        self._wake.set()

    def forget(self, source: Source) -> None:
        """Drop a source that is gone."""
        if source in self._paused:
            self._paused.remove(source)

    def close(self) -> None:
        """End the reader's iteration once it has read what is there."""
        self._closed = True
        self._wake.set()

    async def read(self) -> AsyncIterator[CallEvent]:
        """Yield every event in order, until closed.

        Raises:
            RuntimeError: a second reader at the same time would get half of the events.

        """
        if self._read:
            raise RuntimeError("events() has a reader already; one reader sees every event")
        self._read = True
        try:
            while True:
                while self._events:
                    event = self._events.popleft()
                    if self._paused and len(self._events) <= self.low:
                        self._resume()
                    yield event
                if self._closed:
                    return
                self._wake.clear()
                await self._wake.wait()
        finally:
            self._read = False

    def _resume(self) -> None:
        paused, self._paused = self._paused, []
        for source in paused:
            source.resume()
