"""Sounds of recorded calls: what is kept, drawn and told again."""

from __future__ import annotations

import io
import math
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import sounds
from crm_core.recordings import RATE

pytestmark = pytest.mark.unit


def raw(left: list[int], right: list[int]) -> bytes:
    return b"".join(struct.pack("<hh", one, other) for one, other in zip(left, right, strict=True))


def test_silence_is_kept_as_silence() -> None:
    assert sounds.whole(sounds.small(bytes(1000))) == bytes(1000)


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=200))
def test_what_the_line_can_carry_is_kept_within_its_own_steps(samples: list[int]) -> None:
    back = struct.unpack(f"<{len(samples)}h", sounds.whole(sounds.small(struct.pack(f"<{len(samples)}h", *samples))))
    for one, other in zip(samples, back, strict=True):
        assert abs(min(max(one, -32635), 32635) - other) <= max(abs(one) / 16, 8)


def test_what_came_over_the_line_is_kept_exactly() -> None:
    every = bytes(range(256))
    assert sounds.small(sounds.whole(every)) in {every, every.replace(b"\x7f", b"\xff")}


@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_pieces_of_any_size_make_the_same_sound(parts: list[bytes]) -> None:
    one, other = sounds.Listener(), sounds.Listener()
    joined = b"".join(parts)
    assert b"".join(sounds.pieces(one, parts)) == b"".join(sounds.pieces(other, [joined]))
    assert one.measured == other.measured
    assert one.frames == len(joined) // 4
    assert one.peaks() == other.peaks()


def test_each_leg_is_measured_for_itself() -> None:
    listener = sounds.Listener()
    tone = [int(9000 * math.sin(at / 5)) for at in range(RATE)]
    list(sounds.pieces(listener, [raw(tone, [0] * RATE)]))
    assert listener.measured.seconds == 1.0
    assert listener.measured.loudest[0] > 8900
    assert listener.measured.loudest[1] == 0
    assert set(listener.peaks()[1::2]) == {0}
    assert min(listener.peaks()[0::2]) > 60


def test_a_drawing_has_a_bound_whatever_the_length() -> None:
    listener = sounds.Listener()
    list(sounds.pieces(listener, [bytes(4 * RATE * 60)]))
    assert 2 * sounds.MOST_PEAKS / 2 < len(listener.peaks()) <= 2 * sounds.MOST_PEAKS


def test_the_wav_file_is_one() -> None:
    kept = sounds.small(raw([100] * 800, [-100] * 800))
    with wave.open(io.BytesIO(sounds.header(len(kept)) + sounds.whole(kept))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (2, 2, RATE, 800)
    assert sounds.length(len(kept)) == 44 + 3200


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_any_part_of_the_wav_file_comes_from_the_bytes_it_names(begin: int, size: int) -> None:
    kept = bytes(at % 251 for at in range(2000))
    file = sounds.header(len(kept)) + sounds.whole(kept)
    end = min(begin + size, len(file))
    first, last = sounds.place(begin, end)
    told = sounds.header(len(kept)) + sounds.whole(kept[first:last])
    offset = max(begin - sounds.HEADER, 0) - 2 * first
    if begin >= sounds.HEADER:
        assert told[sounds.HEADER + offset :][: end - begin] == file[begin:end]
    else:
        assert told[begin:end] == file[begin:end]
