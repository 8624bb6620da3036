"""What rules that notice falling activity and lists of applications cost over the whole base (shell: only reads)."""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core import db as way
from crm_core.segments.conditions import Condition, Group, Joined
from crm_core.segments.kinds import Op
from crm_core.settings import Settings
from crm_core.store import applications, segments, signal_sql, signals
from crm_core.store.applications import Filter
from crm_core.store.signal_sql import EVERYBODY, Members
from crm_core.tables import accounts
from crm_core.work.jobs import site_of
from crm_core.work.signals import Rule, What, Who
from deploy.figures import Figure, at_most

BATCHES = 24
"""Ranges of the base that are looked at for each rule, spread over it; the whole is reckoned from them."""
TRIES = 40
RULES = (
    Rule(title="bench", what=What.NO_READING, who=Who(flags_none=("do_not_call",))),
    Rule(title="bench", what=What.CONSUMPTION_DOWN),
    Rule(title="bench", what=What.PAYMENTS_STOPPED),
)
SEGMENT = Group(
    parts=(
        Condition(fact="balance", op=Op.AT_LEAST, values=("5000",)),
        Condition(fact="flags", op=Op.NONE_OF, values=("do_not_call",)),
    )
)
OF_SEGMENT = Rule(title="bench", what=What.CYCLE)


def figures(settings: Settings, subscribers: int) -> list[Figure]:
    """Measure on the filled base at `settings.database_url`.

    Args:
        settings: of the house.
        subscribers: accounts the base holds; stands beside the figures.

    """
    return asyncio.run(_figures(settings, subscribers))


async def _figures(settings: Settings, subscribers: int) -> list[Figure]:
    engine = way.engine(settings, name="busbar-bench", size=1)
    site = site_of(settings)
    today = site.today(clock.now())
    try:
        async with way.reading(engine) as db:
            last = int(await db.scalar(select(func.max(accounts.c.id))) or 0)
            found = [figure for rule in RULES for figure in await _rule(db, rule, today, last, subscribers)]
            tree = await segments.judged(db, SEGMENT)
            if isinstance(tree, Joined):
                inside = signal_sql.members(tree, "bench", today)
                found += await _rule(db, OF_SEGMENT, today, last, subscribers, inside)
            return [*found, await _list(db, settings, subscribers)]
    finally:
        await engine.dispose()


async def _rule(  # noqa: PLR0913, PLR0917 -- one rule, and what it is asked of
    db: AsyncConnection, rule: Rule, today: date, last: int, subscribers: int, inside: Members = EVERYBODY
) -> list[Figure]:
    statement, values = signal_sql.find(rule, inside), signal_sql.values(rule, today, inside)
    step = max(last // BATCHES, 1)
    spent: list[float] = []
    looked = 0
    for low in range(0, last, step):
        high = min(low + signals.BATCH, low + step, last)
        began = time.perf_counter()
        await db.exec_driver_sql(statement, values | {"low": low, "high": high, "sample": 0})
        spent.append(time.perf_counter() - began)
        looked += high - low
    of = " of a segment" if inside.text else ""
    name = f"rule {rule.what}{of} over {subscribers:,} accounts"
    whole = sum(spent) * last / max(looked, 1)
    return [
        at_most(f"{name}, finding, whole base reckoned from {BATCHES} ranges", whole, "s", 600),
        at_most(f"{name}, longest range of {min(step, signals.BATCH):,}", max(spent) * 1000, "ms", 10_000),
    ]


async def _list(db: AsyncConnection, settings: Settings, subscribers: int) -> Figure:
    site, now = site_of(settings), clock.now()
    spent = []
    for _ in range(TRIES):
        began = time.perf_counter()
        await applications.listing(db, Filter(by_due=True, late=True), site, now)
        spent.append(time.perf_counter() - began)
    name = f"page of late applications at {subscribers:,} accounts, p95"
    return at_most(name, statistics.quantiles(spent, n=20)[18] * 1000, "ms", 50)
