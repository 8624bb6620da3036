"""Makes one customer of two, and two again: one transaction each, with a record that undoes it exactly (shell).

The one who goes keeps its row, without accounts, so that what says "customer 17" for ever goes on meaning somebody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    Text,
    UniqueConstraint,
    and_,
    cast,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
)
from sqlalchemy import update as change
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import names
from crm_core.db import Writing
from crm_core.duplicates.merging import FIELDS, MergeOrder, Plan, Take, plan
from crm_core.duplicates.pairlife import PairState, before
from crm_core.duplicates.references import MOVING, Reference, pointing_at
from crm_core.duplicates.scoring import Veto
from crm_core.erasure import State
from crm_core.errors import AlreadyMerged, AlreadyUndone, ErasureRuns, LaterMerge, NeverOne, NoSuchMerge, NoSuchPair
from crm_core.parties import Change, written
from crm_core.store.customers_alike import keys, points_at, records, standing_loser
from crm_core.store.parties import By, remember
from crm_core.tables import customers, duplicate_pairs, erasures, merges, metadata, users
from crm_core.text import storable

REASON = 500
"""Letters of a reason."""
RUNNING = (State.ASKED, State.APPROVED, State.HELD, State.INCOMPLETE)
"""Erasures that are not over: what is merged meanwhile would be forgotten with the one who asked, or left."""
Moved = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A merge on record."""

    merge_id: int
    survivor_id: int
    loser_id: int
    survivor: str
    """Name of the survivor as it is now."""
    loser: str
    pair_id: int | None
    merged_at: datetime
    merged_by: str
    reason: str
    moved: Mapping[str, int]
    """Rows that moved, by place."""
    changed: Mapping[str, tuple[Any, Any]]
    """What the survivor said before and after, by field."""
    undone_at: datetime | None
    undone_by: str
    undone_reason: str


async def preview(db: AsyncConnection, survivor_id: int, loser_id: int, choices: Mapping[str, Take]) -> Plan | Veto:
    """Return what a merge would do; nothing is changed.

    Raises:
        NoSuchPair: one of the two is unknown.
    """
    both = await records(db, [survivor_id, loser_id])
    if (len(both) < 2 and survivor_id != loser_id) or not both:
        raise NoSuchPair(f"customers {survivor_id} and {loser_id} are not both there")
    return plan(both[survivor_id], both[loser_id], choices)


async def merge(db: Writing, order: MergeOrder) -> int:
    """Make one customer of two and return the merge's key.

    Everything in `references.MOVING` that points at the one who goes points at the survivor afterwards.

    Raises:
        NoSuchPair: one of the two is unknown.
        NeverOne: they are never merged (`Veto`): a firm and its people, other tax numbers, other birthdays.
        AlreadyMerged: one of the two was merged into another customer.
        ErasureRuns: one of the two is being forgotten.
    """
    survivor_id, loser_id = order.survivor_id, order.loser_id
    await _hold_unmerged(db, survivor_id, loser_id)
    planned = await preview(db, survivor_id, loser_id, order.choices)
    if isinstance(planned, Veto):
        raise NeverOne(f"customers {survivor_id} and {loser_id} are never one: {planned}")
    moved = {one.place: await _move(db, one, loser_id, survivor_id) for one in MOVING}
    changed = {one.field: [_plain(one.before), _plain(one.after)] for one in planned.fields if one.changes}
    await _write(db, survivor_id, changed, By(user_id=order.by, now=order.at, reason=order.reason))
    pair_id = await _pair_merged(db, order)
    row = insert(merges).values(
        survivor_id=survivor_id,
        loser_id=loser_id,
        pair_id=pair_id,
        merged_at=order.at,
        merged_by=order.by,
        reason=storable(order.reason, REASON),
        changed=changed,
        moved={place: rows for place, rows in moved.items() if rows},
    )
    return int((await db.execute(row.returning(merges.c.id))).scalar_one())


async def undo(db: Writing, merge_id: int, *, by: int, now: datetime, reason: str) -> Merge:
    """Make two customers of one again and return the merge as it stood.

    Rows that moved go back, with whatever happened to them since; rows that came since stay with the survivor. A field
    of the survivor gets its old value unless somebody has changed it since.

    Raises:
        NoSuchMerge: there is no such merge.
        AlreadyUndone: it was undone before.
        LaterMerge: the survivor was merged again since; that one must be undone first.
    """
    row = await _last_standing(db, merge_id)
    for one in MOVING:
        await _move_back(db, one, row.moved.get(one.place, ()), row.survivor_id, row.loser_id)
    await _write_back(db, row.survivor_id, row.changed, By(user_id=by, now=now, reason=reason))
    if row.pair_id is not None:
        await db.execute(
            change(duplicate_pairs)
            .where(duplicate_pairs.c.id == row.pair_id, _comes_from(PairState.OPEN))
            .values(state=PairState.OPEN, decided_at=None, decided_by=None, reason="")
        )
    await db.execute(
        change(merges)
        .where(merges.c.id == merge_id)
        .values(undone_at=now, undone_by=by, undone_reason=storable(reason, REASON))
    )
    undone = await by_id(db, merge_id)
    if undone is None:
        raise NoSuchMerge(f"there is no merge {merge_id}")
    return undone


