"""Uploaded recordings: measured in dBFS, refused or levelled; a decoder that misbehaves is held and ended."""

from __future__ import annotations

import array
import math
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import converting, recording, sound
from ivr.recording import Fault, Fit, Unfit
from tests.ivr.test_sound import wav

RATE = 16000


def sine(peak: float, seconds: float = 1.0, rate: int = RATE) -> bytes:
    """A tone of 1 kHz whose peaks are `peak` of full scale."""
    count = int(seconds * rate)
    turn = 2 * math.pi * 1000 / rate
    return array.array("h", (round(32767 * peak * math.sin(turn * at)) for at in range(count))).tobytes()


@pytest.mark.unit
@pytest.mark.parametrize(("peak", "loudness"), [(1.0, -3.01), (0.5, -9.03), (0.1, -23.01), (0.01, -43.01)])
def test_a_sine_is_three_decibels_below_its_peak(peak: float, loudness: float) -> None:
    measured = recording.measure(sine(peak), RATE)
    assert measured.loudness == pytest.approx(loudness, abs=0.05)
    assert measured.peak == pytest.approx(20 * math.log10(peak), abs=0.05)
    assert measured.seconds == 1.0


@pytest.mark.unit
def test_pauses_do_not_make_a_recording_quiet() -> None:
    spoken = sine(0.1, 0.5)
    assert recording.measure(spoken + bytes(10 * len(spoken)), RATE).loudness == pytest.approx(-23.0, abs=0.1)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        (b"", Fault.SILENT),
        (bytes(RATE * 2), Fault.SILENT),
        (sine(0.1, 0.1), Fault.TOO_SHORT),
        (sine(0.1, 61, 8000) * 2, Fault.TOO_LONG),
        (sine(0.007), Fault.TOO_QUIET),
        (sine(0.97), Fault.TOO_LOUD),
        (sine(1.0), Fault.CLIPPED),
    ],
)
def test_what_is_unfit_is_told_apart(samples: bytes, fault: Fault) -> None:
    found = recording.fit(samples, RATE)
    assert isinstance(found, Unfit)
    assert found.fault is fault


@pytest.mark.unit
@settings(max_examples=25, deadline=None)
@given(st.floats(min_value=0.012, max_value=0.6), st.sampled_from([8000, 16000, 22050, 48000]))
def test_whatever_is_taken_is_as_loud_as_the_synthesised_voice(peak: float, rate: int) -> None:
    found = recording.fit(sine(peak, 0.4, rate), rate)
    assert isinstance(found, Fit)
    samples, at = sound.from_wav(found.wav)
    assert at == sound.RATE
    assert sound.audioop.rms(samples, 2) == pytest.approx(sound.LEVEL, rel=0.12)
    assert sound.audioop.max(samples, 2) <= sound.CEILING + 1
    wanted = recording.decibels(sound.LEVEL) - found.measured.loudness
    # What was measured is only what is spoken, what is raised is the whole: near the level either sign is right.
    assert abs(wanted) < 1 or (found.raised > 0) == (wanted > 0)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"RIFF....WAVE", "wav"), (b"OggS" + bytes(24) + b"\x01vorbis", "ogg"),
        (b"OggS" + bytes(24) + b"OpusHead", "opus"),
        (b"ID3\x04", "mp3"), (b"\xff\xfb\x90", "mp3"), (b"fLaC", "flac"), (b"MZ", ""), (b"", ""), (b"#!/bin/sh", ""),
    ],
)  # fmt: skip
def test_what_a_file_is_its_bytes_say(data: bytes, kind: str) -> None:
    assert converting.kind(data) == kind


DECODERS = {
    "hangs": "import signal; signal.pause()",
    "eats memory": "bytearray(2**31); print('x')",
    "writes files": "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('got out'); print('x')",
    "burns the processor": "while True: pass",
    "never stops talking": "import sys\nwhile True: sys.stdout.buffer.write(bytes(65536))",
    "never stops complaining": "import sys\nwhile True: sys.stderr.buffer.write(bytes(65536))",
    "says nothing": "",
    "fails": "import sys; sys.exit('no\\nreally')",
    "lies": "import sys; sys.stdout.buffer.write(b'RIFF' + b'\\xff' * 300)",
}
GOOD = wav(sine(0.2), RATE)


@pytest.mark.integration
@pytest.mark.parametrize("how", DECODERS)
async def test_a_decoder_that_misbehaves_is_held_and_ended(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "SECONDS", 2.0)
    target = tmp_path / "out"
    found = await converting.convert([sys.executable, "-c", DECODERS[how], str(target)], GOOD)
    assert isinstance(found, Unfit)
    assert found.fault is Fault.UNREADABLE
    assert not target.exists() or target.read_text() == ""


@pytest.mark.integration
async def test_without_a_decoder_wav_is_read_all_the_same_and_nothing_else() -> None:
    assert isinstance(await converting.convert(["/nonexistent/sox"], GOOD), Fit)
    assert await converting.convert(["/nonexistent/sox"], b"ID3" + GOOD) == Unfit(fault=Fault.UNREADABLE)
    assert await converting.convert([], b"x" * (converting.LARGEST + 1)) == Unfit(fault=Fault.TOO_LARGE)
