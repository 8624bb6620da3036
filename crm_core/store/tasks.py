"""Tasks: making them, moving them, lists of them (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchAccount, NoSuchWork, WorkRefused
from crm_core.store import work_log
from crm_core.store.work_log import TASK, Line
from crm_core.tables import TASK_IS_OPEN, accounts, applications, customers, tasks, users
from crm_core.text import one_line, storable
from crm_core.work.lives import Barred, Mover, TaskState, TaskStep, give, move_task

KINDS = ("call", "check", "visit", "reminder", "escalation", "callback", "other")
OPEN_STATES = (TaskState.OPEN.value, TaskState.IN_WORK.value)
FAR = datetime(9999, 12, 31, tzinfo=UTC)
MOST = 100
REMINDING = ("application", "process")
"""Sources of what the house says of an application by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """Something to be done."""

    kind: str
    title: str
    account_id: int | None = None
    application_id: int | None = None
    owner_id: int | None = None
    team: str | None = None
    due_at: datetime | None = None
    source: str = "person"
    """`person`, `signal`, `application`, `process`, `contact`."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    made_by: int | None = None
    once: str | None = None
    """What makes it may ask again, and gets one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as lists and its page show it."""

    task_id: int
    kind: str
    title: str
    state: str
    account_id: int | None
    account_number: str
    customer: str
    application_id: int | None
    application_number: str
    owner_id: int | None
    owner: str
    team: str
    due_at: datetime | None
    late: bool
    source: str
    facts: Mapping[str, Any]
    note: str
    result: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which tasks a list shows."""

    owner_id: int | None = None
    teams: tuple[str, ...] | None = None
    """Of these teams, whoever has them; an empty tuple is no team, and so nothing."""
    nobodys: bool = False
    late: bool = False
    states: tuple[str, ...] = OPEN_STATES
    kind: str = ""
    source: str = ""
    account_id: int | None = None
    application_id: int | None = None


async def add(db: Writing, new: Sequence[NewTask], now: datetime) -> list[int]:
    """Make tasks; one whose `once` is known is not made again. Returns the keys of those that are new."""
    if not new:
        return []
    rows = upsert(tasks).values([_values(one, now) for one in new])
    found = await db.execute(
        rows.on_conflict_do_nothing(index_elements=["once"]).returning(tasks.c.id, tasks.c.made_by)
    )
    made = found.all()
    await work_log.add(db, TASK, now, [Line(subject_id=row.id, what="filed", user_id=row.made_by) for row in made])
    return [row.id for row in made]


def _values(one: NewTask, now: datetime) -> dict[str, Any]:
    return {
        "kind": one.kind if one.kind in KINDS else "other",
        "title": one_line(one.title, 300),
        "account_id": one.account_id,
        "application_id": one.application_id,
        "owner_id": one.owner_id,
        "team": one.team or None,
        "due_at": one.due_at,
        "source": one.source,
        "facts": dict(one.facts),
        "note": storable(one.note, 4000),
        "made_by": one.made_by,
        "once": one.once,
        "created_at": now,
    }


async def require_account(db: AsyncConnection, account_id: int) -> None:
    """Check that an account exists.

    Raises:
        NoSuchAccount: it does not.

    """
    if (await db.execute(select(accounts.c.id).where(accounts.c.id == account_id))).one_or_none() is None:
        raise NoSuchAccount(f"there is no account {account_id}")


async def _locked(db: Writing, task_id: int) -> Row[*tuple[Any, ...]]:
    row = (await db.execute(select(tasks).where(tasks.c.id == task_id).with_for_update())).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no task {task_id}")
    return row