async def _last_standing(db: Writing, merge_id: int) -> Row[Any]:
    """Lock a merge and its two customers, and see that nothing was built on it since."""
    row = (await db.execute(select(merges).where(merges.c.id == merge_id).with_for_update())).one_or_none()
    if row is None:
        raise NoSuchMerge(f"there is no merge {merge_id}")
    if row.undone_at is not None:
        raise AlreadyUndone(f"merge {merge_id} was undone before")
    await _hold(db, row.survivor_id, row.loser_id)
    later = select(merges.c.id).where(
        merges.c.id > merge_id,
        merges.c.undone_at.is_(None),
        or_(merges.c.survivor_id == row.survivor_id, merges.c.loser_id == row.survivor_id),
    )
    first = (await db.execute(later.order_by(merges.c.id.desc()).limit(1))).scalar_one_or_none()
    if first is not None:
        raise LaterMerge(f"undo merge {first} first")
    return row


async def by_id(db: AsyncConnection, merge_id: int) -> Merge | None:
    """Return a merge, None when there is no such one."""
    row = (await db.execute(_shown().where(merges.c.id == merge_id))).one_or_none()
    return None if row is None else _merge(row)


async def listing(db: AsyncConnection, *, before_id: int | None = None, limit: int = 50) -> list[Merge]:
    """Return merges, the newest first; `before_id` is the last one shown."""
    query = _shown().order_by(merges.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(merges.c.id < before_id)
    return [_merge(row) for row in await db.execute(query)]


def _shown() -> Any:
    survivor, loser = customers.alias("survivor"), customers.alias("loser")
    merger, undoer = users.alias("merger"), users.alias("undoer")
    return (
        select(
            merges,
            survivor.c.name.label("survivor"),
            loser.c.name.label("loser"),
            merger.c.name.label("merger"),
            undoer.c.name.label("undoer"),
        )
        .join(survivor, survivor.c.id == merges.c.survivor_id)
        .join(loser, loser.c.id == merges.c.loser_id)
        .join(merger, merger.c.id == merges.c.merged_by)
        .outerjoin(undoer, undoer.c.id == merges.c.undone_by)
    )


def _merge(row: Any) -> Merge:
    return Merge(
        merge_id=row.id,
        survivor_id=row.survivor_id,
        loser_id=row.loser_id,
        survivor=row.survivor,
        loser=row.loser,
        pair_id=row.pair_id,
        merged_at=row.merged_at,
        merged_by=row.merger,
        reason=row.reason,
        moved={place: len(rows) for place, rows in row.moved.items()},
        changed={field: (was, became) for field, (was, became) in row.changed.items()},
        undone_at=row.undone_at,
        undone_by=row.undoer or "",
        undone_reason=row.undone_reason,
    )


# --- the two, held still -------------------------------------------------------------------------


async def _hold(db: Writing, one: int, other: int) -> None:
    """Lock both customers, always in one order, so that nobody merges either of them meanwhile."""
    both = select(customers.c.id).where(customers.c.id == keys([one, other]))
    await db.execute(both.order_by(customers.c.id).with_for_update())


async def _hold_unmerged(db: Writing, one: int, other: int) -> None:
    await _hold(db, one, other)
    # Asked only now: what was so before the lock may have been changed by whoever held it.
    gone = select(customers.c.id).where(customers.c.id == keys([one, other]), standing_loser(customers.c.id))
    first = (await db.execute(gone.limit(1))).scalar_one_or_none()
    if first is not None:
        raise AlreadyMerged(f"customer {first} was merged into another one")
    running = select(erasures.c.customer_id).where(
        erasures.c.customer_id == keys([one, other]), erasures.c.state.in_([str(state) for state in RUNNING])
    )
    erased = (await db.execute(running.limit(1))).scalar_one_or_none()
    if erased is not None:
        raise ErasureRuns(f"customer {erased} is being forgotten")


async def _write(db: Writing, customer_id: int, changed: Mapping[str, Sequence[Any]], by: By) -> None:
    """Write fields of a customer, before and after of each; it has another version then, and a line of each."""
    # The version rises even where no field changes: who has an old page open has not seen what came to him.
    values: dict[str, Any] = {field: after for field, (_, after) in changed.items()}
    if "name" in values:
        values["name_key"] = names.key(str(values["name"]))
    await db.execute(
        change(customers).where(customers.c.id == customer_id).values(**values, version=customers.c.version + 1)
    )
    lines = [(field, *changed[field]) for field in FIELDS if field in changed]
    said = [Change(what=field, before=_told(was), after=_told(became)) for field, was, became in lines]
    await remember(db, by, customer_id, "customer", said)


async def _write_back(db: Writing, customer_id: int, changed: Mapping[str, Sequence[Any]], by: By) -> None:
    """Give the survivor its old values, where it still says what the merge wrote."""
    fields = [customers.c[field] for field in FIELDS]
    now = (await db.execute(select(*fields).where(customers.c.id == customer_id))).mappings().one()
    old = {field: (became, was) for field, (was, became) in changed.items() if _plain(now[field]) == became}
    await _write(db, customer_id, old, by)


def _told(value: Any) -> str:
    return written(tuple(value) if isinstance(value, list) else value)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


async def _pair_merged(db: Writing, order: MergeOrder) -> int | None:
    done = (
        change(duplicate_pairs)
        .where(
            duplicate_pairs.c.left_id == min(order.survivor_id, order.loser_id),
            duplicate_pairs.c.right_id == max(order.survivor_id, order.loser_id),
            _comes_from(PairState.MERGED),
        )
        .values(state=PairState.MERGED, decided_at=func.now(), decided_by=order.by)
    )
    pair_id: int | None = (await db.execute(done.returning(duplicate_pairs.c.id))).scalar_one_or_none()
    return pair_id


def _comes_from(state: PairState) -> ColumnElement[bool]:
    return duplicate_pairs.c.state.in_([str(old) for old in before(state)])


# --- rows that point at them ---------------------------------------------------------------------


async def _move(db: Writing, one: Reference, loser_id: int, survivor_id: int) -> list[list[str]]:
    """Point rows at the survivor, except those it has already; return what tells each moved row."""
    table = metadata.tables[one.table]
    column = table.c[one.column]
    identity = _identity(table, one.column)
    moving = (
        change(table)
        .where(points_at(one, loser_id), ~_has_already(table, one, survivor_id))
        .values({column: survivor_id})
        .returning(*(cast(part, Text) for part in identity))
    )
    return [list(row) for row in await db.execute(moving)]


async def _move_back(
    db: Writing, one: Reference, rows: Sequence[Sequence[str]], survivor_id: int, loser_id: int
) -> None:
    """Point moved rows back; one that was given to somebody else since, or deleted, is left."""
    table = metadata.tables[one.table]
    column = table.c[one.column]
    identity = _identity(table, one.column)
    for row in rows:
        same = [part == cast(value, part.type) for part, value in zip(identity, row, strict=True)]
        await db.execute(change(table).where(points_at(one, survivor_id), *same).values({column: loser_id}))


def _identity(table: Table, column: str) -> list[ColumnElement[Any]]:
    """Return the columns of the primary key that do not change when a row moves."""
    return [part for part in table.primary_key.columns if part.name != column]


def _has_already(table: Table, one: Reference, survivor_id: int) -> ColumnElement[bool]:
    """Whether the survivor has a row that this one would collide with, or that makes it needless."""
    unique = _unique(table, one.column)
    collisions = [_collides(table, one.column, survivor_id, columns, only) for columns, only in unique]
    if one.alike:
        needed = [_points(pointing, table) for pointing in pointing_at(one.table)]
        collisions.append(and_(_collides(table, one.column, survivor_id, one.alike, None), ~or_(false(), *needed)))
    return or_(false(), *collisions)


def _points(one: Reference, table: Table) -> ColumnElement[bool]:
    """Whether something points at a row by its key."""
    return exists().where(metadata.tables[one.table].c[one.column] == table.c.id)


def _collides(
    table: Table, column: str, survivor_id: int, columns: Sequence[str], only: ColumnElement[bool] | None
) -> ColumnElement[bool]:
    """Whether the survivor has a row that agrees in these columns; a partial key counts among its own rows only."""
    # Looks of their own at the table: the condition of an index is a text that names columns without their table.
    theirs = (select(table) if only is None else select(table).where(only)).subquery("theirs")
    same = and_(true(), *(theirs.c[name].is_not_distinct_from(table.c[name]) for name in columns))
    collides = exists().where(theirs.c[column] == survivor_id, same)
    if only is None:
        return collides
    ours = select(table).where(only).subquery("ours")
    return and_(collides, exists().where(*(ours.c[part.name] == part for part in table.primary_key.columns)))


def _unique(table: Table, column: str) -> list[tuple[tuple[str, ...], ColumnElement[bool] | None]]:
    """Return every unique key that the column is part of: its other columns, and the condition of a partial one."""
    keys_ = [(table.primary_key.columns.keys(), None)]
    keys_ += [(one.columns.keys(), None) for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys_ += [(one.columns.keys(), one.dialect_options["postgresql"]["where"]) for one in table.indexes if one.unique]
    return [(tuple(name for name in columns if name != column), only) for columns, only in keys_ if column in columns]
