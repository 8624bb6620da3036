"""Mass events: what callers of an area are told before they ask (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import names
from crm_core.db import Writing
from crm_core.errors import NoSuchFlow
from crm_core.store import access_log
from crm_core.tables import accounts, mass_events, premises, users
from crm_core.text import one_line

LONGEST_TEXT = 300
MOST = 5
"""Told to one caller."""
MOST_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event as it was typed."""

    title: str
    area: str
    """Words that every address of it has; "" for everybody."""
    texts: Mapping[str, str]
    begins_at: datetime
    ends_at: datetime | None = None
    restored_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event on record."""

    event_id: int
    title: str
    area: str
    texts: Mapping[str, str] = field(default_factory=dict)
    begins_at: datetime
    ends_at: datetime | None
    restored_at: datetime | None
    made_by: str = ""
    area_key: str = ""
    """Words of the area as addresses have them."""


def _living(now: datetime) -> ColumnElement[bool]:
    ends = or_(mass_events.c.ends_at.is_(None), mass_events.c.ends_at > now)
    return and_(mass_events.c.begins_at <= now, ends)


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    return Event(
        event_id=row.id,
        title=row.title,
        area=row.area,
        texts=row.texts,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        restored_at=row.restored_at,
        made_by=row.maker or "",
        area_key=row.area_key,
    )


def _events() -> Select[Any]:
    return select(mass_events, users.c.name.label("maker")).outerjoin(users, users.c.id == mass_events.c.made_by)


async def told(db: AsyncConnection, account_id: int | None, now: datetime) -> list[Event]:
    """Return what a caller is told now: events of everybody, and of the place of his account when it is known."""
    place = (
        select(premises.c.address_key)
        .join(accounts, accounts.c.premises_id == premises.c.id)
        .where(accounts.c.id == account_id)
        .scalar_subquery()
    )
    words = func.string_to_array(place, " ").op("@>")(func.string_to_array(mass_events.c.area_key, " "))
    mine = mass_events.c.area_key == "" if account_id is None else or_(mass_events.c.area_key == "", words)
    query = _events().where(_living(now), mine).order_by(mass_events.c.begins_at.desc()).limit(MOST)
    return [_event(row) for row in await db.execute(query)]


async def to_tell(db: AsyncConnection, now: datetime) -> list[Event]:
    """Return every event that callers are told now or will be, the newest first: what a menu keeps in memory."""
    ends = or_(mass_events.c.ends_at.is_(None), mass_events.c.ends_at > now)
    query = _events().where(ends).order_by(mass_events.c.begins_at.desc(), mass_events.c.id.desc()).limit(MOST_KEPT)
    return [_event(row) for row in await db.execute(query)]


async def listing(db: AsyncConnection, *, before: int | None = None, limit: int = 50) -> list[Event]:
    """Return events, newest first."""
    query = _events().order_by(mass_events.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(mass_events.c.id < before)
    return [_event(row) for row in await db.execute(query)]


async def add(db: Writing, new: NewEvent, by: int | None) -> int:
    """Put an event on record; returns its key."""
    values = {
        "title": one_line(new.title, 120),
        "area": one_line(new.area, 200),
        "area_key": names.address_key(new.area),
        "texts": {language: one_line(said, LONGEST_TEXT) for language, said in new.texts.items()},
        "begins_at": new.begins_at,
        "ends_at": new.ends_at,
        "restored_at": new.restored_at,
        "made_by": by,
    }
    key = int((await db.execute(insert(mass_events).values(values).returning(mass_events.c.id))).scalar_one())
    await access_log.record(db, by, "flow.managed", f"event {key}", one_line(new.title, 120))
    return key


async def end(db: Writing, event_id: int, by: int | None, now: datetime) -> None:
    """Tell nobody any more; an event that is over stays as it is.

    Raises:
        NoSuchFlow: there is none of this key.

    """
    known = await db.execute(select(mass_events.c.id).where(mass_events.c.id == event_id))
    if known.one_or_none() is None:
        raise NoSuchFlow(f"there is no event {event_id}")
    going_on = or_(mass_events.c.ends_at.is_(None), mass_events.c.ends_at > now)
    change = update(mass_events).where(mass_events.c.id == event_id, going_on).values(ends_at=now, ended_by=by)
    if (await db.execute(change)).rowcount:
        await access_log.record(db, by, "flow.managed", f"event {event_id}", "ended")
