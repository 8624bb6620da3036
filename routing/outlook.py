"""What the floor shows of itself to the dialler: who is free, what goes out, what may go out (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crm_core.trunks import Trunk
from routing.dials import Going
from routing.hall import Hall
from routing.skills import Profile
from routing.views import OperatorId, OperatorState
from telephony.events import DeviceState, Node

AWAY = frozenset({DeviceState.UNAVAILABLE, DeviceState.INVALID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One operator at work, as the dialler goes by him."""

    operator_id: OperatorId
    state: OperatorState
    since: datetime
    stays: bool
    """He did not ask for a pause after his contact."""
    stands: Node | None
    """Where he is on the line already, for whoever answers."""
    profile: Profile
    debtor: bool = False
    """His contact is with a debtor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The floor at this moment."""

    seats: tuple[Seat, ...] = ()
    going: tuple[Going, ...] = ()
    """Attempts under way."""
    waiting: int = 0
    """Callers who wait for an operator by themselves."""
    nodes: frozenset[Node] = frozenset()
    """Nodes of which every channel is known."""
    outward: Mapping[str, tuple[Trunk, ...]] | None = None
    """Trunks on record by node; None while nobody said."""
    away: frozenset[tuple[str, str]] = frozenset()
    """Trunks, by node and name, whose far side does not answer: what is dialled there fails at once."""
    outside: int = 0
    """Lines that callers and operators use for numbers outside."""


def outlook(hall: Hall) -> Outlook:
    """Return how the floor stands; looks at every operator at work, so it is for once a turn, not for every event."""
    debtors = {call.operator_id for call in hall.calls.values() if call.debt is not None}
    seats = [
        Seat(
            operator_id=one.operator_id,
            state=one.state,
            since=one.since,
            stays=one.next_reason is None,
            stands=one.stands,
            profile=one.profile,
            debtor=one.operator_id in debtors,
        )
        for one in hall.operators.values()
        if one.state is not OperatorState.OFFLINE
    ]
    return Outlook(
        seats=tuple(seats),
        going=tuple(hall.dials.by_leg.values()),
        waiting=sum(len(queue.standing) for queue in hall.queues.values()),
        nodes=frozenset(hall.lineup.synced),
        outward=hall.outward,
        away=frozenset(
            (node, trunk.name)
            for node, there in (hall.outward or {}).items()
            for trunk in there
            if hall.devices.get((f"PJSIP/{trunk.endpoint}", Node(node))) in AWAY
        ),
        outside=hall.legs_outside(),
    )
