"""The music callers wait in: a calm loop of our own, computed note by note (pure).

Four soft chords in A minor, each note a sine with a quieter octave above it, swelling in and out, so that the end
flows into the beginning. The level is about -25 dBFS: clearly there, never loud in the ear.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator

RATE = 8000
"""Samples a second: what a telephone line carries."""
CHORD_SECONDS = 4.0
CHORDS = ((57, 60, 64, 69), (53, 57, 60, 65), (48, 55, 60, 64), (55, 59, 62, 67))
"""A minor, F, C, G as MIDI note numbers; spread over a telephone's narrow band."""
LEVEL = 10 ** (-25 / 20)
"""Root mean square of the whole loop, of full scale."""


def frequency(note: int) -> float:
    """Pitch of a MIDI note in Hz (A4, note 69, is 440)."""
    return 440.0 * math.pow(2.0, (note - 69) / 12)


def _swell(position: float) -> float:
    """Loudness of a note at a position of 0 to 1 in its chord: in softly, out softly."""
    return math.pow(math.sin(math.pi * position), 0.6)


def _tone(note: int, second: float) -> float:
    turn = 2 * math.pi * frequency(note) * second
    return math.sin(turn) + 0.25 * math.sin(2 * turn + 0.3) + 0.08 * math.sin(3 * turn)


def _samples() -> Iterator[float]:
    length = int(CHORD_SECONDS * RATE)
    for chord in CHORDS:
        for index in range(length):
            second = index / RATE
            arpeggio = chord[int(second * 2) % len(chord)]
            pad = sum(_tone(note, second) for note in chord[:3])
            plucked = _tone(arpeggio, second) * math.exp(-3 * (second * 2 % 1))
            yield (pad + 1.5 * plucked) * _swell(index / length)


def loop() -> bytes:
    """Return the whole loop: 16-bit little-endian mono samples at 8 kHz, 16 seconds."""
    raw = list(_samples())
    loudness = math.sqrt(sum(value * value for value in raw) / len(raw))
    scale = LEVEL * 32767 / loudness
    return array("h", (max(-32767, min(32767, round(value * scale))) for value in raw)).tobytes()
