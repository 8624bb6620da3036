"""Segments in PostgreSQL: definitions, members page by page, frozen lists (shell).

A segment is a condition and never a list: `members` asks the base each time. A campaign that needs a list which stands
still has a snapshot made by a job.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchSegment, SegmentBroken, SegmentChanged
from crm_core.segments.conditions import Group, Joined, Known, Problem, references, resolve
from crm_core.segments.facts import Catalogue
from crm_core.segments.own import facts_of
from crm_core.store import access_log, fields, segment_codes, segment_counts
from crm_core.store.segment_sql import Compiler
from crm_core.tables import account_facts, segment_snapshots, segments, snapshot_members, users
from crm_core.text import one_line

LONGEST_NAME = 80
MOST_SEGMENTS = 1_000
MOST_PAGE = 50_000
SNAPSHOT_MS = 15 * 60 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A saved segment."""

    segment_id: int
    name: str
    note: str
    tree: Group
    version: int
    retired: bool
    members: int | None
    """As counted last; None before the first count."""
    counted_at: datetime | None
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A segment as a person built it."""

    segment_id: int = 0
    """What to change; 0 for a new one."""
    name: str
    """Unique."""
    note: str = ""
    """What it is for."""
    tree: Group
    version: int = 0
    """The one the person saw: what somebody else changed meanwhile is not overwritten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A frozen list of a segment's members."""

    snapshot_id: int
    segment_id: int
    purpose: str
    status: str
    """`making`, `made`, `failed`."""
    members: int
    asked_at: datetime
    made_at: datetime | None


