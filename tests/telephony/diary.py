"""Everything a switch told, kept, so that a test need not know in which order it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self, TypeVar

from telephony.events import CallEvent
from telephony.switch import Switch

E = TypeVar("E", bound=CallEvent)


class Diary:
    """Reads a switch's events as long as the context lasts."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._news = asyncio.Event()
        self.events: list[CallEvent] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        async for event in self._switch.events():
            self.events.append(event)
            self._news.set()

    def all(self, kind: type[E], **fields: object) -> list[E]:
        """All events of `kind` with these fields, so far."""
        return [
            event
            for event in self.events
            if isinstance(event, kind) and all(getattr(event, key) == value for key, value in fields.items())
        ]

    async def one(self, kind: type[E], **fields: object) -> E:
        """The first such event, told already or within ten seconds."""
        await self.until(lambda: bool(self.all(kind, **fields)), f"{kind.__name__} {fields}")
        return self.all(kind, **fields)[0]

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 10) -> None:
        """Wait for a condition that can only become true with an event."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s: {what}; told were {self.events[-20:]}") from None
