"""A subscriber for benches and tests: one real SIP call on asyncio that hears voices and presses keys (shell).

Small on purpose: one call, UDP, G.711 mu-law, keys as RFC 4733 events. Hundreds fit into one event loop, where a
telephone with threads of its own would measure itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, cast

from telephony import rtp, sip

FRAME = 160
"""Samples in a packet of 20 ms."""
SILENCE = b"\xff" * FRAME
SPEECH = (b"\x80" * 8 + b"\x00" * 8) * (FRAME // 16)
"""What a caller who speaks sends: 500 Hz, as loud as it goes."""
LOUDNESS = bytes(0x7F - (code & 0x7F) for code in range(256))
"""Mu-law code to how loud it is, 0 to 127, in steps of the ear."""
VOICE = 45
"""Loudness from which a packet counts as voice; comfort noise stays below 10."""
EVENTS = {key: number for number, key in enumerate(rtp.KEYS)}
ECHOED = frozenset({"via", "from", "to", "call-id", "cseq"})
"""Headers an answer takes over from its request (RFC 3261, 8.2.6.2)."""
KEY_FRAMES, GAP_FRAMES = 5, 4
RESEND_SECONDS = 0.5


class CallFailed(Exception):
    """The call did not go as a call should; the message says how."""


class Sip(asyncio.DatagramProtocol):
    """One call's signalling (RFC 3261, the caller's side)."""

    def __init__(self, server: tuple[str, int], dialled: str, number: str) -> None:
        self._server = server
        self._uri = f"sip:{dialled}@{server[0]}:{server[1]}"
        self._number = number
        self._call_id = secrets.token_hex(12)
        self._tag = secrets.token_hex(6)
        self._to = f"<{self._uri}>"
        self._target = self._uri
        self._branch = ""
        self._transport: asyncio.DatagramTransport | None = None
        self.final: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        """Status and body of the answer to the INVITE."""
        self.ended = asyncio.Event()
        """The other side hung up, or answered our BYE."""
        self.heard_of = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where to send."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _address: tuple[str | int, ...]) -> None:
        """Take a message of the server's."""
        message = sip.Message.parse(data)
        if message.status:
            self._answered(message)
        elif message.method != "ACK":
            self._respond(message)
            if message.method == "BYE":
                self.ended.set()

    def invite(self, sdp: str) -> None:
        """Call."""
        self._branch = self._branch or secrets.token_hex(8)
        self._send("INVITE", 1, self._branch, sdp)

    def bye(self) -> None:
        """Hang up."""
        self._send("BYE", 2, secrets.token_hex(8))

    def _answered(self, message: sip.Message) -> None:
        self.heard_of.set()
        if message.method == "BYE":
            self.ended.set()
        elif message.status >= 200:
            accepted = message.status < 300
            self._to = message.get("to") or self._to
            if accepted:
                self._target = sip.uri(message.get("contact")) or self._target
            self._send("ACK", 1, secrets.token_hex(8) if accepted else self._branch)
            if not self.final.done():
                self.final.set_result((message.status, message.body))

    def _respond(self, request: sip.Message) -> None:
        kept = [f"{name}: {value}" for name, value in request.headers if name in ECHOED]
        self._write(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])

    def _send(self, method: str, sequence: int, branch: str, body: str = "") -> None:
        host, port = self.local
        extra = ["Content-Type: application/sdp"] if body else []
        to = self._to if method != "INVITE" else f"<{self._uri}>"
        self._write(
            [
                f"{method} {self._uri if method == 'INVITE' else self._target} SIP/2.0",
                f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch};rport",
                "Max-Forwards: 70",
                f"From: <sip:{self._number}@{host}:{port}>;tag={self._tag}",
                f"To: {to}",
                f"Call-ID: {self._call_id}",
                f"CSeq: {sequence} {method}",
                f"Contact: <sip:{self._number}@{host}:{port}>",
                *extra,
                f"Content-Length: {len(body)}",
                "",
                body,
            ]
        )

    def _write(self, lines: list[str]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto("\r\n".join(lines).encode(), self._server)

    @property
    def local(self) -> tuple[str, int]:
        """Our own address."""
        transport = cast("asyncio.DatagramTransport", self._transport)
        return cast("tuple[str, int]", transport.get_extra_info("sockname")[:2])


class Media(asyncio.DatagramProtocol):
    """One call's sound: sends silence and keys, notes when voice arrives."""

    def __init__(self) -> None:
        self.peer: tuple[str, int] | None = None
        self.packets = 0
        self.voiced = 0
        self.voice_at = 0.0
        """When the first packet with a voice arrived after the last key (monotonic)."""
        self.voice = asyncio.Event()
        self.keys: list[str] = []
        self.pressed = asyncio.Event()
        self.pressed_at = 0.0
        """When the last key was let go."""
        self.busy = False
        """Keys are being pressed."""
        self.speaking = False
        self._paused = True
        """There was a quiet packet since the last key: what is voiced from here on is the next prompt."""
        self._transport: asyncio.DatagramTransport | None = None
        self._sequence = secrets.randbelow(1 << 15)
        self._source = secrets.randbelow(1 << 31)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where to send."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _address: tuple[str | int, ...]) -> None:
        """Take a packet; only its loudness matters."""
        if len(data) < 13 or data[1] & 0x7F != 0:
            return
        self.packets += 1
        if max(data[12:].translate(LOUDNESS)) <= VOICE:
            self._paused = self._paused or not self.busy
            return
        self.voiced += 1
        if self._paused and not self.voice.is_set():
            self.voice_at = time.monotonic()
            self.voice.set()

    def press(self, keys: str) -> None:
        """Have keys pressed; what is heard from now on counts only after the last of them."""
        self.busy, self._paused = True, False
        self.voice.clear()
        self.pressed.clear()
        self.keys.extend(keys)

    async def run(self) -> None:
        """Send a packet every 20 ms, keys when there are some."""
        stamp, due = secrets.randbelow(1 << 30), time.monotonic()
        script = self._script()
        while True:
            kind, marker, held, body = next(script)
            if self._transport is not None and self.peer is not None and not self._transport.is_closing():
                self._transport.sendto(self._packet(kind, marker, (stamp - held) & 0xFFFFFFFF, body), self.peer)
            stamp += FRAME
            due += 0.02
            delay = due - time.monotonic()
            if delay < -0.2:
                due = time.monotonic()
            await asyncio.sleep(max(0.0, delay))

    def _script(self) -> Iterator[tuple[int, bool, int, bytes]]:
        """Yield packet after packet: payload type, marker, how far back its time stamp lies, payload."""
        while True:
            if not self.keys:
                yield 0, False, 0, SPEECH if self.speaking else SILENCE
                continue
            event = EVENTS[self.keys[0]]
            for frame in range(KEY_FRAMES):
                body = struct.pack("!BBH", event, 10, (frame + 1) * FRAME)
                yield rtp.EVENT, frame == 0, frame * FRAME, body
            self._let_go()
            for repeat in range(3):
                body = struct.pack("!BBH", event, 0x80 | 10, KEY_FRAMES * FRAME)
                yield rtp.EVENT, False, (KEY_FRAMES + repeat) * FRAME, body
            self.keys.pop(0)
            if not self.keys:
                self.pressed.set()
            for _ in range(GAP_FRAMES):
                yield 0, False, 0, SILENCE

    def _let_go(self) -> None:
        """Note the moment a key ends: Asterisk acts on the first packet that says so, the repeats are for the lost."""
        self.pressed_at = time.monotonic()
        self.busy = len(self.keys) > 1

    def _packet(self, kind: int, marker: bool, stamp: int, body: bytes) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | kind, self._sequence, stamp, self._source)
        return head + body


