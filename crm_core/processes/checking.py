"""Whether a process can run: every step is reached, every step leads to an end, every owner exists (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from crm_core.access import Action, Role, may
from crm_core.processes.process import Condition, Op, OwnerKind, Process, Step, When
from crm_core.work.fields import Field, FieldKind
from crm_core.work.kinds import Kind

ORDERED = frozenset({FieldKind.NUMBER, FieldKind.AMOUNT, FieldKind.DATE, FieldKind.MOMENT})
"""Kinds of fields that can be less and more."""
FLAGS = frozenset({"yes", "no"})


class Fault(StrEnum):
    """What is wrong with a process."""

    NO_SUCH_STEP = "no_such_step"
    UNREACHABLE = "unreachable"
    DEAD_END = "dead_end"
    """No way on, and the application cannot be done from here."""
    NO_EXIT = "no_exit"
    """Every way from here goes round without coming to an end."""
    MAY_STICK = "may_stick"
    """Every way asks something of the form, and for some forms none is open."""
    IDLE_ELSE = "idle_else"
    """Otherwise than what? No way of this step has a condition."""
    TO_ITSELF = "to_itself"
    NO_SUCH_OWNER = "no_such_owner"
    NO_SUCH_FIELD = "no_such_field"
    NO_SUCH_PAPER = "no_such_paper"
    NOT_COMPARABLE = "not_comparable"
    """Less and more are of numbers, amounts and days."""
    NOT_A_VALUE = "not_a_value"
    """The field can never hold this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    fault: Fault
    step: str
    """Code of the step."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What there is at the utility, for a process to name."""

    kind: Kind
    """Whose applications run through it, as they are filed today."""
    teams: Collection[str]
    people: Collection[int]
    """Who can be given work."""


def check(process: Process, known: Known) -> tuple[Finding, ...]:
    """Return everything that is wrong with a process, step by step; nothing when it can run."""
    there = {one.code: frozenset(way.to for way in one.ways) for one in process.steps}
    reached = _spread({process.first.code}, there)
    back: dict[str, set[str]] = {code: set() for code in there}
    for code, targets in there.items():
        for target in targets & there.keys():
            back[target].add(code)
    ends = _spread({one.code for one in process.steps if one.last}, back)
    found: list[Finding] = []
    for one in process.steps:
        found += [Finding(fault=fault, step=one.code, detail=detail) for fault, detail in _of_step(one, known, there)]
        if one.code not in reached:
            found.append(Finding(fault=Fault.UNREACHABLE, step=one.code))
        if one.ways and one.code not in ends:
            found.append(Finding(fault=Fault.NO_EXIT, step=one.code))
    return tuple(found)


def _spread(begin: set[str], there: Mapping[str, Collection[str]]) -> set[str]:
    """Everything that can be reached."""
    seen, ahead = set(begin), list(begin)
    while ahead:
        new = {target for target in there[ahead.pop()] if target in there} - seen
        seen |= new
        ahead += new
    return seen


def _of_step(one: Step, known: Known, there: Collection[str]) -> Iterator[tuple[Fault, str]]:
    if not _owned(one, known):
        yield Fault.NO_SUCH_OWNER, one.owner.name
    fields = {field.code: field for field in known.kind.fields}
    yield from ((Fault.NO_SUCH_FIELD, code) for code in one.needs if code not in fields)
    papers = {paper.code for paper in known.kind.documents}
    yield from ((Fault.NO_SUCH_PAPER, code) for code in one.papers if code not in papers)
    if not one.ways and not one.last:
        yield Fault.DEAD_END, ""
    whens = {way.when for way in one.ways}
    if When.ELSE in whens and When.IF not in whens:
        yield Fault.IDLE_ELSE, ""
    if whens == {When.IF} and not one.last and not _covered(one, fields):
        yield Fault.MAY_STICK, ""
    for way in one.ways:
        if way.to not in there:
            yield Fault.NO_SUCH_STEP, way.to
        if way.to == one.code:
            yield Fault.TO_ITSELF, ""
        if way.condition is not None:
            yield from _of_condition(way.condition, fields)


def _owned(one: Step, known: Known) -> bool:
    name = one.owner.name
    match one.owner.kind:
        case OwnerKind.TEAM:
            return name in known.teams
        case OwnerKind.ROLE:
            return name in set(Role) and may(name, Action.WORK_APPLICATION)
        case OwnerKind.PERSON:
            return name.isascii() and name.isdecimal() and int(name) in known.people
        case OwnerKind.SAME | OwnerKind.FILER:
            return True


def _covered(one: Step, fields: Mapping[str, Field]) -> bool:
    """Whether conditions name every option of one choice that is always filled in."""
    asked = [way.condition for way in one.ways if way.condition is not None]
    field = fields.get(asked[0].field)
    if field is None or any(condition.field != field.code for condition in asked):
        return False
    named = {value for condition in asked for value in condition.values}
    filled = field.required or field.code in one.needs
    return filled and field.kind is FieldKind.CHOICE and named >= {option.code for option in field.options}


def _of_condition(condition: Condition, fields: Mapping[str, Field]) -> Iterator[tuple[Fault, str]]:
    field = fields.get(condition.field)
    if field is None:
        yield Fault.NO_SUCH_FIELD, condition.field
        return
    if condition.op in {Op.LESS, Op.MORE} and field.kind not in ORDERED:
        yield Fault.NOT_COMPARABLE, condition.field
    yield from ((Fault.NOT_A_VALUE, value) for value in condition.values if not _possible(value, field))


def _possible(value: str, field: Field) -> bool:
    match field.kind:
        case FieldKind.CHOICE:
            return value in {option.code for option in field.options}
        case FieldKind.FLAG:
            return value in FLAGS
        case FieldKind.NUMBER | FieldKind.AMOUNT:
            return _number(value)
        case FieldKind.DATE:
            return _day(value)
        case FieldKind.MOMENT:
            return _moment(value)
        case _:
            return bool(value.strip())


def _number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
