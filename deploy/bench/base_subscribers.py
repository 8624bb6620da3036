"""The card for `bench base`: read warm and cold, beside the same data by bare prepared SQL in the same run (shell).

A card is read over a hot line (`crm_core.hotline`); the general pool is the way where none is free. Warm: two hundred
accounts, read before. Cold: accounts picked at random over the whole base that this run has not
touched; how many of their pages PostgreSQL did not have in its buffers is printed beside the time (the machine's own
cache may have had some of them: nothing of other people's work is thrown out of it for a bench).
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
import uvloop
from sqlalchemy.engine import make_url

from crm_core import clock, db
from crm_core.card import Card
from crm_core.hotline import HotLines
from crm_core.settings import Settings
from crm_core.store import cards
from crm_core.store.card_statement import CARD
from deploy.bench.pop_samples import percentile
from deploy.figures import Figure, at_most

WARM, ROUNDS = 200, 4
"""Accounts read again and again, and how often each is measured."""
COLD, LOOKED_AT = 600, 60
"""Accounts read for the first time, and others whose pages are counted."""
RATIO, GROWTH = 1.5, 2.0
"""The card against bare SQL at p50; its warm p99 on the large base against the small one."""
Read = Callable[[int], Awaitable[object]]


@dataclass
class Times:
    """Milliseconds of one way to a card."""

    spent: list[float] = field(default_factory=list)

    def figures(self, name: str) -> list[Figure]:
        """Return p50, p95 and p99."""
        return [
            Figure(name=f"{name} p{share}", value=percentile(self.spent, share), unit="ms") for share in (50, 95, 99)
        ]


@dataclass
class _Measured:
    pool: Times = field(default_factory=Times)
    line: Times = field(default_factory=Times)
    bare: Times = field(default_factory=Times)
    cold: Times = field(default_factory=Times)
    cold_bare: Times = field(default_factory=Times)
    touched: list[float] = field(default_factory=list)
    fetched: list[float] = field(default_factory=list)


def figures(settings: Settings, subscribers: int) -> list[Figure]:
    """Measure the card on the base of the settings."""
    seen = uvloop.run(_measure(settings.database_url, subscribers))
    ratio = percentile(seen.line.spent, 50) / percentile(seen.bare.spent, 50)
    return [
        *seen.bare.figures("card, bare prepared SQL, warm,"),
        *seen.line.figures("card, as desks and programs read it, warm,"),
        at_most("card against bare SQL, warm, p50", ratio, "times", RATIO),
        *seen.pool.figures("card, over the general pool, where no hot line is free, warm,"),
        *seen.cold_bare.figures("card, bare prepared SQL, never read before,"),
        *seen.cold.figures("card, never read before,"),
        Figure(name="pages of a card, p50", value=percentile(seen.touched, 50), unit="pages"),
        Figure(name="of them not in PostgreSQL's buffers, p50", value=percentile(seen.fetched, 50), unit="pages"),
    ]


def growth(settings: Settings, against: str) -> list[Figure]:
    """Hold the card's warm p99 against that on a second base; without one it is printed alone, without a bar."""
    here = percentile(uvloop.run(_warm(settings.database_url)), 99)
    if not against:
        return [Figure(name="card, warm p99 of this base", value=here, unit="ms")]
    there = percentile(uvloop.run(_warm(against)), 99)
    return [
        Figure(name="card, warm p99 of the base against which it is held", value=there, unit="ms"),
        at_most("growth of the card's warm p99", here / there, "times", GROWTH),
    ]


