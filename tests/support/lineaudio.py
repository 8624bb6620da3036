"""One call's audio on a test's event loop: 20 ms frames out, everything heard in."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import cast

from telephony import rtp, sip


class LineAudio(asyncio.DatagramProtocol):
    """One call's audio both ways."""

    def __init__(self) -> None:
        self.speaker = rtp.Speaker(source=secrets.randbits(31))
        self.listener = rtp.Listener(remember_frames=500)
        self.peer: tuple[str, int] | None = None
        self.transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.listener.take(data)

    @property
    def port(self) -> int:
        assert self.transport is not None
        return int(self.transport.get_extra_info("sockname")[1])

    def aim(self, media: sip.Media) -> None:
        """Send where and how the other side wants it."""
        self.peer = (media.address, media.port)
        self.speaker.kind, self.speaker.event = media.kind, media.event
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        due = time.monotonic()
        while self.transport is not None and not self.transport.is_closing():
            for packet in self.speaker.tick():
                self.transport.sendto(packet, self.peer)
            due = max(due + 0.02, time.monotonic() - 0.1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self.transport is not None:
            self.transport.close()
