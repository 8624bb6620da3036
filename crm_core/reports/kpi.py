"""A team's scheme: measures with weights, targets and steps, as data, and the score it comes to (pure).

The values come from the same measures as every report; nothing is measured here. A team's score is worked out from the
team's own sums, never as an average of its people's scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from pydantic import Field, ValidationError, field_validator

from crm_core.strict import Strict

MOST_PARTS, MOST_STEPS = 12, 10
FULL, MOST_POINTS = 100, 150
"""Points of who meets the target; who does better may have more."""
PERCENT = Decimal(100)


class Step(Strict):
    """So many points once the value is this good."""

    at: Decimal
    points: int = Field(ge=0, le=MOST_POINTS)


class Part(Strict):
    """One measure of a scheme."""

    subject: str = Field(max_length=40)
    measure: str = Field(max_length=40)
    weight: int = Field(ge=1, le=100)
    more: bool = True
    """More is better; otherwise less is."""
    target: Decimal
    steps: tuple[Step, ...] = Field(default=(), max_length=MOST_STEPS)
    """Besides the target, which brings 100 points."""

    @property
    def name(self) -> str:
        """What values are given by."""
        return f"{self.subject}.{self.measure}"

    @field_validator("steps")
    @classmethod
    def _in_order(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(sorted(steps, key=lambda step: step.points))


class Scheme(Strict):
    """How a team's work is judged."""

    title: str = Field(max_length=120)
    parts: tuple[Part, ...] = Field(max_length=MOST_PARTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The value of one measure."""

    value: Decimal | None
    """None where it is counted over nothing."""
    n: int | None = None
    """What it is counted over, where it is a ratio."""


NOTHING = Figure(value=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One part of a score."""

    part: Part
    figure: Figure
    points: int | None
    """None: there is nothing to judge, and the part does not count."""

    @property
    def met(self) -> bool:
        """The target is reached."""
        return self.points is not None and self.points >= FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a scheme comes to."""

    lines: tuple[Line, ...]
    points: Decimal | None
    """Weighted mean of the parts that count, one decimal; None when none does."""
    counted: int
    """Weight of the parts that count, of `weight`."""
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a scheme, and where."""

    code: str
    place: int
    """Which part, from 0; -1 is the whole."""


def score(scheme: Scheme, figures: Mapping[str, Figure]) -> Score:
    """Return what a scheme comes to.

    Args:
        scheme: of the team.
        figures: by `Part.name`; one that is missing is counted over nothing.

    """
    lines = tuple(_line(part, figures.get(part.name, NOTHING)) for part in scheme.parts)
    judged = [(line.part.weight, line.points) for line in lines if line.points is not None]
    counted = sum(weight for weight, _ in judged)
    points = None
    if counted:
        mean = Decimal(sum(weight * points for weight, points in judged)) / counted
        points = mean.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Score(lines=lines, points=points, counted=counted, weight=sum(part.weight for part in scheme.parts))


def _line(part: Part, figure: Figure) -> Line:
    return Line(part=part, figure=figure, points=None if figure.value is None else points(part, figure.value))


def points(part: Part, value: Decimal) -> int:
    """Return the points of a value: those of the best step it reaches."""
    steps = (*part.steps, Step(at=part.target, points=FULL))
    return max((step.points for step in steps if _reaches(part, value, step.at)), default=0)


def _reaches(part: Part, value: Decimal, at: Decimal) -> bool:
    return value >= at if part.more else value <= at


def check(scheme: Scheme, known: Callable[[str, str], bool]) -> list[Finding]:
    """Return what is wrong with a scheme.

    Args:
        scheme: as somebody wrote it.
        known: whether a subject has a measure.

    """
    found = [] if scheme.parts else [Finding(code="kpi-empty", place=-1)]
    seen: set[str] = set()
    for place, part in enumerate(scheme.parts):
        if not known(part.subject, part.measure):
            found.append(Finding(code="kpi-unknown-measure", place=place))
        if part.name in seen:
            found.append(Finding(code="kpi-twice", place=place))
        seen.add(part.name)
        if not _climbs(part):
            found.append(Finding(code="kpi-steps", place=place))
    return found


def _climbs(part: Part) -> bool:
    """Whether a better value never brings fewer points."""
    steps = sorted((*part.steps, Step(at=part.target, points=FULL)), key=lambda step: step.at, reverse=not part.more)
    return all(before.at != after.at and before.points < after.points for before, after in pairwise(steps))


def read(told: Mapping[str, Any]) -> Scheme | None:
    """Return the scheme that was stored; None when it is none any more."""
    try:
        return Scheme.model_validate(told)
    except ValidationError:
        return None


def write(scheme: Scheme) -> dict[str, Any]:
    """Return a scheme as it is stored."""
    return scheme.model_dump(mode="json")
