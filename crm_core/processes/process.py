"""A process as data: steps in their order, whose each is, how long it may take, where it leads, who is told (pure).

A process belongs to one kind of application (`crm_core.work.kinds`) and lives inside its open stages. What is read here
may still make no sense as a whole: `crm_core.processes.checking` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm_core.text import storable
from crm_core.work.fields import CODE, Defect, words
from crm_core.work.kinds import REMIND_PERCENT, read_term
from crm_core.work.sla import Term

MOST_STEPS, MOST_WAYS, MOST_NEEDS, MOST_VALUES = 20, 8, 12, 30
LONGEST_VALUE, LONGEST_MESSAGE = 60, 300
END = "end"
"""No step may be called so: it is what a picture of a process ends in."""


class OwnerKind(StrEnum):
    """Whose a step is."""

    SAME = "same"
    """Whoever has the application."""
    TEAM = "team"
    ROLE = "role"
    """Anybody of a role; whoever takes it has it."""
    FILER = "filer"
    """Who filed the application; its team where nobody here did."""
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a step is, by name where its kind needs one."""

    kind: OwnerKind = OwnerKind.SAME
    name: str = ""
    """Code of a team, a role, or the number of a user."""


class Op(StrEnum):
    """How a field's value is compared."""

    IS = "="
    LESS = "<"
    MORE = ">"
    IN = "in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a field of the application's form must say."""

    field: str
    op: Op
    values: tuple[str, ...]
    """One value; of `in` several."""


class When(StrEnum):
    """When a way is open."""

    ALWAYS = "always"
    IF = "if"
    """Its condition holds."""
    ELSE = "else"
    """No way of the same step whose condition could hold is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way from a step to another one."""

    to: str
    titles: Mapping[str, str] = field(default_factory=dict)
    """On its button; the title of the step it leads to when empty."""
    when: When = When.ALWAYS
    condition: Condition | None = None


class Moment(StrEnum):
    """When somebody is told of a step."""

    ENTRY = "entry"
    SOON = "soon"
    LATE = "late"


class Whom(StrEnum):
    """Who is told."""

    OWNER = "owner"
    LEAD = "lead"
    """The supervisor of the team that has it."""
    FILER = "filer"


