"""Blocks of customers that share a key, kept in a temporary table while duplicates are looked for (shell).

Only numbers lie in it: a hash of the key and the customer. Keys that hash alike by chance make two customers be
compared for nothing, which the comparison finds out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any, cast

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.db import named_errors
from crm_core.duplicates.blocking import LARGEST
from crm_core.duplicates.traits import pairs_of

GATHER = """
create temporary table block on commit preserve rows as
select row_number() over (order by customers) as number, customers
  from (select array_agg(customer_id order by customer_id) as customers
          from (select distinct key, customer_id from block_key) k
         group by key having count(*) between 2 and :largest) b
"""
PART = text("select customers from block where number > :after and number <= :last")


class Blocks:
    """The blocks of one search, on a connection of its own."""

    def __init__(self, db: AsyncConnection) -> None:
        self._db = db

    async def add(self, keys: Mapping[int, Iterable[str]]) -> None:
        """Note the keys of some customers."""
        link = cast("psycopg.AsyncConnection[Any]", (await self._db.get_raw_connection()).driver_connection)
        async with link.cursor() as cursor, cursor.copy("copy block_key from stdin (format binary)") as copy:
            copy.set_types(["int8", "int4"])
            for customer_id, its in keys.items():
                for key in its:
                    await copy.write_row((_hash(key), customer_id))

    async def close(self) -> int:
        """Gather the blocks of two and more, and return how many there are; those that are too large are left out."""
        await self._db.execute(text(GATHER), {"largest": LARGEST})
        await self._db.execute(text("drop table block_key"))
        await self._db.execute(text("create index on block (number)"))
        return int((await self._db.execute(text("select count(*) from block"))).scalar_one())

    async def pairs(self, after: int, count: int) -> set[tuple[int, int]]:
        """Return the pairs of the next so many blocks; blocks of the same customers come together."""
        rows = await self._db.execute(PART, {"after": after, "last": after + count})
        return {pair for block in rows.scalars() for pair in pairs_of(block)}


@asynccontextmanager
async def blocks(engine: AsyncEngine) -> AsyncIterator[Blocks]:
    """Open an empty set of blocks; it is gone at the end.

    Raises:
        DatabaseUnavailable: the server is away, or has no room.
    """
    with named_errors():
        async with engine.connect() as connection:
            db = await connection.execution_options(isolation_level="AUTOCOMMIT")
            # Gathering sorts tens of millions of keys: longer than a statement of the desk may take.
            await db.execute(text("set statement_timeout = 0"))
            await db.execute(text("set work_mem = '128MB'"))
            await db.execute(text("create temporary table block_key (key int8 not null, customer_id int4 not null)"))
            try:
                yield Blocks(db)
            finally:
                # The connection goes with its temporary tables and settings.
                await db.invalidate()


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