async def _measure(url: str, subscribers: int) -> _Measured:
    seen = _Measured()
    today = clock.now().date()
    pools = db.open_pools(url, name="busbar bench", size=1)
    lines = cards.hot_lines(make_url(url), lambda: today, name="busbar bench hot")
    chosen = _strangers(subscribers)
    try:
        await lines.open()
        async with await _bare(url) as link:
            pool, line, bare = _ways(pools, lines, link, today)
            warm = [next(chosen) for _ in range(WARM)]
            for account in warm:
                await pool(account), await line(account), await bare(account)
            turns = [(pool, seen.pool), (line, seen.line), (bare, seen.bare)]
            for _ in range(ROUNDS):
                for account in warm:
                    # Who comes first finds the account's pages in nobody's near cache: each does in its turn.
                    turns = [*turns[1:], turns[0]]
                    await _in_turns(account, *turns)
            for _ in range(COLD // 2):
                await _time(line, next(chosen), seen.cold)
                await _time(bare, next(chosen), seen.cold_bare)
            for _ in range(LOOKED_AT):
                touched, fetched = await _pages(link, next(chosen), today)
                seen.touched.append(touched)
                seen.fetched.append(fetched)
    finally:
        await lines.close()
        await pools.dispose()
    return seen


async def _warm(url: str) -> Sequence[float]:
    """Return times of cards that were read before."""
    spent = Times()
    today = clock.now().date()
    lines = cards.hot_lines(make_url(url), lambda: today, name="busbar bench hot")

    async def line(account: int) -> object:
        asked = cards.ask_card(lines, account, today)
        return await asked if asked is not None else None

    try:
        await lines.open()
        async with await _bare(url) as link:
            row = await (await link.execute("select max(id) from accounts")).fetchone()
        chosen = _strangers(int(row[0]) if row and row[0] else 1)
        warm = [next(chosen) for _ in range(WARM)]
        for turn in range(ROUNDS + 1):
            for account in warm:
                await _time(line, account, spent if turn else Times())
    finally:
        await lines.close()
    return spent.spent


def _ways(
    pools: db.Database, lines: HotLines[Card | None], link: psycopg.AsyncConnection[Any], today: date
) -> tuple[Read, Read, Read]:
    """Return the three ways to a card: our pool's, a hot line's, and the statement alone."""

    async def line(account: int) -> object:
        asked = cards.ask_card(lines, account, today)
        return await asked if asked is not None else None

    async def bare(account: int) -> object:
        parameters = {"account_id": account, "today": today, "timeline": cards.TIMELINE}
        return await (await link.execute(CARD, parameters, prepare=True)).fetchone()

    return lambda account: cards.read_card(pools, account, today), line, bare


async def _in_turns(account: int, *ways: tuple[Read, Times]) -> None:
    for read, times in ways:
        await _time(read, account, times)


async def _time(read: Read, account: int, times: Times) -> None:
    began = time.perf_counter()
    await read(account)
    times.spent.append((time.perf_counter() - began) * 1e3)


async def _pages(link: psycopg.AsyncConnection[Any], account: int, today: date) -> tuple[float, float]:
    """Return how many pages a card touches, and how many of them PostgreSQL had to fetch."""
    parameters = {"account_id": account, "today": today, "timeline": cards.TIMELINE}
    row = await (await link.execute("explain (analyze, buffers, format json) " + CARD, parameters)).fetchone()
    plan = row[0][0]["Plan"] if row else {}
    fetched = plan.get("Shared Read Blocks", 0)
    return float(plan.get("Shared Hit Blocks", 0) + fetched), float(fetched)


async def _bare(url: str) -> psycopg.AsyncConnection[Any]:
    conninfo = db.address(url).set(drivername="postgresql").render_as_string(hide_password=False)
    options = " ".join(f"-c {option}={value}" for option, value in db.SERVER_OPTIONS.items())
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True, prepare_threshold=0, options=options)


def _strangers(subscribers: int) -> Iterator[int]:
    """Yield accounts at random over the whole base, each once; other ones in every run: the last ones are warm."""
    chosen = random.Random(time.monotonic_ns())  # noqa: S311 -- no secret
    seen: set[int] = set()
    while len(seen) < subscribers:
        account = chosen.randint(1, subscribers)
        if account not in seen:
            seen.add(account)
            yield account
