"""Schemes that teams are judged by: every version stays, and counts from its day on (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import ReportChanged
from crm_core.store import access_log
from crm_core.tables import kpi_schemes, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A scheme on record."""

    team: str
    version: int
    since: date
    scheme: Mapping[str, Any]
    made_by: str
    made_at: datetime


def _query() -> Select[Any]:
    return select(kpi_schemes, users.c.name).outerjoin(users, users.c.id == kpi_schemes.c.made_by)


def _kept(row: Any) -> Kept:
    return Kept(
        team=row.team, version=row.version, since=row.since, scheme=row.scheme, made_by=row.name or "",
        made_at=row.made_at,
    )  # fmt: skip


async def on(db: AsyncConnection, day: date) -> dict[str, Kept]:
    """Return the schemes that count on a day, by team."""
    newest = kpi_schemes.c.since.desc(), kpi_schemes.c.version.desc()
    query = _query().where(kpi_schemes.c.since <= day).ext(distinct_on(kpi_schemes.c.team))
    rows = await db.execute(query.order_by(kpi_schemes.c.team, *newest).limit(200))
    return {row.team: _kept(row) for row in rows}


async def versions(db: AsyncConnection, team: str, limit: int = 50) -> list[Kept]:
    """Return the versions of a team's scheme, newest first."""
    query = _query().where(kpi_schemes.c.team == team).order_by(kpi_schemes.c.version.desc()).limit(limit)
    return [_kept(row) for row in await db.execute(query)]


async def save(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, team: str, scheme: Mapping[str, Any], since: date, seen: int, by: int
) -> int:
    """Store the next version of a team's scheme; return it.

    Args:
        db: a transaction.
        team: whose.
        scheme: as `crm_core.reports.kpi.write` makes it.
        since: from which day it counts.
        seen: the version that was shown, 0 for none.
        by: who changes it.

    Raises:
        ReportChanged: there is a newer version than the one that was shown.

    """
    newest = select(func.coalesce(func.max(kpi_schemes.c.version), 0)).where(kpi_schemes.c.team == team)
    if (await db.execute(newest)).scalar_one() != seen:
        raise ReportChanged(f"the scheme of {team} was changed by somebody else")
    values = {"team": team, "version": seen + 1, "since": since, "scheme": dict(scheme), "made_by": by}
    # Two who save at once: the second finds the place taken.
    row = upsert(kpi_schemes).values(values).on_conflict_do_nothing().returning(kpi_schemes.c.version)
    if (await db.execute(row)).scalar_one_or_none() is None:
        raise ReportChanged(f"the scheme of {team} was changed by somebody else")
    await access_log.record(db, by, "kpi.managed", f"team {team}", f"version {seen + 1}, from {since.isoformat()}")
    return seen + 1
