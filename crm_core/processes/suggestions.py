"""The life of a suggestion about a process: put, answered for, taken up by a version (pure).

docs/lives/suggestion.md draws it. Who has put a suggestion may take it back; who runs the process decides about it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from crm_core.access import Action, may
from crm_core.work.lives import Barred, Mover

LONGEST = 2000
"""Characters of a suggestion, and of an answer."""


class SuggestionState(StrEnum):
    """Where a suggestion stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    """It will come; a version that holds it takes it up."""
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TAKEN_UP = "taken_up"


class SuggestionStep(StrEnum):
    """What happens to a suggestion."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    TAKE_UP = "take_up"
    """A version with it was published."""
    REOPEN = "reopen"


TRANSITIONS: Final[Mapping[tuple[SuggestionState, SuggestionStep], SuggestionState]] = {
    (SuggestionState.OPEN, SuggestionStep.ACCEPT): SuggestionState.ACCEPTED,
    (SuggestionState.OPEN, SuggestionStep.DECLINE): SuggestionState.DECLINED,
    (SuggestionState.OPEN, SuggestionStep.WITHDRAW): SuggestionState.WITHDRAWN,
    (SuggestionState.ACCEPTED, SuggestionStep.TAKE_UP): SuggestionState.TAKEN_UP,
    (SuggestionState.ACCEPTED, SuggestionStep.DECLINE): SuggestionState.DECLINED,
    (SuggestionState.DECLINED, SuggestionStep.REOPEN): SuggestionState.OPEN,
}


def runs(mover: Mover, owners: Collection[int]) -> bool:
    """Whether somebody may change a process: it was given to him, or he may change all of them."""
    return may(mover.role, Action.MANAGE_PROCESSES) or mover.user_id in owners


def decide(
    state: SuggestionState, step: SuggestionStep, *, mine: bool, runs_it: bool, said: str
) -> SuggestionState | Barred:
    """Say where a step leads, or why it does not.

    Args:
        state: of the suggestion now.
        step: what is wanted.
        mine: who wants it has put it.
        runs_it: he may change the process.
        said: the reason; declining needs one.

    """
    after = TRANSITIONS.get((state, step))
    if after is None:
        return Barred("suggestion-out-of-turn")
    if not (mine if step is SuggestionStep.WITHDRAW else runs_it):
        return Barred("process-not-yours")
    if step is SuggestionStep.DECLINE and not said.strip():
        return Barred("reason-missing")
    return after
