"""The life of a call as the switch tells it: one table, no clock, no I/O (pure).

A call is its caller's leg. Operators' legs come and go beside it: `offered` says which one is tried now. What an event
means to a call is decided by `trigger`, what becomes of the call by `TRANSITIONS` and by nothing else; a pair that is
not in the table changes nothing, so late, doubled and disordered events do no harm. docs/lives/call.md draws the table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from telephony.events import (
    BridgeJoined,
    CallEvent,
    CallId,
    CallMarked,
    ChannelName,
    LegCreated,
    LegEnded,
    LegEvent,
    LegHeld,
    LegId,
    LegResumed,
    LegRinging,
    LegSeen,
    Mark,
    Node,
    OriginateFinished,
)

DELIBERATE: Final = 16
"""Q.850 "normal call clearing": somebody chose to hang up."""


class Phase(StrEnum):
    """Where a call is in its life."""

    IVR = "ivr"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    REJOINING = "rejoining"
    """The operator's telephone vanished (page reload, network); the caller hears music for seconds."""
    FALLBACK = "fallback"
    """Served by `app_queue` while the floor was away."""
    OUTSIDE = "outside"
    """With a number of the public network, to which an operator passed him on."""
    WRAP_UP = "wrap_up"
    """The caller is gone; the operator writes up."""
    ENDED = "ended"


class Trigger(StrEnum):
    """What an event means to one call."""

    WAITS = "mark BusbarWaiting"
    FALLS_BACK = "mark BusbarFallback"
    OFFER_RINGS = "operator's LegRinging"
    OFFER_ENDS = "operator's LegEnded, OriginateFinished or BusbarStaleOffer"
    JOINS = "caller's BridgeJoined"
    IS_HELD = "operator's LegHeld"
    IS_RESUMED = "operator's LegResumed"
    PARTS = "mark BusbarParted, deliberate"
    LOSES_OPERATOR = "mark BusbarParted, by accident"
    GOES_OUTSIDE = "mark BusbarOutside"
    COMES_BACK = "mark BusbarReturned"
    LEAVES = "caller's LegEnded"
    IS_CLOSED = "contact written up"


