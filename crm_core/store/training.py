"""Collections of calls to learn from: who may hear them, from which second on, and why (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, cast, delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.db import Writing
from crm_core.errors import NoSuchEvaluation
from crm_core.recordings import State
from crm_core.store import access_log
from crm_core.tables import recordings, team_members, training_calls, training_collections, users
from crm_core.text import one_line, storable

LONGEST_NOTE, LONGEST_TITLE = 500, 80
MOST_COLLECTIONS, MOST_CALLS = 200, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection."""

    collection_id: int
    title: str
    note: str
    teams: tuple[str, ...]
    operators: tuple[int, ...]
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a collection; nothing in it says who the caller was."""

    entry_id: int
    recording_id: int
    began_at: datetime
    seconds: float
    operator: str
    from_second: int
    note: str
    heard: bool
    """There is something to hear still."""


def _collection(row: Row[*tuple[Any, ...]]) -> Collection:
    return Collection(
        collection_id=row.id, title=row.title, note=row.note, teams=tuple(row.teams), operators=tuple(row.operators),
        calls=row.calls,
    )  # fmt: skip


def _open_to(user_id: int) -> ColumnElement[bool]:
    """Return which collections somebody may hear: he is named, or in a team that is."""
    his = exists().where(
        team_members.c.user_id == user_id, training_collections.c.teams.contains(func.to_jsonb(team_members.c.team))
    )
    return training_collections.c.operators.contains(cast([user_id], JSONB)) | his


def _all(viewer: int | None) -> Select[Any]:
    """Return collections that are not retired; only those open to a viewer when one is given."""
    calls = select(func.count()).where(training_calls.c.collection_id == training_collections.c.id).scalar_subquery()
    query = select(training_collections, calls.label("calls")).where(~training_collections.c.retired)
    return query if viewer is None else query.where(_open_to(viewer))


async def listing(db: AsyncConnection, viewer: int | None = None) -> list[Collection]:
    """Return collections that are not retired, by title; only those open to a viewer when one is given."""
    query = _all(viewer).order_by(training_collections.c.title, training_collections.c.id).limit(MOST_COLLECTIONS)
    return [_collection(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, collection_id: int, viewer: int | None = None) -> Collection:
    """Return a collection.

    Raises:
        NoSuchEvaluation: there is none of this key, or not for this viewer.

    """
    found = (await db.execute(_all(viewer).where(training_collections.c.id == collection_id))).one_or_none()
    if found is None:
        raise NoSuchEvaluation(f"there is no collection {collection_id}")
    return _collection(found)


async def calls(db: AsyncConnection, collection_id: int) -> list[Call]:
    """Return the calls of a collection, in the order they were added."""
    query = (
        select(
            training_calls, recordings.c.began_at, recordings.c.seconds, users.c.name,
            (recordings.c.state == State.KEPT.value).label("heard"),
        )
        .join(recordings, recordings.c.id == training_calls.c.recording_id)
        .outerjoin(users, users.c.id == recordings.c.operator_id)
        .where(training_calls.c.collection_id == collection_id)
        .order_by(training_calls.c.id)
        .limit(MOST_CALLS)
    )  # fmt: skip
    return [
        Call(
            entry_id=row.id, recording_id=row.recording_id, began_at=row.began_at, seconds=row.seconds,
            operator=row.name or "", from_second=row.from_second, note=row.note, heard=row.heard,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def save(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, collection_id: int | None, title: str, note: str, teams: Sequence[str], operators: Sequence[int],
    by: int, now: datetime,
) -> int:  # fmt: skip
    """Make a collection or change one; returns its key. Who may hear it is written down."""
    values = {
        "title": one_line(title, LONGEST_TITLE), "note": storable(note, LONGEST_NOTE), "teams": list(teams),
        "operators": list(operators), "changed_by": by, "changed_at": now,
    }  # fmt: skip
    if collection_id is None:
        made = await db.execute(insert(training_collections).values(values).returning(training_collections.c.id))
        key = int(made.scalar_one())
    else:
        key = (await one(db, collection_id)).collection_id
        await db.execute(update(training_collections).where(training_collections.c.id == key).values(values))
    open_to = f"open to {', '.join([*teams, *(f'user {one}' for one in operators)]) or 'nobody'}"
    await access_log.record(db, by, Action.EVALUATE, f"collection {key}", open_to[:300])
    return key


async def retire(db: Writing, collection_id: int, by: int, now: datetime) -> None:
    """Show a collection to nobody any more.

    Raises:
        NoSuchEvaluation: there is none of this key.

    """
    key = (await one(db, collection_id)).collection_id
    values = {"retired": True, "changed_by": by, "changed_at": now}
    await db.execute(update(training_collections).where(training_collections.c.id == key).values(values))
    await access_log.record(db, by, Action.EVALUATE, f"collection {key}", "retired")


async def put(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, collection_id: int, recording_id: int, from_second: int, note: str, by: int, now: datetime
) -> None:
    """Put a recording into a collection; what was said of it before is written over.

    Raises:
        NoSuchEvaluation: there is no such collection.

    """
    key = (await one(db, collection_id)).collection_id
    said = {"from_second": from_second, "note": storable(note, LONGEST_NOTE)}
    row = upsert(training_calls).values(collection_id=key, recording_id=recording_id, added_by=by, added_at=now, **said)
    await db.execute(row.on_conflict_do_update(index_elements=["collection_id", "recording_id"], set_=said))
    await access_log.record(db, by, Action.EVALUATE, f"recording {recording_id}", f"put into collection {key}")


async def take(db: Writing, collection_id: int, entry_id: int, by: int) -> None:
    """Take a call out of a collection; nothing happens when it is not there."""
    gone = delete(training_calls).where(
        training_calls.c.id == entry_id, training_calls.c.collection_id == collection_id
    )
    found = (await db.execute(gone.returning(training_calls.c.recording_id))).scalar_one_or_none()
    if found is not None:
        await access_log.record(db, by, Action.EVALUATE, f"recording {found}", f"taken out of {collection_id}")
