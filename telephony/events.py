"""What the switch reported: typed, frozen facts. The only module that spells AMI's event headers (pure).

`parse(headers, node)` turns one AMI event into a `CallEvent`, or into None when nobody needs it; `WANTED` names the
events it can use, so that the rest is never decoded. Names and headers:
https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AMI_Events/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NewType

from telephony import text
from telephony.framing import Headers

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
    """The signalling's own code (SIP's `486`), "" when there were none."""


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
    RECOGNISED = "BusbarRecognised"
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


# --- from headers to events ----------------------------------------------------------------------

ORIGINATE_PREFIX: Final = "originate:"
"""Our Originates' ActionID is this and the leg id: Asterisk names no channel when none could be made."""
NOTHING: Final = frozenset({"", "<null>", "(null)", "<none>", "<unknown>"})
"""How Asterisk spells an absent value."""
# fmt: off
CHANNEL_HEADERS: Final = frozenset((
    "Event", "Privilege", "Timestamp", "SystemName", "Channel", "ChannelState", "ChannelStateDesc",
    "CallerIDNum", "CallerIDName", "ConnectedLineNum", "ConnectedLineName",
    "AccountCode", "Context", "Exten", "Priority", "Uniqueid", "Linkedid", "UserEvent", "ActionID",
    "ChanVariable",
))
# fmt: on
"""Headers Asterisk itself writes into a UserEvent; the others are the mark's own fields."""


def parse(headers: Headers, node: Node) -> CallEvent | None:
    """Type one AMI event of `node`; None when nobody needs it or when it lacks what names its subject.

    Never raises, whatever the headers hold: numbers that are none become 0, hostile text is tamed.
    """
    parser = _PARSERS.get(headers.event)
    return None if parser is None else parser(headers, node)


def _whole(value: str) -> int:
    """Return the number `value` spells, 0 when it spells none (`int` alone would take "1_000" and refuse "")."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


_CHANNEL: Final = ("Channel", "ChannelState", "CallerIDNum", "CallerIDName", "Context", "Exten", "Uniqueid", "Linkedid")
_SNAPSHOT: Final = re.compile(
    r"\nChannel: (.*)\r\nChannelState: (.*)\r\nChannelStateDesc: .*\r\nCallerIDNum: (.*)\r\nCallerIDName: (.*)\r\n"
    r"ConnectedLineNum: .*\r\nConnectedLineName: .*\r\nLanguage: .*\r\nAccountCode: .*\r\nContext: (.*)\r\n"
    r"Exten: (.*)\r\nPriority: .*\r\nUniqueid: (.*)\r\nLinkedid: (.*)(?:\r\n|$)"
)
"""How Asterisk writes a channel (main/manager_channels.c): always these lines in this order."""


def _channel(headers: Headers) -> tuple[str, ...]:
    """Return the values of `_CHANNEL`, in one look where Asterisk wrote them as ever, header by header otherwise."""
    found = headers.search(_SNAPSHOT)
    return found.groups() if found else tuple(headers.get(name) for name in _CHANNEL)


def _leg(headers: Headers, node: Node) -> dict[str, Any] | None:
    """Fields every `LegEvent` has; None when the event names no channel."""
    channel, _, _, _, _, _, leg, linked = _channel(headers)
    return _identified(node, channel, leg, linked)


def _identified(node: Node, channel: str, leg: str, linked: str) -> dict[str, Any] | None:
    if leg in NOTHING:
        return None
    leg = text.tame(leg)
    return {
        "node": node,
        "leg": LegId(leg),
        "channel": ChannelName(text.tame(channel)),
        "linked": CallId(text.tame(linked) or leg),
    }


def _caller(headers: Headers, node: Node) -> dict[str, Any] | None:
    """Return a leg's fields, who it says it is, and where in the dialplan it stands."""
    channel, _, number, name, context, exten, leg, linked = _channel(headers)
    fields = _identified(node, channel, leg, linked)
    if fields is not None:
        fields["number"] = text.number(number)
        fields["name"] = text.name(name)
        fields["context"] = text.tame(context)
        fields["exten"] = text.tame(exten)
    return fields


def _new_channel(headers: Headers, node: Node) -> CallEvent | None:
    caller = _caller(headers, node)
    return None if caller is None else LegCreated(**caller)


