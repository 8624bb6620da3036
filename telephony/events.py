"""What the switch reported: typed, frozen facts. The only module that spells AMI's event headers (pure).

`parse(headers, node)` turns one AMI event into a `CallEvent`, or into None when nobody needs it; `PARSERS` names the
events it can use, so that the rest is never decoded. Names and headers:
https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AMI_Events/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, NewType

from msgspec import Struct, field

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


class CallEvent(Struct, frozen=True, kw_only=True, gc=False):
    """Anything a node reported; `node` says which one.

    Structs and no dataclasses: a frozen dataclass sets field after field in Python, which was a third of the cost of
    typing an event (docs/adr/0008). They hold no references in circles, so the collector need not look at them.
    """

    node: Node


class LinkUp(CallEvent, frozen=True, kw_only=True, gc=False):
    """The AMI session is logged in and Asterisk is fully booted; live state must be read again."""


class LinkLost(CallEvent, frozen=True, kw_only=True, gc=False):
    """The AMI session ended or went silent; calls go on in Asterisk, we are blind."""

    reason: str


class LegEvent(CallEvent, frozen=True, kw_only=True, gc=False):
    """Something happened to one channel."""

    leg: LegId
    channel: ChannelName
    linked: CallId
    """Linkedid: the call this leg belongs to, once Asterisk has joined them."""


class LegCreated(LegEvent, frozen=True, kw_only=True, gc=False):
    """`Newchannel`."""

    number: str
    """Caller's number as the network gave it; hostile text, "" when withheld."""
    name: str
    """Caller's display name; hostile text."""
    context: str
    exten: str


class LegRinging(LegEvent, frozen=True, kw_only=True, gc=False):
    """`Newstate` with Ringing: the far telephone rings."""


class LegAnswered(LegEvent, frozen=True, kw_only=True, gc=False):
    """`Newstate` with Up."""


class LegHeld(LegEvent, frozen=True, kw_only=True, gc=False):
    """`Hold`: this leg put the other side on hold."""


class LegResumed(LegEvent, frozen=True, kw_only=True, gc=False):
    """`Unhold`."""


class LegEnded(LegEvent, frozen=True, kw_only=True, gc=False):
    """`Hangup`: the channel is gone."""

    cause: int
    """Q.850 cause; 16 is a deliberate hang-up, 41 is what our softphone sends when its page reloads."""
    tech_cause: str
    """The signalling's own code (SIP's `486`), "" when there were none."""


class BridgeJoined(LegEvent, frozen=True, kw_only=True, gc=False):
    """`BridgeEnter`: this leg's audio is now joined to the others in `bridge`."""

    bridge: str
    members: int


class BridgeLeft(LegEvent, frozen=True, kw_only=True, gc=False):
    """`BridgeLeave`."""

    bridge: str


class CallMarked(LegEvent, frozen=True, kw_only=True, gc=False):
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


class OriginateFinished(CallEvent, frozen=True, kw_only=True, gc=False):
    """`OriginateResponse`; order against `Hangup` varies, so join by `leg`."""

    leg: LegId
    answered: bool
    reason: int
    """4 answered, 3 timed out, 0 everything else."""


class DeviceChanged(CallEvent, frozen=True, kw_only=True, gc=False):
    """`DeviceStateChange`, also answers to `DeviceStateList`."""

    device: str
    """As dialled: `PJSIP/op101`."""
    state: DeviceState


class LegSeen(LegEvent, frozen=True, kw_only=True, gc=False):
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


class SnapshotEnded(CallEvent, frozen=True, kw_only=True, gc=False):
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
    parser = PARSERS.get(f"Event: {headers.event}".encode())
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
    channel, state, _, _, _, _, leg, linked = _channel(headers)
    made = _STATES.get(state)
    fields = None if made is None else _identified(node, channel, leg, linked)
    return None if made is None or fields is None else made(**fields)


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
    # The mark's own fields follow its name; `Language` before it is the channel's, after it the mark's.
    for key, value in headers.after("UserEvent"):
        if key not in CHANNEL_HEADERS:
            fields.setdefault(text.tame(key), text.tame(value))
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


Parser = Callable[[Headers, Node], CallEvent | None]
"""Types one event of a node; None when it lacks what names its subject. Never raises."""

PARSERS: Final[dict[bytes, Parser]] = {
    b"Event: Newchannel": _new_channel,
    b"Event: Newstate": _new_state,
    b"Event: Hold": _held,
    b"Event: Unhold": _resumed,
    b"Event: Hangup": _ended,
    b"Event: BridgeEnter": _joined,
    b"Event: BridgeLeave": _left,
    b"Event: UserEvent": _marked,
    b"Event: OriginateResponse": _originated,
    b"Event: DeviceStateChange": _device,
    b"Event: Status": _seen,
    b"Event: StatusComplete": _snapshot_ended,
}
"""What types an event, by its first line as it stands on the wire; events that are not here are never decoded."""
