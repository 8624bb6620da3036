"""The ledger on a filled base: checking every account, taking readings in, posting payments (shell).

Readings and payments are sent through the very functions that serve people, each in a transaction that is taken back at
its end: the base is as it was. So a figure holds everything but the flush of a commit.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core.db import Writing, reading
from crm_core.db import engine as open_engine
from crm_core.ledger.posting import Channel, NewPayment
from crm_core.settings import Settings
from crm_core.store import ledger_posting, ledger_statement, ledger_verify, policies
from crm_core.store import readings as reading_store
from crm_core.store.ledger_posting import Poster
from deploy.figures import Figure

ROUNDS = 400
CHECKED = 1_000_000
"""At most so many accounts are checked; the time grows with them and nothing else."""
MILLION = 1_000_000

Work = Callable[[Writing, int], Awaitable[object]]


def figures(settings: Settings, subscribers: int) -> list[Figure]:
    """Measure on the filled base at `settings.database_url`, whose accounts have the ids 1 to `subscribers`."""
    return [*_verify(settings), *asyncio.run(_serve(settings, subscribers))]


def _verify(settings: Settings) -> list[Figure]:
    accounts, faults, began = 0, 0, time.perf_counter()
    with ledger_verify.connect(settings.database_url) as db:
        for found in ledger_verify.check(db):
            accounts, faults = accounts + found.accounts, faults + found.faults
            if accounts >= CHECKED:
                break
    seconds = time.perf_counter() - began
    return [
        Figure(name="verify: a million accounts", value=seconds * MILLION / max(accounts, 1), unit="s"),
        Figure(name="verify: accounts at fault", value=faults, unit="", bar="= 0", held=faults == 0),
    ]


async def _serve(settings: Settings, subscribers: int) -> list[Figure]:
    engine = open_engine(settings, name="busbar-bench", size=1)
    chosen = random.Random(1).sample(range(1, subscribers + 1), min(ROUNDS, subscribers))  # noqa: S311 -- which accounts
    try:
        async with engine.connect() as connection:
            paid = await _timed(connection, chosen, _pay)
            shown = {one: await _shown(connection, one) for one in chosen}
            await connection.rollback()
            read = await _timed(connection, chosen, lambda db, one: _read(db, one, shown[one]))
        async with reading(engine) as db:
            seen = await _timed(db, chosen, _look)
    finally:
        await engine.dispose()
    return [
        _rate("payments posted, one after the other", paid),
        _rate("reading submissions, one after the other", read),
        Figure(name="ledger read, p50", value=_at(seen, 0.5) * 1000, unit="ms"),
        Figure(name="ledger read, p99", value=_at(seen, 0.99) * 1000, unit="ms"),
    ]


async def _timed(connection: AsyncConnection, chosen: list[int], work: Work) -> list[float]:
    """Return the seconds of each; what it wrote is taken back."""
    seconds = []
    for account_id in chosen:
        began = time.perf_counter()
        await work(Writing(connection), account_id)
        seconds.append(time.perf_counter() - began)
        await connection.rollback()
    return seconds


async def _pay(db: Writing, account_id: int) -> object:
    wanted = NewPayment(
        amount=Decimal("123.45"), paid_on=clock.now().date(), channel=Channel.BANK, reference=f"bench {account_id}"
    )
    return await ledger_posting.pay(db, account_id, wanted, Poster(by=None))


async def _shown(db: AsyncConnection, account_id: int) -> dict[int, Decimal]:
    """Return what each register may plausibly show today."""
    return {
        state.register_id: state.recent[0].value + 1 if state.recent else Decimal(1)
        for state in await reading_store.registers(db, account_id)
    }


async def _read(db: Writing, account_id: int, values: dict[int, Decimal]) -> object:
    return await reading_store.submit(db, account_id, values, "inspector", clock.now().date(), None)


async def _look(db: Writing, account_id: int) -> object:
    today = clock.now().date()
    rules = await policies.money_on(db, today)
    await ledger_statement.overview(db, account_id, rules, today)
    return await ledger_statement.entries(db, account_id, limit=40)


def _rate(name: str, seconds: list[float]) -> Figure:
    return Figure(name=name, value=len(seconds) / sum(seconds), unit="/s")


def _at(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]
