"""Who hears whom: each party hums a tone of its own; the tones in what a telephone hears say whose voices arrive."""

from __future__ import annotations

import math
from collections.abc import Mapping

from telephony import g711
from tests.support.sipua import SipCall
from tests.support.waiting import eventually

FRAMES = 20
"""0.4 s of what was heard last: 2.5 Hz between what can be told apart."""
LEAST = 900.0
"""Amplitude of a tone that is there; each is said at 8,000."""


def loudness_of(audio: bytes, hertz: float) -> float:
    """Return a tone's amplitude in mu-law audio (the Fourier sum at one frequency)."""
    turn = 2 * math.pi * hertz / g711.RATE
    samples = [g711.LINEAR[byte] for byte in audio]
    real = sum(sample * math.cos(turn * place) for place, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(turn * place) for place, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / max(1, len(samples))


def voices(call: SipCall, tones: Mapping[str, float]) -> set[str]:
    """Return whose tones are in what a telephone heard last."""
    heard = list(call.heard.audio)[-FRAMES:]
    if len(heard) < FRAMES:
        return set()
    return {name for name, hertz in tones.items() if loudness_of(b"".join(heard), hertz) > LEAST}


async def hear(
    calls: Mapping[str, SipCall], tones: Mapping[str, float], expected: Mapping[str, set[str]], seconds: float = 10
) -> None:
    """Wait until, while all hum at once, each telephone hears exactly those whom it is to hear.

    Raises:
        AssertionError: with what they heard last.

    """
    last: dict[str, set[str]] = {}

    def as_expected() -> bool:
        for name, call in calls.items():
            if not call.audio.speaker.busy:
                call.say(g711.tone(tones[name], 1.0))
            last[name] = voices(call, tones)
        return all(last[name] == others for name, others in expected.items())

    try:
        await eventually(as_expected, seconds)
    except AssertionError:
        raise AssertionError(f"expected {dict(expected)}, heard {last}") from None
