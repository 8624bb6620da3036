"""One person's own day: calls and their times, results, promises, states, what waits for him (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import advice, dispositions, interactions, operator_states, promises, tasks

UNDISPOSED = "UNDISPOSED"
MOST_SPANS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls that a person answered in a time."""

    answered: int
    talk_seconds: int
    wrap_seconds: int
    undisposed: int

    @property
    def handling_seconds(self) -> int:
        """Return how long a call took him on average, writing up included."""
        return round((self.talk_seconds + self.wrap_seconds) / self.answered) if self.answered else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Promises that a person took and whose day has come."""

    kept: int
    settled: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long a person was in one state."""

    state: str
    reason: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a person's own page shows."""

    calls: Calls
    results: tuple[tuple[str, str, int], ...]
    """Code, title, how often."""
    promises: Kept
    advice_shown: int
    advice_taken: int
    tasks_open: int
    tasks_late: int
    spans: tuple[Span, ...]


async def of_user(db: AsyncConnection, user_id: int, since: datetime, month: datetime, now: datetime) -> Day:
    """Return a person's day.

    Args:
        db: a connection, `reading` will do.
        user_id: whose.
        since: when the day began at the utility.
        month: since when promises are counted: a day's promises are not due on it.
        now: the present moment.

    """
    mine = advice.c.user_id == user_id, advice.c.at >= since
    shown = (await db.execute(select(func.count(), func.count().filter(_taken())).where(*mine))).one()
    waiting = tasks.c.owner_id == user_id, tasks.c.state.in_(("open", "in_work"))
    todo = (await db.execute(select(func.count(), func.count().filter(tasks.c.due_at < now)).where(*waiting))).one()
    return Day(
        calls=await _calls(db, user_id, since),
        results=await _results(db, user_id, since),
        promises=await _promises(db, user_id, month),
        advice_shown=shown[0],
        advice_taken=shown[1],
        tasks_open=todo[0],
        tasks_late=todo[1],
        spans=await _spans(db, user_id, since, now),
    )


def _taken() -> Any:
    return advice.c.answer.in_(("taken", "accepted"))


def _seconds(later: Any, earlier: Any) -> Any:
    return func.coalesce(func.sum(func.greatest(func.extract("epoch", later - earlier), 0)), 0)


def _his(user_id: int, since: datetime) -> tuple[Any, ...]:
    return interactions.c.operator_id == user_id, interactions.c.began_at >= since, interactions.c.channel == "phone"


async def _calls(db: AsyncConnection, user_id: int, since: datetime) -> Calls:
    i = interactions.c
    query = select(
        func.count(i.answered_at),
        _seconds(i.ended_at, i.answered_at),
        _seconds(i.closed_at, i.ended_at),
        func.count().filter(i.disposition == UNDISPOSED),
    ).where(*_his(user_id, since))
    answered, talk, wrap, undisposed = (await db.execute(query)).one()
    return Calls(answered=answered, talk_seconds=int(talk), wrap_seconds=int(wrap), undisposed=undisposed)


async def _results(db: AsyncConnection, user_id: int, since: datetime) -> tuple[tuple[str, str, int], ...]:
    query = (
        select(interactions.c.disposition, dispositions.c.title, func.count().label("times"))
        .join(dispositions, dispositions.c.code == interactions.c.disposition)
        .where(*_his(user_id, since))
        .group_by(interactions.c.disposition, dispositions.c.title)
        .order_by(func.count().desc(), interactions.c.disposition)
        .limit(20)
    )
    return tuple((row.disposition, row.title, row.times) for row in await db.execute(query))


async def _promises(db: AsyncConnection, user_id: int, since: datetime) -> Kept:
    status = promises.c.status
    query = select(
        func.count().filter(status == "kept"),
        func.count().filter(status.in_(("kept", "part_kept", "broken"))),
        func.count().filter(status == "open"),
    ).where(promises.c.made_by == user_id, promises.c.created_at >= since)
    kept, settled, waiting = (await db.execute(query)).one()
    return Kept(kept=kept, settled=settled, open=waiting)


async def _spans(db: AsyncConnection, user_id: int, since: datetime, now: datetime) -> tuple[Span, ...]:
    """Add up how long he was in each state since then; the one he is in lasts until now."""
    s = operator_states.c
    query = select(s.state, s.reason, s.at).where(s.operator_id == user_id, s.at >= since).order_by(s.at, s.id)
    rows = (await db.execute(query.limit(MOST_SPANS))).all()
    total: dict[tuple[str, str], float] = {}
    for row, until in zip(rows, [*(later.at for later in rows[1:]), now], strict=False):
        key = (row.state, row.reason if row.state == "not_ready" else "")
        total[key] = total.get(key, 0.0) + max((until - row.at).total_seconds(), 0.0)
    return tuple(
        Span(state=state, reason=reason, seconds=round(seconds))
        for (state, reason), seconds in sorted(total.items(), key=lambda one: -one[1])
        if state != "offline"
    )
