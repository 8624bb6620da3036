r"""AMI's bytes cut into messages, and one message read header by header, lazily (pure).

A message is lines `Key: value` ended by CR LF, closed by an empty line. It is cut as bytes and decoded only when
somebody wants it: letters are never damaged at the border of two reads, and an unwanted event costs no strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Any

END = b"\r\n\r\n"
GREETING = b"Asterisk Call Manager/"
EVENT = b"Event: "
RESPONSE = b"Response: "
LARGEST_MESSAGE = 1 << 20
"""Bytes. Asterisk's largest are a few kB; a peer that sends more without an empty line does not speak AMI."""
READ_SIZE = 1 << 17
"""Bytes that one read brings at most, until a message was longer than half of it. They are 300 events, and 0.3 ms."""


class NotAmi(ValueError):
    """The peer does not speak AMI; the link is of no use."""


class Kind(Enum):
    """What a message is. An event may carry `Response:` too (`OriginateResponse`), so the first line decides."""

    EVENT = auto()
    RESPONSE = auto()
    OTHER = auto()


class FrameBuffer:
    """Bytes in, whole messages out, all of them; what is left over waits for the next bytes."""

    def __init__(self) -> None:
        self._rest = b""
        self._greeted = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read and return the messages that are complete, in order, without their empty line.

        Raises:
            NotAmi: no greeting, or a message beyond `LARGEST_MESSAGE`.

        """
        data = self._rest + data
        if not self._greeted:
            greeting = _greeting(data)
            self._greeted = greeting > 0
            data = data[greeting:]
        frames = data.split(END)
        self._rest = frames.pop()
        _check_size(len(self._rest))
        return frames


Picked = tuple[bytes | None, bytes]
"""The event's first line, None for what does not begin as an event; and the whole message."""


