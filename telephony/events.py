"""What the switch reported: typed, frozen facts. The only module that spells AMI headers (pure).

`parse(headers)` turns one AMI message into a `CallEvent`, or into None when nobody needs it. Names and
headers: https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AMI_Events/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

Node = NewType("Node", str)
"""Name of one Asterisk (its `systemname`); prefixes every Uniqueid, so ids never clash between nodes."""
CallId = NewType("CallId", str)
"""Uniqueid of the caller's channel; names the call everywhere, from the channel to the timeline."""
LegId = NewType("LegId", str)
"""Uniqueid of any channel; for an operator's leg it is the `ChannelId` we chose in `Originate`."""
ChannelName = NewType("ChannelName", str)
"""Asterisk's channel name (`PJSIP/op101-0000001f`): what AMI actions take; changes on masquerade."""


class DeviceState(StrEnum):
    """State of a telephone as `DeviceStateChange` words it (main/devicestate.c)."""

    UNKNOWN = "UNKNOWN"
    NOT_IN_USE = "NOT_INUSE"
    IN_USE = "INUSE"
    BUSY = "BUSY"
    INVALID = "INVALID"
    UNAVAILABLE = "UNAVAILABLE"
    RINGING = "RINGING"
    RING_IN_USE = "RINGINUSE"
    ON_HOLD = "ONHOLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Anything a node reported; `node` says which one."""

    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp(CallEvent):
    """The AMI session is logged in and Asterisk is fully booted; live state must be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost(CallEvent):
    """The AMI session ended or went silent; calls go on in Asterisk, we are blind."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEvent(CallEvent):
    """Something happened to one channel."""

    leg: LegId
    channel: ChannelName
    linked: CallId
    """Linkedid: the call this leg belongs to, once Asterisk has joined them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCreated(LegEvent):
    """`Newchannel`."""

    number: str
    """Caller's number as the network gave it; hostile text, "" when withheld."""
    name: str
    """Caller's display name; hostile text."""
    context: str
    exten: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging(LegEvent):
    """`Newstate` with Ringing: the far telephone rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(LegEvent):
    """`Newstate` with Up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHeld(LegEvent):
    """`Hold`: this leg put the other side on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegResumed(LegEvent):
    """`Unhold`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(LegEvent):
    """`Hangup`: the channel is gone."""

    cause: int
    """Q.850 cause; 16 is a deliberate hang-up, 41 is what our softphone sends when its page reloads."""
    tech_cause: str
    """The signalling's own words (`SIP 486`), "" when there were none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeJoined(LegEvent):
    """`BridgeEnter`: this leg's audio is now joined to the others in `bridge`."""

    bridge: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLeft(LegEvent):
    """`BridgeLeave`."""

    bridge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMarked(LegEvent):
    """`UserEvent(Busbar…)` raised by our own dialplan on the caller's leg, the spine of a call's life.

    The dialplan passes the caller's context in `fields` (see docs/contracts.md, "Marks").
    """

    mark: Mark
    fields: dict[str, str] = field(default_factory=dict)


class Mark(StrEnum):
    """Our own dialplan's marks; the value is the UserEvent's name."""

    ARRIVED = "BusbarArrived"
    IVR_FAILED = "BusbarIvrFailed"
    SERVED = "BusbarServed"
    WAITING = "BusbarWaiting"
    FALLBACK = "BusbarFallback"
    PARTED = "BusbarParted"
    STALE_OFFER = "BusbarStaleOffer"
    BRIDGE_ENDED = "BusbarBridgeEnded"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateFinished(CallEvent):
    """`OriginateResponse`; order against `Hangup` varies, so join by `leg`."""

    leg: LegId
    answered: bool
    reason: int
    """4 answered, 3 timed out, 0 everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanged(CallEvent):
    """`DeviceStateChange`, also answers to `DeviceStateList`."""

    device: str
    """As dialled: `PJSIP/op101`."""
    state: DeviceState


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSeen(LegEvent):
    """One channel in the answer to `Status` with `Variables`: how a restarted floor learns what is going on."""

    number: str
    name: str
    context: str
    exten: str
    up: bool
    bridge: str
    """"" when the channel is alone."""
    seconds: int
    """Since the channel was created."""
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotEnded(CallEvent):
    """`StatusComplete`: every living channel has been told as `LegSeen`."""
