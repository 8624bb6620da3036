"""Lists of campaigns: debtors added from a segment, a file, by hand; taken off, expired, woken (shell).

An account is on a campaign's list once, however often it is added. Sets are added by one statement, so memory does not
grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, bindparam, case, delete, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchCampaign
from crm_core.ledger import removing
from crm_core.store import access_log, segments
from crm_core.store.segment_sql import Compiler
from crm_core.tables import account_facts, accounts, campaign_lists, campaign_rows, users
from crm_core.text import one_line, storable

SLOW_MS = 10 * 60 * 1000
"""A large list is added by one statement."""
MOST_FAULTS = 200
"""Rows of a file that are shown as wrong; all are counted."""
LONGEST_REASON = 300
WAITING, IN_WORK, BLOCKED = "waiting", "in_work", "blocked_by_law"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of adding; `read` is the sum of the others."""

    read: int = 0
    added: int = 0
    known: int = 0
    """On the list already."""
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPart:
    """One time debtors were added."""

    list_id: int
    campaign_id: int
    source: str
    """`segment`, `file`, `hand`."""
    segment_id: int | None
    file: str
    sha256: str
    counts: Added
    faults: tuple[tuple[int, str, str], ...]
    """The first: row of the file, code, what stood there."""
    state: str
    """`making`, `made`, `failed`."""
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedRow:
    """A row that the law keeps from being called, not just for now."""

    row_id: int
    account_id: int
    reasons: tuple[str, ...]
    classed_at: datetime


async def begin(  # noqa: PLR0913 -- what it is
    db: Writing, campaign_id: int, source: str, by: int | None, *, segment_id: int | None = None, file: str = "",
    sha256: str = "",
) -> int:  # fmt: skip
    """Put on record that debtors are to be added, and return the key of that part of the list."""
    values = {
        "campaign_id": campaign_id, "source": source, "segment_id": segment_id, "file": one_line(file, 200),
        "sha256": sha256, "state": "making", "made_by": by,
    }  # fmt: skip
    key = int((await db.execute(insert(campaign_lists).values(values).returning(campaign_lists.c.id))).scalar_one())
    said = f"debtors from {source} {segment_id or one_line(file, 100)}".strip()
    await access_log.record(db, by, "campaign.managed", f"campaign {campaign_id}", f"list {key}: {said}")
    return key


async def add_segment(db: Writing, list_id: int, segment_id: int, at: datetime, *, today: date) -> Added:
    """Add everybody who belongs to a segment now, in one statement.

    Raises:
        NoSuchSegment: there is none of this key.
        SegmentBroken: it asks what is not known any more.

    """
    part = await one_part(db, list_id)
    tree = await segments.resolved(db, segment_id)
    chosen = select(account_facts.c.account_id.label("account_id")).where(Compiler(today).clause(tree))
    await slow(db)
    added = await _add(db, part, chosen, at)
    await db.exec_driver_sql(removing.PAID_LISTED, {"list": list_id})
    return added


async def add_numbers(db: Writing, list_id: int, numbers: Sequence[str], at: datetime) -> tuple[Added, list[str]]:
    """Add accounts by their numbers; returns what came of it, and the numbers that are nobody's."""
    part = await one_part(db, list_id)
    named = select(accounts.c.id.label("account_id"), accounts.c.number).where(
        accounts.c.number == func.any(bindparam("numbers", list(dict.fromkeys(numbers)), ARRAY(accounts.c.number.type)))
    )
    found = {row.number: row.account_id for row in await db.execute(named)}
    ids = sorted(found.values())
    chosen = select(func.unnest(bindparam("ids", ids, ARRAY(Integer))).label("account_id"))
    added = await _add(db, part, chosen, at) if ids else Added()
    unknown = [one for one in numbers if one not in found]
    twice = len(numbers) - len(unknown) - len(ids)
    total = Added(read=len(numbers), added=added.added, known=added.known + twice, refused=len(unknown))
    return total, unknown


async def _add(db: Writing, part: ListPart, chosen: Any, at: datetime) -> Added:
    wanted = chosen.cte("wanted")
    rows = select(
        literal(part.campaign_id), wanted.c.account_id, literal(part.list_id), literal(at), literal(at)
    ).order_by(wanted.c.account_id)
    made = (
        upsert(campaign_rows)
        .from_select(["campaign_id", "account_id", "list_id", "classed_at", "next_at"], rows)
        .on_conflict_do_nothing()
        .returning(campaign_rows.c.id)
        .cte("made")
    )
    counted = select(
        select(func.count()).select_from(wanted).scalar_subquery(),
        select(func.count()).select_from(made).scalar_subquery(),
    )
    read, added = (await db.execute(counted)).one()
    return Added(read=read, added=added, known=read - added)


async def finish_part(
    db: Writing, list_id: int, counts: Added, faults: Sequence[tuple[int, str, str]] = (), *, failed: bool = False
) -> None:
    """Put on record what came of adding debtors; paid ones among them are out at once."""
    await slow(db)
    await db.exec_driver_sql(removing.PAID_LISTED, {"list": list_id})
    kept = [[row, code, one_line(said, 80)] for row, code, said in faults[:MOST_FAULTS]]
    values = {
        "read": counts.read, "added": counts.added, "known": counts.known, "refused": counts.refused,
        "faults": kept, "state": "failed" if failed else "made",
    }  # fmt: skip
    await db.execute(update(campaign_lists).where(campaign_lists.c.id == list_id).values(values))
    await db.exec_driver_sql("select pg_notify('busbar_outbound', 'campaigns')")


