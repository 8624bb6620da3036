"""Conditions of a segment: a frozen tree as people build it, its checks, and the tree with typed values (pure).

A tree comes in as JSON (`parse`), is checked against the catalogue (`resolve`) and leaves as `Asked`, `Joined` and
`Inside`, whose values are typed: the store compiles only those. Members of another segment are those of its tree, so a
segment is never out of date; a circle of segments is refused when it is saved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crm_core import money
from crm_core.segments.facts import Catalogue
from crm_core.segments.kinds import OPERANDS, Fact, Kind, Op
from crm_core.text import one_line

DEEPEST = 6
"""Groups within groups."""
MOST_CONDITIONS = 40
"""Of one tree."""
MOST_ALTOGETHER = 200
"""With those of the segments it refers to."""
LONGEST_VALUE = 120
LONGEST_JSON = 60_000
MOST_DAYS = 3_660
"""Ten years."""
MOST_NUMBER = Decimal(10) ** 12
KEY = re.compile(r"[1-9][0-9]{0,8}")
"""Of a row of the base."""


class How(StrEnum):
    """How the parts of a group are joined."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    """Not one of them."""


class Condition(BaseModel):
    """One comparison of one fact, as it was typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["condition"] = "condition"
    fact: Annotated[str, Field(max_length=60)]
    op: Op
    values: Annotated[tuple[Annotated[str, Field(max_length=LONGEST_VALUE)], ...], Field(max_length=50)] = ()
    days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    """Over how many days back it is counted; 0 for facts without a period."""


