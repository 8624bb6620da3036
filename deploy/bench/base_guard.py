"""Bench of access and audit: rows written, chained and checked a second; what masking costs a card (shell).

The log can only grow, in a filled base too: so it is measured in a schema of its own, made like the real tables with
their indexes and triggers, and dropped afterwards.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import access, clock, db
from crm_core.access import Role
from crm_core.card import Card
from crm_core.masking import mask_card
from crm_core.settings import Settings
from crm_core.store import access_log, cards, chain
from crm_core.tables import accounts
from deploy.figures import Figure, at_most

WRITERS = 4
SECONDS = 4.0
ROWS = 40_000
"""Sealed and checked in one go."""
BATCH = 50
"""Rows of one batch of the web process at a busy moment."""
CARDS = 200
MASKING_BAR = 50.0
"""Microseconds; a pop has no more to spare."""


def figures(settings: Settings, subscribers: int) -> list[Figure]:
    """Measure on the base that the settings name.

    Args:
        settings: of the house.
        subscribers: size of the base, said with each figure.

    """
    return asyncio.run(_measured(settings, subscribers))


async def _measured(settings: Settings, subscribers: int) -> list[Figure]:
    async with _aside(settings) as engine:
        single, lag = await _written(engine, batch=1)
        batched, _ = await _written(engine, batch=BATCH)
        sealed, checked = await _chained(engine)
    masking = await _masking(settings)
    at = f"at {subscribers:,}"
    writers = f"audit rows written by {WRITERS} and chained meanwhile, {at}"
    return [
        Figure(name=f"{writers}, a transaction each", value=single, unit="/s"),
        Figure(name=f"{writers}, {BATCH} a transaction", value=batched, unit="/s"),
        Figure(name="rows not yet chained when the writers stopped", value=lag, unit="rows"),
        Figure(name="audit rows chained by one sealer", value=sealed, unit="/s"),
        Figure(name="audit rows checked by audit verify", value=checked, unit="/s"),
        *(at_most(f"masking a card for a {role}, {at}", value, "us", MASKING_BAR) for role, value in masking.items()),
    ]


@asynccontextmanager
async def _aside(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Open pools that find the log in a schema made for this bench."""
    schema = f"bench_guard_{secrets.token_hex(4)}"
    engine = db.open_pools(settings.database_url, name="busbar-bench", size=WRITERS + 2)
    async with db.transaction(engine) as writing:
        await writing.execute(text(f"create schema {schema}"))
        for table in ("access_log", "access_seals", "access_cuts"):
            await writing.execute(text(f"create table {schema}.{table} (like public.{table} including all)"))
            await writing.execute(
                text(
                    f"create trigger append_only before update or delete or truncate on {schema}.{table} "
                    "for each statement execute function public.busbar_audit_only()"
                )
            )
    await engine.dispose()

    def look_there(connection: Any, _record: object) -> None:
        connection.cursor().execute(f"set search_path = {schema}, public")
        connection.commit()

    for pool in (engine.sync_engine, engine.reader.sync_engine):
        event.listen(pool, "connect", look_there)
    try:
        yield engine
    finally:
        async with db.transaction(engine) as writing:
            await writing.execute(text(f"drop schema {schema} cascade"))
        await engine.dispose()


async def _written(engine: AsyncEngine, *, batch: int) -> tuple[float, int]:
    """Write for some seconds while a sealer works beside; returns rows a second and how many waited at the end."""
    over = time.monotonic() + SECONDS
    stop = asyncio.Event()

    async def write(writer: int) -> int:
        done = 0
        while time.monotonic() < over:
            async with db.transaction(engine) as writing:
                if batch == 1:
                    await access_log.record(writing, None, "card.viewed", f"account {writer}{done}", "call main-1.1")
                else:
                    rows = [_entry(f"account {writer}{done + one}") for one in range(batch)]
                    await access_log.record_many(writing, rows)
            done += batch
        return done

    async def sealing() -> int:
        done = 0
        while not stop.is_set():
            async with db.transaction(engine) as writing:
                done += await chain.seal(writing)
            await asyncio.sleep(0.2)
        return done

    sealer = asyncio.create_task(sealing())
    began = time.monotonic()
    written = sum(await asyncio.gather(*(write(one) for one in range(WRITERS))))
    seconds = time.monotonic() - began
    stop.set()
    waiting = written - await sealer
    await chain.seal_all(engine, everything=True)
    return written / seconds, waiting


async def _chained(engine: AsyncEngine) -> tuple[float, float]:
    """Chain and check many rows at once; returns rows a second of both."""
    for _ in range(ROWS // 1_000):
        async with db.transaction(engine) as writing:
            await access_log.record_many(writing, [_entry(f"account {one}") for one in range(1_000)])
    began = time.monotonic()
    sealed = await chain.seal_all(engine, everything=True)
    chained = sealed / (time.monotonic() - began)
    began = time.monotonic()
    verdict = await chain.verify(engine)
    checked = verdict.links / (time.monotonic() - began)
    if verdict.broken is not None or verdict.unsealed:
        raise RuntimeError(f"the chain does not hold: {verdict}")
    return chained, checked


async def _masking(settings: Settings) -> dict[str, float]:
    """Mask cards of the base; returns microseconds a card by role."""
    engine = db.engine(settings, name="busbar-bench", size=1)
    found: list[Card] = []
    today = clock.now().date()
    async with db.reading(engine) as reading:
        ids = (await reading.execute(select(accounts.c.id).order_by(accounts.c.id).limit(CARDS))).scalars().all()
        for account_id in ids:
            card = await cards.load_card(reading, account_id, today)
            if card is not None:
                found.append(card)
    await engine.dispose()
    return {role.value: _masked(found, role) for role in (Role.OPERATOR, Role.SUPERVISOR)}


def _masked(found: list[Card], role: Role) -> float:
    hidden = access.hidden(role, reason=True)
    best = float("inf")
    for _ in range(10):
        began = time.perf_counter()
        for card in found:
            mask_card(card, hidden)
        best = min(best, (time.perf_counter() - began) / max(1, len(found)))
    return best * 1e6


def _entry(what: str) -> access_log.Entry:
    return access_log.Entry(
        at=clock.now(), user_id=None, action="card.viewed", object=what, reason="call main-1.1", ip="127.0.0.1"
    )
