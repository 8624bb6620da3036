"""What is chosen to be scored: rules as data, and chance that anybody can check afterwards (pure).

A recording's place in the draw is a hash of the rule, the week, the operator and the recording. Nobody picks it, and
whoever doubts it works it out again: `sha256("rule 3, week 2026-11-23, operator 7, recording 4711")`. A week is drawn
when it is over, so that what comes later cannot change who was chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DAYS_OF_WEEK: Final = 7


class Basis(StrEnum):
    """By what a rule chooses."""

    CHANCE = "chance"
    COMPLAINT = "complaint"
    """The last calls about an account before somebody complained."""


class Source(StrEnum):
    """How an evaluation came about."""

    CHANCE = "chance"
    COMPLAINT = "complaint"
    HAND = "hand"
    CALIBRATION = "calibration"


class ChoiceRule(BaseModel):
    """Which calls are scored, and by whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    form: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    """Code of the form; its published version counts."""
    basis: Basis = Basis.CHANCE
    team: Annotated[str, StringConstraints(max_length=30)] = ""
    """Code of a team; "" every operator."""
    queue: Annotated[str, StringConstraints(max_length=40)] = ""
    topic: Annotated[str, StringConstraints(max_length=40)] = ""
    count: Annotated[int, Field(ge=1, le=20)] = 2
    """Calls of each operator and week; of each complaint."""
    least_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    graders: Annotated[tuple[int, ...], Field(min_length=1, max_length=20)]
    due_days: Annotated[int, Field(ge=1, le=60)] = 7


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A recording that a rule may choose."""

    recording_id: int
    operator_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A recording that is to be scored, with its grader."""

    recording_id: int
    operator_id: int
    grader_id: int
    cause: str
    """What was hashed, or which complaint."""


def draw_of(rule_id: int, week: date, one: Candidate) -> str:
    """Return what is hashed to give a recording its place in the draw."""
    return f"rule {rule_id}, week {week.isoformat()}, operator {one.operator_id}, recording {one.recording_id}"


def place(draw: str) -> str:
    """Return a recording's place in the draw: the lowest are chosen."""
    return hashlib.sha256(draw.encode()).hexdigest()


def drawn(
    rule_id: int, rule: ChoiceRule, week: date, candidates: Collection[Candidate], already: Mapping[int, int]
) -> list[Chosen]:
    """Return what a rule chooses of a week's recordings.

    Args:
        rule_id: its key.
        rule: what it says.
        week: its Monday.
        candidates: recordings of the week that fit the rule and nobody scores yet.
        already: how many the rule chose of an operator for this week before.

    """
    his: dict[int, list[Candidate]] = {}
    for one in candidates:
        his.setdefault(one.operator_id, []).append(one)
    found: list[Chosen] = []
    for operator_id, rows in sorted(his.items()):
        draws = sorted((place(draw := draw_of(rule_id, week, one)), draw, one.recording_id) for one in rows)
        for _, draw, recording_id in draws[: max(rule.count - already.get(operator_id, 0), 0)]:
            grader = grader_of(rule.graders, operator_id, len(found))
            if grader is not None:
                found.append(Chosen(recording_id=recording_id, operator_id=operator_id, grader_id=grader, cause=draw))
    return found


def grader_of(graders: Sequence[int], operator_id: int, turn: int) -> int | None:
    """Return whose turn it is to score a call; never the operator's own, None when there is nobody else."""
    others = [one for one in graders if one != operator_id]
    return others[turn % len(others)] if others else None
