"""The life of a version of a flow: nothing else changes its state (pure). docs/lives/flow.md draws it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class FlowState(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    """Served to every caller from the next call on; one of each name."""
    RETIRED = "retired"


class FlowStep(StrEnum):
    """What happens to a version."""

    PUBLISH = "is published"
    REPLACE = "another one is published"
    DISCARD = "is discarded"
    ROLL_BACK = "is rolled back to"


TRANSITIONS: Mapping[tuple[FlowState, FlowStep], FlowState] = {
    (FlowState.DRAFT, FlowStep.PUBLISH): FlowState.PUBLISHED,
    (FlowState.DRAFT, FlowStep.DISCARD): FlowState.RETIRED,
    (FlowState.PUBLISHED, FlowStep.REPLACE): FlowState.RETIRED,
    (FlowState.RETIRED, FlowStep.ROLL_BACK): FlowState.PUBLISHED,
}


def publishing(state: FlowState) -> FlowStep | None:
    """Return the step that makes a version the published one, None when it is."""
    return next(
        (step for (before, step), after in TRANSITIONS.items() if before is state and after is FlowState.PUBLISHED),
        None,
    )
