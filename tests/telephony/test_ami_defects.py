"""What is wrong with panoramisk 1.4, item by item, and that our adapter is not so.

Each was reproduced against panoramisk; against ours it is played by a scripted peer on a real socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from telephony.ami import AmiSwitch
from telephony.commands import AddQueueMember, HangUp, Originate, SetVariable
from telephony.errors import HostileValue, NotConnected, OutcomeUnknown
from telephony.events import (
    CallEvent,
    ChannelName,
    LegCreated,
    LegId,
    LinkLost,
    LinkUp,
    Node,
    OriginateFinished,
)
from telephony.framing import Headers
from telephony.link import PARSERS, Timing
from tests.telephony.diary import Diary
from tests.telephony.peer import BOOTED, Peer, newchannel

pytestmark = pytest.mark.integration
NODE = Node("cc")
FAST = Timing(connect=1, action=0.3, boot=0.5, tick=0.1, refused=30)
HANG_UP = HangUp(node=NODE, channel=ChannelName("PJSIP/anonymous-1"))
ORIGINATE = Originate(
    node=NODE,
    leg=LegId("offer-1"),
    device="PJSIP/op101",
    context="connect",
    timeout_ms=1000,
    caller_number="7999",
    caller_name="",
)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with Peer() as peer:
        yield peer


@pytest.fixture
async def switch(peer: Peer) -> AsyncIterator[AmiSwitch]:
    async with AmiSwitch([peer.config], FAST) as switch:
        yield switch


async def test_1_queue_add_is_answered_although_its_message_looks_like_a_list(
    peer: Peer, switch: AmiSwitch, diary: Diary
) -> None:
    await diary.one(LinkUp)
    peer.answer = lambda _: b"Response: Success\r\nMessage: Added interface to queue\r\n"
    await switch.obey(AddQueueMember(node=NODE, queue="busbar", device="PJSIP/op101", paused=False))


async def test_2_an_event_that_cannot_be_typed_costs_only_itself(
    peer: Peer, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    await diary.one(LinkUp)
    line = b"Event: Newchannel"
    parser = PARSERS[line]

    def failing(headers: Headers, node: Node) -> CallEvent | None:
        if headers.get("Uniqueid") == "cc-1.2":
            raise RuntimeError("a bug in the typing of one event")
        return parser(headers, node)

    monkeypatch.setitem(PARSERS, line, failing)
    peer.send(b"".join(newchannel(number) for number in range(10)))
    await diary.one(LegCreated, leg="cc-1.9")
    assert len(diary.all(LegCreated)) == 9
    assert not diary.all(LinkLost)


async def test_2_a_reader_that_raises_does_not_cost_the_link(peer: Peer, switch: AmiSwitch) -> None:
    with contextlib.suppress(RuntimeError):
        async for _ in switch.events():
            raise RuntimeError("a bug in the floor")
    async with Diary(switch) as diary:
        peer.send(newchannel(1))
        await diary.one(LegCreated)
    assert peer.connections == 1


async def test_3_letters_cut_between_two_reads_arrive_whole(peer: Peer, diary: Diary) -> None:
    await diary.one(LinkUp)
    data = newchannel(1, "Иванов")
    cut = data.index("ван".encode()) + 1
    peer.send(data[:cut])
    await asyncio.sleep(0.05)  # two reads are the point
    peer.send(data[cut:])
    assert (await diary.one(LegCreated)).name == "Иванов"


async def test_4_a_half_open_link_is_noticed_and_nothing_piles_up(peer: Peer, switch: AmiSwitch, diary: Diary) -> None:
    await diary.one(LinkUp)
    peer.deaf = True
    began = time.monotonic()
    assert "silent" in (await diary.one(LinkLost)).reason
    assert time.monotonic() - began < 10 * FAST.tick
    with pytest.raises(NotConnected):
        await switch.obey(HANG_UP)


def test_4_the_default_watchdog_needs_about_three_seconds() -> None:
    timing = Timing()
    assert 2 <= 3 * timing.tick <= 3


async def test_5_a_refused_login_is_told_once_and_not_hammered(peer: Peer) -> None:
    peer.login, peer.booted = b"Response: Error\r\nActionID: %s\r\nMessage: Authentication failed\r\n\r\n", b""
    async with AmiSwitch([peer.config], FAST) as switch, Diary(switch) as diary:
        lost = await diary.one(LinkLost)
        assert lost.reason == "ami-login-refused: Authentication failed"
        await asyncio.sleep(0.6)  # three back-offs would fit in
        assert peer.connections == 1
        assert len(diary.all(LinkLost)) == 1


async def test_6_an_unanswered_originate_is_never_sent_again(peer: Peer, switch: AmiSwitch, diary: Diary) -> None:
    await diary.one(LinkUp)
    peer.answer = lambda _: None
    asking = asyncio.create_task(switch.obey(ORIGINATE))
    await peer.until(lambda: "Originate" in peer.names(), "the Originate arrives")
    peer.drop()
    with pytest.raises(OutcomeUnknown):
        await asking
    await diary.until(lambda: len(diary.all(LinkUp)) == 2, "the link is up again")
    peer.answer = lambda _: b"Response: Success\r\n"
    await switch.obey(HANG_UP)  # whatever would be replayed would have come before
    assert peer.names().count("Originate") == 1


async def test_6_no_action_waits_for_ever(peer: Peer, switch: AmiSwitch, diary: Diary) -> None:
    await diary.one(LinkUp)
    peer.answer = lambda action: b"Response: Success\r\n" if action.get("Action") == "Ping" else None
    began = time.monotonic()
    results = await asyncio.gather(*(switch.obey(HANG_UP) for _ in range(50)), return_exceptions=True)
    assert all(isinstance(result, OutcomeUnknown) for result in results)
    assert time.monotonic() - began < 2


async def test_7_an_event_with_a_pending_actions_id_is_an_event(peer: Peer, switch: AmiSwitch, diary: Diary) -> None:
    await diary.one(LinkUp)
    peer.answer = lambda action: None
    asking = asyncio.create_task(switch.obey(ORIGINATE))
    await peer.until(lambda: "Originate" in peer.names(), "the Originate arrives")
    told = (
        b"Event: OriginateResponse\r\nActionID: originate:offer-1\r\nResponse: Failure\r\nReason: 3\r\n"
        b"Uniqueid: offer-1\r\n\r\n"
    )
    peer.send(told)
    assert (await diary.one(OriginateFinished)).reason == 3
    assert not asking.done()
    peer.send(b"Response: Success\r\nActionID: originate:offer-1\r\n\r\n")
    await asking


async def test_8_closing_during_the_back_off_really_stops(peer: Peer) -> None:
    async with AmiSwitch([peer.config], FAST) as switch, Diary(switch) as diary:
        await diary.one(LinkUp)
        peer.drop()
        await diary.one(LinkLost)
    assert peer.connections == 1
    await asyncio.sleep(0.5)  # the pending reconnect would come within 0.2 s
    assert peer.connections == 1


async def test_9_a_command_before_the_link_is_up_is_a_clean_error(peer: Peer) -> None:
    async with AmiSwitch([peer.config], FAST) as switch:
        with pytest.raises(NotConnected):
            await switch.obey(HANG_UP)
        with pytest.raises(NotConnected):
            await switch.obey(HangUp(node=Node("nowhere"), channel=ChannelName("x")))
    with pytest.raises(NotConnected):
        await AmiSwitch([peer.config], FAST).obey(HANG_UP)


async def test_10_empty_and_repeated_headers_survive(peer: Peer, diary: Diary) -> None:
    await diary.one(LinkUp)
    peer.send(
        b"Event: Newchannel\r\nUniqueid: cc-1.1\r\nUniqueid: forged\r\nChannel: PJSIP/a-1\r\nCallerIDName: \r\n\r\n"
    )
    created = await diary.one(LegCreated)
    assert (created.leg, created.name) == ("cc-1.1", "")


@pytest.mark.parametrize("evil", ["\r\n\r\nAction: Originate", "a\nb", "a\0b", "a\u2028b", "\x1b[31m", "\x85"])
async def test_11_line_breaks_and_control_characters_never_reach_the_wire(
    peer: Peer, switch: AmiSwitch, diary: Diary, evil: str
) -> None:
    await diary.one(LinkUp)
    before = len(peer.raw)
    with pytest.raises(HostileValue):
        await switch.obey(SetVariable(node=NODE, channel=ChannelName("PJSIP/a-1"), name="BUSBAR_CALL", value=evil))
    with pytest.raises(HostileValue):
        await switch.obey(HangUp(node=NODE, channel=ChannelName("PJSIP/a-1" + evil)))
    await switch.obey(HANG_UP)
    assert b"Originate" not in peer.raw[before:]
    assert b"Setvar" not in peer.raw[before:]


async def test_12_the_link_is_up_only_when_asterisk_is_fully_booted(peer: Peer) -> None:
    peer.booted = b""
    patient = Timing(boot=20, tick=0.2)
    async with AmiSwitch([peer.config], patient) as switch, Diary(switch) as diary:
        await peer.until(lambda: "Ping" in peer.names(), "it is logged in and waits")
        peer.send(newchannel(1))
        assert not diary.events
        with pytest.raises(NotConnected):
            await switch.obey(HANG_UP)
        peer.send(BOOTED + newchannel(2))
        await diary.one(LegCreated, leg="cc-1.2")
        assert [type(event) for event in diary.events] == [LinkUp, LegCreated]


async def test_12_never_booting_says_which_right_is_missing(peer: Peer) -> None:
    peer.booted = b""
    async with AmiSwitch([peer.config], FAST) as switch, Diary(switch) as diary:
        assert "`system`" in (await diary.one(LinkLost)).reason


async def test_13_a_slow_reader_slows_the_socket_and_not_the_memory(peer: Peer) -> None:
    async with AmiSwitch([peer.config], FAST, unread=200) as switch:
        reading = switch.events()
        assert isinstance(await anext(reading), LinkUp)
        for number in range(30_000):
            peer.send(newchannel(number))
        for number in range(30_000):
            event = await anext(reading)
            assert isinstance(event, LegCreated)
            assert event.leg == f"cc-1.{number}"  # in order, none lost
            assert len(switch._mailbox) < 3_000  # the limit and what one read of 256 kB brings


async def test_14_events_are_plain_values_that_can_be_copied_and_pickled(peer: Peer, diary: Diary) -> None:
    import copy  # noqa: PLC0415
    import pickle  # noqa: PLC0415

    await diary.one(LinkUp)
    peer.send(newchannel(1))
    event = await diary.one(LegCreated)
    assert copy.copy(event) == event == pickle.loads(pickle.dumps(event))  # noqa: S301 - our own bytes


async def test_15_nobody_there_is_told_once_and_tried_until_somebody_is(peer: Peer) -> None:
    await peer.__aexit__()
    async with AmiSwitch([peer.config], FAST) as switch, Diary(switch) as diary:
        assert "cannot connect" in (await diary.one(LinkLost)).reason
        peer._server = await asyncio.start_server(peer._connected, "127.0.0.1", peer.port)
        await diary.one(LinkUp)
        assert len(diary.all(LinkLost)) == 1


async def test_a_peer_that_is_no_manager_is_left() -> None:
    async def other(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(other, "127.0.0.1", 0)
    peer = Peer()
    peer.port = server.sockets[0].getsockname()[1]
    async with server, AmiSwitch([peer.config], FAST) as switch, Diary(switch) as diary:
        assert "manager" in (await diary.one(LinkLost)).reason
