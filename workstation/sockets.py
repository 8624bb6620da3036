"""Websockets: who is let in, what is read from a page, what is written to it (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from fastapi import WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from redis.exceptions import RedisError

from crm_core.errors import CrmError
from workstation.access import Person, may
from workstation.client import Client
from workstation.headers import Origins
from workstation.hub import SIGNED_OUT
from workstation.messages import FROM_BROWSER, Ask, Resume, Watch
from workstation.reach import Reach
from workstation.sessions import Sessions

log = structlog.get_logger(__name__)

NOT_UNDERSTOOD = 4400
NOT_YOURS = 4403
NO_RESUME = 4408
TOO_MANY = 4429
TRY_LATER = 1013
FRAME_LIMIT = 4096
"""Characters of one message from a page; the server itself refuses frames over this many bytes with 1009."""
RESUME_SECONDS = 2.0
BURST = 20
PER_SECOND = 5.0


@dataclass(slots=True)
class Bucket:
    """A token bucket: `BURST` messages at once, `PER_SECOND` in the long run."""

    left: float = float(BURST)
    at: float = 0.0

    def lets(self, now: float) -> bool:
        """Count one message at a moment of the loop's clock."""
        self.left = min(float(BURST), self.left + (now - self.at) * PER_SECOND)
        self.at = now
        self.left -= 1.0
        return self.left >= 0.0


class Closing(Exception):
    """The page did something that ends its socket, with this close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Place(Protocol):
    """What pages join: the hub, or a replay."""

    def join(self, client: Client, resume: Resume) -> None:
        """Let a page in."""
        ...

    def leave(self, client: Client) -> None:
        """Forget a page."""
        ...

    def refresh(self, client: Client) -> None:
        """Give a page that fell behind a snapshot."""
        ...

    def watch(self, client: Client, *, colleagues: bool) -> None:
        """Tell a page from now on how colleagues change, or do so no longer."""
        ...

    async def ask(self, client: Client, ask: Ask) -> None:
        """Take a page's wish."""
        ...


class Sockets:
    """Serves websockets.

    Args:
        hub: what pages join.
        sessions: who they are.
        origins: where our pages come from.
        noted: called with the person, or None, and the code of a refusal.
        reach: says what of the floor a person is shown.

    """

    def __init__(
        self,
        hub: Place,
        sessions: Sessions,
        origins: Origins,
        noted: Callable[[Person | None, str, str], None],
        reach: Callable[[Person], Awaitable[Reach]],
    ) -> None:
        self._hub = hub
        self._sessions = sessions
        self._origins = origins
        self._noted = noted
        self._reach = reach

    async def serve(self, socket: WebSocket, path: str) -> None:
        """Serve one page from handshake to close."""
        host = socket.headers.get("host", "")
        if not self._origins.serves(host) or not self._origins.ours(socket.headers.get("origin"), host):
            # Before the handshake: a foreign page learns nothing, not even that there is a session.
            self._noted(None, "foreign-origin", path)
            await socket.close(NOT_YOURS)
            return
        await socket.accept()
        try:
            person = await self._admit(socket, path)
        except Closing as closing:
            await _close(socket, closing.code)
            return
        try:
            client = Client(person, reach=await self._reach(person))
        except CrmError:
            await _close(socket, TRY_LATER)
            return
        await self._run(socket, client)

    async def serve_wall(self, socket: WebSocket, cookie: str, find: Callable[[str], Awaitable[Person | None]]) -> None:
        """Serve a wallboard, which only listens."""
        host = socket.headers.get("host", "")
        if not self._origins.serves(host) or not self._origins.ours(socket.headers.get("origin"), host):
            self._noted(None, "foreign-origin", "/ws/wall")
            await socket.close(NOT_YOURS)
            return
        await socket.accept()
        try:
            person = await find(socket.cookies.get(cookie, ""))
            if person is None or not person.helps:
                await _close(socket, SIGNED_OUT)
                return
            client = Client(person, wall=True, reach=await self._reach(person))
        except (CrmError, RedisError):
            await _close(socket, TRY_LATER)
            return
        await self._run(socket, client)

    async def _admit(self, socket: WebSocket, path: str) -> Person:
        try:
            person = await self._sessions.find(socket.cookies.get(self._origins.cookie, ""))
        except CrmError as error:
            raise Closing(TRY_LATER) from error
        if person is None:
            raise Closing(SIGNED_OUT)
        if not may(person.role, "GET", path):
            self._noted(person, "forbidden", path)
            raise Closing(NOT_YOURS)
        return person

    async def _run(self, socket: WebSocket, client: Client) -> None:
        reader = asyncio.create_task(self._read(socket, client))
        writer = asyncio.create_task(self._write(socket, client))
        try:
            done, _ = await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(client)
            for task in (reader, writer):
                task.cancel()
            results = await asyncio.gather(reader, writer, return_exceptions=True)
        for result in results:
            if isinstance(result, Closing):
                await _close(socket, result.code)
            elif isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
                await log.aerror("socket.failed", error=repr(result)[:200], done=len(done))

    async def _read(self, socket: WebSocket, client: Client) -> None:
        try:
            async with asyncio.timeout(RESUME_SECONDS):
                first = await _receive(socket)
        except TimeoutError as error:
            raise Closing(NO_RESUME) from error
        if not isinstance(first, Resume):
            raise Closing(NOT_UNDERSTOOD)
        self._hub.join(client, first)
        bucket = Bucket(at=asyncio.get_running_loop().time())
        while True:
            message = await _receive(socket)
            if not bucket.lets(asyncio.get_running_loop().time()):
                raise Closing(TOO_MANY)
            match message:
                case Ask() if client.wall:
                    raise Closing(NOT_YOURS)
                case Ask():
                    await self._hub.ask(client, message)
                case Watch(colleagues=colleagues):
                    self._hub.watch(client, colleagues=colleagues)
                case Resume():
                    # A page that finds itself inconsistent asks for everything anew.
                    self._hub.refresh(client)

    async def _write(self, socket: WebSocket, client: Client) -> None:
        while True:
            frames = await client.mailbox.take()
            if client.closed is not None:
                raise Closing(client.closed)
            for frame in frames:
                await socket.send_text(frame)
            if client.mailbox.owed_snapshot:
                self._hub.refresh(client)


async def _receive(socket: WebSocket) -> Resume | Ask | Watch:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if text is None or len(text) > FRAME_LIMIT:
        raise Closing(NOT_UNDERSTOOD)
    try:
        return FROM_BROWSER.validate_json(text)
    except ValidationError as error:
        raise Closing(NOT_UNDERSTOOD) from error


async def _close(socket: WebSocket, code: int) -> None:
    try:
        await socket.close(code)
    except (RuntimeError, WebSocketDisconnect):
        return  # The page left first.
