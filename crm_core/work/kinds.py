"""Kinds of applications as data: form, documents, terms, team, notes for each stage (pure).

A kind has versions. What is running was filed on one of them and ends on it; a change is a new version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from crm_core.work import fields as forms
from crm_core.work.fields import CODE, Defect, Field, FieldKind
from crm_core.work.lives import Stage
from crm_core.work.sla import Term, Unit, WorkCalendar, add_working, between, due

MOST_DOCUMENTS = 12
LONGEST_TERM = 3650
REMIND_PERCENT = 80
"""Of the time there is, until the owner is reminded."""
ESCALATE = Term(amount=4, unit=Unit.WORKING_HOURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document an application may need before it can be done."""

    code: str
    titles: Mapping[str, str]
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One version of a kind of applications."""

    code: str
    version: int = 1
    titles: Mapping[str, str]
    fields: tuple[Field, ...] = ()
    documents: tuple[Document, ...] = ()
    term: Term | None = None
    """Until it is done; None has no deadline."""
    since: str = ""
    """Code of the field that says from when the term runs, "" from filing."""
    accept: Term | None = None
    """Until somebody has accepted it; the supervisor hears at once when nobody has."""
    escalate: Term = ESCALATE
    """After the deadline, until the supervisor hears of it."""
    remind: int = REMIND_PERCENT
    """Percent of the time there is, until its owner is reminded; 0 for never."""
    team: str = ""
    notes: Mapping[Stage, Mapping[str, str]] = field(default_factory=dict)
    """What to do in a stage, shown with it."""


def read(code: str, version: int, titles: object, spec: object) -> tuple[Kind | None, tuple[Defect, ...]]:
    """Read a kind as it came from a page, a token or the database: the kind, or what is wrong with it."""
    named = forms.words(titles)
    if not CODE.fullmatch(code):
        return None, (Defect(code="form-bad-code", place=code[:30]),)
    if not named.get("en"):
        return None, (Defect(code="form-no-title", place=code),)
    if not isinstance(spec, Mapping):
        return None, (Defect(code="form-not-list", place=code),)
    fields, defects = forms.read(spec.get("fields", []))
    wrong = list(defects)
    documents = _documents(spec.get("documents", []), wrong)
    terms = {name: read_term(spec.get(name), name, wrong) for name in ("term", "accept", "escalate")}
    remind = spec.get("remind", REMIND_PERCENT)
    if not isinstance(remind, int) or not 0 <= remind <= 100:
        wrong.append(Defect(code="form-bad-limit", place="remind"))
    team = spec.get("team", "")
    if not isinstance(team, str) or (team and not CODE.fullmatch(team)):
        wrong.append(Defect(code="form-bad-code", place="team"))
    since = str(spec.get("since", ""))
    if since and since not in {one.code for one in fields if one.kind in {FieldKind.DATE, FieldKind.MOMENT}}:
        wrong.append(Defect(code="form-since", place="since"))
    if wrong:
        return None, tuple(wrong)
    return Kind(
        code=code, version=version, titles=named, fields=fields, documents=documents, term=terms["term"],
        since=since, accept=terms["accept"], escalate=terms["escalate"] or ESCALATE, remind=remind, team=team,
        notes=_notes(spec.get("notes")),
    ), ()  # fmt: skip


def _documents(data: object, wrong: list[Defect]) -> tuple[Document, ...]:
    if not isinstance(data, Sequence) or isinstance(data, str) or len(data) > MOST_DOCUMENTS:
        wrong.append(Defect(code="form-not-list", place="documents"))
        return ()
    found: dict[str, Document] = {}
    for one in data:
        code = one.get("code") if isinstance(one, Mapping) else None
        titles = forms.words(one.get("titles")) if isinstance(one, Mapping) else {}
        if not isinstance(code, str) or not CODE.fullmatch(code) or not titles.get("en") or code in found:
            wrong.append(Defect(code="form-document", place=str(code)[:30]))
            continue
        found[code] = Document(code=code, titles=titles, required=bool(one.get("required", False)))
    return tuple(found.values())


def read_term(data: object, place: str, wrong: list[Defect]) -> Term | None:
    """Read how long something may take, None for no term; what is wrong with it is added to `wrong`."""
    if data is None:
        return None
    amount = data.get("amount") if isinstance(data, Mapping) else None
    unit = data.get("unit") if isinstance(data, Mapping) else None
    if not isinstance(amount, int) or isinstance(amount, bool) or unit not in list(Unit):
        wrong.append(Defect(code="form-term", place=place))
        return None
    if not 0 <= amount <= LONGEST_TERM * (24 * 60 if unit == Unit.MINUTES else 1):
        wrong.append(Defect(code="form-term", place=place))
        return None
    return Term(amount=amount, unit=Unit(unit))


def _notes(data: object) -> dict[Stage, Mapping[str, str]]:
    if not isinstance(data, Mapping):
        return {}
    return {stage: titles for stage in Stage if (titles := forms.words(data.get(stage.value)))}


def dump(kind: Kind) -> dict[str, Any]:
    """Write what `read` takes as `spec`."""
    spec: dict[str, Any] = {"fields": forms.dump(kind.fields), "remind": kind.remind, "team": kind.team}
    spec["since"] = kind.since
    spec["documents"] = [
        {"code": one.code, "titles": dict(one.titles), "required": one.required} for one in kind.documents
    ]
    for name, term in (("term", kind.term), ("accept", kind.accept), ("escalate", kind.escalate)):
        spec[name] = None if term is None else {"amount": term.amount, "unit": term.unit.value}
    spec["notes"] = {stage.value: dict(titles) for stage, titles in kind.notes.items()}
    return spec


def began(kind: Kind, values: Mapping[str, object], filed: datetime, calendar: WorkCalendar) -> datetime:
    """Return from when an application's term runs: never later than it was filed.

    Args:
        kind: on whose version it runs.
        values: its form, as it is kept.
        filed: when it was filed.
        calendar: when the utility works.

    """
    said = values.get(kind.since)
    if not kind.since or not isinstance(said, str):
        return filed
    if len(said) == len("2026-11-29"):
        return min(calendar.end_of(date.fromisoformat(said) - timedelta(days=1)), filed)
    return min(datetime.fromisoformat(said), filed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """When the house speaks up about an application, and why."""

    at: datetime
    why: str
    """`accept` nobody has taken it, `soon` its deadline is near, `due` it has come, `late` the supervisor hears."""


def alarms(kind: Kind, calendar: WorkCalendar, filed: datetime, deadline: datetime | None) -> tuple[Alarm, ...]:
    """Return when to speak up about an application, in order.

    Args:
        kind: on whose version it runs.
        calendar: when the utility works.
        filed: when its time began to run: filed, resumed or reopened.
        deadline: until when it must be done.

    """
    found = []
    if kind.accept is not None:
        found.append(Alarm(at=due(calendar, filed, kind.accept), why="accept"))
    if deadline is not None:
        late = due(calendar, deadline, kind.escalate) if kind.escalate.amount else deadline
        if kind.remind:
            found.append(Alarm(at=reminder(kind.term, kind.remind, calendar, filed, deadline), why="soon"))
        found += [Alarm(at=deadline, why="due"), Alarm(at=late, why="late")]
    order = ("accept", "soon", "due", "late")
    return tuple(sorted(found, key=lambda one: (one.at, order.index(one.why))))


def reminder(term: Term | None, percent: int, calendar: WorkCalendar, began: datetime, deadline: datetime) -> datetime:
    """Return when so many percent of the time there is have gone.

    In working time where the term counts that, so that nobody is reminded in the night.

    """
    if term is not None and term.unit in {Unit.WORKING_HOURS, Unit.WORKING_DAYS}:
        there_is = between(calendar, began, deadline)
        return min(add_working(calendar, began, there_is * percent / 100), deadline)
    return min(began + (deadline - began) * percent / 100, deadline)


def next_alarm(planned: Sequence[Alarm], now: datetime, *, accepted: bool) -> Alarm | None:
    """Return the next alarm that is still to come; what was accepted needs none for that."""
    return following([one for one in planned if one.at > now], accepted=accepted)


def first_alarm(planned: Sequence[Alarm], filed: datetime) -> Alarm | None:
    """Return the first alarm of what was filed just now; what was late before it was filed is told at once."""
    if planned and planned[-1].at < filed:
        return Alarm(at=filed, why=planned[-1].why)
    return next_alarm(planned, filed - timedelta(seconds=1), accepted=False)


def following(planned: Sequence[Alarm], *, accepted: bool) -> Alarm | None:
    """Return the first alarm of those left that still has a reason."""
    return next((one for one in planned if not (accepted and one.why == "accept")), None)
