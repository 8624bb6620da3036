"""Facts of accounts kept up to date: what changed is worked out anew, a little at a time (shell).

Triggers note in `facts_due` whose facts changed; `catch_up` takes notes off, oldest first, and works these accounts
out. One at a time: two that ran side by side could write what the slower one had read earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Date, Integer, bindparam, delete, exists, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from crm_core.db import Writing
from crm_core.store.facts_sql import REFRESH
from crm_core.tables import account_facts, accounts, facts_due

LOCK = 0x66616374
"""Advisory lock of whoever works facts out ("fact")."""
MOST_ACCOUNTS = 5_000
"""Worked out in one transaction: a second or two on a busy machine."""
MOST_NOTES = 500
SHOWN_NOTES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far the facts lie behind."""

    since: datetime | None
    """The oldest change that is not in them yet; None when all are."""
    accounts: int
    """Whose facts wait, some perhaps counted twice."""


async def freshness(db: AsyncConnection) -> Freshness:
    """Return how far the facts lie behind what happened."""
    oldest = select(facts_due.c.at, facts_due.c.accounts).order_by(facts_due.c.id).limit(SHOWN_NOTES).subquery()
    row = (
        await db.execute(select(func.min(oldest.c.at), func.coalesce(func.sum(func.cardinality(oldest.c.accounts)), 0)))
    ).one()
    return Freshness(since=row[0], accounts=int(row[1]))


async def catch_up(db: Writing, today: date, zone: str) -> int:
    """Work out facts of accounts that changed, as many as one transaction bears; return how many accounts.

    Args:
        db: a transaction; a note is gone only when what it asked for is done.
        today: the date at the utility.
        zone: its time zone; decides on which day a contact was.

    Returns:
        0 when nothing is left to do, or somebody else does it.

    """
    if not (await db.execute(select(func.pg_try_advisory_xact_lock(LOCK)))).scalar_one():
        return 0
    oldest = (
        select(facts_due.c.id, func.cardinality(facts_due.c.accounts).label("n"))
        .order_by(facts_due.c.id)
        .limit(MOST_NOTES)
        .subquery()
    )
    upto = func.sum(oldest.c.n).over(order_by=oldest.c.id)
    summed = select(oldest.c.id, upto.label("upto"), oldest.c.n).subquery()
    # The first note is taken whatever its size; no note holds more than one transaction bears.
    taken = select(summed.c.id).where((summed.c.upto <= MOST_ACCOUNTS) | (summed.c.upto == summed.c.n))
    rows = await db.execute(delete(facts_due).where(facts_due.c.id.in_(taken)).returning(facts_due.c.accounts))
    changed = sorted({account for (accounts_,) in rows for account in accounts_})
    if changed:
        await refresh(db, changed, today, zone)
    return len(changed)


async def refresh(db: Writing, changed: list[int], today: date, zone: str) -> None:
    """Work out these accounts' facts anew, and forget those of accounts that are gone."""
    await db.exec_driver_sql(REFRESH, {"accounts": changed, "today": today, "zone": zone})
    gone = delete(account_facts).where(
        account_facts.c.account_id == func.any(_ids(changed)),
        ~exists().where(accounts.c.id == account_facts.c.account_id),
    )
    await db.execute(gone)


async def fall_due(db: Writing, today: date) -> int:
    """Note every account of which an invoice fell due since its facts were worked out; return how many.

    What is overdue changes with the day and not only with what happens: once a day this asks for it.
    """
    late = select(account_facts.c.account_id).where(account_facts.c.next_due_on < literal(today, Date)).subquery()
    part = ((func.row_number().over(order_by=late.c.account_id) - 1) / MOST_ACCOUNTS).label("part")
    parts = select(late.c.account_id, func.floor(part).label("part")).subquery()
    lists = select(func.array_agg(parts.c.account_id)).group_by(parts.c.part)
    noted = insert(facts_due).from_select(["accounts"], lists).returning(func.cardinality(facts_due.c.accounts))
    return sum((await db.execute(noted)).scalars())


def _ids(numbers: list[int]) -> ColumnElement[Any]:
    kind: TypeEngine[Any] = ARRAY(Integer)
    return bindparam(None, numbers, kind)
