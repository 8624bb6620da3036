"""Calls by half hours as they were, forecasts of days, rules of planning (shell)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, cast, extract, func, insert, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.db import Writing
from crm_core.store import access_log
from crm_core.tables import forecast_days, interactions, mass_events, operator_states, workforce_rules
from crm_core.work.forms import Site
from crm_core.workforce.forecast import INTERVALS, MINUTES, Counts, Forecast
from crm_core.workforce.plan import PlanRules

LONGEST_WRITE_UP = timedelta(minutes=10)
"""A contact that is written up later was not being written up all the while."""
HANDLED_DAYS = 56
"""The length of calls is taken from so many days."""
MOST_STATES = 200_000


async def rules(db: AsyncConnection) -> PlanRules:
    """Return the rules in force; the defaults when there are none yet."""
    query = select(workforce_rules.c.body).order_by(workforce_rules.c.id.desc()).limit(1)
    row = (await db.execute(query)).one_or_none()
    return PlanRules() if row is None else PlanRules.model_validate(row.body)


async def save_rules(db: Writing, new: PlanRules, by: int) -> None:
    """Put rules in force; earlier ones stay on record."""
    await db.execute(insert(workforce_rules).values(body=new.model_dump(mode="json"), made_by=by))
    await access_log.record(db, by, Action.PLAN_WORK, "rules of planning", "changed")


def _waited(since: datetime, until: datetime, queue: str) -> list[ColumnElement[bool]]:
    found = [
        interactions.c.channel == "phone",
        interactions.c.direction == "in",
        # They began before they waited; the index is on the beginning.
        interactions.c.began_at >= since - timedelta(days=1),
        interactions.c.began_at < until,
        interactions.c.waiting_since >= since,
        interactions.c.waiting_since < until,
    ]
    return [*found, interactions.c.queue == queue] if queue else found


async def calls(db: AsyncConnection, first: date, last: date, site: Site, queue: str = "") -> dict[date, Counts]:
    """Return the calls that came to wait, by half hours of the utility's clock; days without any are left out.

    Args:
        db: the base.
        first: first day.
        last: last one.
        site: whose clock.
        queue: code of a queue; "" all of them.

    """
    local = func.timezone(site.time_zone, interactions.c.waiting_since)
    number = (extract("hour", local) * 60 + extract("minute", local)) / MINUTES
    day, half = cast(local, Date).label("day"), func.floor(number).label("half")
    since, until = site.midnight(first), site.midnight(last + timedelta(days=1))
    query = select(day, half, func.count().label("calls")).where(*_waited(since, until, queue)).group_by("day", "half")
    found: dict[date, list[float]] = {}
    for row in await db.execute(query):
        found.setdefault(row.day, [0.0] * INTERVALS)[int(row.half)] = float(row.calls)
    return {one: tuple(counts) for one, counts in found.items()}


async def busy_queues(db: AsyncConnection, since: datetime, until: datetime, least: int) -> list[str]:
    """Return the queues to which so many calls came, the busiest first."""
    query = (
        select(interactions.c.queue)
        .where(*_waited(since, until, ""), interactions.c.queue != "")
        .group_by(interactions.c.queue)
        .having(func.count() >= least)
        .order_by(func.count().desc(), interactions.c.queue)
        .limit(50)
    )
    return [row.queue for row in await db.execute(query)]


async def handle(db: AsyncConnection, today: date, site: Site, queue: str = "") -> float | None:
    """Return how many seconds a call took lately with its writing up; None when none was answered."""
    since, until = site.midnight(today - timedelta(days=HANDLED_DAYS)), site.midnight(today)
    ended = func.least(
        func.coalesce(interactions.c.closed_at, interactions.c.ended_at), interactions.c.ended_at + LONGEST_WRITE_UP
    )
    query = select(func.avg(extract("epoch", ended - interactions.c.answered_at))).where(
        *_waited(since, until, queue), interactions.c.answered_at.is_not(None), interactions.c.ended_at.is_not(None)
    )
    found = (await db.execute(query)).scalar_one_or_none()
    return None if found is None else max(10.0, float(found))


async def strange_days(db: AsyncConnection, since: datetime, site: Site) -> frozenset[date]:
    """Return the days on which everybody was told of an event: they say nothing of ordinary ones."""
    query = (
        select(mass_events.c.begins_at, mass_events.c.ends_at, mass_events.c.restored_at)
        .where(mass_events.c.area_key == "", or_(mass_events.c.ends_at.is_(None), mass_events.c.ends_at > since))
        .limit(2_000)
    )
    found: set[date] = set()
    for row in await db.execute(query):
        begins = site.today(row.begins_at)
        ends = site.today(row.restored_at or row.ends_at or row.begins_at)
        # An announcement that is left standing for months is no outage of months.
        found |= {begins + timedelta(days=number) for number in range(min((ends - begins).days, 6) + 1)}
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A day's forecast on record, with what it needs."""

    forecast: Forecast
    handle: float
    needed: tuple[float, ...]
    made_at: datetime


