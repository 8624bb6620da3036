"""The charter: what managers have set for the floor, as it stands: rules, queues, what operators can do (pure).

It comes in like any other event, whole each time; what is the same as before changes nothing. Callers who wait are put
under new rules at once, in the order in which they came, and keep the time they have waited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm_core.trunks import Trunk
from routing import fallback, overflow
from routing.calls import QUEUED, RINGING, Call
from routing.hall import Hall
from routing.policy import Policy
from routing.skills import Profile
from routing.terms import Terms
from routing.views import OperatorId


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """What is set."""

    policy: Policy | None = None
    """None: the rules stay as they are."""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """By queue; one that is not here is as nobody set it."""
    able: Mapping[OperatorId, Profile] = field(default_factory=dict)
    """Of those who are known; of others nothing changes."""
    outward: Mapping[str, tuple[Trunk, ...]] | None = None
    """Nodes from which numbers of the public network are called, and by which trunks; None: that stays as it is."""


def take(hall: Hall, charter: Charter, now: datetime) -> None:
    """Go by the charter from now on."""
    were = fallback.standing(hall)
    _operators(hall, charter.able)
    if charter.outward is not None:
        hall.outward = charter.outward
    if charter.terms != hall.terms:
        hall.terms = dict(charter.terms)
        for name, queue in hall.queues.items():
            queue.figures.set_threshold(hall.threshold(name))
        for name in charter.terms:
            hall.touch_queue(name)
    fallback.move(hall, were, now)
    if charter.policy is not None and charter.policy != hall.lineup.policy:
        hall.lineup.rule(charter.policy)
        for name in charter.policy.queues:
            hall.touch_queue(name)
        for call in _waiting(hall):
            _rule_again(hall, call, now)
    for call in _waiting(hall):
        overflow.watch(hall, call, now, came=False)


def _operators(hall: Hall, able: Mapping[OperatorId, Profile]) -> None:
    hall.able = dict(able)
    for operator_id in sorted(able.keys() & hall.operators.keys()):
        operator = hall.operators[operator_id]
        if operator.profile != able[operator_id]:
            hall.put_operator(replace(operator, profile=able[operator_id]))


def _waiting(hall: Hall) -> list[Call]:
    calls = [one for one in hall.calls.values() if one.phase in QUEUED or one.phase is RINGING]
    return sorted(calls, key=lambda one: (one.waiting_since or one.arrived_at, one.call_id))


def _rule_again(hall: Hall, call: Call, now: datetime) -> None:
    """Let a caller stand where the new rules want him; one who overflowed stays where he was sent."""
    wanted = hall.lineup.ruled(replace(call, queue=call.sent or call.asked or call.queue))
    if wanted.queue != call.queue:
        overflow.move(hall, call, wanted.queue, now)
