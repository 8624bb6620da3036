"""Pairs are found in the whole base, listed, decided, on a real PostgreSQL."""

# ruff: noqa: RUF001 -- people have Russian names.
from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import redis.asyncio as aioredis
from sqlalchemy import update

from crm_core import clock, tables, worker
from crm_core import db as way
from crm_core.duplicates import blocking, job
from crm_core.duplicates.merging import MergeOrder
from crm_core.duplicates.pairlife import PairState
from crm_core.duplicates.scoring import judge
from crm_core.errors import NoSuchPair, PairDecided
from crm_core.jobs import FUNCTIONS, Progress
from crm_core.settings import Settings
from crm_core.store import customers_alike, duplicates, jobs, merges
from tests.crm_core.conftest import Base
from tests.crm_core.duplicates.conftest import subscriber

pytestmark = pytest.mark.integration


async def looked(db: way.Database, settings: Settings) -> dict[str, object]:
    """Look for duplicates as a worker does."""
    async with way.transaction(db) as connection:
        asked = await jobs.create(connection, job.KIND, "Look for duplicates", None, {})
        started = await jobs.started(connection, asked.job_id, clock.now())
    assert started is not None
    valkey = aioredis.Redis.from_url(settings.redis_url)
    try:
        return dict(await job.find(Progress(db, valkey, started)))
    finally:
        await valkey.aclose()


async def pairs(db: way.Database, state: PairState = PairState.OPEN) -> list[duplicates.Pair]:
    async with way.reading(db) as connection:
        return await duplicates.listing(connection, state)


async def decided(db: way.Database, pair_id: int, state: PairState, by: int) -> None:
    async with way.transaction(db) as connection:
        await duplicates.decide(connection, pair_id, state, by=by, reason="looked at both passports")


async def twice(base: Base) -> tuple[int, int]:
    """Register one man twice, beside his wife and a firm that share his telephone."""
    first = await base.customer("Иванов Иван Петрович", "+79161234567")
    await base.account(first, "г. Тверь, ул. Ленина, д. 5, кв. 12")
    second = await base.customer("Ivanov Ivan", "+79161234567")
    await base.account(second, "Тверь, Мира 7-3")
    wife = await base.customer("Иванова Анна Сергеевна", "+79161234567")
    await base.account(wife, "Тверь, Ленина 5-12")
    firm = await base.customer("ООО Иванов Иван Петрович", "+79161234567", "organisation")
    await base.account(firm, "Тверь, Ленина 5-12")
    return first, second


async def test_one_man_registered_twice_is_found_and_explained(
    db: way.Database, base: Base, settings: Settings
) -> None:
    first, second = await twice(base)
    told = await looked(db, settings)
    assert (told["customers"], told["found"]) == (4, 1)
    (pair,) = await pairs(db)
    assert (pair.left.customer_id, pair.right.customer_id, pair.state) == (first, second, PairState.OPEN)
    assert (pair.left.address, pair.right.name) == ("г. Тверь, ул. Ленина, д. 5, кв. 12", "Ivanov Ivan")
    async with way.reading(db) as connection:
        both = await customers_alike.these(connection, [first, second])
        assert await duplicates.by_id(connection, pair.pair_id) == pair
        assert await duplicates.by_id(connection, 4711) is None
    verdict = judge(both[first], both[second])
    assert (float(pair.score), pair.evidence) == (pytest.approx(verdict.score), verdict.evidence)
    assert both[first].phones == {"+79161234567"}
    assert both[first].address_keys == {"tver lenina 5 12"}


async def test_looking_again_keeps_what_was_decided_and_drops_what_is_no_more(
    db: way.Database, base: Base, settings: Settings
) -> None:
    by = await base.user("marta", "manager")
    first, second = await twice(base)
    await looked(db, settings)
    (pair,) = await pairs(db)
    await decided(db, pair.pair_id, PairState.DIFFERENT, by)
    third = await base.customer("Иванов И. П.", "+79161234567")
    await looked(db, settings)
    assert {(one.left.customer_id, one.right.customer_id) for one in await pairs(db)} == {(first, third)}
    (other,) = await pairs(db, PairState.DIFFERENT)
    assert (other.pair_id, other.decided_by, other.reason) == (pair.pair_id, "Marta", "looked at both passports")
    async with way.transaction(db) as connection:
        lost = update(tables.contacts).where(tables.contacts.c.customer_id == third).values(phone="")
        await connection.execute(lost)
    told = await looked(db, settings)
    assert (told["found"], told["dropped"]) == (1, 1)
    assert await pairs(db) == []
    assert second == pair.right.customer_id


async def test_who_was_merged_away_is_not_compared_nor_listed(db: way.Database, base: Base, settings: Settings) -> None:
    by = await base.user("marta", "manager")
    first, second = await twice(base)
    third = await base.customer("Иванов И. П.", "+79161234567")
    await looked(db, settings)
    assert len(await pairs(db)) == 2
    async with way.transaction(db) as connection:
        now = datetime(2026, 11, 22, tzinfo=UTC)
        order = MergeOrder(survivor_id=second, loser_id=first, choices={}, by=by, at=now, reason="")
        await merges.merge(connection, order)
    assert await pairs(db) == []  # the other pair was about the one who went
    await looked(db, settings)
    assert all(first not in (one.left.customer_id, one.right.customer_id) for one in await pairs(db))
    assert third not in {first, second}


async def test_a_number_that_half_the_base_has_makes_no_pairs(
    db: way.Database, base: Base, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_core.store.blocks.LARGEST", 3)
    for _ in range(blocking.LARGEST // 4):
        await base.customer("Иванов Иван Петрович", "+79161234567")
    told = await looked(db, settings)
    assert (told["customers"], told["compared"]) == (5, 0)


async def test_pages_follow_one_another_without_gap_or_repeat(db: way.Database, base: Base) -> None:
    people = [await base.customer(f"Иванов {number}") for number in range(6)]
    now = datetime(2026, 11, 22, tzinfo=UTC)
    verdict = judge(subscriber(), subscriber(number=2))
    async with way.transaction(db) as connection:
        found = [(people[0], other, verdict) for other in people[1:]]
        await duplicates.keep(connection, found, now)
        await duplicates.keep(connection, [], now)
    seen: list[int] = []
    after = None
    async with way.reading(db) as connection:
        while page := await duplicates.listing(connection, after=after, limit=2):
            seen += [one.pair_id for one in page]
            after = page[-1].place
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


async def test_a_decision_goes_along_the_life_of_a_pair(db: way.Database, base: Base, settings: Settings) -> None:
    by = await base.user("marta", "manager")
    await twice(base)
    await looked(db, settings)
    (pair,) = await pairs(db)
    assert pair.is_sure is (pair.score >= Decimal(8))
    await decided(db, pair.pair_id, PairState.LATER, by)
    await decided(db, pair.pair_id, PairState.DIFFERENT, by)
    with pytest.raises(PairDecided):
        await decided(db, pair.pair_id, PairState.LATER, by)
    await decided(db, pair.pair_id, PairState.OPEN, by)
    with pytest.raises(NoSuchPair):
        await decided(db, 4711, PairState.OPEN, by)


def test_the_search_is_a_job_that_workers_know() -> None:
    name = f"{job.run.__module__}.{job.run.__qualname__}"
    assert FUNCTIONS[job.KIND] == name
    assert name in worker.JOBS
