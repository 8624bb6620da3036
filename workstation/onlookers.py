"""Who wants to know that something of the operators changed, whatever it was (values and events).

Pages of the office that follow the floor are told *that* it moved; what they show they read themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress


class Onlookers:
    """One per process, owned by the hub."""

    def __init__(self) -> None:
        self._moved: set[asyncio.Event] = set()

    def tell(self) -> None:
        """Say that an operator's state changed, or that all of them may have."""
        for moved in self._moved:
            moved.set()

    async def moves(self, least: float, most: float) -> AsyncIterator[None]:
        """Yield now, and again whenever something moved.

        Args:
            least: seconds between two; what moves meanwhile is one.
            most: seconds after which it is yielded even if nothing moved, for what goes by the clock.

        """
        with self._joined() as moved:
            while True:
                yield
                await asyncio.sleep(least)
                with suppress(TimeoutError):
                    async with asyncio.timeout(most - least):
                        await moved.wait()
                moved.clear()

    @contextmanager
    def _joined(self) -> Iterator[asyncio.Event]:
        moved = asyncio.Event()
        self._moved.add(moved)
        try:
            yield moved
        finally:
            self._moved.discard(moved)