TRANSITIONS: Final[dict[tuple[Phase, Trigger], Phase]] = {
    (Phase.IVR, Trigger.WAITS): Phase.WAITING,
    (Phase.IVR, Trigger.FALLS_BACK): Phase.FALLBACK,
    (Phase.IVR, Trigger.JOINS): Phase.TALKING,
    (Phase.IVR, Trigger.LEAVES): Phase.ENDED,
    (Phase.WAITING, Trigger.OFFER_RINGS): Phase.RINGING,
    (Phase.WAITING, Trigger.FALLS_BACK): Phase.FALLBACK,
    (Phase.WAITING, Trigger.JOINS): Phase.TALKING,
    (Phase.WAITING, Trigger.LEAVES): Phase.ENDED,
    (Phase.RINGING, Trigger.OFFER_ENDS): Phase.WAITING,
    (Phase.RINGING, Trigger.FALLS_BACK): Phase.FALLBACK,
    (Phase.RINGING, Trigger.JOINS): Phase.TALKING,
    (Phase.RINGING, Trigger.LEAVES): Phase.ENDED,
    (Phase.TALKING, Trigger.IS_HELD): Phase.HELD,
    (Phase.TALKING, Trigger.PARTS): Phase.WRAP_UP,
    (Phase.TALKING, Trigger.LOSES_OPERATOR): Phase.REJOINING,
    (Phase.TALKING, Trigger.WAITS): Phase.WAITING,
    (Phase.TALKING, Trigger.FALLS_BACK): Phase.FALLBACK,
    (Phase.TALKING, Trigger.LEAVES): Phase.WRAP_UP,
    (Phase.TALKING, Trigger.GOES_OUTSIDE): Phase.OUTSIDE,
    (Phase.HELD, Trigger.IS_RESUMED): Phase.TALKING,
    (Phase.HELD, Trigger.JOINS): Phase.TALKING,
    (Phase.HELD, Trigger.PARTS): Phase.WRAP_UP,
    (Phase.HELD, Trigger.LOSES_OPERATOR): Phase.REJOINING,
    (Phase.HELD, Trigger.WAITS): Phase.WAITING,
    (Phase.HELD, Trigger.FALLS_BACK): Phase.FALLBACK,
    (Phase.HELD, Trigger.LEAVES): Phase.WRAP_UP,
    (Phase.HELD, Trigger.GOES_OUTSIDE): Phase.OUTSIDE,
    (Phase.OUTSIDE, Trigger.COMES_BACK): Phase.WAITING,
    (Phase.OUTSIDE, Trigger.WAITS): Phase.WAITING,
    (Phase.OUTSIDE, Trigger.LEAVES): Phase.ENDED,
    (Phase.REJOINING, Trigger.JOINS): Phase.TALKING,
    (Phase.REJOINING, Trigger.WAITS): Phase.WAITING,
    (Phase.REJOINING, Trigger.FALLS_BACK): Phase.FALLBACK,
    (Phase.REJOINING, Trigger.LEAVES): Phase.WRAP_UP,
    (Phase.FALLBACK, Trigger.WAITS): Phase.WAITING,
    (Phase.FALLBACK, Trigger.LEAVES): Phase.ENDED,
    (Phase.WRAP_UP, Trigger.IS_CLOSED): Phase.ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. Times are UTC and come from whoever calls `advance`."""

    call_id: CallId
    node: Node
    channel: ChannelName
    """The caller's channel now; what commands take."""
    phase: Phase = Phase.IVR
    number: str = ""
    name: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    """What the dialplan's marks said so far (docs/contracts.md, "Marks"), later ones over earlier ones."""
    served: bool = False
    """The IVR did all the caller wanted."""
    offer: LegId | None = None
    """The operator's leg that rings or talks."""
    arrived_at: datetime
    waiting_since: datetime | None = None
    offered_at: datetime | None = None
    """Since when the present operator's telephone rings."""
    answered_at: datetime | None = None
    """First time an operator talked to the caller."""
    held_since: datetime | None = None
    ended_at: datetime | None = None
    cause: int = 0
    """Q.850 cause of the caller's end, 0 before."""


def begin(event: LegCreated, now: datetime) -> Call:
    """Return the call that begins with a caller's new channel."""
    return Call(
        call_id=CallId(event.leg),
        node=event.node,
        channel=event.channel,
        number=event.number,
        name=event.name,
        fields={"Dialled": event.exten} if event.exten else {},
        arrived_at=now,
    )


def offered(call: Call, leg: LegId) -> Call:
    """Return the call with another operator's leg beside it; it rings only when that leg rings."""
    return replace(call, offer=leg)


def withdrawn(call: Call, now: datetime) -> Call:
    """Return the call without its offer, waiting again if it rang."""
    return _step(replace(call, offer=None), Trigger.OFFER_ENDS, now)


def closed(call: Call, now: datetime) -> Call:
    """Return the call after its contact was written up."""
    return _step(call, Trigger.IS_CLOSED, now)


def advance(call: Call, event: CallEvent, now: datetime) -> Call:
    """Return the call after `event`; unchanged, the very same object, when the event means nothing to it."""
    call = _learn(call, event)
    meaning = trigger(call, event)
    return call if meaning is None else _step(call, meaning, now)


def trigger(call: Call, event: CallEvent) -> Trigger | None:
    """Say what `event` means to `call`, None when nothing."""
    if isinstance(event, OriginateFinished):
        return Trigger.OFFER_ENDS if event.leg == call.offer and not event.answered else None
    if not isinstance(event, LegEvent):
        return None
    if event.leg == LegId(call.call_id):
        return _callers(event)
    return _operators(event) if event.leg == call.offer else None


def _callers(event: LegEvent) -> Trigger | None:  # noqa: PLR0911 - one for each meaning
    match event:
        case CallMarked(mark=Mark.WAITING):
            return Trigger.WAITS
        case CallMarked(mark=Mark.FALLBACK):
            return Trigger.FALLS_BACK
        case CallMarked(mark=Mark.PARTED):
            deliberate = event.fields.get("Cause") == str(DELIBERATE)
            return Trigger.PARTS if deliberate else Trigger.LOSES_OPERATOR
        case CallMarked(mark=Mark.OUTSIDE):
            return Trigger.GOES_OUTSIDE
        case CallMarked(mark=Mark.RETURNED):
            return Trigger.COMES_BACK
        case BridgeJoined():
            return Trigger.JOINS
        case LegEnded():
            return Trigger.LEAVES
        case _:
            return None


def _operators(event: LegEvent) -> Trigger | None:
    match event:
        case LegRinging():
            return Trigger.OFFER_RINGS
        case LegEnded() | CallMarked(mark=Mark.STALE_OFFER):
            return Trigger.OFFER_ENDS
        case LegHeld():
            return Trigger.IS_HELD
        case LegResumed():
            return Trigger.IS_RESUMED
        case _:
            return None


def _learn(call: Call, event: CallEvent) -> Call:
    """Take from the caller's own events what is not a matter of phase."""
    if not isinstance(event, LegEvent) or event.leg != LegId(call.call_id):
        return call
    if event.channel and event.channel != call.channel:  # a masquerade renames channels
        call = replace(call, channel=event.channel)
    if isinstance(event, CallMarked):
        served = call.served or event.mark is Mark.SERVED
        call = replace(call, fields={**call.fields, **event.fields}, served=served)
    if isinstance(event, LegEnded):
        call = replace(call, cause=event.cause)
    return call


def _step(call: Call, meaning: Trigger, now: datetime) -> Call:
    phase = TRANSITIONS.get((call.phase, meaning))
    return call if phase is None else _enter(call, phase, now)


def _enter(call: Call, phase: Phase, now: datetime) -> Call:
    changes: dict[str, Any] = {"phase": phase, "held_since": None, "offered_at": None}
    match phase:
        case Phase.WAITING:
            changes |= {"offer": None, "waiting_since": _since(call.fields, now)}
        case Phase.RINGING:
            changes |= {"offered_at": now}
        case Phase.TALKING:
            changes |= {"answered_at": call.answered_at or now}
        case Phase.HELD:
            changes |= {"held_since": now}
        case Phase.FALLBACK:
            changes |= {"offer": None, "waiting_since": call.waiting_since or _since(call.fields, now)}
        case Phase.REJOINING:
            changes |= {"offer": None}
        case Phase.OUTSIDE:
            changes |= {"offer": None}
        case Phase.WRAP_UP | Phase.ENDED:
            changes |= {"ended_at": call.ended_at or now}
        case Phase.IVR:
            pass
    return replace(call, **changes)


def _since(fields: dict[str, str], now: datetime) -> datetime:
    """Return when the caller began to wait; the dialplan knows it across restarts and re-joins."""
    since = fields.get("Since", "")
    if not (since.isascii() and since.isdigit() and len(since) <= 10):
        return now
    return min(now, datetime.fromtimestamp(int(since), UTC))


def recovered(seen: LegSeen, now: datetime) -> Call:
    """Return the call that a living caller's channel belongs to, as far as its variables tell (after a restart).

    A caller in a bridge talks; whoever began to wait waits; the others are still in the IVR. The operator's leg is
    the caller of `offered`'s business: it carries `BUSBAR_CALL`.
    """
    variables = seen.variables
    fields = {mark: variables[name] for name, mark in _VARIABLES.items() if variables.get(name)}
    call = Call(
        call_id=CallId(seen.leg),
        node=seen.node,
        channel=seen.channel,
        number=seen.number,
        name=seen.name,
        fields=fields,
        arrived_at=datetime.fromtimestamp(now.timestamp() - seen.seconds, UTC),
    )
    if fields.get("Since"):
        call = _enter(call, Phase.WAITING, now)
    if seen.bridge:
        call = _enter(call, Phase.TALKING, now)
    return call


_VARIABLES: Final = {
    "BUSBAR_DIALLED": "Dialled",
    "BUSBAR_LANGUAGE": "Language",
    "BUSBAR_ACCOUNT": "Account",
    "BUSBAR_CANDIDATES": "Candidates",
    "BUSBAR_TOPIC": "Topic",
    "BUSBAR_PATH": "Path",
    "BUSBAR_QUEUE": "Queue",
    "BUSBAR_SINCE": "Since",
}
"""Caller-channel variables and the mark fields that say the same (docs/contracts.md)."""

SNAPSHOT_VARIABLES: Final = tuple(_VARIABLES)
"""What `AskSnapshot` has to ask for so that `recovered` knows everything."""
