"""Bytes are cut into whole messages, however they come."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.framing import LARGEST_MESSAGE, FrameBuffer, Headers, Kind, NotAmi, event_name, kind
from tests import recordings

pytestmark = pytest.mark.unit
GREETING = b"Asterisk Call Manager/11.0.0\r\n"
RECORDED = recordings.load("register_unregister")


@given(st.lists(st.integers(min_value=0, max_value=len(RECORDED)), max_size=20))
def test_frames_do_not_depend_on_how_bytes_arrive(cuts: list[int]) -> None:
    buffer = FrameBuffer()
    edges = [0, *sorted(cuts), len(RECORDED)]
    pieces = [RECORDED[a:b] for a, b in itertools.pairwise(edges)]
    assert [frame for piece in pieces for frame in buffer.feed(piece)] == FrameBuffer().feed(RECORDED)


def test_letters_cut_in_two_come_whole() -> None:
    data = GREETING + "Event: Newchannel\r\nCallerIDName: Иванов\r\n\r\n".encode()
    for cut in range(len(GREETING), len(data)):
        buffer = FrameBuffer()
        frames = buffer.feed(data[:cut]) + buffer.feed(data[cut:])
        assert Headers(frames[0]).get("CallerIDName") == "Иванов"


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 400\r\n\r\n", b"x" * 300])
def test_a_peer_that_is_no_manager_is_refused(data: bytes) -> None:
    with pytest.raises(NotAmi):
        FrameBuffer().feed(data)


def test_an_endless_message_is_refused() -> None:
    buffer = FrameBuffer()
    buffer.feed(GREETING)
    with pytest.raises(NotAmi):
        buffer.feed(b"x" * (LARGEST_MESSAGE + 1))


def test_an_event_that_carries_a_response_is_an_event() -> None:
    frame = b"Event: OriginateResponse\r\nActionID: a\r\nResponse: Failure"
    assert (kind(frame), event_name(frame)) == (Kind.EVENT, b"OriginateResponse")
    assert kind(b"Response: Success\r\nActionID: a") is Kind.RESPONSE
    assert event_name(b"Response: Success\r\nEvents: On") == b""
    assert kind(b"\r\nEvent: Hold") is Kind.EVENT
    assert kind(b"nonsense") is Kind.OTHER


def test_empty_repeated_and_unspaced_headers_are_kept() -> None:
    headers = Headers(b"Event: Status\r\nVariable: A=1\r\nVariable: B=\r\nTight:x\r\nno colon\r\nAccountCode: ")
    assert headers.every("Variable") == ["A=1", "B="]
    assert headers.get("Variable") == "A=1"
    assert headers.get("Tight") == "x"
    assert headers.get("AccountCode", "absent") == ""
    assert "AccountCode" in headers
    assert headers.get("Nothing", "absent") == "absent"


@given(st.binary(max_size=200))
def test_any_bytes_can_be_asked_for_headers(data: bytes) -> None:
    headers = Headers(data)
    for name, value in headers:
        assert name == "" or headers.get(name) is not None
        assert isinstance(value, str)
