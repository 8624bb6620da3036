"""What the dialler reads besides: what a row was tried, how often numbers were dialled (shell)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.tables import attempts
from crm_core.text import one_line

LONGEST_WHY = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRow:
    """One attempt of a row that ended."""

    number: str
    outcome: str
    at: datetime
    """When it was dialled."""


async def tried(db: AsyncConnection, row_id: int) -> list[TriedRow]:
    """Return the attempts of a row that ended, oldest first."""
    query = (
        select(attempts.c.number, attempts.c.outcome, attempts.c.planned_at)
        .where(attempts.c.row_id == row_id, attempts.c.ended_at.is_not(None))
        .order_by(attempts.c.id)
    )
    return [TriedRow(number=row.number, outcome=row.outcome, at=row.planned_at) for row in await db.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """One call of a campaign that ended, as far as pacing needs it."""

    planned_at: datetime
    answered_at: datetime | None
    talking_at: datetime | None
    ended_at: datetime
    outcome: str
    operator_id: int | None


async def past_calls(db: AsyncConnection, campaign_id: int, since: datetime, most: int) -> list[PastCall]:
    """Return the newest calls of a campaign that ended since a moment, at most so many, oldest first."""
    query = (
        select(
            attempts.c.planned_at,
            attempts.c.answered_at,
            attempts.c.talking_at,
            attempts.c.ended_at,
            attempts.c.outcome,
            attempts.c.operator_id,
        )
        .where(
            attempts.c.campaign_id == campaign_id,
            attempts.c.planned_at >= since,
            attempts.c.ended_at.is_not(None),
            attempts.c.channel == "call",
        )
        .order_by(attempts.c.planned_at.desc())
        .limit(most)
    )
    return [PastCall(**row) for row in reversed((await db.execute(query)).mappings().all())]


async def dialled(db: AsyncConnection, numbers: Sequence[str], since: datetime) -> dict[str, list[datetime]]:
    """Return when these numbers were dialled since a moment, by whomever and for whatever."""
    query = select(attempts.c.number, attempts.c.planned_at).where(
        attempts.c.number.in_(numbers), attempts.c.planned_at >= since, attempts.c.channel == "call"
    )
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in await db.execute(query):
        found[row.number].append(row.planned_at)
    return found


async def so_many_back(db: AsyncConnection, many: int, since: datetime) -> datetime | None:
    """Return when the call went out since which, it among them, so many have; None when that was before a moment."""
    newest = select(func.max(attempts.c.id)).scalar_subquery()
    back = select(attempts.c.planned_at).where(attempts.c.id <= newest - many + 1).order_by(attempts.c.id.desc())
    # Asked at every turn, so that first it is only looked one row up; keys of messages and gaps count here too.
    known = await db.scalar(back.limit(1))
    if known is None or known < since:
        return None
    calls = select(attempts.c.planned_at).where(attempts.c.planned_at >= since, attempts.c.channel == "call")
    newest_first = calls.order_by(attempts.c.planned_at.desc())
    return (await db.execute(newest_first.offset(many - 1).limit(1))).scalar_one_or_none()


async def called_off(db: Writing, attempt_id: int, why: str) -> None:
    """Put on record why an attempt was called off, beside why it was dialled."""
    kept = attempts.c.why.op("||")(func.jsonb_build_object("called_off", one_line(why, LONGEST_WHY)))
    await db.execute(update(attempts).where(attempts.c.id == attempt_id).values(why=kept))


async def let_out(db: AsyncConnection, operator_id: int, since: datetime) -> list[datetime]:
    """Return when calls went out by an operator's hand since a moment."""
    query = select(attempts.c.planned_at).where(
        attempts.c.operator_id == operator_id,
        attempts.c.planned_at >= since,
        attempts.c.campaign_id.is_(None),
        attempts.c.channel == "call",
    )
    return list((await db.execute(query)).scalars())
