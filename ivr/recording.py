"""Recordings people upload: measured, refused with what was measured, or made fit for the line (pure).

Levels are in dBFS, decibels below the largest sample there is (AES17 without its offset for sine waves). People speak
on the telephone at about -20 dBFS; what is 25 dB below that is mostly the noise of the room once it is raised.
"""

from __future__ import annotations

import audioop
import math
from dataclasses import dataclass
from enum import StrEnum

from ivr import sound

FULL = 32768
SHORTEST, LONGEST = 0.2, 60.0
"""Seconds of a recording."""
QUIETEST = -45.0
"""dBFS of what is spoken; below, raising it would raise the room with it."""
LOUDEST = -6.0
"""dBFS of what is spoken; speech that is louder was squeezed or clipped before it came to us."""
LIMIT = 32600
"""A sample at or beyond this counts as clipped."""
MOST_CLIPPED = 0.002
"""Share of samples; a single crackle is no reason to record again."""
SILENCE = -90.0


class Fault(StrEnum):
    """Why a recording is not fit."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too-large"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    SILENT = "silent"
    TOO_QUIET = "too-quiet"
    TOO_LOUD = "too-loud"
    CLIPPED = "clipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a recording is like as it came."""

    seconds: float
    loudness: float
    """dBFS, root mean square of the frames in which something is heard."""
    peak: float
    """dBFS."""
    clipped: float
    """Share of its samples that stand at the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A recording that is not taken, and what was measured if it could be."""

    fault: Fault
    measured: Measured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A recording as Asterisk plays it."""

    wav: bytes
    measured: Measured
    raised: float
    """dB by which it was made louder, negative for quieter."""


def decibels(sample: float) -> float:
    """Return the level of a sample or a mean in dBFS, never below `SILENCE`."""
    return max(SILENCE, 20 * math.log10(sample / FULL)) if sample > 0 else SILENCE


def measure(samples: bytes, rate: int) -> Measured:
    """Measure 16-bit samples of one channel."""
    step = rate // 100 * sound.WIDTH
    frames = [samples[at : at + step] for at in range(0, len(samples), step)]
    voiced = b"".join(frame for frame in frames if audioop.rms(frame, sound.WIDTH) > sound.QUIET)
    count = len(samples) // sound.WIDTH
    peak = max(abs(extreme) for extreme in audioop.minmax(samples, sound.WIDTH)) if samples else 0
    return Measured(
        seconds=count / rate,
        loudness=decibels(audioop.rms(voiced, sound.WIDTH)) if voiced else SILENCE,
        peak=decibels(peak),
        clipped=_clipped(samples) / count if peak >= LIMIT else 0.0,
    )


def _clipped(samples: bytes) -> int:
    view = memoryview(samples).cast("h")
    return sum(1 for sample in view if sample >= LIMIT or sample <= -LIMIT)


def fit(samples: bytes, rate: int) -> Fit | Unfit:
    """Return a recording at 8 kHz, trimmed and levelled, or why it is not taken."""
    if not samples:
        return Unfit(fault=Fault.SILENT)
    measured = measure(samples, rate)
    if fault := _fault(measured):
        return Unfit(fault=fault, measured=measured)
    try:
        spoken = sound.trim(sound.resample(samples, rate))
    except sound.BadSound:
        return Unfit(fault=Fault.SILENT, measured=measured)
    levelled = sound.level(spoken)
    raised = decibels(audioop.rms(levelled, sound.WIDTH)) - decibels(audioop.rms(spoken, sound.WIDTH))
    return Fit(wav=sound.to_wav(levelled), measured=measured, raised=raised)


def _fault(measured: Measured) -> Fault | None:
    if measured.seconds > LONGEST:
        return Fault.TOO_LONG
    if measured.loudness <= SILENCE:
        return Fault.SILENT
    if measured.seconds < SHORTEST:
        return Fault.TOO_SHORT
    if measured.loudness < QUIETEST:
        return Fault.TOO_QUIET
    if measured.clipped > MOST_CLIPPED:
        return Fault.CLIPPED
    return Fault.TOO_LOUD if measured.loudness > LOUDEST else None
