"""The floor as the workstation sees it: news in, snapshots on demand, wishes out (port), with the fake beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from routing.news import Coming, DeskSnapshot, Envelope, FloorSnapshot
from routing.views import OperatorId
from routing.wishes import Wish


class FloorAway(Exception):
    """The way to the floor is broken: Valkey does not answer. Calls go on without us."""


class FloorLine(Protocol):
    """One way to the floor, shared by all sockets of the process."""

    def news(self) -> AsyncIterator[Envelope]:
        """Yield news for ever, in order, over every break of the line."""
        ...

    def coming(self) -> AsyncIterator[Coming]:
        """Yield callers whose card will be wanted in a moment, before the news of it; some may be left out."""
        ...

    async def desk(self, operator: OperatorId) -> DeskSnapshot | None:
        """Return an operator's desk, None when the floor does not know it yet.

        Raises:
            FloorAway: nobody can say now.

        """
        ...

    async def floor(self) -> FloorSnapshot | None:
        """Return the whole floor, None when it never ran.

        Raises:
            FloorAway: nobody can say now.

        """
        ...

    async def send(self, wish: Wish) -> None:
        """Send one wish; the answer comes as news.

        Raises:
            FloorAway: it did not leave.

        """
        ...

    async def ping(self) -> bool:
        """Say whether the way is open."""
        ...

    async def close(self) -> None:
        """Let the connections go."""
        ...


class FakeFloorLine:
    """A floor in a test's hands: it tells what the test tells it, and remembers every wish."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []
        self.desks: dict[OperatorId, DeskSnapshot] = {}
        self.whole: FloorSnapshot | None = None
        self.away = False
        self._told: asyncio.Queue[Envelope] = asyncio.Queue()
        self._foretold: asyncio.Queue[Coming] = asyncio.Queue()

    def tell(self, envelope: Envelope) -> None:
        """Put one piece of news on the line."""
        self._told.put_nowait(envelope)

    def foretell(self, coming: Coming) -> None:
        """Say that a caller's card will be wanted."""
        self._foretold.put_nowait(coming)

    async def coming(self) -> AsyncIterator[Coming]:
        """Yield what was foretold."""
        while True:
            yield await self._foretold.get()

    async def news(self) -> AsyncIterator[Envelope]:
        """Yield what was told."""
        while True:
            yield await self._told.get()

    async def desk(self, operator: OperatorId) -> DeskSnapshot | None:
        """Return the desk that was laid down."""
        self._check()
        return self.desks.get(operator)

    async def floor(self) -> FloorSnapshot | None:
        """Return the floor that was laid down."""
        self._check()
        return self.whole

    async def send(self, wish: Wish) -> None:
        """Remember the wish."""
        self._check()
        self.wishes.append(wish)

    async def ping(self) -> bool:
        """Say whether it is there."""
        return not self.away

    async def close(self) -> None:
        """Nothing to let go."""

    def _check(self) -> None:
        if self.away:
            raise FloorAway
