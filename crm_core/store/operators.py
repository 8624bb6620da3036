"""What operators did when: an append-only log of states, and where everyone stood last (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Role
from crm_core.db import Writing
from crm_core.tables import operator_states, users
from crm_core.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class LastState:
    """Where an active operator stood last; what the floor starts from."""

    operator_id: int
    name: str
    extension: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    state: str
    """`routing.views.OperatorState`."""
    reason: str
    call_id: str | None
    at: datetime


async def state_changed(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, operator_id: int, state: str, reason: str, at: datetime, call_id: str | None = None
) -> None:
    """Note that an operator's state changed at `at`; rows are only ever added."""
    await states_changed(db, [Changed(operator_id=operator_id, state=state, reason=reason, at=at, call_id=call_id)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An operator's state from a moment on."""

    operator_id: int
    state: str
    reason: str
    at: datetime
    call_id: str | None = None


async def states_changed(db: Writing, changes: Sequence[Changed]) -> None:
    """Note several changes, as `state_changed`."""
    if changes:
        await db.execute(
            _CHANGE,
            [
                {
                    "operator_id": one.operator_id,
                    "state": one_line(one.state, 12),
                    "reason": one_line(one.reason, 40),
                    "at": one.at,
                    "call_id": one.call_id,
                }
                for one in changes
            ],
        )


_CHANGE = insert(operator_states)


async def latest(db: AsyncConnection) -> list[LastState]:
    """Return the last state of every active operator with a telephone who ever had one, by key."""
    last = (
        select(operator_states.c.state, operator_states.c.reason, operator_states.c.call_id, operator_states.c.at)
        .where(operator_states.c.operator_id == users.c.id)
        .order_by(operator_states.c.at.desc(), operator_states.c.id.desc())
        .limit(1)
        .lateral("last")
    )
    query = (
        select(users.c.id, users.c.name, users.c.extension, users.c.languages, users.c.skills, last)
        .join(last, true())
        .where(users.c.active, users.c.extension.is_not(None), users.c.role == Role.OPERATOR.value)
        .order_by(users.c.id)
    )
    return [
        LastState(
            operator_id=row.id,
            name=row.name,
            extension=row.extension,
            languages=tuple(row.languages),
            skills=tuple(row.skills),
            state=row.state,
            reason=row.reason,
            call_id=row.call_id,
            at=row.at,
        )
        for row in await db.execute(query)
    ]


async def talks_since(db: AsyncConnection, since: datetime) -> dict[int, int]:
    """Return how many contacts each operator has had since a moment; who had none is left out."""
    talks = (
        select(func.count().label("talks"))
        .where(
            operator_states.c.operator_id == users.c.id,
            operator_states.c.state == "talking",
            operator_states.c.at >= since,
        )
        .lateral("talks")
    )
    query = select(users.c.id, talks.c.talks).join(talks, true()).where(talks.c.talks > 0)
    return {row.id: row.talks for row in await db.execute(query)}
