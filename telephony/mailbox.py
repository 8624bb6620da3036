"""Events on their way from the links to the one reader, bounded: a slow reader slows the sockets down (shell)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Protocol

from telephony.events import CallEvent


class Source(Protocol):
    """Something that can stop reading for a while."""

    def pause(self) -> None:
        """Read nothing from now on."""

    def resume(self) -> None:
        """Read again."""


ROW = 64
"""Events read in a row before others who wait for the loop have their turn: a millisecond, of 15 µs for each."""


class Mailbox:
    """First in, first out; memory is bounded by `high` events and what one read of each source brings."""

    def __init__(self, high: int = 10_000, low: int = 2_000) -> None:
        self.high = high
        self.low = low
        self._events: deque[CallEvent] = deque()
        self._paused: list[Source] = []
        self._wake: asyncio.Event = asyncio.Event()
        self._closed = False
        self._row = 0
        self.reader: Reader | None = None
        self.put = self._events.append
        """Add an event; call `settle` after the last one of a read."""

    def __len__(self) -> int:
        return len(self._events)

    def settle(self, source: Source) -> None:
        """Wake the reader for what was put, if anything was, and pause `source` when it is too far ahead."""
        if self._events:
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

    def read(self) -> AsyncIterator[CallEvent]:
        """Return an iterator over every event in order, until closed. The latest reader is the only one."""
        self.reader = Reader(self)
        self._wake.set()
        return self.reader

    async def take(self, reader: Reader) -> CallEvent:
        """Return the next event.

        Raises:
            StopAsyncIteration: closed, and everything was read.
            RuntimeError: somebody else reads now; two readers would each get half of the events.

        """
        self._row += 1
        if self._row > ROW:  # to read what is there never waits: 8,000 at once stopped the loop for 59 ms, now for 8
            self._row = 0
            await asyncio.sleep(0)
        while True:
            if self.reader is not reader:
                raise RuntimeError("events() was called again; only the latest reader gets events")
            if self._events:
                event = self._events.popleft()
                if self._paused and len(self._events) <= self.low:
                    self._resume()
                return event
            if self._closed:
                raise StopAsyncIteration
            self._row = 0
            self._wake.clear()
            await self._wake.wait()

    def _resume(self) -> None:
        paused, self._paused = self._paused, []
        for source in paused:
            source.resume()


class Reader:
    """Reads a mailbox. An iterator and no generator: one that was left in mid-air blocks nobody."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def __aiter__(self) -> Reader:
        return self

    def __anext__(self) -> Coroutine[Any, Any, CallEvent]:
        return self._mailbox.take(self)
