"""Segments and documents on a filled base: exact counts of every indexed fact, members a second, a PDF (shell).

Only looks: what is worked out anew is rolled back.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial

from sqlalchemy import select

from crm_core import segment_jobs
from crm_core.db import Database, reading, transaction
from crm_core.db import engine as open_engine
from crm_core.documents import fonts, making
from crm_core.documents.making import Maker, Order
from crm_core.segments.conditions import Condition, Group, How, Joined, resolve
from crm_core.segments.facts import FACTS, Catalogue
from crm_core.segments.kinds import Fact, Kind, Op
from crm_core.settings import Settings
from crm_core.store import account_facts, segment_counts, segments, templates
from crm_core.store.segment_counts import EXACT_MS
from crm_core.tables import account_facts as known
from deploy.figures import Figure, at_least, at_most

RUNS = 3
BAR_SECONDS = EXACT_MS / 1000
PATIENCE_MS = 9_000
PAGE = 10_000
PAGES = 20
LEAST_MEMBERS = 50_000
PDFS = 15
REFRESHED = 5_000
VALUES = {
    "kind": "person", "language": "ru", "status": "active", "balance": "1000", "overdue": "500", "debt_age": "60",
    "paid_amount": "500", "paid_channel": "bank", "silent_months": "2", "read_source": "ivr", "read_quality": "actual",
    "open_applications": "1", "disposition": "BALANCE", "broken_promises": "1", "flags": "vip", "name": "anna",
    "address": "oak", "invoiced_amount": "500", "promise_amount": "100", "customer_status": "active", "max_kw": "15",
    "notice_kind": "debt", "contact_channel": "phone", "promise_status": "open",
}  # fmt: skip
"""What is asked of a fact where the least or first would say little; days are asked as "in the last 60"."""
AHEAD = frozenset({"verification_due", "promise_due_on", "task_due_on", "agreement_ends_on"})
FIVE = Group(
    parts=(
        Condition(fact="kind", op=Op.ONE_OF, values=("person",)),
        Condition(fact="status", op=Op.ONE_OF, values=("active",)),
        Condition(fact="overdue", op=Op.AT_LEAST, values=("500",)),
        Condition(fact="paid_on", op=Op.NOT_LAST_DAYS, values=("60",)),
        Group(how=How.NONE, parts=(Condition(fact="flags", op=Op.ONE_OF, values=("do_not_call", "life_support")),)),
    )
)
ESTIMATED = Group(parts=(Condition(fact="consumption_change", op=Op.AT_MOST, values=("-30",), days=90),))


def figures(settings: Settings, subscribers: int) -> list[Figure]:
    """Measure on the base at `settings.database_url`, which holds so many subscribers with their facts."""
    return asyncio.run(_figures(settings, subscribers))


async def _figures(settings: Settings, subscribers: int) -> list[Figure]:
    engine, today = open_engine(settings, name="busbar-bench", size=2), segment_jobs.today(settings)
    try:
        async with reading(engine) as db:
            catalogue = await segments.catalogue(db)
        return [
            *await _counts(engine, catalogue, today),
            *await _trees(engine, catalogue, today),
            await _members(engine, catalogue, today),
            await _refreshed(engine, settings, subscribers),
            *await _documents(engine, settings, subscribers),
        ]
    finally:
        await engine.dispose()


async def _counts(engine: Database, catalogue: Catalogue, today: date) -> list[Figure]:
    found = []
    for fact in FACTS:
        if not fact.indexed:
            continue
        tree = _typed(Group(parts=(_asking(fact, catalogue),)), catalogue)
        seconds = await _median(partial(_exact, engine, tree, today))
        found.append(at_most(f"count: {fact.name}", round(seconds, 3), "s", BAR_SECONDS))
    return found


def _asking(fact: Fact, catalogue: Catalogue) -> Condition:
    """Return one condition that a fact is usually asked with."""
    match fact.kind:
        case Kind.DAY:
            return Condition(fact=fact.name, op=Op.NEXT_DAYS if fact.name in AHEAD else Op.LAST_DAYS, values=("60",))
        case Kind.YES_NO:
            return Condition(fact=fact.name, op=Op.YES)
        case Kind.MONEY | Kind.NUMBER:
            return Condition(fact=fact.name, op=Op.AT_LEAST, values=(VALUES.get(fact.name, "1"),))
        case Kind.WORDS | Kind.TEXT:
            return Condition(fact=fact.name, op=Op.HAS_WORDS, values=(VALUES[fact.name],))
        case Kind.CHOICE | Kind.SET | Kind.SEGMENT:
            choices = catalogue.choices(fact)
            value = VALUES.get(fact.name) or (choices[0].code if choices else "1")
            return Condition(fact=fact.name, op=Op.ONE_OF, values=(value,))


def _typed(tree: Group, catalogue: Catalogue) -> Joined:
    made = resolve(tree, catalogue, {})
    if isinstance(made, list):
        raise TypeError(f"the bench asks what cannot be asked: {made[0]}")
    return made


async def _exact(engine: Database, tree: Joined, today: date) -> None:
    async with segment_counts.looking(engine) as db:
        await segment_counts.count_exactly(db, tree, today)


async def _median(work: Callable[[], Awaitable[None]]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        await work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


async def _trees(engine: Database, catalogue: Catalogue, today: date) -> list[Figure]:
    """A segment of five conditions counted, and one that is estimated with what its error says."""
    five, slow = _typed(FIVE, catalogue), _typed(ESTIMATED, catalogue)
    seconds = await _median(partial(_exact, engine, five, today))
    async with segment_counts.looking(engine) as db:
        began = time.perf_counter()
        counted = await segment_counts.count(db, slow, today)
        spent = time.perf_counter() - began
    share = 100 * counted.error / counted.members if counted.members else 0.0
    return [
        at_most("count: five conditions", round(seconds, 3), "s", BAR_SECONDS),
        at_most("estimate from histories", round(spent, 3), "s", BAR_SECONDS),
        Figure(name="its error, 19 times of 20", value=round(share, 1), unit="%"),
    ]


async def _members(engine: Database, catalogue: Catalogue, today: date) -> Figure:
    tree = _typed(Group(parts=(Condition(fact="overdue", op=Op.AT_LEAST, values=("500",)),)), catalogue)
    after = members = 0
    began = time.perf_counter()
    async with reading(engine) as db:
        for _ in range(PAGES):
            page = await segments.page(db, tree, after, PAGE, today=today)
            if not page:
                break
            members, after = members + len(page), page[-1]
    pace = members / (time.perf_counter() - began)
    return at_least("members by page", round(pace), "1/s", LEAST_MEMBERS)


async def _refreshed(engine: Database, settings: Settings, subscribers: int) -> Figure:
    """Facts worked out anew, from cold histories in the middle of the base; nothing of it stays."""
    first = max(1, subscribers // 3)
    changed = list(range(first, min(first + REFRESHED, subscribers + 1)))
    async with transaction(engine) as db:
        undone = await db.begin_nested()
        began = time.perf_counter()
        await account_facts.refresh(db, changed, segment_jobs.today(settings), settings.time_zone)
        spent = time.perf_counter() - began
        await undone.rollback()
    return Figure(name="facts of accounts that changed", value=round(len(changed) / spent), unit="1/s")


async def _documents(engine: Database, settings: Settings, subscribers: int) -> list[Figure]:
    """A balance statement from the card to its bytes."""
    maker = Maker(
        user_id=None,
        name="Bench",
        utility=settings.utility,
        today=segment_jobs.today(settings),
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    found = fonts.find(settings.run_dir)
    drawing, printing = [], []
    async with reading(engine) as db:
        every = {(one.code, one.language): one for one in await templates.everyone(db)}
        template = every["balance", "en"]
        some = select(known.c.account_id).where(known.c.account_id >= subscribers // 2).limit(PDFS)
        for account_id in (await db.execute(some)).scalars().all():
            began = time.perf_counter()
            drawn = await making.draw(db, template, Order(template_id=0, account_id=account_id), maker)
            between = time.perf_counter()
            if isinstance(drawn, list):
                raise TypeError(f"the template of the house cannot be rendered: {drawn[0]}")
            making.printed(drawn, template, maker, found)
            drawing.append(between - began)
            printing.append(time.perf_counter() - between)
    kind = "PDF" if found else "HTML"
    return [
        Figure(name="document: card and text", value=round(1000 * statistics.median(drawing), 1), unit="ms"),
        Figure(name=f"document: {kind}", value=round(1000 * statistics.median(printing), 1), unit="ms"),
    ]
