"""`busbar bench reports`: every report of the library and what a designer asks, on a year of calls (shell).

The year is drawn into a schema of its own in the database of the settings (`deploy.bench.reports_year`) and taken away
afterwards. Each report is asked for the period it is offered with; what is told is the middle one of three askings.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from crm_core.reports.library import LIBRARY
from crm_core.reports.terms import EVERYTHING, Filter, Query, named
from crm_core.settings import Settings
from crm_core.store import reports
from crm_core.store.report_sources import can_answer
from crm_core.tables import metadata
from deploy.bench import reports_year
from deploy.figures import Figure, at_most

SCHEMA: Final = "bench_reports"
LIBRARY_SECONDS, DESIGNER_SECONDS = 2.0, 1.0
TODAY, ZONE = date(2026, 11, 30), "Europe/Budapest"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TURNS = 3
MONTH = named("last_month", TODAY, ZONE)
DESIGNED: Final = (
    ("queues by day of a month, beside the one before", Query(
        subject="visits", measures=("offered", "answered", "service_level", "abandon_rate"), by=("day", "queue"),
        period=MONTH, compare="previous")),
    ("one team's handling by operator in a month", Query(
        subject="contacts", measures=("handled", "handle_time", "transfer_rate", "repeat_rate"), by=("operator",),
        period=MONTH, filters=(Filter("team", "is", ("team1",)),))),
    ("states by operator and day of a month", Query(
        subject="states", measures=("signed_in", "occupancy", "utilisation"), by=("operator", "day"), period=MONTH)),
    ("topics across weekdays in a month", Query(
        subject="contacts", measures=("contacts",), by=("topic",), across="weekday", period=MONTH)),
    ("rings by operator in a month", Query(
        subject="offers", measures=("offers", "missed", "missed_rate"), by=("operator",), period=MONTH)),
)  # fmt: skip
"""What people put together: a month, one or two dimensions, a filter or a comparison."""


def run(settings: Settings, calls: int = 2_500, days: int = 366) -> list[Figure]:
    """Draw a year and measure.

    Args:
        settings: in whose database the schema is made.
        calls: of a day.
        days: that end today.

    """
    return asyncio.run(_run(settings, calls, days))


async def _run(settings: Settings, calls: int, days: int) -> list[Figure]:
    options = f"-csearch_path={SCHEMA},public -cTimeZone=UTC -cjit=off"
    engine = create_async_engine(settings.database_url, connect_args={"options": options}, pool_size=1)
    try:
        began = time.perf_counter()
        await _draw(engine, calls, days)
        drawn = Figure(name="drawing the year", value=time.perf_counter() - began, unit="s")
        async with engine.connect() as db:
            return [drawn, *await _measured(db)]
    finally:
        async with engine.begin() as db:
            await db.execute(text(f"drop schema if exists {SCHEMA} cascade"))
        await engine.dispose()


async def _draw(engine: AsyncEngine, calls: int, days: int) -> None:
    values = {
        "operators": reports_year.OPERATORS, "teams": reports_year.TEAMS, "queues": reports_year.QUEUES,
        "accounts": min(reports_year.ACCOUNTS, calls * days), "calls": calls, "days": days,
        "first": TODAY - timedelta(days - 1),
    }  # fmt: skip
    async with engine.begin() as db:
        await db.execute(text(f"drop schema if exists {SCHEMA} cascade"))
        await db.execute(text(f"create schema {SCHEMA}"))
        await db.run_sync(metadata.create_all, checkfirst=False)
        await db.execute(text("select setseed(0.5)"))
        for statement in (*reports_year.PEOPLE, reports_year.DRAWN, *reports_year.YEAR):
            await db.exec_driver_sql(statement, values)
        await db.execute(text(f"analyze {', '.join(metadata.tables)}"))


async def _measured(db: AsyncConnection) -> list[Figure]:
    found = []
    for report in (one for one in LIBRARY if can_answer(one.query)):
        query = replace(report.query, period=named(report.query.named, TODAY, ZONE))
        seconds = await _asked(db, query)
        found.append(at_most(f"report {report.code}", seconds, "s", LIBRARY_SECONDS))
    for title, query in DESIGNED:
        found.append(at_most(f"designer: {title}", await _asked(db, query), "s", DESIGNER_SECONDS))
    return found


async def _asked(db: AsyncConnection, query: Query) -> float:
    """Return the middle one of the times that a question takes, in seconds."""
    times = []
    for _ in range(TURNS):
        began = time.perf_counter()
        await reports.answer(db, query, EVERYTHING, now=NOW)
        times.append(time.perf_counter() - began)
    return statistics.median(times)
