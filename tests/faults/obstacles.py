"""What keeps a database that is up from taking writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import psycopg
from sqlalchemy.engine import make_url

from deploy.postgres import Postgres
from tests.support.house import House

TABLES = ("interactions", "call_events", "operator_states")
FULL = """
create function no_space() returns trigger language plpgsql as $$
begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$
"""
"""What a server says whose disk is full; the error is the server's own, the cause is not."""


@asynccontextmanager
async def read_only(house: House) -> AsyncIterator[None]:
    """The server refuses to write, as one that became a standby does."""
    await _do(house, "alter system set default_transaction_read_only = on", "select pg_reload_conf()")
    try:
        yield
    finally:
        await _do(house, "alter system reset default_transaction_read_only", "select pg_reload_conf()")


@asynccontextmanager
async def full(house: House) -> AsyncIterator[None]:
    """Every write of the floor ends as on a full disk."""
    guard = "create trigger no_space before insert or update on {} execute function no_space()"
    await _do(house, FULL, *(guard.format(table) for table in TABLES))
    try:
        yield
    finally:
        await _do(house, "drop function no_space() cascade")


OBSTACLES: Mapping[str, Callable[[House], AbstractAsyncContextManager[None]]] = {"read-only": read_only, "full": full}


async def _do(house: House, *statements: str) -> None:
    database = make_url(house.settings.database_url).database or ""
    await asyncio.to_thread(_execute, Postgres(house.settings.run_dir).conninfo(database, "postgres"), statements)


def _execute(address: str, statements: tuple[str, ...]) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
