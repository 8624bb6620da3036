"""Sealing the access log and checking its seals (shell): one sealer at a time, in batches, never in anybody's way.

A row is found by not having a seal yet, looked for among the newest `WINDOW` numbers: a transaction may commit later
than others that got higher numbers. What was open for longer than that is found by the sweep over everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, delete, exists, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.chain import START, Broken, Checker, Line, Seal, sealed
from crm_core.db import Writing, reading, transaction
from crm_core.tables import access_cuts, access_log, access_seals

SEAL_LOCK = 0x7365616C
"""Advisory lock of the sealer ("seal")."""
WINDOW = 5_000
BATCH = 2_000
CHECKED_AT_ONCE = 5_000
COUNTED_AT_ONCE = 200_000
CUT_AT_ONCE = 20_000
YOUNG = timedelta(days=366)
"""The database lets no row go that is younger."""
ADD = text(
    "insert into access_seals (seq, access_id, prev_hash, hash) select * from unnest(cast(:seq as bigint[]), "
    "cast(:access_id as int[]), cast(:prev_hash as bytea[]), cast(:hash as bytea[]))"
)
_line_columns = (
    access_log.c.id,
    access_log.c.at,
    access_log.c.user_id,
    access_log.c.role,
    access_log.c.ip,
    access_log.c.session,
    access_log.c.action,
    access_log.c.object,
    access_log.c.fields,
    access_log.c.reason,
    access_log.c.contact_id,
    access_log.c.result,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check of the whole chain found."""

    links: int
    broken: Broken | None
    unsealed: int
    """Rows that wait for their seal; a moment's worth while a sealer runs."""
    oldest_unsealed: datetime | None
    tip: Seal | None