async def keep(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing,
    queue: str,
    days: Iterable[Forecast],
    needed: Mapping[date, Sequence[float]],
    handle_seconds: float,
    now: datetime,
) -> None:
    """Keep forecasts of days, each over the one that was made before; what was made for a day that is over stays."""
    rows = [
        {
            "queue": queue, "day": one.day, "calls": _rounded(one.calls), "low": _rounded(one.low),
            "high": _rounded(one.high), "handle": handle_seconds, "needed": list(needed[one.day]), "made_at": now,
        }
        for one in days
    ]  # fmt: skip
    if rows:
        new = upsert(forecast_days)
        changed = {name: new.excluded[name] for name in ("calls", "low", "high", "handle", "needed", "made_at")}
        await db.execute(new.on_conflict_do_update(index_elements=["queue", "day"], set_=changed), rows)


def _rounded(values: Counts) -> list[float]:
    return [round(one, 2) for one in values]


async def forecasts(db: AsyncConnection, first: date, last: date, queue: str = "") -> dict[date, Kept]:
    """Return the forecasts on record of some days."""
    query = select(forecast_days).where(forecast_days.c.queue == queue, forecast_days.c.day.between(first, last))
    return {row.day: _kept(row) for row in await db.execute(query)}


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    return Kept(
        forecast=Forecast(day=row.day, calls=tuple(row.calls), low=tuple(row.low), high=tuple(row.high)),
        handle=row.handle,
        needed=tuple(row.needed),
        made_at=row.made_at,
    )


async def queues(db: AsyncConnection, since: date) -> list[str]:
    """Return the queues that have forecasts of their own."""
    query = (
        select(forecast_days.c.queue)
        .where(forecast_days.c.queue != "", forecast_days.c.day >= since)
        .distinct()
        .order_by(forecast_days.c.queue)
        .limit(50)
    )
    return [row.queue for row in await db.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """An operator was in a state from a moment on."""

    operator_id: int
    state: str
    reason: str
    at: datetime


async def states(db: AsyncConnection, since: datetime, until: datetime) -> list[Stood]:
    """Return what operators did in a time, in order; first where everybody stood when it began."""
    own = select(operator_states.c.operator_id, operator_states.c.state, operator_states.c.reason, operator_states.c.at)
    before = (
        own.where(operator_states.c.at < since, operator_states.c.at >= since - timedelta(days=2))
        .ext(distinct_on(operator_states.c.operator_id))
        .order_by(operator_states.c.operator_id, operator_states.c.at.desc(), operator_states.c.id.desc())
    )
    within = (
        own.where(operator_states.c.at >= since, operator_states.c.at < until)
        .order_by(operator_states.c.at, operator_states.c.id)
        .limit(MOST_STATES)
    )
    return [
        Stood(operator_id=row.operator_id, state=row.state, reason=row.reason, at=row.at)
        for query in (before, within)
        for row in await db.execute(query)
    ]