@dataclass(slots=True)
class Caller:
    """One call; use as `async with Caller(server, dialled, number) as caller`. Leaving it hangs up."""

    server: tuple[str, int]
    dialled: str
    number: str
    host: str = "127.0.0.1"
    answered_after: float = 0.0
    """Seconds from dialling to the answer."""
    _sip: Sip = field(init=False)
    _media: Media = field(init=False)
    _task: asyncio.Task[None] = field(init=False)
    _transports: list[asyncio.BaseTransport] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        signalling, self._sip = await loop.create_datagram_endpoint(
            lambda: Sip(self.server, self.dialled, self.number), local_addr=(self.host, 0)
        )
        self._transports.append(signalling)
        media, self._media = await loop.create_datagram_endpoint(Media, local_addr=(self.host, 0))
        self._transports.append(media)
        self._task = asyncio.create_task(self._media.run())
        try:
            await self._dial(media.get_extra_info("sockname")[1])
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()
        await self._close()

    @property
    def voiced(self) -> int:
        """Packets of 20 ms with a voice in them, so far."""
        return self._media.voiced

    async def _dial(self, port: int) -> None:
        sdp = sip.describe(self.host, port, codecs=(rtp.PCMU,))
        began = time.monotonic()
        for _ in range(8):
            self._sip.invite(sdp)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sip.heard_of.wait(), RESEND_SECONDS)
                break
        if not self._sip.heard_of.is_set():
            raise CallFailed(f"nobody at {self.server[0]}:{self.server[1]}")
        try:
            status, body = await asyncio.wait_for(self._sip.final, 20)
        except TimeoutError:
            raise CallFailed("not answered within 20 s") from None
        self.answered_after = time.monotonic() - began
        media = sip.media(body)
        if status != 200 or media is None:
            raise CallFailed(f"refused with {status}")
        self._media.peer = (media.address, media.port)

    async def hear(self, seconds: float = 10.0) -> float:
        """Wait for a voice after the last key; return how many seconds after it.

        Raises:
            CallFailed: silence, or the call ended.
        """
        voice, over = asyncio.create_task(self._media.voice.wait()), asyncio.create_task(self._sip.ended.wait())
        try:
            await asyncio.wait({voice, over}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            voice.cancel()
            over.cancel()
        if not self._media.voice.is_set():
            raise CallFailed("the call ended" if self._sip.ended.is_set() else f"silence for {seconds:g} s")
        return self._media.voice_at - self._media.pressed_at

    async def press(self, keys: str) -> None:
        """Press keys one after the other; return when the last one was let go."""
        self._media.press(keys)
        await self._media.pressed.wait()

    def speak(self, *, speaking: bool = True) -> None:
        """Speak from now on, or be silent again."""
        self._media.speaking = speaking

    async def is_hung_up_on(self, seconds: float = 20.0) -> None:
        """Wait until the other side hangs up.

        Raises:
            CallFailed: it does not.
        """
        try:
            await asyncio.wait_for(self._sip.ended.wait(), seconds)
        except TimeoutError:
            raise CallFailed(f"not hung up on within {seconds:g} s") from None

    async def hang_up(self) -> None:
        """Hang up, once."""
        for _ in range(4):
            if self._sip.ended.is_set() or not self._sip.final.done():
                return
            self._sip.bye()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sip.ended.wait(), RESEND_SECONDS)

    async def _close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for transport in self._transports:
            transport.close()