async def step(  # noqa: PLR0913, PLR0917 -- what, by whom, with which words and when
    db: Writing, task_id: int, wanted: TaskStep, mover: Mover, said: str, now: datetime
) -> TaskState:
    """Take a task a step on. Taking it is atomic: of two at once one has it, the other hears so.

    Raises:
        NoSuchWork: there is no such task.
        WorkRefused: taken by another, not now, not yours, or without a reason.

    """
    row = await _locked(db, task_id)
    moved = move_task(TaskState(row.state), wanted, mover, row.owner_id, said)
    if isinstance(moved, Barred):
        raise WorkRefused(moved.code)
    changes: dict[str, Any] = {"state": moved.state.value}
    match wanted:
        case TaskStep.TAKE:
            changes["owner_id"] = mover.user_id
        case TaskStep.RELEASE:
            changes["owner_id"] = None
        case TaskStep.FINISH | TaskStep.CANCEL:
            changes |= {"closed_at": now, "result": storable(said, 4000)}
        case TaskStep.REOPEN:
            changes |= {"closed_at": None, "result": ""}
    await db.execute(update(tasks).where(tasks.c.id == task_id).values(changes))
    line = Line(
        subject_id=task_id, what="state", user_id=mover.user_id, before=row.state, after=moved.state.value, said=said
    )
    await work_log.add(db, TASK, now, [line])
    return moved.state


async def assign(  # noqa: PLR0913 -- to whom, by whom and when
    db: Writing,
    task_id: int,
    mover: Mover,
    *,
    owner_id: int | None,
    team: str | None,
    now: datetime,
    away: int | None = None,
) -> None:
    """Give a task to somebody, or to a team; `away` is somebody who is not here today (`crm_core.work.lives.give`).

    Raises:
        NoSuchWork: there is no such task.
        WorkRefused: it is somebody else's, or closed.

    """
    row = await _locked(db, task_id)
    if row.state not in OPEN_STATES:
        raise WorkRefused("step-not-now")
    barred = give(mover, row.owner_id, owner_id, away=away)
    if barred is not None:
        raise WorkRefused(barred.code)
    state = row.state if owner_id == row.owner_id else TaskState.OPEN.value
    await db.execute(
        update(tasks).where(tasks.c.id == task_id).values(owner_id=owner_id, team=team or None, state=state)
    )
    lines = [
        Line(subject_id=task_id, what=what, user_id=mover.user_id, before=before, after=after)
        for what, before, after in (
            ("owner", str(row.owner_id or ""), str(owner_id or "")),
            ("team", row.team or "", team or ""),
        )
        if before != after
    ]
    await work_log.add(db, TASK, now, lines)


async def cancel_of_application(
    db: Writing, application_id: int, now: datetime, sources: Sequence[str] = REMINDING
) -> None:
    """Cancel what reminded of an application that is closed, or of its step that is over."""
    change = (
        update(tasks)
        .where(
            tasks.c.application_id == application_id,
            tasks.c.source.in_(sources),
            tasks.c.state.in_(OPEN_STATES),
        )
        .values(state=TaskState.CANCELLED.value, closed_at=now)
        .returning(tasks.c.id)
    )
    closed = [row.id for row in await db.execute(change)]
    await work_log.add(
        db, TASK, now, [Line(subject_id=key, what="state", after=TaskState.CANCELLED.value) for key in closed]
    )


async def replace_of_applications(
    db: Writing, kind: str, applications_: Sequence[int], now: datetime, *, source: str = "application"
) -> None:
    """Cancel what said before of applications what a new task of that kind says now; what somebody has taken stays."""
    change = (
        update(tasks)
        .where(
            tasks.c.application_id.in_(applications_),
            tasks.c.kind == kind,
            tasks.c.source == source,
            tasks.c.state == TaskState.OPEN.value,
        )
        .values(state=TaskState.CANCELLED.value, closed_at=now)
        .returning(tasks.c.id)
    )
    gone = [row.id for row in await db.execute(change)] if applications_ else []
    await work_log.add(
        db, TASK, now, [Line(subject_id=key, what="state", after=TaskState.CANCELLED.value) for key in gone]
    )