async def everyone(
    db: AsyncConnection, *, retired: bool = False, after: str = "", limit: int = MOST_SEGMENTS
) -> list[Segment]:
    """Return saved segments by name; `after` is the name of the last one shown."""
    query = _all.where(segments.c.name > after).order_by(segments.c.name).limit(limit)
    if not retired:
        query = query.where(~segments.c.retired)
    return [_segment(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, segment_id: int) -> Segment:
    """Return a segment.

    Raises:
        NoSuchSegment: there is none of this key.

    """
    row = (await db.execute(_all.where(segments.c.id == segment_id))).one_or_none()
    if row is None:
        raise NoSuchSegment(f"there is no segment {segment_id}")
    return _segment(row)


_all = select(segments, users.c.name.label("person")).outerjoin(users, users.c.id == segments.c.changed_by)


def _segment(row: Row[Any]) -> Segment:
    return Segment(
        segment_id=row.id,
        name=row.name,
        note=row.note,
        tree=Group.model_validate(row.tree),
        version=row.version,
        retired=row.retired,
        members=row.members,
        counted_at=row.counted_at,
        changed_by=row.person or "",
        changed_at=row.changed_at,
    )


async def catalogue(db: AsyncConnection, language: str = "en") -> Catalogue:
    """Return everything a segment may ask, with the codes that this base knows, called as in a language."""
    own = await fields.definitions(db, retired=True)
    return Catalogue(facts_of(own), await segment_codes.known(db, language))


async def others(db: AsyncConnection) -> dict[int, Known]:
    """Return every segment that another may refer to, retired ones too: who refers to them still means them."""
    every = await everyone(db, retired=True)
    return {one.segment_id: Known(segment_id=one.segment_id, name=one.name, tree=one.tree) for one in every}


async def judged(db: AsyncConnection, tree: Group, own: int = 0) -> Joined | list[Problem]:
    """Check a tree against what this base knows; `own` is the key of the segment it is to become."""
    return resolve(tree, await catalogue(db), await others(db), own)


async def resolved(db: AsyncConnection, segment_id: int) -> Joined:
    """Return the typed conditions of a saved segment.

    Raises:
        NoSuchSegment: there is none of this key.
        SegmentBroken: it asks what is not known any more.

    """
    segment = await one(db, segment_id)
    typed = await judged(db, segment.tree, segment_id)
    if isinstance(typed, list):
        raise SegmentBroken(f"segment {segment.name} cannot be worked out: {typed[0].code} {typed[0].detail}")
    return typed


async def save(db: Writing, draft: Draft, by: int | None) -> int | list[Problem]:
    """Store a new or changed segment.

    Args:
        db: a transaction.
        draft: what a person built.
        by: who.

    Returns:
        The key, or every problem: then nothing is stored.

    Raises:
        NoSuchSegment: what should be changed is not there.
        SegmentChanged: somebody else changed it meanwhile.

    """
    title = one_line(draft.name, LONGEST_NAME)
    # One at a time: two saves that each made half of a circle would both be right by themselves.
    await db.execute(text("lock table segments in share row exclusive mode"))
    problems = [] if title else [Problem(code="name-missing")]
    typed = await judged(db, draft.tree, draft.segment_id)
    if isinstance(typed, list):
        problems += typed
    if problems:
        return problems
    tree = draft.tree.model_dump_json()
    values = {"name": title, "note": one_line(draft.note, 500), "tree": json.loads(tree), "changed_by": by}
    try:
        async with db.begin_nested():
            key = await _write(db, draft.segment_id, values, draft.version)
    except IntegrityError:
        return [Problem(code="name-taken", detail=title)]
    await access_log.record(db, by, "segment.managed", f"segment {key}", f"{title}: {tree}")
    return key


async def _write(db: Writing, segment_id: int, values: dict[str, Any], version: int) -> int:
    if not segment_id:
        made = insert(segments).values(values | {"created_by": values["changed_by"]}).returning(segments.c.id)
        return int((await db.execute(made)).scalar_one())
    await one(db, segment_id)
    changed = (
        update(segments)
        .where(segments.c.id == segment_id, segments.c.version == version)
        .values(values | {"version": version + 1, "changed_at": func.now(), "members": None, "counted_at": None})
    )
    if not (await db.execute(changed)).rowcount:
        raise SegmentChanged(f"segment {segment_id} was changed by somebody else")
    return segment_id


async def retire(db: Writing, segment_id: int, by: int | None, *, retired: bool = True) -> None:
    """Take a segment from the lists, or bring it back; it is never deleted, for others may refer to it.

    Raises:
        NoSuchSegment: there is none of this key.

    """
    found = await one(db, segment_id)
    await db.execute(update(segments).where(segments.c.id == segment_id).values(retired=retired))
    what = "retired" if retired else "brought back"
    await access_log.record(db, by, "segment.managed", f"segment {segment_id}", f"{found.name}: {what}")


async def used_by(db: AsyncConnection, segment_id: int) -> list[Segment]:
    """Return the segments whose conditions refer to this one."""
    return [other for other in await everyone(db) if segment_id in references(other.tree)]


# --- members --------------------------------------------------------------------------------------


async def members(db: AsyncConnection, segment_id: int, after: int, limit: int, *, today: date) -> list[int]:
    """Return keys of accounts that belong to a segment now, in order, from behind `after` on.

    Args:
        db: a connection.
        segment_id: whose.
        after: the last key of the page before; 0 at the beginning.
        limit: at most so many, and never more than `MOST_PAGE`.
        today: the date at the utility.

    Raises:
        NoSuchSegment: there is none of this key.
        SegmentBroken: it asks what is not known any more.

    """
    return await page(db, await resolved(db, segment_id), after, limit, today=today)


async def page(db: AsyncConnection, tree: Joined, after: int, limit: int, *, today: date) -> list[int]:
    """Do what `members` does, with conditions that were resolved before: for whoever goes through all pages."""
    query = segment_counts.page_of(Compiler(today).clause(tree), after, min(limit, MOST_PAGE))
    return [row[0] for row in await db.execute(query)]


async def holds(db: AsyncConnection, segment_id: int, account_id: int, *, today: date) -> bool:
    """Say whether an account belongs to a segment now; a segment that is gone or broken holds nobody."""
    try:
        tree = await resolved(db, segment_id)
    except (NoSuchSegment, SegmentBroken):
        return False
    query = segment_counts.page_of(Compiler(today).clause(tree), account_id - 1, 1)
    found = await db.execute(query.where(query.selected_columns[0] == account_id))
    return found.one_or_none() is not None


async def every_member(db: AsyncConnection, tree: Joined, *, today: date, size: int = 10_000) -> AsyncIterator[int]:
    """Go through all members in order, a page at a time: memory does not grow with their number."""
    after = 0
    while found := await page(db, tree, after, size, today=today):
        for account_id in found:
            yield account_id
        after = found[-1]


async def count(db: AsyncConnection, segment_id: int, *, today: date) -> int:
    """Return exactly how many accounts belong to a segment now.

    Raises:
        NoSuchSegment: there is none of this key.
        SegmentBroken: it asks what is not known any more.

    """
    return await segment_counts.count_exactly(db, await resolved(db, segment_id), today)


async def note_count(db: Writing, segment_id: int, version: int, members_: int) -> None:
    """Remember an exact count of this version of a segment, shown in the list with its time."""
    await db.execute(
        update(segments)
        .where(segments.c.id == segment_id, segments.c.version == version)
        .values(members=members_, counted_at=func.now())
    )


# --- lists that stand still -----------------------------------------------------------------------


async def ask_snapshot(db: Writing, segment_id: int, purpose: str, by: int | None) -> int:
    """Note that a frozen list is wanted and return its key; a job makes it (`make_snapshot`).

    Raises:
        NoSuchSegment: there is none of this key.

    """
    segment = await one(db, segment_id)
    wanted = insert(segment_snapshots).values(
        segment_id=segment_id,
        tree=json.loads(segment.tree.model_dump_json()),
        purpose=one_line(purpose, 200),
        made_by=by,
    )
    key = int((await db.execute(wanted.returning(segment_snapshots.c.id))).scalar_one())
    await access_log.record(db, by, "segment.managed", f"segment {segment_id}", f"list {key} asked for: {purpose}")
    return key


async def make_snapshot(db: Writing, snapshot_id: int, *, today: date) -> int:
    """Write down everybody who belongs to the segment at this moment, in one statement; return how many.

    Made twice it is the same list: what is there already is thrown away first.

    Raises:
        NoSuchSegment: there is no such list asked for.
        SegmentBroken: the segment asks what is not known any more.

    """
    row = (
        await db.execute(select(segment_snapshots).where(segment_snapshots.c.id == snapshot_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise NoSuchSegment(f"there is no list {snapshot_id}")
    if row.status == "made":
        return int(row.members)
    typed = await judged(db, Group.model_validate(row.tree), row.segment_id)
    if isinstance(typed, list):
        raise SegmentBroken(f"list {snapshot_id} cannot be made: {typed[0].code} {typed[0].detail}")
    await db.execute(text("select set_config('statement_timeout', :most, true)").bindparams(most=str(SNAPSHOT_MS)))
    chosen = select(literal(snapshot_id), account_facts.c.account_id).where(Compiler(today).clause(typed))
    added = await db.execute(
        insert(snapshot_members).from_select(["snapshot_id", "account_id"], chosen),
        execution_options={"preserve_rowcount": True},
    )
    await db.execute(
        update(segment_snapshots)
        .where(segment_snapshots.c.id == snapshot_id)
        .values(status="made", members=added.rowcount, made_at=func.now())
    )
    return added.rowcount


async def snapshots(db: AsyncConnection, segment_id: int, limit: int = 20) -> list[Snapshot]:
    """Return the newest frozen lists of a segment."""
    query = (
        select(segment_snapshots)
        .where(segment_snapshots.c.segment_id == segment_id)
        .order_by(segment_snapshots.c.id.desc())
        .limit(limit)
    )
    return [
        Snapshot(
            snapshot_id=row.id,
            segment_id=row.segment_id,
            purpose=row.purpose,
            status=row.status,
            members=row.members,
            asked_at=row.asked_at,
            made_at=row.made_at,
        )
        for row in await db.execute(query)
    ]


async def snapshot_page(db: AsyncConnection, snapshot_id: int, after: int, limit: int) -> list[int]:
    """Return members of a frozen list in order, from behind `after` on."""
    query = (
        select(snapshot_members.c.account_id)
        .where(snapshot_members.c.snapshot_id == snapshot_id, snapshot_members.c.account_id > after)
        .order_by(snapshot_members.c.account_id)
        .limit(min(limit, MOST_PAGE))
    )
    return [row[0] for row in await db.execute(query)]
