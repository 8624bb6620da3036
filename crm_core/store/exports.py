"""Exports on record: asked, approved, made, fetched (shell). The file itself is `crm_core.exporting`'s."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import ExportOutOfTurn, LinkUsed, NoSuchExport, NoSuchSegment, OwnExport
from crm_core.exporting.life import MOVING, ExportState, Step, advance
from crm_core.joblife import State as JobState
from crm_core.store import segments
from crm_core.store.segment_sql import Compiler
from crm_core.tables import account_facts, exports, jobs, segment_snapshots, snapshot_members, users
from crm_core.tables import segments as segments_table

DAY = timedelta(days=1)
MADE = "made"
"""State of a list of a segment's members that stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export as it stands."""

    export_id: int
    subject: str
    form: str
    selection: Mapping[str, Any]
    since: date | None
    until: date | None
    reason: str
    state: ExportState
    role: str
    rows: int
    """Counted when it was asked for; of the file once it is made."""
    asked_by: int
    user: str
    answered_by: int | None
    approver: str
    answer: str
    asked_at: datetime
    answered_at: datetime | None
    made_at: datetime | None
    fetched_at: datetime | None
    expires_at: datetime | None
    stored: str
    baits: int
    refusal: str
    job_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asks for."""

    subject: str
    form: str
    selection: Mapping[str, Any]
    since: date | None
    until: date | None
    reason: str
    rows: int
    by: int
    role: str


async def ask(db: Writing, asked: Asked, *, approval_rows: int, expires_at: datetime) -> tuple[int, ExportState]:
    """Put an export on record; return its number and whether it waits for a second person.

    Args:
        db: the transaction.
        asked: what is asked for.
        approval_rows: more rows than that within a day wait for approval: many small files are a large one.
        expires_at: a question that nobody answered until then is over.
    """
    rows = asked.rows + await _passed(db, asked.by)
    state = advance(ExportState.ASKED, Step.HOLD if rows > approval_rows else Step.PASS)
    values = {
        "subject": asked.subject,
        "form": asked.form,
        "selection": dict(asked.selection),
        "since": asked.since,
        "until": asked.until,
        "reason": asked.reason,
        "rows": asked.rows,
        "asked_by": asked.by,
        "role": asked.role,
        "state": state,
        "expires_at": expires_at,
    }
    key = (await db.execute(insert(exports).values(values).returning(exports.c.id))).scalar_one()
    return int(key), state


async def _passed(db: Writing, by: int) -> int:
    """Rows that somebody was given within the last day without a second person."""
    # Two questions at once are asked one after the other.
    await db.execute(select(users.c.id).where(users.c.id == by).with_for_update())
    given = [ExportState.APPROVED, ExportState.MAKING, ExportState.READY, ExportState.FETCHED]
    query = select(func.coalesce(func.sum(exports.c.rows), 0)).where(
        exports.c.asked_by == by,
        exports.c.asked_at > func.now() - DAY,
        exports.c.state.in_(given),
        exports.c.answered_by.is_(None),
    )
    return int(await db.scalar(query) or 0)


async def answer(db: Writing, export_id: int, by: int, step: Step, why: str, **values: Any) -> Export:
    """Approve or refuse an export of another person.

    Raises:
        NoSuchExport: there is none of that number.
        OwnExport: whoever asked cannot answer.
        ExportOutOfTurn: it does not wait for an answer.
    """
    found = await locked(db, export_id)
    if found.asked_by == by:
        raise OwnExport(f"export {export_id} was asked for by the same person")
    state = advance(found.state, step)
    await _set(db, export_id, state=state, answered_by=by, answered_at=func.now(), answer=why, **values)
    return found


async def step(db: Writing, export_id: int, step: Step, **values: Any) -> Export:
    """Let a step happen to an export, with what it changes besides its state; return it as it was.

    Raises:
        NoSuchExport: there is none of that number.
        ExportOutOfTurn: it is not in a state for this step; nothing was changed.
    """
    found = await locked(db, export_id)
    await _set(db, export_id, state=advance(found.state, step), **values)
    return found


async def link(db: Writing, export_id: int, by: int, now: datetime) -> str:
    """Make the token of the one link to a file that is ready; one made earlier is no good any more.

    Raises:
        NoSuchExport: there is none of that number, or it is another person's.
        ExportOutOfTurn: there is no file.
    """
    found = await locked(db, export_id)
    _own(found, by)
    if found.state is not ExportState.READY or (found.expires_at is not None and found.expires_at <= now):
        raise ExportOutOfTurn(f"export {export_id} has no file to fetch")
    token = secrets.token_urlsafe(32)
    await _set(db, export_id, token_hash=_hash(token))
    return token


async def fetch(db: Writing, export_id: int, by: int, token: str, now: datetime) -> Export:
    """Use the link: the only time it can be used.

    Raises:
        NoSuchExport: there is none of that number, or it is another person's.
        LinkUsed: the token is not the newest one, was used, or the file's time is over.
    """
    found = await locked(db, export_id)
    _own(found, by)
    kept = (await db.execute(select(exports.c.token_hash).where(exports.c.id == export_id))).scalar_one()
    right = bool(kept) and hmac.compare_digest(kept, _hash(token))
    if not right or found.state is not ExportState.READY or (found.expires_at is not None and found.expires_at <= now):
        raise LinkUsed(f"the link to export {export_id} was used or is too old")
    state = advance(found.state, Step.FETCH)
    await _set(db, export_id, state=state, fetched_at=now, token_hash="", stored="")
    return found


async def noted(db: Writing, export_id: int, **values: Any) -> None:
    """Keep what is told of an export, without a step of its life."""
    await _set(db, export_id, **values)


async def by_id(db: AsyncConnection, export_id: int) -> Export:
    """Return an export.

    Raises:
        NoSuchExport: there is none of that number.
    """
    row = (await db.execute(_query().where(exports.c.id == export_id))).one_or_none()
    if row is None:
        raise NoSuchExport(f"there is no export {export_id}")
    return _export(row)


async def locked(db: Writing, export_id: int) -> Export:
    """As `by_id`, and nobody else changes it until the transaction ends."""
    await db.execute(select(exports.c.id).where(exports.c.id == export_id).with_for_update())
    return await by_id(db, export_id)


async def listing(
    db: AsyncConnection, *, asked_by: int | None, before_id: int | None = None, limit: int = 50
) -> list[Export]:
    """Return exports, newest first: those of one person and those that wait for approval, everybody's when None."""
    query = _query().order_by(exports.c.id.desc()).limit(limit)
    if asked_by is not None:
        query = query.where(or_(exports.c.asked_by == asked_by, exports.c.state == ExportState.WAITING))
    if before_id is not None:
        query = query.where(exports.c.id < before_id)
    return [_export(row) for row in await db.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list of a segment's members that stands still."""

    list_id: int
    segment: str
    purpose: str
    members: int
    made_at: datetime


async def lists(db: AsyncConnection, limit: int = 200) -> list[List]:
    """Return the newest lists of all segments that can be taken out."""
    query = (
        select(segment_snapshots, segments_table.c.name)
        .join(segments_table, segments_table.c.id == segment_snapshots.c.segment_id)
        .where(segment_snapshots.c.status == MADE, segment_snapshots.c.made_at.is_not(None))
        .order_by(segment_snapshots.c.id.desc())
        .limit(limit)
    )
    return [
        List(list_id=row.id, segment=row.name, purpose=row.purpose, members=row.members, made_at=row.made_at)
        for row in await db.execute(query)
    ]


async def listed(db: AsyncConnection, list_id: int) -> tuple[str, dict[str, Any]]:
    """Return the statement of the account ids of a list that stands still, and its values.

    Raises:
        NoSuchSegment: there is no such list, or it is not made yet.
    """
    found = select(segment_snapshots.c.id).where(segment_snapshots.c.id == list_id, segment_snapshots.c.status == MADE)
    if (await db.execute(found)).scalar_one_or_none() is None:
        raise NoSuchSegment(f"there is no list {list_id}")
    return _statement(select(snapshot_members.c.account_id).where(snapshot_members.c.snapshot_id == list_id))


async def members_of(db: AsyncConnection, segment_id: int, today: date) -> tuple[str, dict[str, Any]]:
    """Return the statement that works out the account ids of a segment's members, and its values.

    Raises:
        NoSuchSegment: there is none of this key.
        SegmentBroken: it asks what is not known any more.
    """
    typed = await segments.resolved(db, segment_id)
    return _statement(select(account_facts.c.account_id).where(Compiler(today).clause(typed)))


def _statement(query: Select[Any]) -> tuple[str, dict[str, Any]]:
    compiled = query.compile(dialect=dialect(), compile_kwargs={"render_postcompile": True})  # type: ignore[no-untyped-call]
    return str(compiled), dict(compiled.params)


async def expire(db: Writing, now: datetime, limit: int = 100) -> list[Export]:
    """End exports whose time is over; return them as they were: their files are to be deleted."""
    ending = [state for state in ExportState if _may_expire(state)]
    query = _query().where(exports.c.state.in_(ending), exports.c.expires_at <= now).limit(limit)
    found = [_export(row) for row in await db.execute(query.with_for_update(of=exports, skip_locked=True))]
    for one in found:
        await _set(db, one.export_id, state=ExportState.EXPIRED, stored="", token_hash="")
    return found


def _may_expire(state: ExportState) -> bool:
    try:
        return advance(state, Step.EXPIRE) is ExportState.EXPIRED
    except ExportOutOfTurn:
        return False


def _own(found: Export, by: int) -> None:
    if found.asked_by != by:
        raise NoSuchExport(f"there is no export {found.export_id} of yours")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def _set(db: Writing, export_id: int, **values: Any) -> None:
    await db.execute(update(exports).where(exports.c.id == export_id).values(**values))


def _query() -> Select[Any]:
    asker, approver = users.alias("asker"), users.alias("approver")
    return (
        select(
            exports,
            asker.c.name.label("user"),
            func.coalesce(approver.c.name, "").label("approver"),
            jobs.c.state.label("job_state"),
            jobs.c.trouble,
        )
        .join(asker, asker.c.id == exports.c.asked_by)
        .outerjoin(approver, approver.c.id == exports.c.answered_by)
        .outerjoin(jobs, jobs.c.id == exports.c.job_id)
    )


def _state(row: Row[Any]) -> ExportState:
    """An export whose job ended without a file failed."""
    state = ExportState(row.state)
    over = row.job_state in {JobState.CANCELLED, JobState.FAILED}
    return ExportState.FAILED if state in MOVING and over else state


def _export(row: Row[Any]) -> Export:
    return Export(
        export_id=row.id,
        subject=row.subject,
        form=row.form,
        selection=row.selection,
        since=row.since,
        until=row.until,
        reason=row.reason,
        state=_state(row),
        role=row.role,
        rows=row.rows,
        asked_by=row.asked_by,
        user=row.user,
        answered_by=row.answered_by,
        approver=row.approver,
        answer=row.answer,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        made_at=row.made_at,
        fetched_at=row.fetched_at,
        expires_at=row.expires_at,
        stored=row.stored,
        baits=row.baits,
        refusal=row.refusal or (row.trouble or ""),
        job_id=row.job_id,
    )
