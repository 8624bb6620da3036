"""A day as it is on record, for playing it again: calls that are over, their turns, what operators did (shell).

Rows come in small portions: who reads them serves screens of the live floor meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import call_events, interactions, operator_states, queues, team_members, users

MOST_CALLS = 50_000
MOST_STATES = 500_000
PORTION = 500
BEFORE = timedelta(days=1)
"""A call began at most so long before it waited; the index is on the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A call on record that is over."""

    interaction_id: int
    call_id: str | None
    direction: str
    number: str
    queue: str
    topic: str
    language: str
    outcome: str
    operator_id: int | None
    began_at: datetime
    waiting_since: datetime | None
    answered_at: datetime | None
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a call's history."""

    call_id: str
    at: datetime
    what: str
    operator_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """An operator was in a state from a moment on."""

    operator_id: int
    state: str
    reason: str
    call_id: str | None
    at: datetime


def _of_day(since: datetime, until: datetime, queue: str, members: Sequence[int] | None) -> ColumnElement[bool]:
    """Return which calls are of a day: who waited, by that moment, as in reports; who did not, by the beginning."""
    i = interactions.c
    moment = func.coalesce(i.waiting_since, i.began_at)
    told = [
        i.channel == "phone",
        i.began_at >= since - BEFORE,
        i.began_at < until,
        moment >= since,
        moment < until,
        i.ended_at.is_not(None),
        or_(i.direction == "in", i.answered_at.is_not(None)),
    ]
    if queue:
        told.append(i.queue == queue)
    if members is not None:
        told.append(i.operator_id.in_(members))
    return and_(*told)


async def count(
    db: AsyncConnection, since: datetime, until: datetime, queue: str = "", members: Sequence[int] | None = None
) -> int:
    """Return how many calls are on record of `[since, until)`."""
    query = select(func.count()).select_from(interactions).where(_of_day(since, until, queue, members))
    return int((await db.execute(query)).scalar_one())


async def calls(
    db: AsyncConnection, since: datetime, until: datetime, queue: str = "", members: Sequence[int] | None = None
) -> list[Kept]:
    """Return the calls of `[since, until)` that are over, in the order of their beginning, at most `MOST_CALLS`.

    Args:
        db: a connection, `reading` will do.
        since: when the day begins.
        until: when it is over.
        queue: only this queue's; "" all.
        members: only these operators'; None all, also those nobody had.

    """
    i = interactions.c
    query = select(
        i.id, i.call_id, i.direction, i.number, i.queue, i.topic, i.language, i.outcome, i.operator_id, i.began_at,
        i.waiting_since, i.answered_at, i.ended_at,
    ).where(_of_day(since, until, queue, members)).order_by(i.began_at, i.id).limit(PORTION)  # fmt: skip
    found: list[Kept] = []
    after = query
    while len(found) < MOST_CALLS:
        rows = (await db.execute(after)).all()
        found.extend(_kept(row) for row in rows)
        if len(rows) < PORTION:
            break
        after = query.where(tuple_(i.began_at, i.id) > tuple_(rows[-1].began_at, rows[-1].id))
    return found[:MOST_CALLS]


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    return Kept(
        interaction_id=row.id,
        call_id=row.call_id,
        direction=row.direction,
        number=row.number,
        queue=row.queue,
        topic=row.topic,
        language=row.language,
        outcome=row.outcome,
        operator_id=row.operator_id,
        began_at=row.began_at,
        waiting_since=row.waiting_since,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
    )


async def lines(db: AsyncConnection, call_ids: Sequence[str], whats: Sequence[str]) -> list[Line]:
    """Return the lines of some kinds in the histories of calls, each call's in its order."""
    found: list[Line] = []
    for first in range(0, len(call_ids), PORTION):
        query = (
            select(call_events.c.call_id, call_events.c.at, call_events.c.what, call_events.c.operator_id)
            .where(call_events.c.call_id.in_(call_ids[first : first + PORTION]), call_events.c.what.in_(whats))
            .order_by(call_events.c.id)
        )
        rows = await db.execute(query)
        found.extend(Line(call_id=row.call_id, at=row.at, what=row.what, operator_id=row.operator_id) for row in rows)
    return found


async def states(db: AsyncConnection, since: datetime, until: datetime) -> list[Stood]:
    """Return what operators did in `[since, until)`, in order; first where everybody stood when it began."""
    s = operator_states.c
    before = (
        select(operator_states)
        .ext(distinct_on(s.operator_id))
        .where(s.at < since, s.at >= since - timedelta(days=2))
        .order_by(s.operator_id, s.at.desc(), s.id.desc())
    )
    within = select(operator_states).where(s.at >= since, s.at < until).order_by(s.at, s.id).limit(MOST_STATES)
    return [
        Stood(operator_id=row.operator_id, state=row.state, reason=row.reason, call_id=row.call_id, at=row.at)
        for query in (before, within)
        for row in await db.execute(query)
    ]


async def people(db: AsyncConnection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return names and telephones of operators, by key."""
    query = select(users.c.id, users.c.name, users.c.extension).where(users.c.id.in_(ids))
    return {row.id: (row.name, row.extension or "") for row in await db.execute(query)}


async def members(db: AsyncConnection, team: str) -> tuple[int, ...]:
    """Return who is in a team."""
    query = select(team_members.c.user_id).where(team_members.c.team == team).order_by(team_members.c.user_id)
    return tuple(row.user_id for row in await db.execute(query))


async def thresholds(db: AsyncConnection) -> Mapping[str, int]:
    """Return the seconds within which an answer is in time, of queues that have their own."""
    query = select(queues.c.code, queues.c.threshold).where(queues.c.threshold.is_not(None))
    return {row.code: row.threshold for row in await db.execute(query)}
