"""What stands in which step, what of it is late and whose it is (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import applications, process_owners, process_runs, process_suggestions, process_versions, users

MOST, MOST_GROUPS = 100, 300
FAR = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which applications the board shows; an empty part shows all."""

    kind: str = ""
    step: str = ""
    owner_id: int | None = None
    nobodys: bool = False
    teams: tuple[str, ...] = ()
    late: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An application in its step."""

    application_id: int
    number: str
    kind: str
    version_id: int
    step: str
    owner: str
    team: str
    role: str
    entered_at: datetime
    due_at: datetime | None
    late: bool
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many applications stand in a step, of all versions together."""

    kind: str
    step: str
    running: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """How many late applications somebody has; of a team where nobody has them."""

    owner_id: int | None
    owner: str
    team: str
    late: int
    worst: datetime
    """Since when the oldest of them is late."""


def is_late(now: datetime) -> ColumnElement[bool]:
    """Past its limit and running; while it waits for the customer its clock stands."""
    r = process_runs.c
    return and_(r.ended_at.is_(None), func.coalesce(r.due_at < func.coalesce(r.paused_at, now), False))


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    r = process_runs.c
    return (
        query.select_from(process_runs)
        .join(process_versions, process_versions.c.id == r.version_id)
        .join(applications, applications.c.id == r.application_id)
        .outerjoin(users, users.c.id == applications.c.owner_id)
    )


def _conditions(wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    r, a = process_runs.c, applications.c
    found: list[ColumnElement[bool]] = [r.ended_at.is_(None)]
    if wanted.late:
        found += [r.due_at < now, is_late(now)]
    if wanted.kind:
        found.append(process_versions.c.kind == wanted.kind)
    if wanted.step:
        found.append(r.step == wanted.step)
    if wanted.owner_id is not None:
        found.append(a.owner_id == wanted.owner_id)
    if wanted.nobodys:
        found.append(a.owner_id.is_(None))
    if wanted.teams:
        found.append(a.team.in_(wanted.teams))
    return found


async def listing(
    db: AsyncConnection, wanted: Filter, now: datetime, after: int | None = None, limit: int = 50
) -> list[Standing]:
    """Return a page of applications in their steps, what is due first before the others.

    Args:
        db: a connection, `reading` will do.
        wanted: which.
        now: what is late is late now.
        after: key of the last application shown; None begins.
        limit: at most this many, and at most 100.

    """
    r, a = process_runs.c, applications.c
    columns = (
        a.id, a.number, a.team, users.c.name.label("owner"), process_versions.c.kind, r.version_id, r.step, r.role,
        r.entered_at, r.due_at, r.paused_at, is_late(now).label("late"),
    )  # fmt: skip
    query = _joined(select(*columns)).where(*_conditions(wanted, now)).order_by(r.due_at.nulls_last(), a.id)
    if after is not None:
        mark = select(func.coalesce(r.due_at, FAR), r.application_id).where(r.application_id == after)
        query = query.where(tuple_(func.coalesce(r.due_at, FAR), a.id) > mark.scalar_subquery())
    return [
        Standing(
            application_id=row.id, number=row.number, kind=row.kind, version_id=row.version_id, step=row.step,
            owner=row.owner or "", team=row.team or "", role=row.role, entered_at=row.entered_at, due_at=row.due_at,
            late=row.late, paused=row.paused_at is not None,
        )
        for row in await db.execute(query.limit(min(limit, MOST)))
    ]  # fmt: skip


async def loads(db: AsyncConnection, wanted: Filter, now: datetime) -> list[Load]:
    """Return how many applications stand in each step, and how many of them are late; the latest first."""
    late = func.count().filter(is_late(now))
    everything = Filter(kind=wanted.kind, teams=wanted.teams, late=False)
    query = (
        _joined(select(process_versions.c.kind, process_runs.c.step, func.count().label("running"), late.label("late")))
        .where(*_conditions(everything, now))
        .group_by(process_versions.c.kind, process_runs.c.step)
        .order_by(late.desc(), process_versions.c.kind, process_runs.c.step)
        .limit(MOST_GROUPS)
    )
    return [Load(kind=row.kind, step=row.step, running=row.running, late=row.late) for row in await db.execute(query)]


async def behind(db: AsyncConnection, wanted: Filter, now: datetime) -> Sequence[Behind]:
    """Return who has what is late, who has most first; a team for what nobody has."""
    a = applications.c
    all_of_them = Filter(kind=wanted.kind, teams=wanted.teams)
    team = func.coalesce(a.team, "")
    columns = (a.owner_id, users.c.name, team.label("team"), func.count().label("late"))
    query = (
        _joined(select(*columns, func.min(process_runs.c.due_at).label("worst")))
        .where(*_conditions(all_of_them, now))
        .group_by(a.owner_id, users.c.name, team)
        .order_by(func.count().desc(), users.c.name, team)
        .limit(MOST_GROUPS)
    )
    return [
        Behind(owner_id=row.owner_id, owner=row.name or "", team=row.team, late=row.late, worst=row.worst)
        for row in await db.execute(query)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A kind's process in the list of them."""

    version: int | None
    """Which is published, None for no process."""
    steps: int
    drafts: int
    running: int
    late: int
    owners: tuple[str, ...]
    suggestions: int
    """Open ones."""


async def summaries(db: AsyncConnection, now: datetime) -> Mapping[str, Summary]:
    """Return what there is of each kind's process; a kind nobody has drawn steps for is not among them."""
    v, s = process_versions.c, process_suggestions.c
    shown = v.state == "published"
    steps = func.max(func.jsonb_array_length(v.body["steps"])).filter(shown)
    columns = (func.max(v.version).filter(shown).label("version"), steps.label("steps"))
    drafts = func.count().filter(v.state == "draft")
    known = await db.execute(select(v.kind, *columns, drafts.label("drafts")).group_by(v.kind).limit(1000))
    counted = {row.kind: row for row in known}
    loaded: dict[str, tuple[int, int]] = {}
    for one in await loads(db, Filter(), now):
        running, late = loaded.get(one.kind, (0, 0))
        loaded[one.kind] = running + one.running, late + one.late
    people: dict[str, list[str]] = {}
    named = select(process_owners.c.kind, users.c.name).join(users, users.c.id == process_owners.c.user_id)
    for row in await db.execute(named.order_by(users.c.name).limit(1000)):
        people.setdefault(row.kind, []).append(row.name)
    asked = await db.execute(select(s.kind, func.count().label("n")).where(s.state == "open").group_by(s.kind))
    suggestions = {row.kind: row.n for row in asked}
    return {
        kind: Summary(
            version=counted[kind].version if kind in counted else None,
            steps=(counted[kind].steps or 0) if kind in counted else 0,
            drafts=counted[kind].drafts if kind in counted else 0,
            running=loaded.get(kind, (0, 0))[0], late=loaded.get(kind, (0, 0))[1],
            owners=tuple(people.get(kind, ())), suggestions=suggestions.get(kind, 0),
        )
        for kind in counted.keys() | people.keys() | suggestions.keys()
    }  # fmt: skip
