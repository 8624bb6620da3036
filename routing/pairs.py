"""Callers and operators as the router sees them, what it says of a pair, and how the two suit each other (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.policy import PLAIN, Policy, Ticket, Wanted
from routing.skills import ANYBODY, Profile
from routing.views import OperatorId
from routing.why import Why
from telephony.events import CallId, Node


@dataclass(frozen=True, slots=True, order=True)
class Caller:
    """One who waits; among those who are under the same rules, their order is the order of service."""

    since: datetime
    call_id: CallId
    node: Node
    ticket: Ticket = PLAIN
    last_operator: OperatorId | None = None
    """Who spoke to him last."""

    @property
    def place(self) -> datetime:
        """Since when he stands, his head start counted."""
        return self.since - self.ticket.head_start


@dataclass(frozen=True, slots=True, order=True)
class Free:
    """An operator at work; when he is ready and his telephone is idle, their order is the longest idle first."""

    since: datetime
    operator_id: OperatorId
    nodes: frozenset[Node]
    """Nodes that can ring his telephone."""
    profile: Profile = ANYBODY
    calls: int = 0
    """Contacts he had today."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this operator for this caller."""

    call_id: CallId
    operator_id: OperatorId
    why: Why = field(default=Why(), compare=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """This caller, the first of those nobody can serve now, goes on waiting."""

    call_id: CallId
    reason: str
    """`nobody-free`, or `no-match` when somebody is free, but not for him, or `kept` for his last operator."""


Decision = Offer | Wait


@dataclass(frozen=True, slots=True)
class Fit:
    """How an operator of a crew suits a caller of a lane; less is better."""

    preference: timedelta
    """What the caller's wait counts less: other callers are more his."""
    cost: timedelta
    """What the operator's idle time counts less."""


def fit(profile: Profile, wanted: Wanted, policy: Policy) -> Fit | None:
    """Return how an operator suits, None when he may not serve."""
    choice = profile.choice(wanted.queues)
    if choice is None or not profile.can(wanted.needs):
        return None
    speaks = profile.speaks(wanted.language)
    if wanted.must and not speaks:
        return None
    weights = policy.weights
    lesser = 0 if profile.can(wanted.first) else weights.lesser_skill
    preference = timedelta(seconds=weights.other_choice * (choice - 1) + lesser)
    spare = profile.spare(wanted.needs) * weights.spare_level
    cost = preference + timedelta(seconds=spare + (0 if speaks else weights.other_language))
    return Fit(preference, cost)
