"""Sound: raw speech made fit for a telephone line, 8 kHz, one channel, even level, no idle edges (pure)."""

from __future__ import annotations

import array
import audioop
import io
import math
import wave
from collections.abc import Sequence
from functools import cache

RATE = 8000
"""Samples a second on a telephone line (G.711)."""
WIDTH = 2
CUT_OFF = 3600
"""Hz; what lies above would fold back into the voice at 8 kHz."""
REACH = 1 / 960
"""Seconds to each side that the low-pass looks: what lies above 4,500 Hz falls by 30 dB and more."""
LEVEL = 2900
"""Root mean square speech is brought to, about -21 dBFS: as loud as a person on the line."""
CEILING = 29000
"""No sample above it, so that G.711 does not clip."""
FRAME = RATE // 100
QUIET = 120
"""Frames (10 ms) below this mean square root at the edges are cut off."""
EDGE = 4
"""Frames left before and after speech, so that no consonant loses its start."""

BREATH = 25
"""Frames of silence between two sentences."""


class BadSound(ValueError):
    """Bytes that are not a sound we can use."""


def from_wav(data: bytes) -> tuple[bytes, int]:
    """Return samples (16 bit, one channel) and rate of a WAV file; sizes in its header may lie, as on a pipe.

    Raises:
        BadSound: not PCM, or nothing in it.
    """
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            samples = file.readframes(len(data))
    except (wave.Error, EOFError, RuntimeError) as error:
        raise BadSound(f"not a WAV file we can read: {error}") from error
    if channels not in (1, 2) or rate < RATE or not samples:
        raise BadSound(f"a WAV file of 1 or 2 channels at {RATE} Hz or more is wanted")
    samples = samples[: len(samples) // (width * channels) * (width * channels)]
    if width == 1:
        samples = audioop.bias(samples, 1, -128)
    samples = audioop.lin2lin(samples, width, WIDTH)
    return (audioop.tomono(samples, WIDTH, 0.5, 0.5) if channels == 2 else samples), rate


def to_wav(samples: bytes) -> bytes:
    """Return a WAV file of 8 kHz samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(WIDTH)
        out.setframerate(RATE)
        out.writeframes(samples)
    return file.getvalue()


def for_telephone(samples: bytes, rate: int) -> bytes:
    """Return samples at 8 kHz, trimmed at both ends and brought to one level.

    Raises:
        BadSound: nothing but silence.
    """
    return level(trim(resample(samples, rate)))


def resample(samples: bytes, rate: int) -> bytes:
    """Bring samples to 8 kHz: low-pass first, or what a telephone cannot carry folds into what it can."""
    if rate == RATE:
        return samples
    # A whole multiple of 8 kHz: then the filter need only be worked out where a sample is kept.
    step = -(-rate // RATE)
    even = samples if rate == step * RATE else audioop.ratecv(samples, WIDTH, 1, rate, step * RATE, None)[0]
    return thinned(even, step)


@cache
def _window(step: int) -> Sequence[float]:
    """Half of a symmetric windowed-sinc filter (Hamming), centre first, unit gain at 0 Hz."""
    rate = step * RATE
    middle, turn = round(REACH * rate), 2 * CUT_OFF / rate
    taps = [turn]
    for n in range(1, middle + 1):
        shape = 0.54 + 0.46 * math.cos(math.pi * n / middle)
        taps.append(math.sin(math.pi * turn * n) / (math.pi * n) * shape)
    gain = taps[0] + 2 * sum(taps[1:])
    return tuple(tap / gain for tap in taps)


def thinned(samples: bytes, step: int) -> bytes:
    """Low-pass and keep every `step`-th sample; whole buffers at a time in 32 bits, so that C does the work."""
    taps = _window(step)
    middle = len(taps) - 1
    # An eighth of the range is kept free: sums of mirrored samples may exceed one sample's range.
    wide = audioop.mul(audioop.lin2lin(samples, WIDTH, 4), 4, 0.125)
    edge = bytes(4 * middle)
    padded = array.array("i", edge + wide + edge + bytes(4 * step))
    phases = [memoryview(padded[phase::step].tobytes()) for phase in range(step)]
    size = 4 * -(-len(samples) // WIDTH // step)

    def beside(offset: int) -> memoryview:
        """Every kept sample's neighbour at an offset."""
        at, phase = divmod(middle + offset, step)
        return phases[phase][4 * at : 4 * at + size]

    total = audioop.mul(beside(0), 4, taps[0])
    for n, tap in enumerate(taps[1:], 1):
        pair = audioop.add(beside(-n), beside(n), 4)
        total = audioop.add(total, audioop.mul(pair, 4, tap), 4)
    return audioop.lin2lin(audioop.mul(total, 4, 8.0), 4, WIDTH)


def trim(samples: bytes) -> bytes:
    """Cut silence off both ends.

    Raises:
        BadSound: nothing but silence.
    """
    step = FRAME * WIDTH
    loud = [at for at in range(0, len(samples), step) if audioop.rms(samples[at : at + step], WIDTH) > QUIET]
    if not loud:
        raise BadSound("nothing but silence")
    # Speech that begins at once gets its breath all the same: telephones take a moment to open a stream.
    lead = samples[max(0, loud[0] - EDGE * step) : loud[0]].rjust(EDGE * step, b"\0")
    return lead + samples[loud[0] : loud[-1] + (EDGE + 1) * step]


def level(samples: bytes) -> bytes:
    """Bring speech to one loudness without clipping."""
    loudness, peak = audioop.rms(samples, WIDTH), audioop.max(samples, WIDTH)
    if not loudness:
        return samples
    return audioop.mul(samples, WIDTH, min(LEVEL / loudness, CEILING / peak))


def joined(parts: Sequence[bytes]) -> bytes:
    """Return 8 kHz samples one after the other, a breath between them."""
    return bytes(BREATH * FRAME * WIDTH).join(parts)


def seconds(samples: bytes) -> float:
    """Length of 8 kHz samples."""
    return len(samples) / WIDTH / RATE
