"""Whether nodes, trunks, telephones and registrations can be reached: SIP's own facts, and what follows of them (pure).

Asterisk asks each trunk every ten seconds (`qualify_frequency`) and tells when the answer changes; whether a telephone
is registered it tells as a device's state. https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AMI_Events/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from telephony import text
from telephony.events import CallEvent, DeviceChanged, DeviceState, LinkLost, LinkUp, Node, Parser
from telephony.framing import Headers

TRUNK: Final = "trunk-"
"""Endpoints of trunks begin so."""
PHONES: Final = ("op", "desk")
TECHNOLOGY: Final = "PJSIP/"


class ContactChanged(CallEvent, frozen=True, kw_only=True, gc=False):
    """`ContactStatus`: an address of an endpoint came, went, answered or did not."""

    endpoint: str
    status: str
    """`Reachable`, `Unreachable`, `NonQualified`, `Created`, `Removed`, `Updated`."""
    rtt_us: int
    """Microseconds until it answered; 0 when nobody asked or nothing came."""


class RegistrationChanged(CallEvent, frozen=True, kw_only=True, gc=False):
    """`Registry`: we registered somewhere, or were refused."""

    client: str
    """Whom we register: `sip:login@host:port`."""
    status: str
    """`Registered`, `Rejected`, `Unregistered`, `Failed`, …"""


def _contact(headers: Headers, node: Node) -> CallEvent | None:
    endpoint = text.tame(headers.get("EndpointName"))
    rtt = headers.get("RoundtripUsec")
    if not endpoint:
        return None
    return ContactChanged(
        node=node,
        endpoint=endpoint,
        status=text.tame(headers.get("ContactStatus")),
        rtt_us=int(rtt) if rtt.isascii() and rtt.isdigit() and len(rtt) < 10 else 0,
    )


def _registry(headers: Headers, node: Node) -> CallEvent | None:
    client = text.tame(headers.get("Username"))
    if not client:
        return None
    return RegistrationChanged(node=node, client=client, status=text.tame(headers.get("Status")))


PARSERS: Final[dict[bytes, Parser]] = {b"Event: ContactStatus": _contact, b"Event: Registry": _registry}
"""As `telephony.events.PARSERS`."""


HEARD: Final = frozenset({LinkUp, LinkLost, DeviceChanged, ContactChanged, RegistrationChanged})
"""Events that say something of it."""


class Kind(StrEnum):
    """What can be reached or not."""

    NODE = "node"
    TRUNK = "trunk"
    REGISTRATION = "registration"
    PHONE = "phone"


class State(StrEnum):
    """Whether it can."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"
    """Its node is out of our sight."""


Key = tuple[Node, Kind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one thing stands, as a fact: since when, and what was said of it."""

    node: Node
    kind: Kind
    name: str
    """Of a trunk without `trunk-`; of a telephone its endpoint; of a registration `login@host:port`."""
    state: State
    since: datetime
    detail: str = ""
    rtt_us: int | None = None

    @property
    def key(self) -> Key:
        """Names it among all."""
        return self.node, self.kind, self.name


def learn(known: Mapping[Key, Standing], event: CallEvent, now: datetime) -> tuple[Standing, ...]:
    """Return what stands otherwise than known after an event; nothing when the event says nothing new."""
    match event:
        case LinkUp(node=node):
            return _told(known, node, Kind.NODE, "", State.UP, now)
        case LinkLost(node=node, reason=reason):
            lost = _told(known, node, Kind.NODE, "", State.DOWN, now, detail=reason[:120])
            blind = [
                replace(one, state=State.UNKNOWN, since=now, rtt_us=None)
                for one in known.values()
                if one.node == node and one.kind is not Kind.NODE and one.state is not State.UNKNOWN
            ]
            return (*lost, *blind)
        case DeviceChanged(node=node, device=device, state=phone):
            return _device(known, node, device.removeprefix(TECHNOLOGY), phone, now)
        case ContactChanged(node=node, endpoint=endpoint) if endpoint.startswith(TRUNK):
            return _far(known, event, node, now)
        case RegistrationChanged(node=node, client=client, status=status):
            found = State.UP if status == "Registered" else State.DOWN
            return _told(known, node, Kind.REGISTRATION, client.removeprefix("sip:"), found, now, detail=status)
        case _:
            return ()


def _device(
    known: Mapping[Key, Standing], node: Node, endpoint: str, state: DeviceState, now: datetime
) -> tuple[Standing, ...]:
    gone = state in {DeviceState.UNAVAILABLE, DeviceState.INVALID, DeviceState.UNKNOWN}
    found = State.DOWN if gone else State.UP
    if endpoint.startswith(TRUNK):
        return _told(known, node, Kind.TRUNK, endpoint.removeprefix(TRUNK), found, now)
    if endpoint.startswith(PHONES):
        return _told(known, node, Kind.PHONE, endpoint, found, now)
    return ()


def _far(known: Mapping[Key, Standing], event: ContactChanged, node: Node, now: datetime) -> tuple[Standing, ...]:
    name = event.endpoint.removeprefix(TRUNK)
    if event.status in {"Unreachable", "Removed"}:
        return _told(known, node, Kind.TRUNK, name, State.DOWN, now, detail=event.status)
    if event.status == "Reachable":
        return _told(known, node, Kind.TRUNK, name, State.UP, now, detail=event.status, rtt_us=event.rtt_us or None)
    return ()


def _told(  # noqa: PLR0913, PLR0917 - what a standing is made of
    known: Mapping[Key, Standing],
    node: Node,
    kind: Kind,
    name: str,
    state: State,
    now: datetime,
    *,
    detail: str = "",
    rtt_us: int | None = None,
) -> tuple[Standing, ...]:
    before = known.get((node, kind, name))
    if before is not None and before.state is state:
        if (detail in {"", before.detail}) and rtt_us in {None, before.rtt_us}:
            return ()
        return (replace(before, detail=detail or before.detail, rtt_us=rtt_us or before.rtt_us),)
    return (Standing(node=node, kind=kind, name=name, state=state, since=now, detail=detail, rtt_us=rtt_us),)
