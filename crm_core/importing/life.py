"""The life of an import: one table, and nothing else changes its state (pure). docs/lives/import.md draws it.

A file is received, judged as often as its mapping changes, committed once; what it did can be taken back for a while.
What fails or is cancelled has changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from crm_core.errors import ImportOutOfTurn


class ImportState(StrEnum):
    """Where an import is in its life."""

    RECEIVED = "received"
    """The file is here; it waits for a worker."""
    JUDGING = "judging"
    JUDGED = "judged"
    """The findings are there; somebody looks at them."""
    COMMITTING = "committing"
    COMMITTED = "committed"
    UNDOING = "undoing"
    UNDONE = "undone"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It could not be read, or something broke; the sentence says what."""


class Step(StrEnum):
    """What happens to it."""

    BEGIN = "a worker takes it"
    JUDGE = "is to be judged again"
    FOUND = "every row is judged"
    COMMIT = "is to be committed"
    DONE = "every good row is in"
    CANCEL = "is cancelled"
    FAIL = "fails"
    UNDO = "is to be taken back"
    TAKEN_BACK = "is taken back"
    KEPT = "could not be taken back"


_S = ImportState
TRANSITIONS: Mapping[tuple[ImportState, Step], ImportState] = {
    (_S.RECEIVED, Step.BEGIN): _S.JUDGING,
    (_S.RECEIVED, Step.CANCEL): _S.CANCELLED,
    (_S.JUDGING, Step.FOUND): _S.JUDGED,
    (_S.JUDGING, Step.FAIL): _S.FAILED,
    (_S.JUDGING, Step.CANCEL): _S.CANCELLED,
    (_S.JUDGED, Step.JUDGE): _S.RECEIVED,
    (_S.JUDGED, Step.COMMIT): _S.COMMITTING,
    (_S.JUDGED, Step.CANCEL): _S.CANCELLED,
    (_S.FAILED, Step.JUDGE): _S.RECEIVED,
    (_S.COMMITTING, Step.DONE): _S.COMMITTED,
    (_S.COMMITTING, Step.FAIL): _S.FAILED,
    (_S.COMMITTING, Step.CANCEL): _S.CANCELLED,
    (_S.COMMITTED, Step.UNDO): _S.UNDOING,
    (_S.UNDOING, Step.TAKEN_BACK): _S.UNDONE,
    (_S.UNDOING, Step.KEPT): _S.COMMITTED,
}
"""A pair that is not here is a step out of turn."""
MOVING = frozenset({_S.RECEIVED, _S.JUDGING, _S.COMMITTING, _S.UNDOING})
"""States in which a worker has something to do: pages ask again."""


def advance(state: ImportState, step: Step) -> ImportState:
    """Return the state after a step.

    Raises:
        ImportOutOfTurn: the step is none in this state.
    """
    after = TRANSITIONS.get((state, step))
    if after is None:
        raise ImportOutOfTurn(f"an import that is {state} cannot be one that {step}")
    return after


def before(step: Step) -> tuple[str, ...]:
    """Return the states in which a step can be made."""
    return tuple(state.value for state, by in TRANSITIONS if by is step)
