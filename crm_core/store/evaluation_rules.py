"""Rules by which calls are chosen to be scored, and the recordings they may choose from (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.db import Writing
from crm_core.errors import NoSuchEvaluation
from crm_core.quality.choosing import Candidate, ChoiceRule
from crm_core.quality.life import EvaluationState
from crm_core.recordings import HEARD
from crm_core.store import access_log
from crm_core.tables import applications, evaluation_rules, evaluations, interactions, recordings, team_members, users

MOST_RULES = 100
MOST_COMPLAINED = 10_000
BEFORE_COMPLAINT = timedelta(days=14)
"""Calls so long before a complaint may be what it is about."""
COMPLAINT = "complaint"
"""Kind of the application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A rule as it stands."""

    rule_id: int
    rule: ChoiceRule
    active: bool
    changed_by: str
    changed_at: datetime
    waiting: int
    """What it chose and nobody has scored yet."""


async def listing(db: AsyncConnection) -> list[Kept]:
    """Return the rules that choose, and those that ended, the newest first."""
    waiting = (
        select(func.count())
        .where(
            evaluations.c.rule_id == evaluation_rules.c.id,
            evaluations.c.state.in_([EvaluationState.ASSIGNED.value, EvaluationState.DRAFT.value]),
        )
        .scalar_subquery()
    )
    query = (
        select(evaluation_rules, func.coalesce(users.c.name, "").label("author"), waiting.label("waiting"))
        .outerjoin(users, users.c.id == evaluation_rules.c.changed_by)
        .order_by(evaluation_rules.c.active.desc(), evaluation_rules.c.id.desc())
        .limit(MOST_RULES)
    )
    return [
        Kept(
            rule_id=row.id, rule=ChoiceRule.model_validate(row.body), active=row.active, changed_by=row.author,
            changed_at=row.changed_at, waiting=row.waiting,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def add(db: Writing, rule: ChoiceRule, by: int, now: datetime) -> int:
    """Let a rule choose from now on; a rule is never changed, so that what it chose can be worked out again."""
    values = {"body": rule.model_dump(mode="json"), "changed_by": by, "changed_at": now}
    made = await db.execute(insert(evaluation_rules).values(values).returning(evaluation_rules.c.id))
    rule_id = int(made.scalar_one())
    await access_log.record(db, by, Action.MANAGE_QUALITY, f"evaluation rule {rule_id}", "made")
    return rule_id


async def end(db: Writing, rule_id: int, by: int, now: datetime) -> None:
    """Let a rule choose no more.

    Raises:
        NoSuchEvaluation: there is no such rule that chooses.

    """
    change = update(evaluation_rules).where(evaluation_rules.c.id == rule_id, evaluation_rules.c.active)
    if not (await db.execute(change.values(active=False, changed_by=by, changed_at=now))).rowcount:
        raise NoSuchEvaluation(f"there is no evaluation rule {rule_id}")
    await access_log.record(db, by, Action.MANAGE_QUALITY, f"evaluation rule {rule_id}", "ended")


def _fitting(rule: ChoiceRule, *columns: ColumnElement[Any]) -> Select[Any]:
    """Return recordings that a rule may choose: heard, of somebody who works here, long enough, scored by nobody."""
    row, call = recordings.c, interactions.c
    scored = exists().where(
        evaluations.c.recording_id == row.id, evaluations.c.calibration_id.is_(None),
        evaluations.c.state != EvaluationState.CANCELLED.value,
    )  # fmt: skip
    query = (
        select(row.id, row.operator_id, *columns)
        .join(users, users.c.id == row.operator_id)
        .outerjoin(interactions, call.call_id == row.call_id)
        .where(
            row.state.in_([state.value for state in HEARD]), row.seconds >= rule.least_seconds, users.c.active, ~scored
        )
    )
    if rule.queue:
        query = query.where(row.queue == rule.queue)
    if rule.topic:
        query = query.where(call.topic == rule.topic)
    if rule.team:
        inside = exists().where(team_members.c.team == rule.team, team_members.c.user_id == row.operator_id)
        query = query.where(inside)
    return query


async def candidates(  # noqa: PLR0913, PLR0917 -- a rule, a week, and the moments it lies between
    db: AsyncConnection, rule_id: int, rule: ChoiceRule, week: date, since: datetime, until: datetime
) -> list[Candidate]:
    """Return of each operator the recordings of a week that come first in a rule's draw, as many as it chooses.

    The place in the draw is worked out here as `crm_core.quality.choosing.place` does: a large house records more in a
    week than should travel.
    """
    row = recordings.c
    draw = func.concat(f"rule {rule_id}, week {week.isoformat()}, operator ", row.operator_id, ", recording ", row.id)
    place = func.encode(func.sha256(func.convert_to(draw, "UTF8")), "hex").collate("C")
    ranked = (
        _fitting(rule, func.row_number().over(partition_by=row.operator_id, order_by=place).label("rank"))
        .where(row.began_at >= since, row.began_at < until)
        .subquery()
    )
    query = select(ranked.c.id, ranked.c.operator_id).where(ranked.c.rank <= rule.count)
    return [Candidate(recording_id=one.id, operator_id=one.operator_id) for one in await db.execute(query)]


async def already(db: AsyncConnection, rule_id: int, week: date) -> dict[int, int]:
    """Return how many calls of whom a rule chose for a week before."""
    query = (
        select(evaluations.c.operator_id, func.count())
        .where(evaluations.c.rule_id == rule_id, evaluations.c.week == week)
        .group_by(evaluations.c.operator_id)
    )
    return {row[0]: row[1] for row in await db.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Complained:
    """A recording that a complaint may be about."""

    number: str
    """Of the complaint."""
    candidate: Candidate


async def complained(db: AsyncConnection, rule: ChoiceRule, since: datetime, until: datetime) -> list[Complained]:
    """Return recordings that complaints filed in a time may be about, the last of each account first."""
    row, wish = recordings.c, applications.c
    query = (
        _fitting(rule, wish.number)
        .join(
            applications,
            (wish.account_id == row.account_id)
            & (row.began_at < wish.filed_at)
            & (row.began_at >= wish.filed_at - BEFORE_COMPLAINT),
        )
        .where(wish.kind == COMPLAINT, wish.filed_at >= since, wish.filed_at < until)
        .order_by(wish.number, row.began_at.desc(), row.id.desc())
        .limit(MOST_COMPLAINED)
    )
    return [
        Complained(number=found.number, candidate=Candidate(recording_id=found.id, operator_id=found.operator_id))
        for found in await db.execute(query)
    ]


async def of_complaint(db: AsyncConnection, rule_id: int, numbers: Sequence[str]) -> dict[str, int]:
    """Return how many calls a rule chose because of which complaints."""
    query = (
        select(evaluations.c.cause, func.count())
        .where(evaluations.c.rule_id == rule_id, evaluations.c.cause.in_(numbers))
        .group_by(evaluations.c.cause)
    )
    return {row[0]: row[1] for row in await db.execute(query)}


async def fit_graders(db: AsyncConnection, graders: Sequence[int], roles: Sequence[str]) -> tuple[int, ...]:
    """Return which graders of a rule may score still, in its order."""
    query = select(users.c.id).where(users.c.id.in_(graders), users.c.active, users.c.role.in_(roles))
    there = set((await db.execute(query)).scalars())
    return tuple(one for one in graders if one in there)