async def forget_empty(db: Writing, list_id: int) -> None:
    """Forget a part that added nobody: a rule that feeds asks often, and mostly nobody is new."""
    await db.execute(delete(campaign_lists).where(campaign_lists.c.id == list_id, campaign_lists.c.added == 0))


async def slow(db: Writing) -> None:
    """Let this transaction's statements take as long as a large list takes."""
    await db.execute(text("select set_config('statement_timeout', :most, true)").bindparams(most=str(SLOW_MS)))


async def one_part(db: AsyncConnection, list_id: int) -> ListPart:
    """Return one part of a list.

    Raises:
        NoSuchCampaign: there is none of this key.

    """
    row = (await db.execute(_parts.where(campaign_lists.c.id == list_id))).one_or_none()
    if row is None:
        raise NoSuchCampaign(f"there is no list {list_id}")
    return _part(row)


async def parts(db: AsyncConnection, campaign_id: int, *, before: int | None = None, limit: int = 20) -> list[ListPart]:
    """Return the times debtors were added, newest first."""
    query = _parts.where(campaign_lists.c.campaign_id == campaign_id).order_by(campaign_lists.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(campaign_lists.c.id < before)
    return [_part(row) for row in await db.execute(query)]


_parts = select(campaign_lists, users.c.name.label("person")).outerjoin(users, users.c.id == campaign_lists.c.made_by)


def _part(row: Any) -> ListPart:
    return ListPart(
        list_id=row.id,
        campaign_id=row.campaign_id,
        source=row.source,
        segment_id=row.segment_id,
        file=row.file,
        sha256=row.sha256,
        counts=Added(read=row.read, added=row.added, known=row.known, refused=row.refused),
        faults=tuple((int(at), str(code), str(said)) for at, code, said in row.faults),
        state=row.state,
        by=row.person or "",
        at=row.made_at,
    )


# --- rows taken off, and woken ------------------------------------------------------------------------------------


async def remove(db: Writing, row_id: int, reason: str, by: int | None, at: datetime) -> bool:
    """Take a row off the list, with a reason; an open call is cancelled. False when it was off already."""
    why = storable(reason, LONGEST_REASON)
    this = update(campaign_rows).where(campaign_rows.c.id == row_id, campaign_rows.c.removed_at.is_(None))
    done = await db.execute(
        this.values(
            removed_at=at, note=why, changed_by=by,
            klass=case((campaign_rows.c.klass == IN_WORK, IN_WORK), else_="removed"),
            classed_at=case((campaign_rows.c.klass == IN_WORK, campaign_rows.c.classed_at), else_=at),
        )
    )  # fmt: skip
    if not done.rowcount:
        return False
    await access_log.record(db, by, "campaign.managed", f"campaign row {row_id}", f"removed: {why}")
    await db.exec_driver_sql("select pg_notify('busbar_outbound', 'removed')")
    return True


async def expire(db: Writing, campaign_id: int, at: datetime) -> int:
    """Settle who still waits when a campaign ends: expired who was never tried, not reached who was."""
    await slow(db)
    this = update(campaign_rows).where(campaign_rows.c.campaign_id == campaign_id, campaign_rows.c.klass == WAITING)
    done = await db.execute(
        this.values(klass=case((campaign_rows.c.tries > 0, "not_reached"), else_="expired"), classed_at=at)
    )
    return int(done.rowcount)


async def revive(db: Writing, campaign_id: int, most_tries: int, at: datetime) -> int:
    """Let those wait again whom the end of their campaign settled, and who may still be tried."""
    await slow(db)
    this = update(campaign_rows).where(
        campaign_rows.c.campaign_id == campaign_id,
        campaign_rows.c.klass.in_(["expired", "not_reached"]),
        campaign_rows.c.tries < most_tries,
    )
    return int((await db.execute(this.values(klass=WAITING, classed_at=at, next_at=at))).rowcount)


async def blocked(db: AsyncConnection, campaign_id: int, after: int, limit: int) -> list[BlockedRow]:
    """Return rows that the law blocks, by key from behind `after` on: whoever looks whether it still does."""
    query = (
        select(campaign_rows)
        .where(campaign_rows.c.campaign_id == campaign_id, campaign_rows.c.klass == BLOCKED, campaign_rows.c.id > after)
        .order_by(campaign_rows.c.id)
        .limit(limit)
    )
    return [
        BlockedRow(row_id=row.id, account_id=row.account_id, reasons=tuple(row.reasons), classed_at=row.classed_at)
        for row in await db.execute(query)
    ]


async def wake(db: Writing, row_ids: Sequence[int], at: datetime) -> int:
    """Let blocked rows wait again: what stood against them is gone, the law is asked anew before they are called."""
    this = update(campaign_rows).where(
        campaign_rows.c.id == func.any(bindparam("rows", list(row_ids), ARRAY(Integer))),
        campaign_rows.c.klass == BLOCKED,
    )
    return int((await db.execute(this.values(klass=WAITING, classed_at=at, next_at=at, reasons=[]))).rowcount)


async def priority(db: Writing, row_id: int, to: int) -> None:
    """Have a row called sooner or later than others."""
    await db.execute(update(campaign_rows).where(campaign_rows.c.id == row_id).values(priority=to))