def _conditions(wanted: Filter, now: datetime) -> list[Any]:
    t = tasks.c
    found: list[Any] = [TASK_IS_OPEN if wanted.states == OPEN_STATES else t.state.in_(wanted.states)]
    if wanted.owner_id is not None:
        found.append(t.owner_id == wanted.owner_id)
    if wanted.teams is not None:
        found.append(t.team.in_(wanted.teams))
    if wanted.nobodys:
        found.append(t.owner_id.is_(None))
    if wanted.late:
        found.append(t.due_at < now)
    if wanted.kind:
        found.append(t.kind == wanted.kind)
    if wanted.source:
        found.append(t.source == wanted.source)
    if wanted.account_id is not None:
        found.append(t.account_id == wanted.account_id)
    if wanted.application_id is not None:
        found.append(t.application_id == wanted.application_id)
    return found


async def listing(
    db: AsyncConnection, wanted: Filter, now: datetime, after: int | None = None, limit: int = 50
) -> list[Task]:
    """Return a page of tasks, what is due first before the others, without a due moment last.

    Args:
        db: a connection, `reading` will do.
        wanted: which.
        now: what is late is late now.
        after: key of the last one shown; None begins.
        limit: at most this many, and at most 100.

    """
    t = tasks.c
    query = _shown(now).where(*_conditions(wanted, now)).order_by(t.due_at.nulls_last(), t.id).limit(min(limit, MOST))
    if after is not None:
        mark = select(func.coalesce(t.due_at, FAR), t.id).where(t.id == after).scalar_subquery()
        query = query.where(tuple_(func.coalesce(t.due_at, FAR), t.id) > mark)
    return [_task(row) for row in await db.execute(query)]


async def by_id(db: AsyncConnection, task_id: int, now: datetime) -> Task:
    """Return a task.

    Raises:
        NoSuchWork: there is none.

    """
    row = (await db.execute(_shown(now).where(tasks.c.id == task_id))).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no task {task_id}")
    return _task(row)


async def counts(db: AsyncConnection, user_id: int, teams: Sequence[str], now: datetime) -> dict[str, int]:
    """Return how much is open: one's own, one's teams', and of both what is late; at most 1,000 each."""
    t = tasks.c
    mine, ours = t.owner_id == user_id, t.team.in_(teams)
    found = {}
    for name, condition in (
        ("mine", mine),
        ("team", ours),
        ("late", (mine | ours) & (t.due_at < now)),
    ):
        some = select(t.id).where(TASK_IS_OPEN, condition).limit(1000).subquery()
        found[name] = int(await db.scalar(select(func.count()).select_from(some)) or 0)
    return found


def _shown(now: datetime) -> Any:
    late = func.coalesce(tasks.c.due_at < now, False) & tasks.c.state.in_(OPEN_STATES)
    return (
        select(
            tasks,
            late.label("late"),
            accounts.c.number.label("account_number"),
            customers.c.name.label("customer"),
            applications.c.number.label("application_number"),
            users.c.name.label("owner"),
        )
        .outerjoin(accounts, accounts.c.id == tasks.c.account_id)
        .outerjoin(customers, customers.c.id == accounts.c.customer_id)
        .outerjoin(applications, applications.c.id == tasks.c.application_id)
        .outerjoin(users, users.c.id == tasks.c.owner_id)
    )


def _task(row: Row[*tuple[Any, ...]]) -> Task:
    return Task(
        task_id=row.id,
        kind=row.kind,
        title=row.title,
        state=row.state,
        account_id=row.account_id,
        account_number=row.account_number or "",
        customer=row.customer or "",
        application_id=row.application_id,
        application_number=row.application_number or "",
        owner_id=row.owner_id,
        owner=row.owner or "",
        team=row.team or "",
        due_at=row.due_at,
        late=row.late,
        source=row.source,
        facts=row.facts,
        note=row.note,
        result=row.result,
        created_at=row.created_at,
    )
