"""Telephone audio and keys, packet by packet; SIP's small pieces."""

from __future__ import annotations

import io
import wave
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import g711, retry, rtp, sip

pytestmark = pytest.mark.unit


def spoken(speaker: rtp.Speaker, frames: int) -> list[rtp.Packet]:
    packets = [rtp.parse(data) for _ in range(frames) for data in speaker.tick()]
    assert all(packets)
    return [packet for packet in packets if packet]


def test_a_key_is_six_frames_one_start_and_three_ends() -> None:
    speaker = rtp.Speaker(source=1, sequence=65_534, timestamp=(1 << 32) - 160)
    speaker.press("5")
    packets = spoken(speaker, 11)
    keys = [packet for packet in packets if packet.kind == rtp.EVENT]
    assert len(keys) == 8
    assert len({packet.timestamp for packet in keys}) == 1
    assert [packet.marker for packet in keys] == [True] + [False] * 7
    assert [bool(packet.payload[1] & 0x80) for packet in keys] == [False] * 5 + [True] * 3
    assert [packet.sequence for packet in packets][:4] == [65_534, 65_535, 0, 1]
    assert not speaker.busy


@given(st.text(alphabet=rtp.KEYS, max_size=8), st.integers(0, (1 << 32) - 1), st.integers(0, 65_535))
def test_keys_and_speech_arrive_as_sent(keys: str, timestamp: int, sequence: int) -> None:
    speaker, listener = rtp.Speaker(1, sequence, timestamp), rtp.Listener()
    speaker.press(keys)
    speaker.say(g711.tone(440, 0.1))
    while speaker.busy:
        for data in speaker.tick():
            listener.take(data)
    assert listener.keys == keys
    assert listener.audible == 5


def test_a_law_is_sent_as_a_law_and_heard_again() -> None:
    speaker, listener = rtp.Speaker(1, kind=rtp.PCMA), rtp.Listener()
    speaker.say(g711.tone(440, 0.2))
    for packet in spoken(speaker, 1):
        assert packet.kind == rtp.PCMA
    listener.take(speaker.tick()[0])
    assert 5000 < listener.levels[0] < 6500


@given(st.binary(max_size=60))
def test_no_packet_makes_the_listener_raise(data: bytes) -> None:
    rtp.Listener().take(data)


def test_a_wrong_key_is_refused() -> None:
    with pytest.raises(ValueError, match="keys"):
        rtp.Speaker(1).press("12x")


def test_g711_keeps_what_it_can() -> None:
    for sample in (-32_000, -1000, -8, 0, 8, 1000, 32_000):
        heard = g711.LINEAR[g711.encode(array("h", [sample]))[0]]
        assert abs(heard - sample) <= max(8, abs(sample) // 16)
    assert g711.loudness(g711.SILENCE * 160) < 10


def test_a_wave_file_of_any_rate_becomes_telephone_audio() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22_050)
        out.writeframes(array("h", [8000, -8000] * 11_025).tobytes())
    assert len(g711.from_wave(file.getvalue())) == 8000
    with pytest.raises(ValueError, match="no WAV"):
        g711.from_wave(b"nothing")


def test_a_challenge_is_answered_as_rfc_2617_says() -> None:
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403e"'
    answer = sip.authorise(challenge, "GET", "/dir/index.html", "Mufasa", "Circle Of Life")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in answer
    assert 'opaque="5ccc069c403e"' in answer
    assert "qop=auth" in sip.authorise(challenge + ', qop="auth"', "GET", "/", "a", "b")


@given(st.binary(max_size=200))
def test_any_datagram_can_be_read(data: bytes) -> None:
    message = sip.Message.parse(data)
    assert message.status >= 0
    assert message.number >= 0
    sip.media(message.body)


def test_a_session_is_described_and_read_again() -> None:
    media = sip.media(sip.describe("127.0.0.1", 4000, "sendonly"))
    assert media == sip.Media("127.0.0.1", 4000, rtp.PCMU, rtp.EVENT, "sendonly")
    assert sip.media("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 9\r\n") is None


@pytest.mark.parametrize("number", ["", "1@evil", "1\r\nX: y", "1 2", "<1>", "1" * 80])
def test_what_cannot_be_dialled_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="dialled"):
        sip.user_part(number)


@given(st.integers(0, 10_000), st.floats(0, 0.999))
def test_waiting_doubles_and_stays_between_its_bounds(attempt: int, chance: float) -> None:
    assert 0.1 <= retry.delay(attempt, chance) <= 5
    assert retry.delay(attempt, chance) <= retry.delay(attempt + 1, chance)
