"""When the utility works: hours of the week and days of its own (shell)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.tables import work_days, work_hours
from crm_core.text import one_line
from crm_core.work.forms import Site
from crm_core.work.sla import Span, WorkCalendar

MOST_DAYS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDay:
    """A day the utility decided about itself."""

    day: date
    works: bool
    title: str = ""


async def calendar(db: AsyncConnection, site: Site) -> WorkCalendar:
    """Return when the utility works."""
    week: dict[int, list[Span]] = defaultdict(list)
    for row in await db.execute(select(work_hours).order_by(work_hours.c.weekday, work_hours.c.opens)):
        week[row.weekday].append(Span(opens=row.opens, closes=row.closes))
    days = {row.day: row.works for row in await db.execute(select(work_days.c.day, work_days.c.works).limit(MOST_DAYS))}
    return WorkCalendar(
        time_zone=site.time_zone,
        country=site.country,
        week={day: tuple(spans) for day, spans in week.items()},
        days=days,
    )


async def own_days(db: AsyncConnection, since: date, months: int = 24) -> list[OwnDay]:
    """Return the utility's own days from one on, for a page."""
    until = since + timedelta(days=31 * months)
    query = select(work_days).where(work_days.c.day.between(since, until)).order_by(work_days.c.day).limit(500)
    return [OwnDay(day=row.day, works=row.works, title=row.title) for row in await db.execute(query)]


async def set_day(db: Writing, one: OwnDay) -> None:
    """Set a day worked or off; deadlines that are laid down already stay."""
    new = upsert(work_days).values(day=one.day, works=one.works, title=one_line(one.title, 120))
    await db.execute(
        new.on_conflict_do_update(
            index_elements=["day"], set_={"works": new.excluded.works, "title": new.excluded.title}
        )
    )


async def forget_day(db: Writing, day: date) -> None:
    """Leave a day to the week and the country's holidays again."""
    await db.execute(delete(work_days).where(work_days.c.day == day))


async def set_week(db: Writing, week: Mapping[int, Sequence[Span]]) -> None:
    """Set the hours of the whole week."""
    await db.execute(delete(work_hours))
    rows = [
        {"weekday": day, "opens": span.opens, "closes": span.closes} for day, spans in week.items() for span in spans
    ]
    if rows:
        await db.execute(insert(work_hours), rows)
