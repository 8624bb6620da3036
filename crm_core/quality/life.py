"""The life of an evaluation as a table, and who may take which step (pure). docs/lives/evaluation.md draws it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class EvaluationState(StrEnum):
    """Where an evaluation is in its life."""

    ASSIGNED = "assigned"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    """The operator sees it from now on."""
    ACKNOWLEDGED = "acknowledged"
    DISPUTED = "disputed"
    UPHELD = "upheld"
    AMENDED = "amended"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    """It will not be scored: the recording is gone, or was chosen by mistake."""


class EvaluationStep(StrEnum):
    """What is done with it."""

    SAVE = "save"
    SUBMIT = "submit"
    ACKNOWLEDGE = "acknowledge"
    DISPUTE = "dispute"
    UPHOLD = "uphold"
    AMEND = "amend"
    CLOSE = "close"
    """The operator read what was ruled, or the time to dispute is over."""
    CANCEL = "cancel"


TRANSITIONS: Final[dict[tuple[EvaluationState, EvaluationStep], EvaluationState]] = {
    (EvaluationState.ASSIGNED, EvaluationStep.SAVE): EvaluationState.DRAFT,
    (EvaluationState.ASSIGNED, EvaluationStep.SUBMIT): EvaluationState.SUBMITTED,
    (EvaluationState.ASSIGNED, EvaluationStep.CANCEL): EvaluationState.CANCELLED,
    (EvaluationState.DRAFT, EvaluationStep.SAVE): EvaluationState.DRAFT,
    (EvaluationState.DRAFT, EvaluationStep.SUBMIT): EvaluationState.SUBMITTED,
    (EvaluationState.DRAFT, EvaluationStep.CANCEL): EvaluationState.CANCELLED,
    (EvaluationState.SUBMITTED, EvaluationStep.ACKNOWLEDGE): EvaluationState.ACKNOWLEDGED,
    (EvaluationState.SUBMITTED, EvaluationStep.DISPUTE): EvaluationState.DISPUTED,
    (EvaluationState.SUBMITTED, EvaluationStep.CLOSE): EvaluationState.CLOSED,
    (EvaluationState.DISPUTED, EvaluationStep.UPHOLD): EvaluationState.UPHELD,
    (EvaluationState.DISPUTED, EvaluationStep.AMEND): EvaluationState.AMENDED,
    (EvaluationState.UPHELD, EvaluationStep.CLOSE): EvaluationState.CLOSED,
    (EvaluationState.AMENDED, EvaluationStep.CLOSE): EvaluationState.CLOSED,
}
OPEN: Final = frozenset({EvaluationState.ASSIGNED, EvaluationState.DRAFT})
"""To be scored yet."""
SHOWN: Final = frozenset(EvaluationState) - OPEN - {EvaluationState.CANCELLED}
"""States in which the operator sees it and it counts in averages."""
BY_GRADER: Final = frozenset({EvaluationStep.SAVE, EvaluationStep.SUBMIT})
BY_OPERATOR: Final = frozenset({EvaluationStep.ACKNOWLEDGE, EvaluationStep.DISPUTE, EvaluationStep.CLOSE})
"""The house closes by itself what was not answered in time."""
RULINGS: Final = frozenset({EvaluationStep.UPHOLD, EvaluationStep.AMEND})


def advance(state: EvaluationState, step: EvaluationStep) -> EvaluationState | None:
    """Return the state after a step, None when it may not happen in this one."""
    return TRANSITIONS.get((state, step))


class StepRefusal(StrEnum):
    """Why somebody may not take a step that the state would allow."""

    OWN = "own"
    """Nobody scores himself or rules on himself."""
    ANOTHER_GRADER = "another_grader"
    NOT_HIS = "not_his"
    """Only the operator whose call it is answers."""
    SAME_PERSON = "same_person"
    """Who scored it does not rule on the dispute."""
    TOO_LATE = "too_late"
    BLIND = "blind"
    """It belongs to a calibration: there is nothing to answer."""


def step_refusal(step: EvaluationStep, by: int, grader: int, operator: int, *, blind: bool) -> StepRefusal | None:
    """Return what forbids a person a step, None when nothing does.

    Args:
        step: what is to be done.
        by: who does it.
        grader: who scores the call.
        operator: whose call it is.
        blind: the evaluation belongs to a calibration.

    """
    if step in BY_OPERATOR:
        if blind:
            return StepRefusal.BLIND
        return None if by == operator else StepRefusal.NOT_HIS
    if step in BY_GRADER | RULINGS and by == operator:
        return StepRefusal.OWN
    if step in BY_GRADER and by != grader:
        return StepRefusal.ANOTHER_GRADER
    if step in RULINGS and by == grader:
        return StepRefusal.SAME_PERSON
    return None


def disputable_until(submitted_at: datetime, days: int) -> datetime:
    """Return the moment until which the operator may dispute."""
    return submitted_at + timedelta(days=days)
