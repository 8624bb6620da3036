"""A scripted AMI peer on a real socket: what Asterisk does on its worst days, on purpose."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self

from telephony.ami import AmiConfig
from telephony.framing import END, Headers

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
Answer = Callable[[Headers], bytes | None]


def newchannel(number: int, name: str = "") -> bytes:
    """One event that the adapter types."""
    return (
        f"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/anonymous-{number}\r\nChannelState: 0\r\n"
        f"CallerIDNum: 7999\r\nCallerIDName: {name}\r\nUniqueid: cc-1.{number}\r\nLinkedid: cc-1.{number}\r\n"
        f"Context: inbound\r\nExten: 100\r\n\r\n"
    ).encode()


class Peer:
    """Listens; lets whoever logs in come up (unless told otherwise); `answer` decides what actions get."""

    def __init__(self) -> None:
        self.actions: list[Headers] = []
        """Every action received over all connections."""
        self.connections = 0
        self.login = b"Response: Success\r\nActionID: %s\r\nMessage: Authentication accepted\r\n\r\n"
        self.booted = BOOTED
        self.answer: Answer = lambda action: b"Response: Success\r\n"
        self.deaf = False
        """Read and answer nothing any more, as the far end of a half-open link."""
        self.raw = b""
        self._writers: list[asyncio.StreamWriter] = []
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def config(self) -> AmiConfig:
        """How to reach it."""
        return AmiConfig("cc", "127.0.0.1", self.port, "busbar", "secret")

    def send(self, data: bytes) -> None:
        """Send to the latest connection."""
        self._writers[-1].write(data)

    def drop(self) -> None:
        """Cut the latest connection."""
        self._writers[-1].transport.abort()

    def names(self) -> list[str]:
        """Names of the actions received."""
        return [action.get("Action") for action in self.actions]

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 5) -> None:
        """Wait for something that can only become true when bytes or connections come."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s: {what}; actions {self.names()}") from None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._news.set()
        writer.write(GREETING)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    frame = await reader.readuntil(END)
                    self.raw += frame
                    self._take(writer, Headers(frame.removesuffix(END)))
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _take(self, writer: asyncio.StreamWriter, action: Headers) -> None:
        self.actions.append(action)
        self._news.set()
        if self.deaf:
            return
        action_id = action.get("ActionID").encode()
        if action.get("Action") == "Login":
            writer.write((self.login % action_id if b"%s" in self.login else self.login) + self.booted)
        elif (said := self.answer(action)) is not None:
            writer.write(said + b"ActionID: " + action_id + b"\r\n\r\n")
