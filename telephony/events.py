"""What the switch reported: typed, frozen facts. With `layouts` the only module that spells AMI's event headers (pure).

`parse(headers, node)` turns one AMI event into a `CallEvent`, or into None when nobody needs it; `PARSERS` names the
events it can use, so that the rest is never decoded. Names and headers:
https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AMI_Events/
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, NewType

from msgspec import Struct, field

from telephony import layouts, text
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


class RecordingMuted(LegEvent, frozen=True, kw_only=True, gc=False):
    """`MixMonitorMute`: the file of this leg goes on in silence from now, or with what is said again."""

    muted: bool


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
    OVERFLOWED = "BusbarOverflowed"
    WONDERS = "BusbarWonders"
    STALE_OFFER = "BusbarStaleOffer"
    BRIDGE_ENDED = "BusbarBridgeEnded"
    OUTSIDE = "BusbarOutside"
    RETURNED = "BusbarReturned"
    REFERRED = "BusbarReferred"
    DIALLED = "BusbarDialled"
    RECORDING = "BusbarRecording"
    HELPING = "BusbarHelping"
    HELP_PAUSED = "BusbarHelpPaused"
    REACHED = "BusbarReached"
    MACHINE = "BusbarMachine"
    NOTICE = "BusbarNotice"
    ABANDONED = "BusbarAbandoned"
    STANDING = "BusbarStanding"


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


def parse(headers: Headers, node: Node) -> CallEvent | None:
    """Type one AMI event of `node`; None when nobody needs it or when it lacks what names its subject.

    Never raises, whatever the headers hold: numbers that are none become 0, hostile text is tamed.
    """
    parser = PARSERS.get(f"Event: {headers.event}".encode())
    return None if parser is None else parser(headers, node)


def _whole(value: str) -> int:
    """Return the number `value` spells, 0 when it spells none (`int` alone would take "1_000" and refuse "")."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


_Leg = tuple[ChannelName, str, LegId, CallId]
"""A channel's name and state (`enum ast_channel_state`), its leg, and the call that this belongs to."""


def _leg(headers: Headers) -> _Leg | None:
    """What every `LegEvent` has; None when the event names no channel."""
    return headers.search(layouts.LEG) or _leg_by_header(headers)


def _leg_by_header(headers: Headers) -> _Leg | None:
    return _identified(*map(headers.get, ("Channel", "ChannelState", "Uniqueid", "Linkedid")))


def _identified(channel: str, state: str, leg: str, linked: str) -> _Leg | None:
    if leg in NOTHING:
        return None
    leg = text.tame(leg)
    return ChannelName(text.tame(channel)), state, LegId(leg), CallId(text.tame(linked) or leg)


def _caller(headers: Headers, node: Node) -> dict[str, Any] | None:
    """Return a leg's fields, who it says it is, and where in the dialplan it stands; None when it has no id."""
    values = headers.search(layouts.CALLER) or map(headers.get, layouts.CALLER_HEADERS)
    channel, state, number, name, context, exten, leg, linked = values
    known = _identified(channel, state, leg, linked)
    if known is None:
        return None
    return {
        "node": node,
        "channel": known[0],
        "leg": known[2],
        "linked": known[3],
        "number": text.number(number),
        "name": text.name(name),
        "context": text.tame(context),
        "exten": text.tame(exten),
    }


def _new_channel(headers: Headers, node: Node) -> CallEvent | None:
    caller = _caller(headers, node)
    return None if caller is None else LegCreated(**caller)


_STATES: Final[dict[str, type[LegRinging | LegAnswered]]] = {"5": LegRinging, "6": LegAnswered}
"""`enum ast_channel_state`: AST_STATE_RINGING, AST_STATE_UP."""


def _new_state(headers: Headers, node: Node) -> CallEvent | None:
    known = _leg(headers)
    made = _STATES.get(known[1]) if known else None
    return None if made is None else _made(made, known, node)


def _held(headers: Headers, node: Node) -> CallEvent | None:
    return _made(LegHeld, _leg(headers), node)


def _resumed(headers: Headers, node: Node) -> CallEvent | None:
    return _made(LegResumed, _leg(headers), node)


def _made(
    what: type[LegRinging | LegAnswered | LegHeld | LegResumed], known: _Leg | None, node: Node
) -> CallEvent | None:
    if known is None:
        return None
    channel, _, leg, linked = known
    return what(node=node, leg=leg, channel=channel, linked=linked)


def _ended(headers: Headers, node: Node) -> CallEvent | None:
    if found := headers.search(layouts.ENDED):
        channel, _, leg, linked, cause, tech_cause = found
    elif known := _leg_by_header(headers):
        channel, _, leg, linked = known
        cause, tech_cause = headers.get("Cause"), text.tame(headers.get("TechCause"))
    else:
        return None
    return LegEnded(
        node=node, leg=leg, channel=channel, linked=linked, cause=_whole(cause), tech_cause=tech_cause or ""
    )


def _muted(headers: Headers, node: Node) -> CallEvent | None:
    known = _leg(headers)
    if known is None or headers.get("Direction") != "both":
        return None
    channel, _, leg, linked = known
    return RecordingMuted(node=node, leg=leg, channel=channel, linked=linked, muted=headers.get("State") == "1")


_Bridged = tuple[str, str, ChannelName, str, LegId, CallId]
"""A bridge, how many channels it has, and the leg that came or went."""


def _bridged(headers: Headers) -> _Bridged | None:
    if found := headers.search(layouts.BRIDGED):
        return found
    known = _leg_by_header(headers)
    return known and (text.tame(headers.get("BridgeUniqueid")), headers.get("BridgeNumChannels"), *known)


def _joined(headers: Headers, node: Node) -> CallEvent | None:
    bridged = _bridged(headers)
    if bridged is None:
        return None
    bridge, members, channel, _, leg, linked = bridged
    return BridgeJoined(node=node, leg=leg, channel=channel, linked=linked, bridge=bridge, members=_whole(members))


def _left(headers: Headers, node: Node) -> CallEvent | None:
    bridged = _bridged(headers)
    if bridged is None:
        return None
    bridge, _, channel, _, leg, linked = bridged
    return BridgeLeft(node=node, leg=leg, channel=channel, linked=linked, bridge=bridge)


_MARKS: Final = {mark.value: mark for mark in Mark}


def _marked(headers: Headers, node: Node) -> CallEvent | None:
    mark = _MARKS.get(headers.get("UserEvent"))
    known = None if mark is None else _leg(headers)
    if mark is None or known is None:
        return None
    channel, _, leg, linked = known
    fields: dict[str, str] = {}
    # The mark's own fields follow its name; `Language` before it is the channel's, after it the mark's.
    for key, value in headers.after("UserEvent"):
        if key not in layouts.CHANNEL_HEADERS:
            fields.setdefault(text.tame(key), text.tame(value))
    return CallMarked(node=node, leg=leg, channel=channel, linked=linked, mark=mark, fields=fields)


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
    device, state = headers.search(layouts.DEVICE) or (text.tame(headers.get("Device")), headers.get("State"))
    if not device:
        return None
    return DeviceChanged(node=node, device=device, state=_DEVICE_STATES.get(state, DeviceState.UNKNOWN))


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
    b"Event: MixMonitorMute": _muted,
    b"Event: OriginateResponse": _originated,
    b"Event: DeviceStateChange": _device,
    b"Event: Status": _seen,
    b"Event: StatusComplete": _snapshot_ended,
}
"""What types an event, by its first line as it stands on the wire; events that are not here are never decoded."""
