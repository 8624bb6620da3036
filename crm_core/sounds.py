"""Sounds of recorded calls: measured, made small, drawn, and told again as WAV (pure).

The switch leaves 16-bit samples, the operator's and what he heard in turns. The telephone network carries G.711, so
that is what is kept: half the bytes and nothing lost that came over the line. Silence is kept as silence: 0 stays 0.
ITU-T G.711; WAV: RFC 2361.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from crm_core.recordings import LEGS, RATE, Measured

FRAME = LEGS
"""Bytes of one moment as it is kept: one of each leg."""
RAW_FRAME = 2 * LEGS
HEADER = 44
"""Bytes before the sound of a WAV file."""
PIECE = 1 << 16
MOST_PEAKS = 600
"""Stretches of the drawing, whatever the length."""
LOUDEST = 32_767


@cache
def _decoded() -> tuple[int, ...]:
    """Return the sample of each byte."""
    found = []
    for byte in range(256):
        said = ~byte & 0xFF
        size = (((said & 0x0F) << 3) + 0x84 << ((said & 0x70) >> 4)) - 0x84
        found.append(-size if said & 0x80 else size)
    return tuple(found)


@cache
def _encoded() -> bytes:
    """Return the byte of each sample, read as an unsigned number."""
    table = bytearray(65_536)
    for number in range(65_536):
        sample = number - 65_536 if number > LOUDEST else number
        sign, size = (0x80, -sample) if sample < 0 else (0, sample)
        size = min(size, 32_635) + 0x84
        exponent = size.bit_length() - 8
        table[number] = ~(sign | exponent << 4 | (size >> (exponent + 3)) & 0x0F) & 0xFF
    return bytes(table)


@cache
def _halves() -> tuple[bytes, bytes]:
    """Return the low and the high byte of each byte's sample."""
    whole = [struct.pack("<h", sample) for sample in _decoded()]
    return bytes(one[0] for one in whole), bytes(one[1] for one in whole)


def small(raw: bytes) -> bytes:
    """Return 16-bit little-endian samples as G.711, one byte each."""
    samples = array("H", raw[: len(raw) & ~1])
    if sys.byteorder == "big":
        samples.byteswap()
    return bytes(map(_encoded().__getitem__, samples))


def whole(kept: bytes) -> bytes:
    """Return what is kept as 16-bit little-endian samples."""
    low, high = _halves()
    out = bytearray(2 * len(kept))
    out[0::2], out[1::2] = kept.translate(low), kept.translate(high)
    return bytes(out)


@dataclass(slots=True)
class Listener:
    """Hears a sound once, piece by piece, and can then say what was in it."""

    frames: int = 0
    _loudest: list[list[int]] = field(default_factory=lambda: [[] for _ in range(LEGS)])
    _rest: bytes = b""

    def take(self, raw: bytes) -> bytes:
        """Hear a piece of the switch's file; returns what is to be kept of it."""
        data = self._rest + raw
        fits = len(data) - len(data) % (RAW_FRAME * _STRETCH)
        self._rest = data[fits:]
        return self._heard(data[:fits])

    def end(self) -> bytes:
        """Hear the last, shorter stretch; half a moment at the very end is let go."""
        data, self._rest = self._rest[: len(self._rest) - len(self._rest) % RAW_FRAME], b""
        return self._heard(data)

    def _heard(self, data: bytes) -> bytes:
        samples = array("h", data)
        if sys.byteorder == "big":
            samples.byteswap()
        for leg in range(LEGS):
            one = samples[leg::LEGS]
            for at in range(0, len(one), _STRETCH):
                stretch = one[at : at + _STRETCH]
                self._loudest[leg].append(max(*stretch, -min(stretch)))
        self.frames += len(samples) // LEGS
        return small(data)

    @property
    def measured(self) -> Measured:
        """How long it is and how loud each leg."""
        return Measured(
            seconds=self.frames / RATE,
            loudest=(max(self._loudest[0], default=0), max(self._loudest[1], default=0)),
        )

    def peaks(self) -> bytes:
        """Return the drawing: for each stretch a byte of each leg, 0 to 255; at most `MOST_PEAKS` stretches."""
        count = len(self._loudest[0])
        step = max(1, -(-count // MOST_PEAKS))
        drawn = bytearray()
        for at in range(0, count, step):
            for leg in range(LEGS):
                drawn.append(min(255, max(self._loudest[leg][at : at + step]) * 255 // LOUDEST))
        return bytes(drawn)


_STRETCH = RATE // 50
"""Moments that are measured together: 20 ms, a packet."""


def pieces(listener: Listener, raw: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what is to be kept of the switch's file, heard on the way."""
    for piece in raw:
        yield listener.take(piece)
    yield listener.end()


def header(size: int) -> bytes:
    """Return the beginning of a WAV file (16 bit, two channels) of a sound of `size` kept bytes."""
    sound = 2 * size
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + sound, b"WAVE", b"fmt ", 16, 1, LEGS, RATE, RATE * RAW_FRAME, RAW_FRAME, 16, b"data", sound,
    )  # fmt: skip


def length(size: int) -> int:
    """Return how many bytes the WAV file of a sound has."""
    return HEADER + 2 * size


def place(begin: int, end: int) -> tuple[int, int]:
    """Return which kept bytes stand behind the bytes `[begin, end)` of the WAV file."""
    return max(begin - HEADER, 0) // 2, (max(end - HEADER, 0) + 1) // 2


def seconds(at: int) -> float:
    """Return the moment that a byte of the WAV file belongs to."""
    return max(at - HEADER, 0) / (RATE * RAW_FRAME)
