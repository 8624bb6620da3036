"""What SIP's events say of nodes, trunks and telephones, once each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from telephony import health
from telephony.events import CallEvent, DeviceChanged, DeviceState, LinkLost, LinkUp, Node
from telephony.framing import Headers
from telephony.health import ContactChanged, Key, Kind, RegistrationChanged, Standing, State, learn

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
A, B = Node("a"), Node("b")
CONTACT = (
    "Event: ContactStatus\r\nPrivilege: system,all\r\nSystemName: near\r\nURI: sip:127.0.0.1:5060\r\n"
    "ContactStatus: Reachable\r\nAOR: trunk-city\r\nEndpointName: trunk-city\r\nRoundtripUsec: 524"
)
REGISTRY = (
    "Event: Registry\r\nPrivilege: system,all\r\nChannelType: PJSIP\r\nUsername: sip:utility@sip.example:5060\r\n"
    "Domain: sip:sip.example:5060\r\nStatus: Rejected"
)


def typed(text: str) -> CallEvent | None:
    line, _, _ = text.partition("\r\n")
    return health.PARSERS[line.encode()](Headers(text.encode()), A)


def device(name: str, state: DeviceState, node: Node = A) -> DeviceChanged:
    return DeviceChanged(node=node, device=f"PJSIP/{name}", state=state)


class Story:
    """Events one after the other, a second between them."""

    def __init__(self) -> None:
        self.known: dict[Key, Standing] = {}
        self.now = NOON

    def hear(self, event: CallEvent) -> tuple[Standing, ...]:
        self.now += timedelta(seconds=1)
        told = learn(self.known, event, self.now)
        self.known |= {one.key: one for one in told}
        return told


def test_the_events_are_typed_as_asterisk_writes_them() -> None:
    assert typed(CONTACT) == ContactChanged(node=A, endpoint="trunk-city", status="Reachable", rtt_us=524)
    assert typed(REGISTRY) == RegistrationChanged(node=A, client="sip:utility@sip.example:5060", status="Rejected")
    assert typed("Event: ContactStatus\r\nRoundtripUsec: x") is None
    assert typed("Event: Registry\r\nStatus: Registered") is None
    wrong = typed(CONTACT.replace("524", "1_0\x07"))
    assert isinstance(wrong, ContactChanged)
    assert wrong.rtt_us == 0


def test_a_trunk_is_up_down_and_up_with_its_round_trip() -> None:
    story = Story()
    (first,) = story.hear(device("trunk-city", DeviceState.NOT_IN_USE))
    assert (first.kind, first.name, first.state, first.rtt_us) == (Kind.TRUNK, "city", State.UP, None)
    (measured,) = story.hear(ContactChanged(node=A, endpoint="trunk-city", status="Reachable", rtt_us=900))
    assert (measured.rtt_us, measured.since) == (900, first.since)
    (down,) = story.hear(ContactChanged(node=A, endpoint="trunk-city", status="Unreachable", rtt_us=0))
    assert (down.state, down.since, down.rtt_us) == (State.DOWN, story.now, None)
    assert story.hear(device("trunk-city", DeviceState.UNAVAILABLE)) == ()
    (again,) = story.hear(device("trunk-city", DeviceState.IN_USE))
    assert again.state is State.UP
    assert story.hear(device("trunk-city", DeviceState.NOT_IN_USE)) == ()


def test_telephones_come_and_go_and_talking_is_no_news() -> None:
    story = Story()
    assert story.hear(device("op101", DeviceState.NOT_IN_USE))[0].state is State.UP
    assert story.hear(device("op101", DeviceState.RINGING)) == ()
    assert story.hear(device("op101", DeviceState.IN_USE)) == ()
    assert story.hear(device("op101", DeviceState.UNAVAILABLE))[0].state is State.DOWN
    assert story.hear(device("anonymous", DeviceState.NOT_IN_USE)) == ()
    assert story.hear(ContactChanged(node=A, endpoint="op101", status="Removed", rtt_us=0)) == ()


def test_a_lost_node_leaves_its_own_unknown_and_the_others_alone() -> None:
    story = Story()
    for node in (A, B):
        story.hear(LinkUp(node=node))
        story.hear(device("trunk-city", DeviceState.NOT_IN_USE, node))
    told = story.hear(LinkLost(node=A, reason="connection closed"))
    assert {(one.node, one.kind, one.state) for one in told} == {
        (A, Kind.NODE, State.DOWN),
        (A, Kind.TRUNK, State.UNKNOWN),
    }
    assert story.known[B, Kind.TRUNK, "city"].state is State.UP
    assert story.hear(LinkUp(node=A))[0].state is State.UP


def test_a_registration_is_up_only_when_it_is_registered() -> None:
    story = Story()
    client = "sip:utility@sip.example:5060"
    (refused,) = story.hear(RegistrationChanged(node=A, client=client, status="Rejected"))
    assert (refused.kind, refused.name, refused.state) == (
        Kind.REGISTRATION,
        "utility@sip.example:5060",
        State.DOWN,
    )
    (registered,) = story.hear(RegistrationChanged(node=A, client=client, status="Registered"))
    assert registered.state is State.UP
    assert story.hear(RegistrationChanged(node=A, client=client, status="Registered")) == ()
