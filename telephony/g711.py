"""Telephone audio: G.711 to and from linear samples, loudness, rates (pure). ITU-T G.711, 8,000 samples a second.

Tables instead of `audioop`, which Python 3.13 no longer has: one look-up a sample is fast enough for hundreds of calls.
"""

from __future__ import annotations

import io
import itertools
import math
import sys
import wave
from array import array
from functools import cache
from typing import Final

RATE: Final = 8000
"""Samples (and bytes) a second."""
SILENCE: Final = b"\xff"
"""One sample of silence in mu-law."""


def _mu_to_linear(byte: int) -> int:
    inverted = ~byte & 0xFF
    magnitude = (((inverted & 0x0F) << 3) + 0x84 << ((inverted & 0x70) >> 4)) - 0x84
    return -magnitude if inverted & 0x80 else magnitude


def _linear_to_mu(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    biased = min(abs(sample), 32635) + 0x84
    exponent = biased.bit_length() - 8
    mantissa = (biased >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def _linear_to_a(sample: int) -> int:
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(abs(sample), 32767) >> 3
    exponent = max(0, magnitude.bit_length() - 5)
    coded = exponent << 4 | (magnitude >> max(1, exponent)) & 0x0F
    return (sign | coded) ^ 0x55


def _a_to_linear(byte: int) -> int:
    coded = byte ^ 0x55
    exponent, mantissa = (coded & 0x70) >> 4, coded & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return magnitude if coded & 0x80 else -magnitude


LINEAR: Final = tuple(map(_mu_to_linear, range(256)))
"""Sample, -32,124 to 32,124, of each mu-law byte."""
MU_TO_A: Final = bytes(_linear_to_a(sample) for sample in LINEAR)
A_TO_MU: Final = bytes(_linear_to_mu(_a_to_linear(byte)) for byte in range(256))
_SQUARES: Final = tuple(sample * sample for sample in LINEAR)


def loudness(mu_law: bytes) -> float:
    """Root mean square of some audio, 0 to about 32,000: speech has thousands, a still line below 50."""
    return math.sqrt(sum(map(_SQUARES.__getitem__, mu_law)) / len(mu_law)) if mu_law else 0.0


@cache
def _encoder() -> bytes:
    """Mu-law byte of every second 16-bit sample, from the most negative up: finer steps make no difference."""
    return bytes(_linear_to_mu(sample) for sample in range(-32768, 32768, 2))


def encode(samples: array[int]) -> bytes:
    """Return 16-bit samples as mu-law."""
    table = _encoder()
    return bytes(table[(sample + 32768) >> 1] for sample in samples)


def resample(samples: array[int], rate: int) -> array[int]:
    """Return samples taken at `rate` a second as telephone samples, each the mean of what it stands for."""
    if rate == RATE:
        return samples
    step = rate / RATE
    edges = [int(index * step) for index in range(int(len(samples) / step) + 1)]
    pairs = itertools.pairwise(edges)
    return array("h", (sum(samples[a : max(b, a + 1)]) // max(b - a, 1) for a, b in pairs))


def from_wave(data: bytes) -> bytes:
    """Return a WAV file's audio as mu-law.

    Raises:
        ValueError: it is no WAV file of 16-bit samples.

    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            if file.getsampwidth() != 2:
                raise ValueError("only 16-bit WAV files can be played")
            channels, rate = file.getnchannels(), file.getframerate()
            samples = array("h", file.readframes(min(file.getnframes(), 60 * rate)))
    except (wave.Error, EOFError) as error:
        raise ValueError(f"this is no WAV file: {error}") from None
    if sys.byteorder == "big":
        samples.byteswap()
    return encode(resample(samples[::channels], rate))


def tone(hertz: float, seconds: float, level: int = 8000) -> bytes:
    """Return a sine tone as mu-law, for tests and for callers without a voice."""
    turn = 2 * math.pi * hertz / RATE
    return encode(array("h", (int(level * math.sin(turn * index)) for index in range(int(seconds * RATE)))))
