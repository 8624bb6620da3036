r"""AMI's bytes cut into messages, and one message read header by header, lazily (pure).

A message is lines `Key: value` ended by CR LF, closed by an empty line. It is cut as bytes and decoded only when
somebody wants it: letters are never damaged at the border of two reads, and an unwanted event costs no strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

END = b"\r\n\r\n"
GREETING = b"Asterisk Call Manager/"
EVENT = b"Event: "
RESPONSE = b"Response: "
LARGEST_MESSAGE = 1 << 20
"""Bytes. Asterisk's largest are a few kB; a peer that sends more without an empty line does not speak AMI."""


class NotAmi(ValueError):
    """The peer does not speak AMI; the link is of no use."""


class Kind(Enum):
    """What a message is. An event may carry `Response:` too (`OriginateResponse`), so the first line decides."""

    EVENT = auto()
    RESPONSE = auto()
    OTHER = auto()


class FrameBuffer:
    """Bytes in, whole messages out; what is left over waits for the next bytes."""

    def __init__(self) -> None:
        self._rest = b""
        self._greeted = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read and return the messages that are complete, in order, without their empty line.

        Raises:
            NotAmi: no greeting, or a message beyond `LARGEST_MESSAGE`.

        """
        if self._rest:
            data = self._rest + data
        if not self._greeted:
            data = self._skip_greeting(data)
        frames = data.split(END)
        self._rest = frames.pop()
        if len(self._rest) > LARGEST_MESSAGE:
            raise NotAmi(f"more than {LARGEST_MESSAGE} bytes without an empty line")
        return frames

    def _skip_greeting(self, data: bytes) -> bytes:
        line, found, rest = data.partition(b"\r\n")
        if not line.startswith(GREETING[: len(line)]) or (found and len(line) < len(GREETING)):
            raise NotAmi("the peer did not greet as Asterisk's manager")
        if not found:
            if len(line) > 200:
                raise NotAmi("endless greeting")
            return data
        self._greeted = True
        return rest


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

    def search(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Look for several neighbouring headers at once: cheaper than one by one. Each line stands between CR LF."""
        return pattern.search(self._text)

    def every(self, key: str) -> list[str]:
        """Return all values of `key`, in order."""
        return [value for name, value in self if name == key]

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
