"""How many accounts a tree of conditions holds, and some of them: counted, or estimated where that takes long (shell).

A count has two seconds. What is not done by then, and what would have to read histories of every account, is estimated
on a sample of pages; the answer always says which it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import errors as pg
from sqlalchemy import ColumnElement, Integer, Select, TableSample, case, func, literal, literal_column, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.db import Writing, transaction
from crm_core.segments.conditions import Joined, is_indexed
from crm_core.segments.estimate import Counted, Sums, estimate
from crm_core.store.segment_sql import Compiler
from crm_core.tables import account_facts

EXACT_MS = 2_000
"""What a person waits for while building; the promise for 6.2 million accounts."""
SAMPLE_MS = 3_000
WORK_MEMORY = "64MB"
"""Bitmaps of millions of accounts stay exact in it."""
LOOKED_AT = 20_000
"""Accounts an estimate rests on: within 0.7 % of the base where they are unlike."""
SMALL = 100_000
"""A base of so few is always counted."""
SEED = 20_261_129
"""The same tree gives the same estimate until the base changes."""
SHOWN = 10
Page = Select[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the builder shows of a tree."""

    counted: Counted
    sample: tuple[int, ...]
    """Some of its accounts."""


@asynccontextmanager
async def looking(engine: AsyncEngine) -> AsyncIterator[Writing]:
    """Open a read-only transaction with memory for counting."""
    async with transaction(engine) as db:
        await db.execute(
            text(
                "select set_config('transaction_read_only', 'on', true), set_config('work_mem', :memory, true)"
            ).bindparams(memory=WORK_MEMORY)
        )
        yield db


async def find(engine: AsyncEngine, tree: Joined, today: date) -> Found:
    """Return how many members a tree has and some of them, in a few seconds at most.

    Raises:
        DatabaseUnavailable: the server is away.
        DatabaseTooSlow: not even a sample could be looked at in time.

    """
    async with looking(engine) as db:
        counted = await count(db, tree, today)
        return Found(counted=counted, sample=await some(db, tree, today, counted))


async def count(db: Writing, tree: Joined, today: date, *, patience_ms: int = EXACT_MS) -> Counted:
    """Return how many members a tree has: exactly when that is done in time, else an estimate with its error.

    Args:
        db: a transaction (`looking`).
        tree: typed conditions.
        today: the date at the utility.
        patience_ms: how long an exact count may take.

    """
    total = await _total(db)
    if is_indexed(tree) or total <= SMALL:
        found = await _exact(db, tree, today, patience_ms)
        if found is not None:
            return found
    return await _estimated(db, tree, today, total)


async def count_exactly(db: AsyncConnection, tree: Joined, today: date) -> int:
    """Return how many members a tree has, however long it takes (the caller sets how long that may be)."""
    query = select(func.count()).select_from(account_facts).where(Compiler(today).clause(tree))
    return int((await db.execute(query)).scalar_one())


async def _patience(db: Writing, milliseconds: int) -> None:
    await db.execute(text("select set_config('statement_timeout', :limit, true)").bindparams(limit=str(milliseconds)))


async def _exact(db: Writing, tree: Joined, today: date, patience_ms: int) -> Counted | None:
    try:
        async with db.begin_nested():
            await _patience(db, patience_ms)
            return Counted(members=await count_exactly(db, tree, today), exact=True)
    except DBAPIError as error:
        if isinstance(error.orig, pg.QueryCanceled):
            return None
        raise


async def _estimated(db: Writing, tree: Joined, today: date, total: int) -> Counted:
    await _patience(db, SAMPLE_MS)
    drawn = _drawn(total)
    page: ColumnElement[float] = literal_column("(drawn.ctid::text::point)[0]")
    hit = case((Compiler(today, drawn).clause(tree), 1), else_=0)
    rows = select(page.label("page"), hit.label("hit")).select_from(drawn).subquery()
    pages = select(func.count().label("n"), func.sum(rows.c.hit).label("k")).group_by(rows.c.page).subquery()
    n, k = pages.c.n, pages.c.k
    sums = [func.count(), *(func.coalesce(func.sum(each), 0) for each in (n, k, n * n, n * k, k * k))]
    row = (await db.execute(select(*sums).select_from(pages))).one()
    names = ("pages", "n", "k", "nn", "nk", "kk")
    return estimate(Sums(**{name: int(value) for name, value in zip(names, row, strict=True)}), total)


def _drawn(total: int) -> TableSample:
    percent = min(100.0, 100.0 * LOOKED_AT / max(total, 1))
    return account_facts.tablesample(func.system(literal(percent)), name="drawn", seed=literal(SEED, Integer))


async def _total(db: AsyncConnection) -> int:
    """Return how many accounts there are: about, from the planner's statistics, unless there are few."""
    reltuples: ColumnElement[float] = literal_column("reltuples")
    about = select(reltuples).select_from(text("pg_class")).where(text("oid = 'account_facts'::regclass"))
    planned = int((await db.execute(about)).scalar_one())
    if planned > SMALL:
        return planned
    most = select(account_facts.c.account_id).limit(SMALL + 1).subquery()
    counted = int((await db.execute(select(func.count()).select_from(most))).scalar_one())
    return counted if counted <= SMALL else max(planned, SMALL + 1)


async def some(db: Writing, tree: Joined, today: date, counted: Counted, limit: int = SHOWN) -> tuple[int, ...]:
    """Return some members, from all over the base where there are many; fewer when looking for them takes long."""
    if not counted.members and counted.exact:
        return ()
    total = await _total(db)
    drawn = _drawn(total)
    mixed = func.hashint4(drawn.c.account_id)
    spread = select(drawn.c.account_id).where(Compiler(today, drawn).clause(tree)).order_by(mixed).limit(limit)
    found = await _first(db, spread)
    if len(found) < limit:
        found += await _first(db, page_of(Compiler(today).clause(tree), 0, limit))
    return tuple(dict.fromkeys(found))[:limit]


async def _first(db: Writing, query: Page) -> list[int]:
    try:
        async with db.begin_nested():
            await _patience(db, SAMPLE_MS // 3)
            return [row[0] for row in await db.execute(query)]
    except DBAPIError as error:
        if isinstance(error.orig, pg.QueryCanceled):
            return []
        raise


def page_of(clause: ColumnElement[bool], after: int, limit: int) -> Page:
    """Return the query of one page of members, in the order of their keys."""
    return (
        select(account_facts.c.account_id)
        .where(clause, account_facts.c.account_id > after)
        .order_by(account_facts.c.account_id)
        .limit(limit)
    )
