"""One running workstation for all tests about segments, fields and documents, swept before each of them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import psycopg
import pytest_asyncio
from psycopg import sql
from sqlalchemy import func, select, text

from crm_core import segment_jobs, tables
from crm_core.db import reading, transaction
from crm_core.settings import Settings
from crm_core.store import account_facts
from tests.conftest import TEMPLATE
from tests.support.servers import PostgresServer, ValkeyServer, node_settings
from tests.workstation.house import House, TestFloor, populate, running

NAME = "segment_house"
SWEPT = ("segments", "segment_snapshots", "custom_fields", "custom_values", "documents", "answers", "card_openings")


def today(house: House) -> date:
    """The day at the utility."""
    return segment_jobs.today(house.settings)


async def rows(house: House, query: Any) -> list[Any]:
    """What the base holds."""
    async with reading(house.parts.engine) as db:
        return list(await db.execute(query))


async def logged(house: House, action: str) -> list[str]:
    """What this test wrote into the access log under an action."""
    mine = (tables.access_log.c.action == action, tables.access_log.c.id > _mark[house])
    found = await rows(house, select(tables.access_log.c.object).where(*mine).order_by(tables.access_log.c.id))
    return [row.object for row in found]


_mark: dict[House, int] = {}
_numbers = itertools.count(1)
"""Where files are handed out one by one, the package's house may be built more than once."""


def _settings(run_dir: Any, postgres: PostgresServer, valkey: ValkeyServer) -> Settings:
    name = f"{NAME}{next(_numbers)}"
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        copy = sql.SQL("create database {} template {} owner busbar")
        db.execute(copy.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    return node_settings(run_dir, postgres.plan.url(name), valkey.url, web_origin="")


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared(run_dir: Any, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[House]:
    """A web process with people and three accounts whose facts are worked out."""
    mine = _settings(run_dir, postgres, valkey)
    people = await populate(mine.database_url)
    floor = TestFloor(mine.redis_url)
    await floor.start()
    async with running(mine, floor) as house:
        house.people = people
        async with transaction(house.parts.engine) as db:
            await account_facts.refresh(db, [1, 2, 3], today(house), "Europe/Moscow")
        async with house.signed_in("marta") as client:
            # Whoever comes first waits for templates to be compiled.
            await client.get("/office/segments/new", timeout=60)
        yield house
    await floor.stop()


@pytest_asyncio.fixture(loop_scope="package")
async def fresh(shared: House) -> House:
    """The house as if nobody had been in it."""
    async with transaction(shared.parts.engine) as db:
        # Campaigns point at segments, and what became of them can only grow.
        for table in ("campaign_steps", "campaign_row_events"):
            await db.execute(text(f"alter table {table} disable trigger append_only"))
        await db.execute(text(f"truncate {', '.join(SWEPT)} restart identity cascade"))
        for table in ("campaign_steps", "campaign_row_events"):
            await db.execute(text(f"alter table {table} enable trigger append_only"))
        last = await db.execute(select(func.coalesce(func.max(tables.access_log.c.id), 0)))
        _mark[shared] = int(last.scalar_one())
    return shared