class Group(BaseModel):
    """Several parts joined."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["group"] = "group"
    how: How = How.ALL
    parts: Annotated[
        tuple[Annotated[Condition | Group, Field(discriminator="type")], ...], Field(max_length=MOST_CONDITIONS)
    ] = ()


Value = Decimal | date | str | int
Path = tuple[int, ...]
"""Where in the tree: the number of the part at each depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a tree is not taken; `code` is one of `PROBLEMS`."""

    code: str
    path: Path = ()
    detail: str = ""


PROBLEMS = (
    "not-a-tree", "too-deep", "too-many-conditions", "no-conditions", "unknown-fact", "wrong-operator", "wrong-count",
    "not-a-number", "not-a-day", "out-of-range", "not-a-choice", "empty-value", "ends-swapped", "period-missing",
    "unknown-segment", "circle", "name-missing", "name-taken",
)  # fmt: skip
"""Every code of a problem; each has its sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A condition whose values are typed."""

    fact: Fact
    op: Op
    values: tuple[Value, ...] = ()
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A group of them; an empty one is everybody."""

    how: How
    parts: tuple[Resolved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Membership of other segments, with their trees."""

    op: Op
    segments: tuple[tuple[int, str, Joined], ...]
    """Key, name, conditions."""


Resolved = Asked | Joined | Inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Another segment that a tree may refer to."""

    segment_id: int
    name: str
    tree: Group


def parse(raw: str | bytes) -> Group | Problem:
    """Read a tree from JSON; its depth is judged before anything is built from it."""
    if len(raw) > LONGEST_JSON:
        return Problem(code="too-many-conditions", detail=str(MOST_CONDITIONS))
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if _depth(text) > 2 * DEEPEST + 3:
        return Problem(code="too-deep", detail=str(DEEPEST))
    try:
        return Group.model_validate(json.loads(text))
    except (ValueError, RecursionError) as error:
        return Problem(code="not-a-tree", detail=_first_fault(error))


def _depth(text: str) -> int:
    """Return how deep brackets are nested, those within strings included: never less than the truth."""
    deepest = depth = 0
    for sign in text:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _first_fault(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return ""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return one_line(".".join(str(part) for part in first["loc"]), 60)


def resolve(tree: Group, catalogue: Catalogue, others: Mapping[int, Known], own: int = 0) -> Joined | list[Problem]:
    """Check a tree and type its values.

    Args:
        tree: as built.
        catalogue: facts that may be asked.
        others: every segment by its key.
        own: key of the segment that is saved, so that it cannot come to contain itself; 0 for a new one.

    Returns:
        The typed tree, or every problem of it in the order of the tree.

    """
    work = _Check(catalogue, others)
    joined = work.group(tree, (), (own,) if own else ())
    if not work.problems and not work.own_conditions:
        work.problems.append(Problem(code="no-conditions"))
    return work.problems or joined


class _Check:
    """One walk through one tree and the trees it refers to."""

    def __init__(self, catalogue: Catalogue, others: Mapping[int, Known]) -> None:
        self.catalogue = catalogue
        self.others = others
        self.problems: list[Problem] = []
        self.conditions = 0
        self.own_conditions = 0
        self.entered = 0
        """How many segments deep the walk is inside others."""

    def group(self, group: Group, path: Path, within: tuple[int, ...], depth: int = 1) -> Joined:
        if depth > DEEPEST:
            self.problems.append(Problem(code="too-deep", path=path, detail=str(DEEPEST)))
            return Joined(how=group.how, parts=())
        parts: list[Resolved] = []
        for number, part in enumerate(group.parts):
            here = (*path, number)
            if isinstance(part, Group):
                parts.append(self.group(part, here, within, depth + 1))
            elif (made := self.condition(part, here, within)) is not None:
                parts.append(made)
        return Joined(how=group.how, parts=tuple(parts))

    def condition(self, asked: Condition, path: Path, within: tuple[int, ...]) -> Resolved | None:
        self.conditions += 1
        self.own_conditions += not self.entered
        made = self._made(asked, path, within)
        if isinstance(made, Problem):
            self.problems.append(replace(made, path=path, detail=one_line(made.detail, 80)))
            return None
        return made

    def _made(self, asked: Condition, path: Path, within: tuple[int, ...]) -> Resolved | Problem:
        if self.own_conditions > MOST_CONDITIONS or self.conditions > MOST_ALTOGETHER:
            return Problem(code="too-many-conditions", detail=str(MOST_CONDITIONS))
        fact = self.catalogue.get(asked.fact)
        if fact is None:
            return Problem(code="unknown-fact", detail=asked.fact)
        if misfit := _misfit(fact, asked):
            return Problem(code=misfit, detail=fact.title)
        if fact.kind is Kind.SEGMENT:
            return self._segments(asked, path, within)
        return self._typed(fact, asked)

    def _typed(self, fact: Fact, asked: Condition) -> Asked | Problem:
        values: list[Value] = []
        for text in asked.values:
            value = operand(fact, asked.op, text)
            if isinstance(value, Problem):
                return value
            if self._strange(fact, value):
                return Problem(code="not-a-choice", detail=text)
            values.append(value)
        if asked.op is Op.BETWEEN and values[0] > values[1]:  # type: ignore[operator]  # both of the fact's kind
            return Problem(code="ends-swapped", detail=fact.title)
        return Asked(fact=fact, op=asked.op, values=tuple(values), days=asked.days if fact.period else 0)

    def _strange(self, fact: Fact, value: Value) -> bool:
        """Tell whether a code is none of those the fact may have; a fact whose codes nobody listed takes any."""
        if fact.kind not in {Kind.CHOICE, Kind.SET}:
            return False
        if fact.open:
            return not KEY.fullmatch(str(value))
        known = self.catalogue.choices(fact)
        return bool(known) and value not in {one.code for one in known}

    def _segments(self, asked: Condition, path: Path, within: tuple[int, ...]) -> Inside | Problem:
        found: list[tuple[int, str, Joined]] = []
        for text in asked.values:
            number = int(text) if KEY.fullmatch(text) else 0
            other = self.others.get(number)
            if other is None:
                return Problem(code="unknown-segment", detail=text)
            if number in within:
                return Problem(code="circle", detail=other.name)
            self.entered += 1
            found.append((number, other.name, self.group(other.tree, path, (*within, number))))
            self.entered -= 1
        return Inside(op=asked.op, segments=tuple(found))


def _misfit(fact: Fact, asked: Condition) -> str:
    """Return the code of what does not fit the fact, "" when all does."""
    if asked.op not in fact.operators:
        return "wrong-operator"
    fewest, most = OPERANDS[asked.op]
    if not fewest <= len(asked.values) <= most:
        return "wrong-count"
    return "period-missing" if fact.period and not asked.days else ""


def operand(fact: Fact, op: Op, text: str) -> Value | Problem:
    """Type one value of a condition.

    Args:
        fact: what it is compared with.
        op: how; days back or ahead are whole numbers whatever the fact is.
        text: as typed.

    """
    typed = one_line(text, LONGEST_VALUE)
    if not typed:
        return Problem(code="empty-value", detail=fact.title)
    if op in {Op.LAST_DAYS, Op.NOT_LAST_DAYS, Op.NEXT_DAYS}:
        return _whole(typed, MOST_DAYS)
    match fact.kind:
        case Kind.MONEY:
            amount = money.parse(typed)
            return Problem(code="not-a-number", detail=typed) if amount is None else amount
        case Kind.NUMBER:
            return _number(typed)
        case Kind.DAY:
            return _day(typed)
        case Kind.CHOICE | Kind.SET | Kind.TEXT | Kind.WORDS | Kind.SEGMENT | Kind.YES_NO:
            return typed


def _whole(typed: str, most: int) -> int | Problem:
    if not (typed.isascii() and typed.isdecimal()):
        return Problem(code="not-a-number", detail=typed)
    return int(typed) if len(typed) <= 9 and int(typed) <= most else Problem(code="out-of-range", detail=str(most))


def _number(typed: str) -> Decimal | Problem:
    try:
        number = Decimal(typed.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return Problem(code="not-a-number", detail=typed)
    if not number.is_finite() or abs(number) > MOST_NUMBER:
        return Problem(code="out-of-range", detail=str(MOST_NUMBER))
    return number


def _day(typed: str) -> date | Problem:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return Problem(code="not-a-day", detail=typed)


def references(tree: Group) -> frozenset[int]:
    """Return the keys of the segments that a tree refers to."""
    found: set[int] = set()
    todo: list[Group | Condition] = [tree]
    while todo:
        part = todo.pop()
        if isinstance(part, Group):
            todo.extend(part.parts)
        elif part.fact == "segment":
            found.update(int(text) for text in part.values if text.isdecimal())
    return frozenset(found)


def facts_of(tree: Resolved) -> Sequence[Fact]:
    """Return every fact a typed tree asks for, those of the segments within included."""
    match tree:
        case Asked():
            return (tree.fact,)
        case Joined():
            return tuple(fact for part in tree.parts for fact in facts_of(part))
        case Inside():
            return tuple(fact for _, _, inner in tree.segments for fact in facts_of(inner))


def is_indexed(tree: Resolved) -> bool:
    """Tell whether everything a tree asks can be counted exactly at once."""
    return all(fact.indexed for fact in facts_of(tree))
