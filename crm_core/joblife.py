"""The life of a background job, as a table (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    """Asked for; a worker will take it."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
    # A worker that died leaves a job running: another one takes it up again.
    State.RUNNING: frozenset({State.RUNNING, State.DONE, State.FAILED, State.CANCELLED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
OPEN = frozenset(state for state, following in TRANSITIONS.items() if following)
"""States in which something is still to come."""


def before(state: State) -> frozenset[State]:
    """Return the states that a job may come from into `state`."""
    return frozenset(old for old, following in TRANSITIONS.items() if state in following)
