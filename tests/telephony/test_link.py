"""One connection, read as the transport reads it: however bytes arrive, the same events come in the same order."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.events import CallEvent, LegCreated, LegEnded, LinkUp, Node
from telephony.framing import LARGEST_MESSAGE
from telephony.link import Link, Timing
from telephony.mailbox import ROW, Mailbox
from tests import recordings
from tests.telephony.peer import BOOTED, GREETING, newchannel

pytestmark = pytest.mark.unit
NODE = Node("cc")
LOGIN = b"Response: Success\r\nActionID: login-1\r\nMessage: Authentication accepted\r\n\r\n"
RECORDED = b"".join(
    recordings.load_marked(name).partition(b"\r\n")[2] for name in ("routed_hold_blindxfer", "originate_outcomes")
)


class Wire(asyncio.Transport):
    """A transport without a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = True
        self.sent = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        self.reading = False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Line:
    """A link that has asked to be let in, and everything it put into its mailbox."""

    def __init__(self, high: int = 10_000) -> None:
        self.mailbox = Mailbox(high=high, low=high // 5)
        self.link = Link(NODE, Timing(), self.mailbox, lambda _: self.mailbox.put(LinkUp(node=NODE)))
        self.wire = Wire()
        self.link.connection_made(self.wire)
        self.asking = asyncio.ensure_future(self.link.log_in("user", "secret"))

    async def read(self, data: bytes) -> None:
        """Let the transport read these bytes, as many at a time as the link takes."""
        await asyncio.sleep(0)  # the login goes out first
        while data:
            room = self.link.get_buffer(-1)
            count = min(len(room), len(data))
            room[:count] = data[:count]
            self.link.buffer_updated(count)
            data = data[count:]

    async def end(self) -> list[CallEvent]:
        """Close, and return every event."""
        self.link.close("the test is over")
        await asyncio.gather(self.asking, return_exceptions=True)
        self.mailbox.close()
        return [event async for event in self.mailbox.read()]


def told(*pieces: bytes) -> list[CallEvent]:
    """Return what a link tells of these reads."""

    async def live() -> list[CallEvent]:
        line = Line()
        for piece in pieces:
            await line.read(piece)
        return await line.end()

    return asyncio.run(live())


SAID = GREETING + LOGIN + BOOTED + RECORDED
WHOLE = told(SAID)


@given(st.lists(st.integers(0, len(SAID)), max_size=30))
def test_events_and_their_order_do_not_depend_on_how_bytes_arrive(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(SAID)]
    assert told(*(SAID[a:b] for a, b in itertools.pairwise(edges))) == WHOLE


@pytest.mark.long
def test_events_come_whole_byte_by_byte() -> None:
    assert type(WHOLE[0]) is LinkUp
    assert sum(type(event) is LegEnded for event in WHOLE) == 16
    assert told(*(SAID[at : at + 1] for at in range(len(SAID)))) == WHOLE


@pytest.mark.parametrize("order", [LOGIN + newchannel(1) + BOOTED, BOOTED + newchannel(1) + LOGIN])
def test_nothing_counts_before_both_the_login_and_the_boot(order: bytes) -> None:
    up, created = told(GREETING + order + newchannel(2))
    assert type(up) is LinkUp
    assert isinstance(created, LegCreated)
    assert created.leg == "cc-1.2"


def test_booted_is_understood_wherever_the_event_is_named() -> None:
    turned = b"Privilege: system,all\r\nEvent: FullyBooted\r\n\r\n"
    assert [type(event) for event in told(GREETING + LOGIN + turned + newchannel(1))] == [LinkUp, LegCreated]


async def test_a_shutdown_is_told_as_the_reason() -> None:
    line = Line()
    await line.read(GREETING + LOGIN + BOOTED + b"Event: Shutdown\r\nPrivilege: system,all\r\n\r\n")
    line.link.connection_lost(None)
    assert line.link.lost.result() == "Asterisk shut down"
    await line.end()


async def test_an_endless_message_ends_the_link() -> None:
    line = Line()
    await line.read(GREETING + LOGIN + BOOTED + b"x" * LARGEST_MESSAGE)
    assert not line.link.lost.done()
    await line.read(b"x")
    assert "without an empty line" in line.link.lost.result()
    await line.end()


async def test_too_many_unread_events_pause_the_socket_until_they_are_read() -> None:
    line = Line(high=10)
    await line.read(GREETING + LOGIN + BOOTED + b"".join(map(newchannel, range(8))))
    assert line.wire.reading
    await line.read(newchannel(8))
    assert not line.wire.reading
    events = line.mailbox.read()
    for _ in range(8):
        await anext(events)
    assert line.wire.reading
    await line.end()


async def test_a_burst_leaves_others_their_turn() -> None:
    line = Line()
    await line.read(GREETING + LOGIN + BOOTED + b"".join(map(newchannel, range(1000))))
    events = line.mailbox.read()
    left: list[int] = []

    async def other() -> None:
        while True:
            left.append(len(line.mailbox))
            await asyncio.sleep(0)

    others = asyncio.ensure_future(other())
    told = [await anext(events) for _ in range(1001)]
    others.cancel()
    assert [event.leg for event in told if isinstance(event, LegCreated)] == [f"cc-1.{at}" for at in range(1000)]
    assert max(before - after for before, after in itertools.pairwise([1001, *left, 0])) <= ROW + 1
    await line.end()


async def test_what_nobody_wants_does_not_wake_the_reader() -> None:
    line = Line()
    await line.read(GREETING + LOGIN + BOOTED)
    events = line.mailbox.read()
    assert type(await anext(events)) is LinkUp
    reading = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    await line.read(b"Event: VarSet\r\nVariable: a\r\n\r\n")
    assert not line.mailbox._wake.is_set()
    await line.read(newchannel(1))
    assert isinstance(await reading, LegCreated)
    await line.end()
