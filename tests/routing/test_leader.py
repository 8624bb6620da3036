"""One floor serves, another stands by: who takes over, when, and who does not, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import psycopg
import pytest
from sqlalchemy.engine import make_url

from crm_core import db
from routing.leader import Leader
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration
NAME = "busbar floor"
REFUSED = """
    select count(*) from pg_stat_activity a where application_name = %s and query like '%%try_advisory%%'
    and not exists (select from pg_locks l where l.pid = a.pid and locktype = 'advisory' and granted)
"""
"""Who asked for the lock and did not get it."""


class Contest:
    """Two floors that want to be the only one, and somebody who looks at the server from outside."""

    def __init__(self, first: Leader, second: Leader, outside: psycopg.AsyncConnection) -> None:
        self.first, self.second, self.outside = first, second, outside
        self.told: list[str] = []

    async def begin(self) -> asyncio.Task[None]:
        """The first serves; return the second's wait once it stands by."""
        await self.first.wait(lambda: self.told.append("first"))
        waiting = asyncio.create_task(self.second.wait(lambda: self.told.append("second")))
        await eventually(lambda: self.told == ["second"], 5, "the second stands by")
        return waiting

    async def number(self, query: str, *values: object) -> int:
        row = await (await self.outside.execute(query.encode(), values)).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
async def contest(database: str) -> AsyncIterator[Contest]:
    async with AsyncExitStack() as stack:
        leaders = []
        for _ in range(2):
            engine = db.open_pools(database, name=NAME, size=2)
            stack.push_async_callback(engine.dispose)
            leaders.append(Leader(engine))
            stack.push_async_callback(leaders[-1].release)
        outside = await stack.enter_async_context(_outside(database, "outside"))
        yield Contest(leaders[0], leaders[1], outside)


@asynccontextmanager
async def _outside(database: str, name: str) -> AsyncIterator[psycopg.AsyncConnection]:
    address = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, application_name=name, autocommit=True) as connection:
        yield connection


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_standby_serves_as_soon_as_the_first_is_gone_and_not_before(contest: Contest) -> None:
    waiting = await contest.begin()
    assert not waiting.done()
    await contest.first.release()
    await asyncio.wait_for(waiting, 1)
    assert contest.told == ["second"], "who serves did not stand by"


async def test_what_a_dead_floor_had_begun_to_write_is_written_before_the_next_one_reads(
    contest: Contest, database: str
) -> None:
    async with _outside(database, NAME) as dead:
        async with dead.transaction():
            await dead.execute("create table last_words (word text)")
            waiting = asyncio.create_task(contest.first.wait(lambda: None))
            held = "select count(*) from pg_locks where locktype = 'advisory' and granted and %s > 0"
            await eventually(lambda: contest.number(held, 1), 5, "the lock is taken")
            assert not waiting.done()
        await asyncio.wait_for(waiting, 1)


async def test_who_served_keeps_the_lock_when_the_database_was_away(contest: Contest) -> None:
    waiting = await contest.begin()
    everybody = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = %s"
    assert await contest.number(everybody, NAME) >= 2

    async def back() -> bool:
        return await contest.number("select count(*) from pg_stat_activity where application_name = %s", NAME) > 0

    await eventually(back, 8, "the standby is the first to have a connection again")
    keeping = asyncio.create_task(contest.first.keep())

    async def refused() -> bool:
        return await contest.number(REFUSED, NAME) == 1

    await eventually(refused, 8, "the standby asked again, after the first")
    assert not keeping.done()
    assert not waiting.done()
    for task in (keeping, waiting):
        await _ended(task)
