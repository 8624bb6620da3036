"""The search for duplicates as a background job: reads everybody once, compares block by block (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.duplicates.blocking import keys
from crm_core.duplicates.scoring import Verdict, weigh
from crm_core.duplicates.traits import Traits, traits
from crm_core.jobs import Progress, perform
from crm_core.settings import Settings
from crm_core.store import customers_alike, duplicates
from crm_core.store.blocks import Blocks, blocks

KIND = "duplicates"
BATCH = 5_000
"""Customers read at once."""
BLOCKS = 2_000
"""Blocks compared at once: at most forty thousand customers in memory."""


def run(job_id: int) -> None:
    """Look for duplicates; called by a worker."""
    perform(Settings(), job_id, find)  # type: ignore[call-arg]  # the environment brings them


async def find(progress: Progress) -> Mapping[str, Any]:
    """Look through the whole base; what is found waits for people in `duplicate_pairs`."""
    began = clock.now()
    async with blocks(progress.engine) as collected:
        read = await _read(progress, collected)
        gathered = await collected.close()
        total = read + gathered
        compared = found = 0
        for done in range(0, gathered, BLOCKS):
            pairs = await collected.pairs(done, BLOCKS)
            found += await _compare(progress.engine, pairs)
            compared += len(pairs)
            await progress.advance(read + done, total, f"{compared} pairs compared, {found} found")
    async with transaction(progress.engine) as db:
        gone = await duplicates.forget_unconfirmed(db, began)
    return {"customers": read, "blocks": gathered, "compared": compared, "found": found, "dropped": gone}


async def _read(progress: Progress, collected: Blocks) -> int:
    read = last = 0
    while True:
        async with reading(progress.engine) as db:
            some = await customers_alike.following(db, last, BATCH)
        if not some:
            return read
        await collected.add({one.customer_id: keys(traits(one)) for one in some})
        last = some[-1].customer_id
        read += len(some)
        await progress.advance(read, 0, f"{read} customers read")


async def _compare(engine: AsyncEngine, pairs: set[tuple[int, int]]) -> int:
    """Weigh pairs, write down those worth a look, and return how many."""
    async with reading(engine) as db:
        known = await customers_alike.these(db, {one for pair in pairs for one in pair})
    apart: dict[int, Traits] = {customer_id: traits(one) for customer_id, one in known.items()}
    found: list[tuple[int, int, Verdict]] = []
    for one, other in sorted(pairs):
        # Somebody may have gone since the blocks were gathered.
        if one in apart and other in apart and (verdict := weigh(apart[one], apart[other])).is_candidate:
            found.append((one, other, verdict))
    async with transaction(engine) as db:
        await duplicates.keep(db, found, clock.now())
    return len(found)
