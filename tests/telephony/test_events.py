"""AMI headers become typed facts."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import layouts
from telephony.events import (
    PARSERS,
    BridgeJoined,
    CallEvent,
    CallMarked,
    DeviceChanged,
    DeviceState,
    LegCreated,
    LegEnded,
    LegSeen,
    Mark,
    Node,
    OriginateFinished,
    parse,
)
from telephony.framing import FrameBuffer, Headers, event_name
from tests import recordings

pytestmark = pytest.mark.unit
NODE = Node("cc")


def replay(name: str) -> list[CallEvent]:
    """All events of a recording that mean something."""
    frames = [
        frame for frame in FrameBuffer().feed(recordings.load_marked(name)) if b"Event: " + event_name(frame) in PARSERS
    ]
    return [event for frame in frames if (event := parse(Headers(frame), NODE)) is not None]


COUNTS = {
    "routed_hold_blindxfer": {
        "LegCreated": 3, "LegRinging": 2, "LegAnswered": 3, "CallMarked": 3, "DeviceChanged": 4, "OriginateFinished": 1,
        "BridgeJoined": 4, "BridgeLeft": 4, "LegHeld": 1, "LegResumed": 2, "LegEnded": 3,
    },
    "resync_status": {"LegSeen": 30, "SnapshotEnded": 1, "LegEnded": 30, "DeviceChanged": 1},
    "originate_outcomes": {
        "LegCreated": 13, "LegRinging": 13, "LegAnswered": 1, "DeviceChanged": 27, "LegEnded": 13,
        "OriginateFinished": 13,  # two more name neither a channel nor an action of ours
    },
    "login_failed": {},
    "actions_errors": {},
    "startup": {},
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_a_recording_holds_these_facts(name: str) -> None:
    assert Counter(type(event).__name__ for event in replay(name)) == COUNTS[name]


@pytest.mark.parametrize("name", recordings.NAMES)
def test_every_recorded_event_names_its_leg_and_node(name: str) -> None:
    for event in replay(name):
        assert event.node == NODE
        if isinstance(event, LegCreated | LegEnded | BridgeJoined):
            assert event.leg
            assert event.channel
            assert event.linked


def test_a_refused_call_says_why() -> None:
    ended = [event for event in replay("originate_outcomes") if isinstance(event, LegEnded)]
    assert {(event.cause, event.tech_cause) for event in ended} >= {(17, "486"), (1, "404"), (21, "603"), (34, "503")}
    finished = [event for event in replay("originate_outcomes") if isinstance(event, OriginateFinished)]
    assert Counter((event.answered, event.reason) for event in finished) == {
        (True, 4): 1,
        (False, 3): 1,
        (False, 0): 11,
    }


def test_a_snapshot_tells_variables_and_where_a_caller_is() -> None:
    seen = [event for event in replay("resync_status") if isinstance(event, LegSeen)]
    assert seen[0] == LegSeen(
        node=NODE,
        leg="cc-1795329238.79",  # type: ignore[arg-type]
        channel="PJSIP/anonymous-0000004d",  # type: ignore[arg-type]
        linked="cc-1795329238.79",  # type: ignore[arg-type]
        number="79990000000",
        name="",
        context="hold",
        exten="s",
        up=True,
        bridge="",
        seconds=0,
        variables={"HOLDMODE": "moh", "CC_CALL": ""},
    )


def headers(*pairs: tuple[str, str]) -> Headers:
    return Headers.of(pairs)


LEG = (("Channel", "PJSIP/anonymous-1"), ("Uniqueid", "cc-1.1"), ("Linkedid", "cc-1.1"))


def test_a_mark_carries_its_own_fields_and_asterisks_headers_win() -> None:
    event = parse(
        headers(("Event", "UserEvent"), *LEG, ("UserEvent", "BusbarWaiting"), ("Queue", "main"), ("Account", ""),
                ("Uniqueid", "forged"), ("Queue", "forged")),
        NODE,
    )  # fmt: skip
    assert isinstance(event, CallMarked)
    assert (event.mark, event.leg, event.fields) == (Mark.WAITING, "cc-1.1", {"Queue": "main", "Account": ""})


def test_a_marks_language_is_its_own_and_not_the_channels() -> None:
    pairs = (("Event", "UserEvent"), ("Language", "en"), *LEG, ("UserEvent", "BusbarWaiting"))
    event = parse(headers(*pairs, ("Language", "ru")), NODE)
    assert isinstance(event, CallMarked)
    assert event.fields == {"Language": "ru"}
    without = parse(headers(*pairs), NODE)
    assert isinstance(without, CallMarked)
    assert without.fields == {}


def test_marks_of_others_are_nobodys_business() -> None:
    assert parse(headers(("Event", "UserEvent"), *LEG, ("UserEvent", "SomethingElse")), NODE) is None


def test_hostile_names_and_numbers_are_tamed() -> None:
    name = "Iva\u202enov\x1b[31m<script>\x00\u2066" + "x" * 200
    event = parse(
        headers(("Event", "Newchannel"), *LEG, ("CallerIDNum", "+7\x07999\u200f"), ("CallerIDName", name)), NODE
    )
    assert isinstance(event, LegCreated)
    assert event.number == "+7999"
    assert event.name.startswith("Ivanov[31m<script>xx")
    assert len(event.name) == 80


@pytest.mark.parametrize("withheld", ["<unknown>", "anonymous", "Restricted", "", "unavailable"])
def test_a_withheld_number_is_empty(withheld: str) -> None:
    event = parse(headers(("Event", "Newchannel"), *LEG, ("CallerIDNum", withheld)), NODE)
    assert isinstance(event, LegCreated)
    assert event.number == ""


def test_an_originate_without_a_channel_is_known_by_its_action() -> None:
    event = parse(
        headers(("Event", "OriginateResponse"), ("ActionID", "originate:offer-1"), ("Response", "Failure"),
                ("Reason", "0"), ("Uniqueid", "<null>")),
        NODE,
    )  # fmt: skip
    assert event == OriginateFinished(node=NODE, leg="offer-1", answered=False, reason=0)  # type: ignore[arg-type]


def test_an_unknown_device_state_is_unknown() -> None:
    event = parse(headers(("Event", "DeviceStateChange"), ("Device", "PJSIP/op101"), ("State", "DANCING")), NODE)
    assert event == DeviceChanged(node=NODE, device="PJSIP/op101", state=DeviceState.UNKNOWN)


KEYS = st.sampled_from(
    re.findall(
        r"\w+",
        "Event Uniqueid Linkedid Channel CallerIDNum CallerIDName Cause ChannelState UserEvent Device State Seconds "
        "BridgeUniqueid BridgeNumChannels BridgeID Variable Reason Response ActionID TechCause Context Exten",
    )
)
NAMES = st.sampled_from([line.decode().removeprefix("Event: ") for line in sorted(PARSERS)])


VALUES = st.text(max_size=30) | NAMES | st.sampled_from(["6", "5", "cc-1.1", "BusbarWaiting"])


@given(NAMES, st.lists(st.tuples(KEYS, VALUES), max_size=12))
def test_no_headers_make_it_raise(name: str, pairs: list[tuple[str, str]]) -> None:
    event = parse(Headers.of([("Event", name), *pairs]), NODE)
    for value in texts_of(event):
        assert not set(value) & set("\r\n\0\x1b\u202e\u2066\u2028")


class Unordered(Headers):
    """Headers in which no pattern finds anything, as if Asterisk wrote its lines in another order."""

    def search(self, pattern: re.Pattern[str]) -> None:
        return None


CHANNEL = (
    "Channel ChannelState ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName Language "
    "AccountCode Context Exten Priority Uniqueid Linkedid"
)
BRIDGE = "BridgeUniqueid BridgeType BridgeTechnology BridgeCreator BridgeName BridgeNumChannels BridgeVideoSourceMode"
ORDERS = {
    "Newchannel": CHANNEL,
    "Newstate": CHANNEL,
    "Hold": CHANNEL,
    "Unhold": CHANNEL,
    "Hangup": f"{CHANNEL} Cause Cause-txt TechCause",
    "BridgeEnter": f"{BRIDGE} {CHANNEL}",
    "BridgeLeave": f"{BRIDGE} {CHANNEL}",
    "UserEvent": f"{CHANNEL} UserEvent",
    "DeviceStateChange": "Device State",
    "Status": f"{CHANNEL} Type DNID BridgeID Seconds Variable",
}
"""Lines as Asterisk writes them, after those that every event begins with."""
PLAIN = st.sampled_from(["cc-1.1", "PJSIP/op101-0000001f", "5", "6", "16", "BusbarWaiting", "INUSE", "A=b"])
ODD = st.sampled_from(
    ["", " ", "<null>", "(null)", "<unknown>", " x", "x ", "a b", "Иван", "\u202ex", "1_0", "x" * 500, "\r"]
)
SPOILT = st.sampled_from(
    ["Uniqueid", "Channel", "Linkedid", "Cause", "State", "Device", "ChanVariable", "BridgeNumChannels"]
)


@given(st.sampled_from(sorted(ORDERS)), st.data())
def test_in_asterisks_order_or_in_another_an_event_says_the_same(name: str, data: st.DataObject) -> None:
    keys = ["Event", "Privilege", *ORDERS[name].split()]
    keys = keys[: data.draw(st.sampled_from([len(keys), len(keys) - 1]))]
    values = [name, *data.draw(st.lists(PLAIN, min_size=len(keys) - 1, max_size=len(keys) - 1))]
    pairs = list(zip(keys, values, strict=True))
    for at, odd in data.draw(st.dictionaries(st.integers(1, len(keys) - 1), ODD, max_size=2)).items():
        pairs[at] = (pairs[at][0], odd)
    for at, pair in data.draw(
        st.lists(st.tuples(st.integers(1, len(keys)), st.tuples(SPOILT, PLAIN | ODD)), max_size=2)
    ):
        pairs.insert(at, pair)
    frame = "\r\n".join(f"{key}: {value}" for key, value in pairs)
    assert parse(Headers(frame), NODE) == parse(Unordered(frame), NODE)


@pytest.mark.parametrize("name", recordings.NAMES)
def test_recorded_events_say_the_same_header_by_header(name: str) -> None:
    frames = [f for f in FrameBuffer().feed(recordings.load_marked(name)) if b"Event: " + event_name(f) in PARSERS]
    assert [parse(Headers(frame), NODE) for frame in frames] == [parse(Unordered(frame), NODE) for frame in frames]


def test_asterisk_writes_its_lines_in_the_order_that_is_read_at_once() -> None:
    layout = {
        b"Newstate": layouts.LEG, b"Hold": layouts.LEG, b"Unhold": layouts.LEG, b"UserEvent": layouts.LEG,
        b"Hangup": layouts.ENDED, b"BridgeEnter": layouts.BRIDGED, b"BridgeLeave": layouts.BRIDGED,
        b"Newchannel": layouts.CALLER, b"Status": layouts.CALLER, b"DeviceStateChange": layouts.DEVICE,
    }  # fmt: skip
    frames = [frame for name in recordings.NAMES for frame in FrameBuffer().feed(recordings.load_marked(name))]
    found = {
        event: [Headers(frame).search(pattern) is not None for frame in frames if event_name(frame) == event]
        for event, pattern in layout.items()
    }
    assert all(all(matched) and matched for matched in found.values()), found


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    frame = b"Event: Newchannel\r\nUniqueid: 1\r\n" + data
    parse(Headers(frame), NODE)


def texts_of(event: CallEvent | None) -> list[str]:
    if event is None:
        return []
    values = [getattr(event, field) for field in type(event).__struct_fields__]
    return [value for value in values if isinstance(value, str)]
