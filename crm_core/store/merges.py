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
)
from sqlalchemy import update as change
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import names
from crm_core.db import Writing
from crm_core.duplicates.merging import FIELDS, MergeOrder, Plan, Take, plan
from crm_core.duplicates.pairlife import PairState, before
from crm_core.duplicates.references import MOVING, Reference
from crm_core.duplicates.scoring import Veto
from crm_core.errors import AlreadyMerged, AlreadyUndone, LaterMerge, NeverOne, NoSuchMerge, NoSuchPair
from crm_core.store.customers_alike import keys, records, standing_loser
from crm_core.tables import customers, duplicate_pairs, merges, metadata, users
from crm_core.text import storable

REASON = 500
"""Letters of a reason."""
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
    """
    survivor_id, loser_id = order.survivor_id, order.loser_id
    await _hold_unmerged(db, survivor_id, loser_id)
    planned = await preview(db, survivor_id, loser_id, order.choices)
    if isinstance(planned, Veto):
        raise NeverOne(f"customers {survivor_id} and {loser_id} are never one: {planned}")
    moved = {one.place: await _move(db, one, loser_id, survivor_id) for one in MOVING}
    await _write(db, survivor_id, planned.values)
    changed = {one.field: [_plain(one.before), _plain(one.after)] for one in planned.fields if one.changes}
    pair_id = await _pair_merged(db, order)
    row = insert(merges).values(
        survivor_id=survivor_id,
        loser_id=loser_id,
        pair_id=pair_id,
        merged_by=order.by,
        reason=storable(order.reason, REASON),
        changed=changed,
        moved={place: rows for place, rows in moved.items() if rows},
    )
    return int((await db.execute(row.returning(merges.c.id))).scalar_one())


async def undo(db: Writing, merge_id: int, *, by: int, reason: str) -> Merge:
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
    await _write_back(db, row.survivor_id, row.changed)
    if row.pair_id is not None:
        await db.execute(
            change(duplicate_pairs)
            .where(duplicate_pairs.c.id == row.pair_id, _comes_from(PairState.OPEN))
            .values(state=PairState.OPEN, decided_at=None, decided_by=None, reason="")
        )
    await db.execute(
        change(merges)
        .where(merges.c.id == merge_id)
        .values(undone_at=func.now(), undone_by=by, undone_reason=storable(reason, REASON))
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


async def _write(db: Writing, customer_id: int, values: Mapping[str, Any]) -> None:
    if not values:
        return
    stored = {field: _plain(value) for field, value in values.items()}
    if "name" in stored:
        stored["name_key"] = names.key(str(stored["name"]))
    await db.execute(change(customers).where(customers.c.id == customer_id).values(stored))


async def _write_back(db: Writing, customer_id: int, changed: Mapping[str, Sequence[Any]]) -> None:
    """Give the survivor its old values, where it still says what the merge wrote."""
    fields = [customers.c[field] for field in FIELDS]
    now = (await db.execute(select(*fields).where(customers.c.id == customer_id))).mappings().one()
    old = {field: was for field, (was, became) in changed.items() if _plain(now[field]) == became}
    await _write(db, customer_id, old)


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
        .where(column == loser_id, ~_has_already(table, one, survivor_id))
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
        await db.execute(change(table).where(column == survivor_id, *same).values({column: loser_id}))


def _identity(table: Table, column: str) -> list[ColumnElement[Any]]:
    """Return the columns of the primary key that do not change when a row moves."""
    return [part for part in table.primary_key.columns if part.name != column]


def _has_already(table: Table, one: Reference, survivor_id: int) -> ColumnElement[bool]:
    """Whether the survivor has a row that this one would collide with, or that makes it needless."""
    other = table.alias("other")
    alike = [*_unique(table, one.column), *([one.alike] if one.alike else [])]
    return or_(
        false(),
        *(
            exists().where(
                other.c[one.column] == survivor_id,
                and_(*(other.c[name].is_not_distinct_from(table.c[name]) for name in columns)),
            )
            for columns in alike
        ),
    )


def _unique(table: Table, column: str) -> list[tuple[str, ...]]:
    """Return the other columns of every unique key that the column is part of."""
    sets = [table.primary_key.columns.keys()]
    sets += [one.columns.keys() for one in table.constraints if isinstance(one, UniqueConstraint)]
    sets += [one.columns.keys() for one in table.indexes if one.unique]
    return [tuple(name for name in names_ if name != column) for names_ in sets if column in names_]
