"""Suggestions about a process: put, answered, decided, taken up by a version (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchProcess, WorkRefused
from crm_core.processes.suggestions import LONGEST, SuggestionState, SuggestionStep, decide, runs
from crm_core.store import kinds, processes
from crm_core.tables import process_answers, process_suggestions, process_versions, users
from crm_core.text import one_line, storable
from crm_core.work.lives import Barred, Mover

MOST_ANSWERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody said to a suggestion."""

    by: str
    at: datetime
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A suggestion with its thread."""

    suggestion_id: int
    step: str
    body: str
    state: SuggestionState
    by_id: int
    by: str
    at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str
    version: int | None
    """Which took it up."""
    answers: tuple[Answer, ...]


async def put(db: Writing, kind: str, step: str, body: str, by: int, now: datetime) -> int:  # noqa: PLR0913, PLR0917 -- one row
    """Put a suggestion; returns its key.

    Raises:
        NoSuchProcess: there is no such kind.
        WorkRefused: nothing was said.

    """
    if await kinds.latest(db, kind) is None:
        raise NoSuchProcess(f"there is no kind of application {one_line(kind, 30)}")
    if not body.strip():
        raise WorkRefused("comment-empty")
    values = {
        "kind": kind, "step": one_line(step, 30), "body": storable(body.strip(), LONGEST), "by_user": by, "at": now,
    }  # fmt: skip
    row = await db.execute(insert(process_suggestions).values(values).returning(process_suggestions.c.id))
    return int(row.scalar_one())


async def answer(db: Writing, suggestion_id: int, body: str, by: int, now: datetime) -> str:
    """Say something to a suggestion; returns the kind it is about.

    Raises:
        NoSuchProcess: there is no such suggestion.
        WorkRefused: nothing was said.

    """
    row = await _locked(db, suggestion_id)
    if not body.strip():
        raise WorkRefused("comment-empty")
    values = {"suggestion_id": suggestion_id, "body": storable(body.strip(), LONGEST), "by_user": by, "at": now}
    await db.execute(insert(process_answers).values(values))
    return str(row.kind)


async def _locked(db: Writing, suggestion_id: int) -> Row[*tuple[Any, ...]]:
    query = select(process_suggestions).where(process_suggestions.c.id == suggestion_id).with_for_update()
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchProcess(f"there is no suggestion {suggestion_id}")
    return row


async def settle(  # noqa: PLR0913, PLR0917 -- what, by whom, with which words and when
    db: Writing,
    suggestion_id: int,
    step: SuggestionStep,
    mover: Mover,
    said: str,
    now: datetime,
    version_id: int | None = None,
) -> str:
    """Take a suggestion a step on; returns the kind it is about.

    Args:
        db: the transaction.
        suggestion_id: which.
        step: what is wanted.
        mover: who wants it.
        said: the reason.
        now: the present moment.
        version_id: the version that takes it up, of that step alone.

    Raises:
        NoSuchProcess: there is no such suggestion.
        WorkRefused: not now, not his to decide, or without a reason.

    """
    row = await _locked(db, suggestion_id)
    owners = [user_id for user_id, _ in await processes.owners(db, row.kind)]
    after = decide(
        SuggestionState(row.state), step, mine=row.by_user == mover.user_id, runs_it=runs(mover, owners), said=said
    )
    if isinstance(after, Barred):
        raise WorkRefused(after.code)
    values: dict[str, Any] = {"state": after.value, "decided_by": mover.user_id, "decided_at": now}
    if step is SuggestionStep.TAKE_UP:
        values["version_id"] = version_id
    else:
        values["reason"] = storable(said.strip(), LONGEST)
    await db.execute(update(process_suggestions).where(process_suggestions.c.id == suggestion_id).values(values))
    return str(row.kind)


async def listing(
    db: AsyncConnection, kind: str, *, state: SuggestionState | None = None, before: int | None = None, limit: int = 20
) -> list[Suggestion]:
    """Return a page of the suggestions about a kind's process with their threads, the newest first."""
    author, judge = users.alias("author"), users.alias("judge")
    s = process_suggestions.c
    query = (
        select(
            process_suggestions,
            author.c.name.label("author"),
            judge.c.name.label("judge"),
            process_versions.c.version.label("version"),
        )
        .join(author, author.c.id == s.by_user)
        .outerjoin(judge, judge.c.id == s.decided_by)
        .outerjoin(process_versions, process_versions.c.id == s.version_id)
        .where(s.kind == kind)
        .order_by(s.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(s.state == state.value)
    if before is not None:
        query = query.where(s.id < before)
    rows = (await db.execute(query)).all()
    said = await _answers(db, [row.id for row in rows])
    return [
        Suggestion(
            suggestion_id=row.id, step=row.step, body=row.body, state=SuggestionState(row.state), by_id=row.by_user,
            by=row.author, at=row.at, decided_by=row.judge or "", decided_at=row.decided_at, reason=row.reason,
            version=row.version, answers=tuple(said.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


async def _answers(db: AsyncConnection, keys: Sequence[int]) -> Mapping[int, list[Answer]]:
    query = (
        select(process_answers, users.c.name)
        .join(users, users.c.id == process_answers.c.by_user)
        .where(process_answers.c.suggestion_id.in_(keys))
        .order_by(process_answers.c.id)
        .limit(MOST_ANSWERS)
    )
    found: dict[int, list[Answer]] = {}
    for row in await db.execute(query):
        found.setdefault(row.suggestion_id, []).append(Answer(by=row.name, at=row.at, body=row.body))
    return found
