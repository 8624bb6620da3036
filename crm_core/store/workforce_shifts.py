"""Shifts on record: their kinds, who works when, what is published and seen (shell)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action, Role
from crm_core.db import Writing
from crm_core.errors import NoSuchShift
from crm_core.store import access_log
from crm_core.tables import shift_patterns, shifts, users
from crm_core.workforce.shifts import Break, Pattern, Shift

MOST_PATTERNS = 60
MOST_PEOPLE = 1_000
PROPOSED, PUBLISHED = "proposed", "published"


async def patterns(db: AsyncConnection, *, retired: bool = False) -> list[Pattern]:
    """Return the kinds of shifts by their beginning, with the retired ones when asked."""
    query = select(shift_patterns).order_by(shift_patterns.c.code).limit(MOST_PATTERNS)
    if not retired:
        query = query.where(~shift_patterns.c.retired)
    found = [Pattern.model_validate(row.body) for row in await db.execute(query)]
    return sorted(found, key=lambda one: (one.starts, one.minutes, one.code))


async def save_pattern(db: Writing, new: Pattern, by: int) -> None:
    """Make a kind of shift or change one; shifts that were given by it stay as they are."""
    values = {"body": new.model_dump(mode="json"), "retired": False, "changed_by": by, "changed_at": func.now()}
    row = upsert(shift_patterns).values(code=new.code, **values)
    await db.execute(row.on_conflict_do_update(index_elements=["code"], set_=values))
    await access_log.record(db, by, Action.PLAN_WORK, f"shift pattern {new.code}", new.title)


async def retire_pattern(db: Writing, code: str, by: int) -> None:
    """Take a kind of shift out of use.

    Raises:
        NoSuchShift: there is none of this code.

    """
    change = update(shift_patterns).where(shift_patterns.c.code == code, ~shift_patterns.c.retired)
    if not (await db.execute(change.values(retired=True, changed_by=by, changed_at=func.now()))).rowcount:
        raise NoSuchShift(f"there is no kind of shift {code[:20]}")
    await access_log.record(db, by, Action.PLAN_WORK, f"shift pattern {code}", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """An operator who can be given shifts."""

    operator_id: int
    name: str


async def people(db: AsyncConnection) -> list[Worker]:
    """Return the operators who work here, by name."""
    query = (
        select(users.c.id, users.c.name)
        .where(users.c.active, users.c.role == Role.OPERATOR.value)
        .order_by(users.c.name, users.c.id)
        .limit(MOST_PEOPLE)
    )
    return [Worker(operator_id=row.id, name=row.name) for row in await db.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A shift on record."""

    shift: Shift
    name: str
    """Of the operator."""
    published: bool
    by_hand: bool
    """A person gave it; a new proposal leaves it alone."""
    seen: bool


def _given(row: Row[*tuple[Any, ...]]) -> Given:
    return Given(
        shift=Shift(
            operator_id=row.operator_id,
            day=row.day,
            begins=row.begins,
            ends=row.ends,
            breaks=tuple(Break(begins=begins, ends=ends, paid=paid) for begins, ends, paid in row.breaks),
            pattern=row.pattern,
        ),
        name=row.name,
        published=row.state == PUBLISHED,
        by_hand=row.made_by is not None,
        seen=row.seen_at is not None,
    )


async def listing(  # noqa: PLR0913 -- one question, filter by filter
    db: AsyncConnection,
    first: date,
    last: date,
    *,
    operator_id: int | None = None,
    published: bool = False,
    after: tuple[date, int] | None = None,
    limit: int = 25_000,
) -> list[Given]:
    """Return shifts that begin on some days, by day and operator.

    Args:
        db: the base.
        first: first day.
        last: last one.
        operator_id: of one operator; None: of all.
        published: only what operators may know.
        after: day and operator of the last one shown before.
        limit: how many at most.

    """
    query = (
        select(shifts, users.c.name)
        .join(users, users.c.id == shifts.c.operator_id)
        .where(shifts.c.day.between(first, last))
        .order_by(shifts.c.day, shifts.c.operator_id)
        .limit(limit)
    )
    if operator_id is not None:
        query = query.where(shifts.c.operator_id == operator_id)
    if published:
        query = query.where(shifts.c.state == PUBLISHED)
    if after is not None:
        query = query.where(
            or_(shifts.c.day > after[0], and_(shifts.c.day == after[0], shifts.c.operator_id > after[1]))
        )
    return [_given(row) for row in await db.execute(query)]


