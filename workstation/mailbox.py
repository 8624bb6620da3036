"""What one socket has yet to be sent: bounded, and emptied rather than let grow (pure but for the wake-up).

A reader that cannot keep up loses its backlog and is owed a snapshot: what it then shows is true, and the
process's memory does not depend on the slowest network in the building.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Mailbox:
    """Frames for one socket, in order, at most `size`."""

    def __init__(self, size: int = 128) -> None:
        self.size = size
        self.owed_snapshot = False
        """The backlog was dropped; nothing more is taken until a snapshot is."""
        self._frames: deque[str] = deque()
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: str) -> None:
        """Add one frame, or drop the whole backlog when it has grown too long."""
        if self.owed_snapshot:
            return
        if len(self._frames) >= self.size:
            self._frames.clear()
            self.owed_snapshot = True
        else:
            self._frames.append(frame)
        self._filled.set()

    def restart(self, frames: list[str]) -> None:
        """Begin anew with a snapshot (and what belongs to it)."""
        self._frames.clear()
        self._frames.extend(frames)
        self.owed_snapshot = False
        self._filled.set()

    async def take(self) -> list[str]:
        """Wait until there is something and take it all; an empty list means that a snapshot is owed."""
        await self._filled.wait()
        self._filled.clear()
        taken = list(self._frames)
        self._frames.clear()
        return taken
