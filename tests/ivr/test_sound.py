"""Sound made fit for a telephone line."""

from __future__ import annotations

import array
import io
import math
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import sound
from ivr.sound import BadSound

pytestmark = pytest.mark.unit


def tone(hertz: float, rate: int, seconds: float = 0.5, height: int = 8000) -> bytes:
    count = int(rate * seconds)
    return array.array("h", (int(height * math.sin(2 * math.pi * hertz * n / rate)) for n in range(count))).tobytes()


def rms(samples: bytes) -> float:
    numbers = array.array("h", samples)
    return math.sqrt(sum(number * number for number in numbers) / len(numbers))


def wav(samples: bytes, rate: int, channels: int = 1, width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(samples)
    return file.getvalue()


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_a_voice_passes_and_its_length_stays(rate: int) -> None:
    out = sound.resample(tone(1000, rate), rate)
    assert sound.seconds(out) == pytest.approx(0.5, abs=0.002)
    assert rms(out) == pytest.approx(8000 / math.sqrt(2), rel=0.05)


@pytest.mark.parametrize("hertz", [5000, 6000, 7000])
def test_what_a_telephone_cannot_carry_does_not_fold_into_the_voice(hertz: int) -> None:
    assert rms(sound.resample(tone(hertz, 22050), 22050)) < 8000 / math.sqrt(2) / 30


def test_the_loudest_sound_does_not_wrap_around() -> None:
    square = array.array("h", [32767 if n // 40 % 2 else -32768 for n in range(22050)]).tobytes()
    out = array.array("h", sound.resample(square, 22050))
    # In the middle of a half wave the filter settles on the input; a wrapped sample would have the other sign.
    middles = [(n, round(n * 8000 / 22050)) for n in range(20, 22050 - 40, 40)]
    assert all((out[kept] > 0) == bool(n // 40 % 2) for n, kept in middles)


def test_silence_is_cut_off_both_ends() -> None:
    idle = bytes(2 * 8000)
    assert sound.seconds(sound.trim(idle + tone(500, 8000) + idle)) == pytest.approx(0.58, abs=0.02)


def test_speech_that_begins_at_once_gets_a_breath() -> None:
    assert sound.trim(tone(500, 8000))[: 2 * 320] == bytes(2 * 320)


def test_a_whisper_and_a_shout_end_equally_loud() -> None:
    quiet, loud = (sound.level(tone(500, 8000, height=height)) for height in (300, 20000))
    assert rms(quiet) == pytest.approx(rms(loud), rel=0.02)
    assert rms(quiet) == pytest.approx(sound.LEVEL, rel=0.02)


def test_levelling_never_clips() -> None:
    spike = array.array("h", [0] * 4000)
    spike[2000] = 300
    assert max(array.array("h", sound.level(spike.tobytes()))) <= sound.CEILING
    assert sound.level(b"") == b""


def test_nothing_but_silence_is_no_speech() -> None:
    with pytest.raises(BadSound):
        sound.for_telephone(bytes(22050), 22050)


def test_stereo_and_eight_bit_are_understood() -> None:
    mono = tone(500, 16000)
    numbers = array.array("h", mono)
    both = array.array("h", (number for pair in zip(numbers, numbers, strict=True) for number in pair)).tobytes()
    samples, rate = sound.from_wav(wav(both, 16000, channels=2))
    assert rate == 16000
    assert rms(samples) == pytest.approx(rms(mono), rel=0.01)
    eight = bytes((number >> 8) + 128 for number in numbers)
    samples, _ = sound.from_wav(wav(eight, 16000, width=1))
    assert rms(samples) == pytest.approx(rms(mono), rel=0.05)


def test_sound_of_the_lines_own_rate_is_left_as_it_is() -> None:
    assert sound.resample(tone(500, 8000), 8000) == tone(500, 8000)


def test_a_header_that_lies_about_its_size_is_forgiven() -> None:
    data = bytearray(wav(tone(500, 22050), 22050))
    data[4:8] = data[40:44] = (0x7FFFF024).to_bytes(4, "little")
    samples, rate = sound.from_wav(bytes(data))
    assert (len(samples), rate) == (22050, 22050)


@pytest.mark.parametrize("data", [b"", b"RIFF", wav(b"", 8000), wav(tone(100, 4000), 4000), b"\0" * 100])
def test_what_is_not_a_usable_sound_is_refused(data: bytes) -> None:
    with pytest.raises(BadSound):
        sound.from_wav(data)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        samples, rate = sound.from_wav(data)
    except BadSound:
        return
    assert samples
    assert rate >= 8000


def test_sentences_are_joined_with_a_breath_between() -> None:
    one = tone(500, 8000)
    assert sound.seconds(sound.joined([one, one])) == pytest.approx(1.25)


def test_what_is_written_can_be_read() -> None:
    samples = tone(500, 8000)
    assert sound.from_wav(sound.to_wav(samples)) == (samples, 8000)
