"""A day's calls and shifts as they were, for trying routing rules on them (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import call_events, interactions, operator_states

MOST_CALLS = 50_000
MOST_STATES = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """A call that came to wait for an operator."""

    call_id: str
    number: str
    dialled: str
    language: str
    topic: str
    path: tuple[str, ...]
    flags: tuple[str, ...]
    account_id: int | None
    waiting_since: datetime
    answered_at: datetime | None
    free_at: datetime | None
    """When the operator was free again: the contact was written up, or the call over."""
    ended_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """An operator was in a state from a moment on."""

    operator_id: int
    state: str
    at: datetime


async def calls(db: AsyncConnection, since: datetime, until: datetime) -> list[Waited]:
    """Return the calls that came to wait in `[since, until)`, in order."""
    told = (
        select(call_events.c.detail)
        .where(call_events.c.call_id == interactions.c.call_id, call_events.c.what == "waiting")
        .order_by(call_events.c.id)
        .limit(1)
        .lateral("told")
    )
    query = (
        select(interactions, func.coalesce(told.c.detail, "").label("detail"))
        .outerjoin(told, true())
        .where(
            interactions.c.channel == "phone",
            interactions.c.direction == "in",
            # They began before they waited; the index is on the beginning.
            interactions.c.began_at >= since - func.make_interval(0, 0, 0, 0, 1),
            interactions.c.began_at < until,
            interactions.c.waiting_since >= since,
            interactions.c.waiting_since < until,
            interactions.c.call_id.is_not(None),
        )
        .order_by(interactions.c.waiting_since, interactions.c.call_id)
        .limit(MOST_CALLS)
    )
    return [
        Waited(
            call_id=row.call_id,
            number=row.number,
            dialled=row.dialled,
            language=row.language,
            topic=row.topic,
            path=tuple(map(str, row.path)),
            flags=_flags(row.detail),
            account_id=row.account_id,
            waiting_since=row.waiting_since,
            answered_at=row.answered_at,
            free_at=row.closed_at or row.ended_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
        )
        for row in await db.execute(query)
    ]


def _flags(detail: str) -> tuple[str, ...]:
    return tuple(filter(None, detail.removeprefix("flags=").split(","))) if detail.startswith("flags=") else ()


async def states(db: AsyncConnection, since: datetime, until: datetime) -> list[Stood]:
    """Return what operators did in `[since, until)`, in order, with how each stood when it began."""
    columns = (operator_states.c.operator_id, operator_states.c.state, operator_states.c.at, operator_states.c.id)
    before = (
        select(*columns)
        .ext(distinct_on(operator_states.c.operator_id))
        .where(operator_states.c.at < since, operator_states.c.at >= since - func.make_interval(0, 0, 0, 2))
        .order_by(operator_states.c.operator_id, operator_states.c.at.desc(), operator_states.c.id.desc())
    )
    during = select(*columns).where(operator_states.c.at >= since, operator_states.c.at < until)
    both = union_all(before, during).subquery()
    query = select(both).order_by(both.c.at, both.c.id).limit(MOST_STATES)
    return [Stood(operator_id=row.operator_id, state=row.state, at=row.at) for row in await db.execute(query)]
