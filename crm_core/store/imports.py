"""Imports on record: received, judged, committed, taken back (shell). What they do is in `crm_core.importing`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchImport
from crm_core.importing.life import MOVING, ImportState, Step, advance
from crm_core.importing.report import Example
from crm_core.joblife import State as JobState
from crm_core.store import trouble_news
from crm_core.tables import import_changes, imports, jobs, users

FORGOTTEN_AFTER = timedelta(days=7)
"""Files of imports that never came to be are kept so long."""
OVER = {JobState.CANCELLED: ImportState.CANCELLED, JobState.FAILED: ImportState.FAILED}
"""What an import is whose job ended without having done its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An import as it stands."""

    import_id: int
    state: ImportState
    kind: str
    file_name: str
    form: str
    size: int
    stored: str
    rows: int
    rejected: int
    header: Sequence[str]
    mapping: Mapping[str, int]
    findings: Mapping[str, int]
    examples: Sequence[Example]
    changed: Mapping[str, int]
    notes: Mapping[str, int]
    undone: Mapping[str, Mapping[str, int]]
    refusal: str
    asked_by: int | None
    user: str
    job_id: int | None
    created_at: datetime
    finished_at: datetime | None
    undo_until: datetime | None
    undone_at: datetime | None

    def may_undo(self, now: datetime) -> bool:
        """Whether it can still be taken back."""
        return self.state is ImportState.COMMITTED and self.undo_until is not None and now < self.undo_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that came in."""

    name: str
    hash: str
    form: str
    size: int
    stored: str
    kind: str


async def receive(db: Writing, file: Received, by: int) -> int:
    """Put a file on record; return the number of its import."""
    values = {
        "file_hash": file.hash,
        "file_name": file.name,
        "form": file.form,
        "size": file.size,
        "stored": file.stored,
        "kind": file.kind,
        "state": ImportState.RECEIVED,
        "asked_by": by,
    }
    return int((await db.execute(insert(imports).values(values).returning(imports.c.id))).scalar_one())


async def by_id(db: AsyncConnection, import_id: int) -> Import:
    """Return an import.

    Raises:
        NoSuchImport: there is none of that number.
    """
    row = (await db.execute(_query().where(imports.c.id == import_id))).one_or_none()
    if row is None:
        raise NoSuchImport(f"there is no import {import_id}")
    return _import(row)


async def listing(db: AsyncConnection, *, before_id: int | None = None, limit: int = 50) -> list[Import]:
    """Return imports, newest first; `before_id` is the last one shown."""
    query = _query().order_by(imports.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(imports.c.id < before_id)
    return [_import(row) for row in await db.execute(query)]


async def whole(db: AsyncConnection, file_hash: str) -> int | None:
    """Return the import that brought this very file in without a rejected row, None when there is none."""
    query = select(imports.c.id).where(
        imports.c.file_hash == file_hash, imports.c.state == ImportState.COMMITTED, imports.c.rejected == 0
    )
    return (await db.execute(query)).scalar_one_or_none()


async def step(db: Writing, import_id: int, step: Step, **values: Any) -> Import:
    """Let a step happen to an import, with what it changes besides its state.

    Raises:
        NoSuchImport: there is none of that number.
        ImportOutOfTurn: it is not in a state for this step; nothing was changed.
    """
    await db.execute(select(imports.c.id).where(imports.c.id == import_id).with_for_update())
    found = await by_id(db, import_id)
    state = advance(found.state, step)
    await db.execute(update(imports).where(imports.c.id == import_id).values(state=state, **values))
    await trouble_news.tell(db)
    return found


async def newest_failed(db: AsyncConnection, since: datetime) -> bool:
    """Whether the newest import since a moment ended without doing anything."""
    row = (
        await db.execute(_query().where(imports.c.created_at >= since).order_by(imports.c.id.desc()).limit(1))
    ).first()
    return row is not None and _state(row) is ImportState.FAILED


async def noted(db: Writing, import_id: int, **values: Any) -> None:
    """Keep what is told of an import, without a step of its life."""
    await db.execute(update(imports).where(imports.c.id == import_id).values(**values))


async def forgotten(db: Writing, now: datetime, limit: int = 20) -> list[tuple[int, str]]:
    """Let go of imports that are over and can no longer be taken back: what they did row by row, rows that were shown.

    Returns:
        Their numbers, and the names of their files in the run folder, "" for those that were never kept.
    """
    over = [ImportState.COMMITTED, ImportState.UNDONE, ImportState.CANCELLED, ImportState.FAILED]
    late = func.coalesce(imports.c.undo_until, imports.c.created_at + FORGOTTEN_AFTER) < now
    query = select(imports.c.id, imports.c.stored).where(imports.c.state.in_(over), late, imports.c.remembered)
    found = (await db.execute(query.order_by(imports.c.id).limit(limit))).all()
    keys = [row.id for row in found]
    if keys:
        # Of an import of a million rows there is a million to forget; nobody waits for this.
        await db.execute(text("set local statement_timeout = '10min'"))
        await db.execute(delete(import_changes).where(import_changes.c.import_id.in_(keys)))
        gone = {"stored": "", "remembered": False, "examples": []}
        await db.execute(update(imports).where(imports.c.id.in_(keys)).values(gone))
    return [(row.id, row.stored) for row in found]


def _query() -> Select[Any]:
    name: ColumnElement[str] = func.coalesce(users.c.name, "")
    return (
        select(imports, name.label("user"), jobs.c.state.label("job_state"), jobs.c.trouble)
        .outerjoin(users, users.c.id == imports.c.asked_by)
        .outerjoin(jobs, jobs.c.id == imports.c.job_id)
    )


def _state(row: Row[Any]) -> ImportState:
    """An import whose job ended without a word is over too: what it did was taken back with its transaction."""
    state = ImportState(row.state)
    if state not in MOVING or row.job_state is None:
        return state
    over = OVER.get(JobState(row.job_state))
    return state if over is None else ImportState.COMMITTED if state is ImportState.UNDOING else over


def _import(row: Row[Any]) -> Import:
    return Import(
        import_id=row.id,
        state=_state(row),
        kind=row.kind,
        file_name=row.file_name,
        form=row.form,
        size=row.size,
        stored=row.stored,
        rows=row.rows,
        rejected=row.rejected,
        header=row.header,
        mapping=row.mapping,
        findings=row.findings,
        examples=[Example(one[0], one[1], one[2], tuple(one[3])) for one in row.examples],
        changed=row.changed,
        notes=row.notes,
        undone=row.undone,
        refusal=row.refusal or (row.trouble or ""),
        asked_by=row.asked_by,
        user=row.user,
        job_id=row.job_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
        undo_until=row.undo_until,
        undone_at=row.undone_at,
    )
