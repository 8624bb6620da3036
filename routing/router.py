"""Who serves whom: the waiting, the free and a strategy in, offers out (pure).

Longest idle at first; skills will be another Strategy. Both lists come in order, so that the usual case (one of
them empty) costs nothing and each offer costs one look at the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from routing.views import OperatorId
from telephony.events import CallId, Node


@dataclass(frozen=True, slots=True, order=True)
class Caller:
    """One who waits; their order is the order of service."""

    since: datetime
    call_id: CallId
    node: Node


@dataclass(frozen=True, slots=True, order=True)
class Free:
    """An operator who is ready and whose telephone is idle; their order is the longest idle first."""

    since: datetime
    operator_id: OperatorId
    nodes: frozenset[Node]
    """Nodes that can ring his telephone."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this operator for this caller."""

    call_id: CallId
    operator_id: OperatorId


@dataclass(frozen=True, slots=True)
class Wait:
    """This caller, the first of those nobody can serve now, goes on waiting."""

    call_id: CallId
    reason: str
    """`nobody-free`, or `no-match` when somebody is free, but not for him."""


Decision = Offer | Wait


class Strategy(Protocol):
    """Chooses among the free."""

    def choose(self, caller: Caller, free: Sequence[Free], now: datetime) -> Free | None:
        """Return who shall serve the caller, or None when none of the free can; `free` is longest idle first."""
        ...


@dataclass(frozen=True, slots=True)
class LongestIdle:
    """The one who has been ready the longest."""

    def choose(self, caller: Caller, free: Sequence[Free], now: datetime) -> Free | None:  # noqa: ARG002 - the port's
        """Return the first whose telephone the caller's node can ring."""
        return next((one for one in free if caller.node in one.nodes), None)


@dataclass(frozen=True, slots=True)
class Policy:
    """How to route."""

    strategy: Strategy = LongestIdle()


def decide(waiting: Sequence[Caller], free: Sequence[Free], policy: Policy, now: datetime) -> list[Decision]:
    """Match callers, in their order, with free operators.

    Args:
        waiting: sorted; each caller once.
        free: sorted; each operator once.
        policy: with the strategy to ask.
        now: UTC, for strategies that widen with the time waited.

    Returns:
        An Offer for everybody who can be served, and one Wait for the first who cannot.

    """
    left = list(free) if waiting else []
    decisions: list[Decision] = []
    held: Wait | None = None
    for caller in waiting:
        if not left:
            held = held or Wait(caller.call_id, "nobody-free")
            break
        chosen = policy.strategy.choose(caller, left, now)
        if chosen is None:
            held = held or Wait(caller.call_id, "no-match")
            continue
        left.remove(chosen)
        decisions.append(Offer(caller.call_id, chosen.operator_id))
    return [*decisions, held] if held else decisions
