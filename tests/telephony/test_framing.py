"""Bytes are cut into whole messages, however they come."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.framing import (
    EVENT,
    LARGEST_MESSAGE,
    READ_SIZE,
    FrameBuffer,
    Headers,
    Kind,
    NotAmi,
    Picked,
    Sieve,
    event_name,
    kind,
)
from telephony.link import WANTED
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


# --- only what is wanted -------------------------------------------------------------------------


def sift(pieces: Iterable[bytes], sieve: Sieve | None = None) -> list[Picked]:
    """Let a sieve read the pieces, as many bytes at a time as it has room for."""
    sieve = sieve or Sieve(WANTED)
    picked = []
    for piece in pieces:
        data = piece
        while data:
            room = sieve.room()
            count = min(len(room), len(data))
            room[:count] = data[:count]
            picked += sieve.sift(count)
            data = data[count:]
    return picked


def wanted(data: bytes) -> list[Picked]:
    """Take every message, drop the empty lines before it, and only then ask whether anybody wants it."""
    picked: list[Picked] = []
    for message in FrameBuffer().feed(data):
        frame = message
        while frame.startswith(b"\r\n"):
            frame = frame[2:]
        line = frame.partition(b"\r\n")[0]
        if line in WANTED:
            picked.append((line, frame))
        elif frame and not frame.startswith(EVENT):
            picked.append((None, frame))
    return picked


def cut(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    return [data[a:b] for a, b in itertools.pairwise([0, *sorted(cut % len(data) for cut in cuts), len(data)])]


CUTS = st.lists(st.integers(min_value=0, max_value=1 << 20), max_size=20)
SHARDS = st.lists(
    st.sampled_from(
        [b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"Event: Hangup", b"Event: VarSet", b"Event: Status", b"Complete",
         b"Event: ", b"Response: Success", b"Uniqueid: 1", b"x", b": ", "ф".encode()]
    ),
    max_size=40,
)  # fmt: skip


@pytest.mark.parametrize("name", recordings.NAMES)
def test_of_every_recording_what_is_wanted_is_picked_and_nothing_else(name: str) -> None:
    data = recordings.load_marked(name)
    assert sift([data]) == wanted(data)


@given(CUTS)
def test_what_is_picked_does_not_depend_on_how_bytes_arrive(cuts: list[int]) -> None:
    assert sift(cut(RECORDED, cuts)) == wanted(RECORDED)


@given(SHARDS, CUTS)
def test_no_bytes_are_picked_otherwise_than_message_by_message(shards: list[bytes], cuts: list[int]) -> None:
    data = GREETING + b"".join(shards)
    assert sift(cut(data, cuts)) == wanted(data)
    assert sift(data[at : at + 1] for at in range(len(data))) == wanted(data)


@pytest.mark.parametrize(
    "value",
    [
        b"CallerIDName: Event: Hangup",
        b"Event: Hangup",
        b"AppData: a\n\nEvent: Hangup\n\n",
        b"AppData: a\r\rEvent: Hangup\r\r",
        b"AppData: \\r\\n\\r\\nEvent: Hangup",
        b" Event: Hangup",
    ],
)
def test_an_event_named_inside_another_is_no_message(value: bytes) -> None:
    assert sift([GREETING + b"Event: VarSet\r\n" + value + b"\r\nUniqueid: 1\r\n\r\n"]) == []
    typed = b"Event: Newchannel\r\n" + value
    assert sift([GREETING + typed + b"\r\n\r\n"]) == [(b"Event: Newchannel", typed)]


def test_a_name_is_wanted_whole() -> None:
    names = [b"Status", b"StatusComplete", b"StatusX", b"XStatus", b"status", b"Hold ", b"Hold"]
    data = GREETING + b"".join(b"Event: " + name + b"\r\nA: b\r\n\r\n" for name in names)
    assert [line for line, _ in sift([data])] == [b"Event: Status", b"Event: StatusComplete", b"Event: Hold"]


def test_an_event_of_one_line_is_an_event() -> None:
    assert sift([GREETING + b"Event: StatusComplete\r\n\r\n"]) == [(b"Event: StatusComplete",) * 2]


def test_an_event_after_one_that_was_closed_twice_is_not_lost() -> None:
    test_event = b"Event: TestEvent\r\nType: StateChange\r\n\r\n\r\n"  # as main/test.c writes it
    assert sift([GREETING + test_event + b"Event: Hold\r\nUniqueid: 1\r\n\r\n"]) == [
        (b"Event: Hold", b"Event: Hold\r\nUniqueid: 1")
    ]


def test_what_does_not_begin_as_an_event_is_always_wanted() -> None:
    late = b"Privilege: system,all\r\nEvent: FullyBooted"
    answer = b"Response: Success\r\nEvent: VarSet"
    assert sift([GREETING + late + b"\r\n\r\n" + answer + b"\r\n\r\n"]) == [(None, late), (None, answer)]


def test_a_message_longer_than_a_read_comes_whole_and_leaves_room() -> None:
    long = b"Event: UserEvent\r\nA: " + b"x" * (3 * READ_SIZE)
    sieve = Sieve(WANTED)
    data = GREETING + long + b"\r\n\r\n" + long + b"\r\n\r\n"
    assert sift([data], sieve) == [(b"Event: UserEvent", long)] * 2
    assert len(sieve.room()) >= READ_SIZE // 2


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 400\r\n\r\n", b"x" * 300])
def test_a_sieve_refuses_a_peer_that_is_no_manager(data: bytes) -> None:
    with pytest.raises(NotAmi):
        sift([data])


def test_a_sieve_refuses_an_endless_message_and_no_shorter_one() -> None:
    sieve = Sieve(WANTED)
    sift([GREETING + b"Event: VarSet\r\n\r\n" + b"x" * LARGEST_MESSAGE], sieve)
    with pytest.raises(NotAmi):
        sift([b"x"], sieve)


# --- messages and headers ------------------------------------------------------------------------


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