Telling = tuple[Moment, Whom]
BY_ITSELF: frozenset[Telling] = frozenset({(Moment.LATE, Whom.OWNER), (Moment.LATE, Whom.LEAD)})
"""Whoever is late hears of it and so does his supervisor: no process can be drawn without that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What the customer is written as a step begins."""

    channel: str
    """`sms` or `email`."""
    texts: Mapping[str, str]
    """By language; `{number}` stands for the application's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step."""

    code: str
    titles: Mapping[str, str]
    owner: Owner = Owner()
    limit: Term | None = None
    """From its beginning until it must be left; None for no limit of its own."""
    remind: int = REMIND_PERCENT
    """Percent of the limit after which `soon` is told; 0 for never."""
    needs: tuple[str, ...] = ()
    """Codes of fields of the form that must be filled in before it is left."""
    papers: tuple[str, ...] = ()
    """Codes of documents of the kind that must be attached before it is left."""
    ways: tuple[Way, ...] = ()
    last: bool = False
    """The application may be done from here."""
    tell: frozenset[Telling] = frozenset()
    """Besides what is told by itself."""
    message: Message | None = None

    @property
    def told(self) -> frozenset[Telling]:
        """Everything that is told of it."""
        return self.tell | BY_ITSELF


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process: it begins with its first step."""

    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        """Where it begins."""
        return self.steps[0]

    def step(self, code: str) -> Step | None:
        """Return a step by its code, None when there is none."""
        return next((one for one in self.steps if one.code == code), None)


def read(data: object) -> tuple[Process | None, tuple[Defect, ...]]:
    """Read a process as it came from a page or the database: the process, or what is wrong with it."""
    rows = data.get("steps") if isinstance(data, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not 0 < len(rows) <= MOST_STEPS:
        return None, (Defect(code="process-no-steps", place=""),)
    wrong: list[Defect] = []
    steps = [_step(row, f"{place}", wrong) for place, row in enumerate(rows, start=1)]
    codes = [one.code for one in steps]
    wrong += [Defect(code="process-code-twice", place=code) for code in sorted(set(codes)) if codes.count(code) > 1]
    return (None, tuple(wrong)) if wrong else (Process(steps=tuple(steps)), ())


def _step(data: object, place: str, wrong: list[Defect]) -> Step:
    row: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    code, titles = str(row.get("code", "")), words(row.get("titles"))
    if not CODE.fullmatch(code) or code == END:
        wrong.append(Defect(code="form-bad-code", place=place))
    if not titles.get("en"):
        wrong.append(Defect(code="form-no-title", place=code or place))
    remind = row.get("remind", REMIND_PERCENT)
    if not isinstance(remind, int) or not 0 <= remind <= 100:
        wrong.append(Defect(code="form-bad-limit", place=code or place))
    return Step(
        code=code, titles=titles, owner=_owner(row.get("owner"), code, wrong),
        limit=read_term(row.get("limit"), code, wrong), remind=remind if isinstance(remind, int) else 0,
        needs=_codes(row.get("needs")), papers=_codes(row.get("papers")), ways=_ways(row.get("ways"), code, wrong),
        last=bool(row.get("last", False)), tell=_tell(row.get("tell")),
        message=_message(row.get("message"), code, wrong),
    )  # fmt: skip


def _owner(data: object, place: str, wrong: list[Defect]) -> Owner:
    row: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    kind, name = str(row.get("kind", OwnerKind.SAME)), str(row.get("name", ""))[:30]
    if kind not in set(OwnerKind):
        wrong.append(Defect(code="process-owner", place=place))
        return Owner()
    needed = kind in {OwnerKind.TEAM, OwnerKind.ROLE, OwnerKind.PERSON}
    if needed and not name:
        wrong.append(Defect(code="process-owner", place=place))
    return Owner(kind=OwnerKind(kind), name=name if needed else "")


def _codes(data: object) -> tuple[str, ...]:
    rows = data if isinstance(data, Sequence) and not isinstance(data, str) else ()
    return tuple(dict.fromkeys(str(one)[:30] for one in rows[:MOST_NEEDS]))


def _ways(data: object, place: str, wrong: list[Defect]) -> tuple[Way, ...]:
    rows = data if isinstance(data, Sequence) and not isinstance(data, str) else ()
    if len(rows) > MOST_WAYS:
        wrong.append(Defect(code="process-too-many-ways", place=place))
    return tuple(_way(row, place, wrong) for row in rows[:MOST_WAYS])


def _way(data: object, place: str, wrong: list[Defect]) -> Way:
    row: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    when, condition = str(row.get("when", When.ALWAYS)), _condition(row.get("condition"))
    if when not in set(When) or (when == When.IF) != (condition is not None):
        wrong.append(Defect(code="process-condition", place=place))
        return Way(to=str(row.get("to", ""))[:30])
    return Way(to=str(row.get("to", ""))[:30], titles=words(row.get("titles")), when=When(when), condition=condition)


def _condition(data: object) -> Condition | None:
    if not isinstance(data, Mapping) or data.get("op") not in set(Op):
        return None
    op, values = Op(data["op"]), data.get("values")
    if not isinstance(values, Sequence) or isinstance(values, str) or not 0 < len(values) <= MOST_VALUES:
        return None
    if op is not Op.IN and len(values) != 1:
        return None
    return Condition(
        field=str(data.get("field", ""))[:30], op=op, values=tuple(str(value)[:LONGEST_VALUE] for value in values)
    )


def _tell(data: object) -> frozenset[Telling]:
    rows = data if isinstance(data, Sequence) and not isinstance(data, str) else ()
    return (
        frozenset(
            (Moment(row[0]), Whom(row[1]))
            for row in rows[:20]
            if isinstance(row, Sequence) and len(row) == 2 and row[0] in set(Moment) and row[1] in set(Whom)
        )
        - BY_ITSELF
    )


def _message(data: object, place: str, wrong: list[Defect]) -> Message | None:
    if not isinstance(data, Mapping):
        return None
    texts = data.get("texts")
    kept = {
        str(language)[:8]: storable(text.strip(), LONGEST_MESSAGE)
        for language, text in (texts.items() if isinstance(texts, Mapping) else ())
        if isinstance(text, str) and text.strip()
    }
    if data.get("channel") not in {"sms", "email"} or not kept.get("en"):
        wrong.append(Defect(code="process-message", place=place))
        return None
    return Message(channel=str(data["channel"]), texts=kept)


def dump(process: Process) -> dict[str, Any]:
    """Write a process as `read` takes it."""
    return {"steps": [_dumped(one) for one in process.steps]}


def _dumped(one: Step) -> dict[str, Any]:
    data: dict[str, Any] = {
        "code": one.code, "titles": dict(one.titles), "owner": {"kind": one.owner.kind.value, "name": one.owner.name},
        "remind": one.remind, "needs": list(one.needs), "papers": list(one.papers), "last": one.last,
        "ways": [_dumped_way(way) for way in one.ways],
        "tell": sorted([moment.value, whom.value] for moment, whom in one.tell),
    }  # fmt: skip
    if one.limit is not None:
        data["limit"] = {"amount": one.limit.amount, "unit": one.limit.unit.value}
    if one.message is not None:
        data["message"] = {"channel": one.message.channel, "texts": dict(one.message.texts)}
    return data


def _dumped_way(way: Way) -> dict[str, Any]:
    data: dict[str, Any] = {"to": way.to, "titles": dict(way.titles), "when": way.when.value}
    if way.condition is not None:
        asked = way.condition
        data["condition"] = {"field": asked.field, "op": asked.op.value, "values": list(asked.values)}
    return data