async def seal(db: Writing, *, everything: bool = False) -> int:
    """Chain what is not chained yet, at most `BATCH` rows; returns how many.

    Nothing is done while another sealer is at it.

    Args:
        db: a transaction of its own.
        everything: look through the whole log, not only through its newest part.
    """
    if not (await db.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": SEAL_LOCK})).scalar_one():
        return 0
    tip = await last(db)
    lines = await _unsealed(db, 0 if everything or tip is None else await _floor(db))
    seals = list(sealed(lines, 0 if tip is None else tip.seq, START if tip is None else tip.hash))
    if seals:
        columns = {name: [getattr(one, name) for one in seals] for name in ("seq", "access_id", "prev_hash", "hash")}
        await db.execute(ADD, columns)
    return len(seals)


async def seal_all(engine: AsyncEngine, *, everything: bool = False) -> int:
    """Seal batch by batch until nothing is left; returns how many rows."""
    done = 0
    while True:
        async with transaction(engine) as db:
            count = await seal(db, everything=everything)
        done += count
        if count < BATCH:
            return done


async def last(db: AsyncConnection) -> Seal | None:
    """Return the newest link, or where retention cut the chain when nothing is left of it."""
    row = (await db.execute(select(access_seals).order_by(access_seals.c.seq.desc()).limit(1))).one_or_none()
    if row is not None:
        return Seal(seq=row.seq, access_id=row.access_id, prev_hash=row.prev_hash, hash=row.hash)
    seq, hash_ = await _beginning(db)
    return Seal(seq=seq, access_id=0, prev_hash=START, hash=hash_) if seq else None


async def verify(
    engine: AsyncEngine,
    *,
    anchors: dict[int, bytes] | None = None,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Verdict:
    """Check the whole chain from its beginning, a few thousand links in memory at a time.

    Args:
        engine: the customer base.
        anchors: hashes by place, from where the chain's own database cannot reach.
        told: hears how many links of how many were checked.
    """
    async with reading(engine) as db:
        checker = Checker(*await _beginning(db), anchors=anchors)
        first = checker.seq
        total = await _count(db)
        broken: Broken | None = None
        while broken is None:
            rows = await _links(db, checker.seq)
            for row in rows:
                broken = checker.check(*_parted(tuple(row)))
                if broken is not None:
                    break
            told(checker.seq - first, total)
            if len(rows) < CHECKED_AT_ONCE:
                break
        waiting, oldest = await _waiting(db)
        tip = await last(db)
    return Verdict(
        links=checker.seq - first,
        broken=broken or checker.ended(),
        unsealed=waiting,
        oldest_unsealed=oldest,
        tip=tip,
    )


async def cut(db: Writing, before: datetime, now: datetime) -> int:
    """Take away the oldest part of the log and of its chain, at most `CUT_AT_ONCE` rows; returns how many.

    The place where it was cut stays, so that the rest can still be checked. The database itself refuses to let rows
    go that are younger than a year.

    Args:
        db: a transaction.
        before: rows up to here; only as far as they lie at the beginning of the chain without a gap.
        now: the present moment.
    """
    begun, _ = await _beginning(db)
    oldest = (
        select(access_seals.c.seq, access_seals.c.hash, access_seals.c.sealed_at, access_log.c.at)
        .outerjoin(access_log, access_log.c.id == access_seals.c.access_id)
        .where(access_seals.c.seq > begun)
        .order_by(access_seals.c.seq)
        .limit(CUT_AT_ONCE)
    )
    tip = None
    for row in await db.execute(oldest):
        # A row that is gone already stays in the chain's way, so that it is not forgotten that it was there.
        if row.at is None or row.at >= before or row.sealed_at > now - YOUNG:
            break
        tip = row
    if tip is None:
        return 0
    await db.execute(text("set local busbar.retention = 'on'"))
    gone = delete(access_seals).where(access_seals.c.seq <= tip.seq).returning(access_seals.c.access_id)
    ids = list((await db.execute(gone)).scalars())
    await db.execute(text("delete from access_log where id = any(:ids)"), {"ids": ids})
    await db.execute(text("set local busbar.retention = 'off'"))
    await db.execute(insert(access_cuts).values(seq=tip.seq, hash=tip.hash, rows=len(ids), cut_at=now))
    return len(ids)


async def _beginning(db: AsyncConnection) -> tuple[int, bytes]:
    row = (await db.execute(select(access_cuts).order_by(access_cuts.c.seq.desc()).limit(1))).one_or_none()
    return (0, START) if row is None else (row.seq, row.hash)


async def _floor(db: AsyncConnection) -> int:
    newest = (await db.execute(select(func.max(access_seals.c.access_id)))).scalar_one()
    return max(0, (newest or 0) - WINDOW)


async def _unsealed(db: AsyncConnection, floor: int) -> list[Line]:
    query = (
        select(*_line_columns)
        .where(access_log.c.id > floor, ~exists().where(access_seals.c.access_id == access_log.c.id))
        .order_by(access_log.c.id)
        .limit(BATCH)
    )
    return [Line(*cast("tuple[Any, ...]", row)) for row in await db.execute(query)]


async def _links(db: AsyncConnection, after: int) -> Sequence[Row[*tuple[Any, ...]]]:
    query = (
        select(access_seals.c.seq, access_seals.c.access_id, access_seals.c.prev_hash, access_seals.c.hash)
        .add_columns(*_line_columns)
        .outerjoin(access_log, access_log.c.id == access_seals.c.access_id)
        .where(access_seals.c.seq > after)
        .order_by(access_seals.c.seq)
        .limit(CHECKED_AT_ONCE)
    )
    return (await db.execute(query)).all()


async def _count(db: AsyncConnection) -> int:
    ends = select(func.min(access_seals.c.seq), func.max(access_seals.c.seq))
    first, newest = (await db.execute(ends)).one()
    return 0 if newest is None else int(newest - first + 1)


async def _waiting(db: AsyncConnection) -> tuple[int, datetime | None]:
    """Count rows without a seal, a slice of the log at a time: no statement may take long."""
    newest = (await db.execute(select(func.max(access_log.c.id)))).scalar_one() or 0
    waiting, oldest = 0, None
    for low in range(0, newest, COUNTED_AT_ONCE):
        query = select(func.count(), func.min(access_log.c.at)).where(
            access_log.c.id > low,
            access_log.c.id <= low + COUNTED_AT_ONCE,
            ~exists().where(access_seals.c.access_id == access_log.c.id),
        )
        count, first = (await db.execute(query)).one()
        waiting += count
        oldest = oldest or first
    return waiting, oldest


def _parted(row: tuple[Any, ...]) -> tuple[Seal, Line | None]:
    return Seal(*row[:4]), None if row[4] is None else Line(*row[4:])
