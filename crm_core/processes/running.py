"""A running process: which ways are open, who may take them, what is lacking, when somebody is told (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from crm_core.access import Action, may
from crm_core.processes.process import Condition, Moment, Op, Owner, OwnerKind, Step, Way, When
from crm_core.work.forms import Stored
from crm_core.work.kinds import reminder
from crm_core.work.lives import CLOSED, Barred, Mover, Stage
from crm_core.work.sla import WorkCalendar, due

NO_MOVES = CLOSED | {Stage.WAITING}
"""While it waits for the customer its step waits, too."""


def holds(condition: Condition, form: Mapping[str, Stored]) -> bool:
    """Whether a form says what a condition asks for; a field left empty says nothing.

    Numbers are compared as numbers, days and moments by time, everything else as it is written.
    """
    value = form.get(condition.field)
    if value is None:
        return False
    said = ("yes" if value else "no") if isinstance(value, bool) else value
    match condition.op:
        case Op.IS | Op.IN:
            return any(_order(said, one) == 0 for one in condition.values)
        case Op.LESS:
            return _order(said, condition.values[0]) < 0
        case Op.MORE:
            return _order(said, condition.values[0]) > 0


def _order(one: str, other: str) -> int:
    """-1, 0 or 1; days and moments are written so that their order is that of their letters."""
    try:
        first, second = Decimal(one), Decimal(other)
    except InvalidOperation:
        return (one > other) - (one < other)
    return (first > second) - (first < second)


def open_ways(step: Step, form: Mapping[str, Stored]) -> tuple[Way, ...]:
    """Return the ways that can be taken from a step with such a form, in their order."""
    held = {way for way in range(len(step.ways)) if _holds(step.ways[way], form)}
    return tuple(
        way
        for place, way in enumerate(step.ways)
        if way.when is When.ALWAYS or place in held or (way.when is When.ELSE and not held)
    )


def _holds(way: Way, form: Mapping[str, Stored]) -> bool:
    return way.condition is not None and holds(way.condition, form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Who has an application whose step is to be left."""

    owner_id: int | None
    team: str = ""
    role: str = ""
    """Whose it is to take, where the step is a role's."""


def barred(stage: Stage, held: Held, mover: Mover, teams: Collection[str]) -> Barred | None:
    """Say why somebody may not take an application out of its step; None when he may.

    A role's step is left by nobody else, whoever has taken the application; who leads leaves every step.

    Args:
        stage: of the application.
        held: who has it.
        mover: who wants it.
        teams: of the mover.

    """
    if stage in NO_MOVES or not may(mover.role, Action.WORK_APPLICATION):
        return Barred("step-not-now" if stage in NO_MOVES else "step-not-yours")
    if held.role and held.role != mover.role and not mover.leads:
        return Barred("process-not-your-role")
    if mover.leads or held.owner_id == mover.user_id:
        return None
    if held.owner_id is not None:
        return Barred("step-not-yours")
    fits = held.role or not held.team or held.team in teams
    return None if fits else Barred("process-not-your-team")


def lacking(step: Step, form: Mapping[str, Stored], papers: Collection[str]) -> Barred | None:
    """Say what a step still needs before it is left; None when it has everything."""
    if any(form.get(code) is None for code in step.needs):
        return Barred("process-fields-missing")
    return Barred("documents-missing") if any(code not in papers for code in step.papers) else None


def deadline(step: Step, calendar: WorkCalendar, entered: datetime) -> datetime | None:
    """Return until when a step that began at `entered` must be left; None without a limit."""
    return None if step.limit is None else due(calendar, entered, step.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """When the house speaks up about a step next, and what it says then."""

    at: datetime
    why: Moment


def bell(step: Step, calendar: WorkCalendar, entered: datetime, until: datetime | None, now: datetime) -> Bell | None:
    """Return what is said next of a step; what lies behind `now` was said.

    Args:
        step: which.
        calendar: when the utility works.
        entered: when its clock began to run.
        until: its deadline.
        now: the present moment.

    """
    if until is None:
        return None
    planned = [Bell(at=until, why=Moment.LATE)]
    if step.remind and any(moment is Moment.SOON for moment, _ in step.tell):
        planned.insert(0, Bell(at=reminder(step.limit, step.remind, calendar, entered, until), why=Moment.SOON))
    return next((one for one in planned if one.at >= now), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who can be given work."""

    role: str
    teams: frozenset[str]


def assigned(owner: Owner, held: Held, filed_by: int | None, people: Mapping[int, Colleague]) -> Held:
    """Return who has an application from the beginning of a step on.

    Whoever has it keeps it where the step is his team's or his role's; who left the house gets nothing.

    Args:
        owner: whose the step is.
        held: who has the application now.
        filed_by: who filed it, None for the IVR and the web.
        people: of those named here, who can be given work.

    """
    has = people.get(held.owner_id) if held.owner_id is not None else None
    match owner.kind:
        case OwnerKind.SAME:
            return Held(owner_id=held.owner_id, team=held.team)
        case OwnerKind.TEAM:
            stays = has is not None and owner.name in has.teams
            return Held(owner_id=held.owner_id if stays else None, team=owner.name)
        case OwnerKind.ROLE:
            stays = has is not None and has.role == owner.name
            return Held(owner_id=held.owner_id if stays else None, team=held.team, role=owner.name)
        case OwnerKind.FILER:
            return Held(owner_id=filed_by if filed_by in people else None, team=held.team)
        case OwnerKind.PERSON:
            person = int(owner.name)
            return Held(owner_id=person if person in people else None, team=held.team)