def _values(one: Shift) -> dict[str, Any]:
    return {
        "operator_id": one.operator_id,
        "day": one.day,
        "pattern": one.pattern,
        "begins": one.begins,
        "ends": one.ends,
        "breaks": [[pause.begins, pause.ends, pause.paid] for pause in one.breaks],
    }


async def discard(db: Writing, first: date, last: date) -> int:
    """Take away what the house proposed and nobody published; returns how many shifts."""
    gone = delete(shifts).where(
        shifts.c.day.between(first, last), shifts.c.state == PROPOSED, shifts.c.made_by.is_(None)
    )
    return int((await db.execute(gone)).rowcount)


async def propose(db: Writing, new: Iterable[Shift]) -> int:
    """Put proposed shifts on record; who has one on the day already keeps it. Returns how many are new."""
    rows = [_values(one) for one in new]
    if not rows:
        return 0
    made = upsert(shifts).on_conflict_do_nothing(index_elements=["operator_id", "day"]).returning(shifts.c.id)
    return len((await db.execute(made.values(rows))).all())


async def give(db: Writing, one: Shift, by: int, now: datetime) -> None:
    """Give somebody a shift by hand, in the place of what he had on the day; published at once where that was."""
    values = _values(one) | {"made_by": by, "made_at": now, "seen_at": None}
    row = upsert(shifts).values(values)
    await db.execute(row.on_conflict_do_update(index_elements=["operator_id", "day"], set_=values))
    said = f"{one.day} {one.pattern} {one.begins}-{one.ends}"
    await access_log.record(db, by, Action.PLAN_WORK, f"shift of user {one.operator_id}", said)


async def take(db: Writing, operator_id: int, days: Collection[date], by: int) -> None:
    """Take somebody's shifts on some days away."""
    gone = delete(shifts).where(shifts.c.operator_id == operator_id, shifts.c.day.in_(days))
    if (await db.execute(gone)).rowcount:
        said = f"taken away {min(days)} {max(days)}"
        await access_log.record(db, by, Action.PLAN_WORK, f"shift of user {operator_id}", said)


async def publish(db: Writing, first: date, last: date, by: int, now: datetime) -> list[int]:
    """Publish what is proposed; returns whose shifts are new."""
    change = (
        update(shifts)
        .where(shifts.c.day.between(first, last), shifts.c.state == PROPOSED)
        .values(state=PUBLISHED, published_at=now, seen_at=None)
        .returning(shifts.c.operator_id)
    )
    whose = sorted({row.operator_id for row in await db.execute(change)})
    await access_log.record(db, by, Action.PLAN_WORK, "shifts", f"published {first} {last} for {len(whose)}")
    return whose


async def unseen(db: AsyncConnection, operator_id: int, today: date) -> int:
    """Return how many of somebody's coming shifts are new to him."""
    query = select(func.count()).where(
        shifts.c.operator_id == operator_id,
        shifts.c.state == PUBLISHED,
        shifts.c.seen_at.is_(None),
        shifts.c.day >= today,
    )
    return int((await db.execute(query)).scalar_one())


async def seen(db: Writing, operator_id: int, now: datetime) -> None:
    """Note that somebody has seen his shifts."""
    change = update(shifts).where(
        shifts.c.operator_id == operator_id, shifts.c.state == PUBLISHED, shifts.c.seen_at.is_(None)
    )
    await db.execute(change.values(seen_at=now))
