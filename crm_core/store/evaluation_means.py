"""Means of scores by week and by section, one's own beside the team's; what reports count (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Numeric, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.quality.life import SHOWN
from crm_core.quality.trends import Mean
from crm_core.tables import evaluation_forms, evaluations, recordings, team_members

row = evaluations.c
COUNTED: tuple[ColumnElement[bool], ...] = (
    row.calibration_id.is_(None),
    row.state.in_([state.value for state in SHOWN]),
    row.score.is_not(None),
)


def _colleague(operator_id: int) -> ColumnElement[bool]:
    """Return who is in a team with somebody, himself left out; everybody else's to whom is in none."""
    mine, theirs = team_members.alias("mine"), team_members.alias("theirs")
    together = exists().where(
        mine.c.user_id == operator_id, theirs.c.team == mine.c.team, theirs.c.user_id == row.operator_id
    )
    alone = ~exists().where(team_members.c.user_id == operator_id)
    return (row.operator_id != operator_id) & or_(together, alone)


def _means(operator_id: int, value: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    own, colleague = row.operator_id == operator_id, _colleague(operator_id)
    return (
        func.avg(value).filter(own).label("own"),
        func.count(row.id.distinct()).filter(own).label("own_calls"),
        func.avg(value).filter(colleague).label("team"),
        func.count(row.operator_id.distinct()).filter(colleague).label("colleagues"),
    )


def _mean(found: Any) -> Mean:
    return Mean(own=found.own, own_calls=found.own_calls, team=found.team, colleagues=found.colleagues)


async def by_week(db: AsyncConnection, operator_id: int, since: datetime, time_zone: str) -> dict[date, Mean]:
    """Return the means of each week by its Monday on the utility's clock, his and his team's."""
    week = cast(func.date_trunc("week", func.timezone(time_zone, row.submitted_at)), Date)
    query = (
        select(week.label("week"), *_means(operator_id, row.score))
        .where(row.submitted_at >= since, *COUNTED)
        .group_by(week)
    )
    return {found.week: _mean(found) for found in await db.execute(query)}


async def by_section(db: AsyncConnection, operator_id: int, since: datetime) -> dict[tuple[str, str], Mean]:
    """Return the means of each form's sections, by the codes of both."""
    part = func.jsonb_each_text(row.section_scores).table_valued("key", "value", name="part")
    query = (
        select(evaluation_forms.c.code, part.c.key, *_means(operator_id, cast(part.c.value, Numeric)))
        .select_from(
            evaluations.join(evaluation_forms, evaluation_forms.c.id == row.form_id).join(part, part.c.key.is_not(None))
        )
        .where(row.submitted_at >= since, *COUNTED)
        .group_by(evaluation_forms.c.code, part.c.key)
    )
    return {(found.code, found.key): _mean(found) for found in await db.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A call that was scored, as reports count it."""

    submitted_at: datetime
    operator_id: int
    queue: str
    form: str
    score: Decimal
    fatal: bool


async def scored(db: AsyncConnection, since: datetime, until: datetime, limit: int = 50_000) -> Sequence[Scored]:
    """Return the calls that were scored in a time: the source of a report on them."""
    query = (
        select(row.submitted_at, row.operator_id, recordings.c.queue, evaluation_forms.c.code, row.score, row.fatal)
        .join(recordings, recordings.c.id == row.recording_id)
        .join(evaluation_forms, evaluation_forms.c.id == row.form_id)
        .where(row.submitted_at >= since, row.submitted_at < until, *COUNTED)
        .order_by(row.submitted_at, row.id)
        .limit(limit)
    )
    return [
        Scored(
            submitted_at=found.submitted_at, operator_id=found.operator_id, queue=found.queue, form=found.code,
            score=found.score, fatal=bool(found.fatal),
        )
        for found in await db.execute(query)
    ]  # fmt: skip