_STATES: Final[dict[str, type[LegRinging | LegAnswered]]] = {"5": LegRinging, "6": LegAnswered}
"""`enum ast_channel_state`: AST_STATE_RINGING, AST_STATE_UP."""


def _new_state(headers: Headers, node: Node) -> CallEvent | None:
    made = _STATES.get(headers.get("ChannelState"))
    leg = None if made is None else _leg(headers, node)
    return None if made is None or leg is None else made(**leg)


def _held(headers: Headers, node: Node) -> CallEvent | None:
    leg = _leg(headers, node)
    return None if leg is None else LegHeld(**leg)


def _resumed(headers: Headers, node: Node) -> CallEvent | None:
    leg = _leg(headers, node)
    return None if leg is None else LegResumed(**leg)


def _ended(headers: Headers, node: Node) -> CallEvent | None:
    leg = _leg(headers, node)
    if leg is None:
        return None
    return LegEnded(**leg, cause=_whole(headers.get("Cause")), tech_cause=text.tame(headers.get("TechCause")))


def _joined(headers: Headers, node: Node) -> CallEvent | None:
    leg = _leg(headers, node)
    if leg is None:
        return None
    bridge = text.tame(headers.get("BridgeUniqueid"))
    return BridgeJoined(**leg, bridge=bridge, members=_whole(headers.get("BridgeNumChannels")))


def _left(headers: Headers, node: Node) -> CallEvent | None:
    leg = _leg(headers, node)
    return None if leg is None else BridgeLeft(**leg, bridge=text.tame(headers.get("BridgeUniqueid")))


_MARKS: Final = {mark.value: mark for mark in Mark}


def _marked(headers: Headers, node: Node) -> CallEvent | None:
    mark = _MARKS.get(headers.get("UserEvent"))
    leg = None if mark is None else _leg(headers, node)
    if mark is None or leg is None:
        return None
    fields: dict[str, str] = {}
    own = False  # the mark's own fields follow its name; `Language` before it is the channel's, after it the mark's
    for key, value in headers:
        if own and key not in CHANNEL_HEADERS:
            fields.setdefault(text.tame(key), text.tame(value))
        own = own or key == "UserEvent"
    return CallMarked(**leg, mark=mark, fields=fields)


def _originated(headers: Headers, node: Node) -> CallEvent | None:
    leg = headers.get("Uniqueid")
    action = headers.get("ActionID")
    if leg in NOTHING and action.startswith(ORIGINATE_PREFIX):
        leg = action.removeprefix(ORIGINATE_PREFIX)
    if leg in NOTHING:
        return None
    answered = headers.get("Response") == "Success"
    return OriginateFinished(
        node=node, leg=LegId(text.tame(leg)), answered=answered, reason=_whole(headers.get("Reason"))
    )


_DEVICE_STATES: Final = {state.value: state for state in DeviceState}


def _device(headers: Headers, node: Node) -> CallEvent | None:
    device = text.tame(headers.get("Device"))
    if not device:
        return None
    state = _DEVICE_STATES.get(headers.get("State"), DeviceState.UNKNOWN)
    return DeviceChanged(node=node, device=device, state=state)


def _seen(headers: Headers, node: Node) -> CallEvent | None:
    caller = _caller(headers, node)
    if caller is None:
        return None
    variables: dict[str, str] = {}
    for line in headers.every("Variable"):
        key, _, value = line.partition("=")
        variables.setdefault(text.tame(key), "" if value in NOTHING else text.tame(value))
    return LegSeen(
        **caller,
        up=headers.get("ChannelState") == "6",
        bridge=text.tame(headers.get("BridgeID")),
        seconds=_whole(headers.get("Seconds")),
        variables=variables,
    )


def _snapshot_ended(_headers: Headers, node: Node) -> CallEvent:
    return SnapshotEnded(node=node)


_PARSERS: Final[dict[str, Callable[[Headers, Node], CallEvent | None]]] = {
    "Newchannel": _new_channel,
    "Newstate": _new_state,
    "Hold": _held,
    "Unhold": _resumed,
    "Hangup": _ended,
    "BridgeEnter": _joined,
    "BridgeLeave": _left,
    "UserEvent": _marked,
    "OriginateResponse": _originated,
    "DeviceStateChange": _device,
    "Status": _seen,
    "StatusComplete": _snapshot_ended,
}

WANTED: Final = frozenset(f"Event: {name}".encode() for name in _PARSERS)
"""First lines of the AMI events that `parse` can use, as they stand on the wire."""