class Sieve:
    """Takes the wanted messages out of a connection's bytes, which the socket writes straight into `room()`.

    Four of five messages are nobody's business. To cut out each one only to look at its first line took 0.47 µs a
    message of the recordings; to search for what begins a wanted one, and to cut that, takes 0.31. Reading in place
    saves as much again, because fresh memory costs page faults: joining each read to the rest of the one before took
    0.3 µs a message, and a read of a single message takes 2 µs where asyncio's own, of 256 kB at a time, takes 17.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        """`lines` are first lines of events, whole; what does not begin as an event is wanted in any case."""
        alternatives = b"|".join(map(re.escape, lines))
        # From an empty line to the end of the first line, or to the first byte of what is no event. Of several empty
        # lines the last one counts: Asterisk closes some events (`TestEvent`) with two.
        self._begin = re.compile(rb"\r\n\r\n(?:(%b)(?=\r\n)|(?!%b|\r\n)(?=.))" % (alternatives, EVENT), re.DOTALL)
        self._bytes = bytearray(END + bytes(READ_SIZE))
        """An empty line, what there is of the message after it, and behind `_filled` bytes of old."""
        self._filled = len(END)
        self._greeted = False

    def room(self) -> memoryview:
        """Where the next bytes belong; never empty."""
        return memoryview(self._bytes)[self._filled :]

    def sift(self, count: int) -> list[Picked]:
        """Return what is wanted of the messages that the next `count` bytes of `room()` complete, in order.

        Raises:
            NotAmi: no greeting, or a message beyond `LARGEST_MESSAGE`.

        """
        self._filled += count
        if not self._greeted:
            self._skip_greeting()
        data = self._bytes
        last = data.rfind(END, 1, self._filled)  # the one at 0 stands before the first message
        if last < 0:
            self._keep(0)
            return []
        picked = [
            (found[1], bytes(data[found.start() + len(END) : data.find(END, found.end())]))
            for found in self._begin.finditer(data, 0, last + len(END))
        ]
        self._keep(last)
        return picked

    def _skip_greeting(self) -> None:
        data, start = self._bytes, len(END)
        greeting = _greeting(bytes(data[start : self._filled]))
        self._greeted = greeting > 0
        data[start : self._filled - greeting] = data[start + greeting : self._filled]
        self._filled -= greeting

    def _keep(self, start: int) -> None:
        """Leave only what begins at `start`, and see that there is room behind it."""
        data, rest = self._bytes, self._filled - start
        _check_size(rest - len(END))
        if rest > len(data) // 2:
            self._bytes = bytearray(data[start : self._filled] + bytes(len(data)))
        elif start:
            data[:rest] = data[start : self._filled]
        self._filled = rest


def _greeting(data: bytes) -> int:
    """Length of the greeting that `data` begins with; 0 while its line is not whole."""
    line, found, _ = data.partition(b"\r\n")
    if not line.startswith(GREETING[: len(line)]) or (found and len(line) < len(GREETING)):
        raise NotAmi("the peer did not greet as Asterisk's manager")
    if not found and len(line) > 200:
        raise NotAmi("endless greeting")
    return len(line) + len(found) if found else 0


def _check_size(rest: int) -> None:
    if rest > LARGEST_MESSAGE:
        raise NotAmi(f"more than {LARGEST_MESSAGE} bytes without an empty line")


def kind(frame: bytes) -> Kind:
    """Tell an event from an answer: by the first line, which names it; only failing that by any later line."""
    if frame.startswith(EVENT):
        return Kind.EVENT
    if frame.startswith(RESPONSE):
        return Kind.RESPONSE
    if b"\n" + EVENT in frame:
        return Kind.EVENT
    return Kind.RESPONSE if b"\n" + RESPONSE in frame else Kind.OTHER


def event_name(frame: bytes) -> bytes:
    """Name of the event in `frame`, b"" when it has none."""
    start = 7
    if not frame.startswith(EVENT):
        start = frame.find(b"\n" + EVENT) + 8
        if start == 7:
            return b""
    end = frame.find(b"\r\n", start)
    return frame[start:] if end < 0 else frame[start:end]


class Headers:
    """One message's headers, found when asked for. Names are compared as Asterisk spells them.

    A repeated header keeps every value: `get` gives the first (whoever can add lines later cannot replace what
    Asterisk wrote before), `every` gives all. Empty values are values.
    """

    __slots__ = ("_text",)

    def __init__(self, frame: bytes | str) -> None:
        self._text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Headers:
        """Headers from pairs, for tests and tools."""
        return cls("\r\n".join(f"{key}: {value}" for key, value in pairs))

    @property
    def event(self) -> str:
        """Name of the event, "" for an answer."""
        text = self._text
        return text[7:end] if text.startswith("Event: ") and (end := text.find("\r\n")) > 0 else self.get("Event")

    def get(self, key: str, default: str = "") -> str:
        """First value of `key`."""
        text = self._text
        start = text.find(f"\n{key}:")
        if start < 0:
            return text.partition("\r\n")[0][len(key) + 1 :].strip() if text.startswith(f"{key}:") else default
        start += len(key) + 2
        if text.startswith(" ", start):  # some modules leave it out
            start += 1
        end = text.find("\r\n", start)
        return text[start:] if end < 0 else text[start:end]

    def search(self, pattern: re.Pattern[str]) -> tuple[Any, ...] | None:
        """Groups of a pattern over neighbouring headers: cheaper than one by one. Each line stands between CR LF."""
        found = pattern.search(self._text)
        return found.groups() if found else None

    def every(self, key: str) -> list[str]:
        """Return all values of `key`, in order."""
        _, *found = f"\r\n{self._text}".split(f"\r\n{key}:")
        return [value.partition("\r\n")[0].removeprefix(" ") for value in found]

    def after(self, key: str) -> Iterator[tuple[str, str]]:
        """Headers that follow the first `key`, in order; none when there is no such header."""
        _, found, rest = f"\n{self._text}".partition(f"\n{key}:")
        return _pairs(rest.partition("\r\n")[2] if found else "")

    def __contains__(self, key: str) -> bool:
        return f"\n{key}:" in self._text or self._text.startswith(f"{key}:")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return _pairs(self._text)

    def __repr__(self) -> str:
        return f"Headers({list(self)!r})"


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name, value.removeprefix(" ")
