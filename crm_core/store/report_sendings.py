"""Schedules of reports and the files they made: due ones, links that are good once, what is over (shell)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import LinkUsed, NoSuchReport
from crm_core.reports.sending import Every
from crm_core.store import access_log
from crm_core.tables import report_files, report_schedules, users
from crm_core.text import one_line

LONGEST_TROUBLE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSchedule:
    """A report to be made again and again."""

    owner_id: int
    report: str
    form: str
    every: Every
    weekday: int
    day: int
    at_minute: int
    people: tuple[int, ...]
    addresses: tuple[str, ...]
    next_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(NewSchedule):
    """One that is on record."""

    schedule_id: int
    owner: str
    last_at: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that a schedule made for somebody."""

    schedule_id: int
    due_at: datetime
    user_id: int | None
    address: str
    title: str
    form: str
    stored: str
    token: str
    rows: int
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One that is on record."""

    file_id: int
    title: str
    form: str
    stored: str
    rows: int
    made_at: datetime
    expires_at: datetime
    fetched_at: datetime | None
    user_id: int | None
    address: str


def _schedule(row: Any) -> Schedule:
    return Schedule(
        schedule_id=row.id, owner_id=row.owner_id, owner=row.name, report=row.report, form=row.form,
        every=Every(row.every), weekday=row.weekday, day=row.day, at_minute=row.at_minute,
        people=tuple(row.people), addresses=tuple(row.addresses), next_at=row.next_at, last_at=row.last_at,
        trouble=row.trouble,
    )  # fmt: skip


def _file(row: Any) -> File:
    return File(
        file_id=row.id, title=row.title, form=row.form, stored=row.stored, rows=row.rows, made_at=row.made_at,
        expires_at=row.expires_at, fetched_at=row.fetched_at, user_id=row.user_id, address=row.address,
    )  # fmt: skip


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def add(db: Writing, new: NewSchedule) -> int:
    """Put a schedule on record; return its key."""
    row = insert(report_schedules).values(
        owner_id=new.owner_id, report=new.report, form=new.form, every=new.every.value, weekday=new.weekday,
        day=new.day, at_minute=new.at_minute, people=list(new.people), addresses=list(new.addresses),
        next_at=new.next_at,
    )  # fmt: skip
    key = int((await db.execute(row.returning(report_schedules.c.id))).scalar_one())
    told = f"{new.report} as {new.form}, every {new.every.value}, to {len(new.people)} people and " + (
        ", ".join(new.addresses) or "no address"
    )
    await access_log.record(db, new.owner_id, "report.scheduled", f"schedule {key}", told)
    return key


async def listing(db: AsyncConnection, owner_id: int, *, after: int | None = None, limit: int = 51) -> list[Schedule]:
    """Return somebody's own schedules, newest first."""
    query = (
        select(report_schedules, users.c.name)
        .join(users, users.c.id == report_schedules.c.owner_id)
        .where(report_schedules.c.owner_id == owner_id, report_schedules.c.ended_at.is_(None))
        .order_by(report_schedules.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(report_schedules.c.id < after)
    return [_schedule(row) for row in await db.execute(query)]


async def end(db: Writing, schedule_id: int, owner_id: int, now: datetime) -> None:
    """End one's own schedule.

    Raises:
        NoSuchReport: it is another person's, over, or there is none.

    """
    change = update(report_schedules).where(
        report_schedules.c.id == schedule_id,
        report_schedules.c.owner_id == owner_id,
        report_schedules.c.ended_at.is_(None),
    )
    if not (await db.execute(change.values(ended_at=now))).rowcount:
        raise NoSuchReport(f"there is no schedule {schedule_id} of this person")
    await access_log.record(db, owner_id, "report.scheduled", f"schedule {schedule_id}", "ended")


async def due(db: Writing, now: datetime, limit: int = 20) -> list[Schedule]:
    """Return schedules whose time has come and hold them until the transaction ends: no other worker gets them."""
    query = (
        select(report_schedules, users.c.name)
        .join(users, users.c.id == report_schedules.c.owner_id)
        .where(report_schedules.c.ended_at.is_(None), report_schedules.c.next_at <= now)
        .order_by(report_schedules.c.next_at)
        .limit(limit)
        .with_for_update(of=report_schedules, skip_locked=True)
    )
    return [_schedule(row) for row in await db.execute(query)]


async def ran(db: Writing, schedule_id: int, next_at: datetime, now: datetime, trouble: str = "") -> None:
    """Note that a schedule ran, and when it does again."""
    values = {"next_at": next_at, "last_at": now, "trouble": one_line(trouble, LONGEST_TROUBLE)}
    await db.execute(update(report_schedules).where(report_schedules.c.id == schedule_id).values(values))


async def keep(db: Writing, new: NewFile) -> int | None:
    """Put a file on record; None when this run made one for the same person before."""
    row = upsert(report_files).values(
        schedule_id=new.schedule_id, due_at=new.due_at, user_id=new.user_id, address=new.address, title=new.title,
        form=new.form, stored=new.stored, token_hash=_hash(new.token), rows=new.rows, made_at=new.made_at,
        expires_at=new.expires_at,
    )  # fmt: skip
    made = row.on_conflict_do_nothing().returning(report_files.c.id)
    key: int | None = (await db.execute(made)).scalar_one_or_none()
    return key


async def files(db: AsyncConnection, user_id: int, now: datetime, limit: int = 50) -> list[File]:
    """Return the files that wait for somebody, newest first."""
    query = (
        select(report_files)
        .where(report_files.c.user_id == user_id, report_files.c.stored != "", report_files.c.expires_at > now)
        .order_by(report_files.c.id.desc())
        .limit(limit)
    )
    return [_file(row) for row in await db.execute(query)]


async def linked(db: AsyncConnection, token: str, now: datetime) -> File:
    """Return the file behind a link, which stays good.

    Raises:
        LinkUsed: it was used, or its time is over, or there is none.

    """
    query = select(report_files).where(report_files.c.token_hash == _hash(token), *_good(now))
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise LinkUsed("the link to a report is none, or was used")
    return _file(row)


async def fetch(db: Writing, token: str, now: datetime, ip: str) -> File:
    """Use the link of an address: once.

    Raises:
        LinkUsed: it was used, or its time is over, or there is none.

    """
    change = update(report_files).where(report_files.c.token_hash == _hash(token), *_good(now))
    row = (await db.execute(change.values(fetched_at=now).returning(report_files))).one_or_none()
    if row is None:
        raise LinkUsed("the link to a report is none, or was used")
    await access_log.record(db, None, "report.downloaded", f"report file {row.id}", row.address, ip)
    return _file(row)


def _good(now: datetime) -> tuple[Any, ...]:
    files_ = report_files.c
    return files_.fetched_at.is_(None), files_.expires_at > now, files_.stored != "", files_.user_id.is_(None)


async def take(db: Writing, file_id: int, user_id: int, now: datetime, ip: str) -> File:
    """Take one's own file: once.

    Raises:
        LinkUsed: it is another person's, was taken, or its time is over.

    """
    mine = report_files.c.id == file_id, report_files.c.user_id == user_id, report_files.c.fetched_at.is_(None)
    change = update(report_files).where(*mine, report_files.c.expires_at > now, report_files.c.stored != "")
    row = (await db.execute(change.values(fetched_at=now).returning(report_files))).one_or_none()
    if row is None:
        raise LinkUsed(f"report file {file_id} is not there for this person any more")
    await access_log.record(db, user_id, "report.downloaded", f"report file {row.id}", row.title, ip)
    return _file(row)


async def gone(db: Writing, file_ids: Sequence[int]) -> None:
    """Note that files were deleted."""
    await db.execute(update(report_files).where(report_files.c.id.in_(file_ids)).values(stored=""))


async def over(db: Writing, now: datetime, limit: int = 200) -> list[File]:
    """Return files whose time is over, or that were fetched a while ago, and note them as gone: delete them."""
    query = (
        select(report_files)
        .where(report_files.c.stored != "", report_files.c.expires_at <= now)
        .order_by(report_files.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [_file(row) for row in await db.execute(query)]
    if found:
        await gone(db, [one.file_id for one in found])
    return found
