"""The life of an export: one table, and nothing else changes its state (pure). docs/lives/export.md draws it.

Whoever asked cannot approve; a file is fetched once and gone after a while whether it was fetched or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from crm_core.errors import ExportOutOfTurn


class ExportState(StrEnum):
    """Where an export is in its life."""

    ASKED = "asked"
    WAITING = "waiting_approval"
    """It is large: a second person looks at it."""
    APPROVED = "approved"
    REFUSED = "refused"
    MAKING = "making"
    READY = "ready"
    FETCHED = "fetched"
    EXPIRED = "expired"
    FAILED = "failed"


class Step(StrEnum):
    """What happens to it."""

    PASS = "is small enough"  # noqa: S105 -- no password
    HOLD = "is large"
    APPROVE = "is approved by another person"
    REFUSE = "is refused"
    BEGIN = "a worker takes it"
    DONE = "the file is made"
    FAIL = "fails"
    FETCH = "is fetched"
    EXPIRE = "its time is over"


_S = ExportState
TRANSITIONS: Mapping[tuple[ExportState, Step], ExportState] = {
    (_S.ASKED, Step.PASS): _S.APPROVED,
    (_S.ASKED, Step.HOLD): _S.WAITING,
    (_S.WAITING, Step.APPROVE): _S.APPROVED,
    (_S.WAITING, Step.REFUSE): _S.REFUSED,
    (_S.WAITING, Step.EXPIRE): _S.EXPIRED,
    (_S.APPROVED, Step.BEGIN): _S.MAKING,
    (_S.APPROVED, Step.EXPIRE): _S.EXPIRED,
    (_S.MAKING, Step.DONE): _S.READY,
    (_S.MAKING, Step.FAIL): _S.FAILED,
    (_S.READY, Step.FETCH): _S.FETCHED,
    (_S.READY, Step.EXPIRE): _S.EXPIRED,
}
"""A pair that is not here is a step out of turn."""
MOVING = frozenset({_S.APPROVED, _S.MAKING})
"""States in which a worker has something to do: pages ask again."""


def advance(state: ExportState, step: Step) -> ExportState:
    """Return the state after a step.

    Raises:
        ExportOutOfTurn: the step is none in this state.
    """
    after = TRANSITIONS.get((state, step))
    if after is None:
        raise ExportOutOfTurn(f"an export that is {state} cannot be one that {step}")
    return after
