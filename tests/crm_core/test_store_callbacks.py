"""Call-backs on record: asked once, limited, claimed and dialled by one alone, ended once; on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.callbacks import CallbackState, Ending, Limits, Refusal, Retries
from crm_core.db import open_pools, reading, transaction
from crm_core.store import callback_lists, callbacks
from crm_core.store.callbacks import NewCallback

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HIS, OTHER = "+79161234567", "+79161234568"


@pytest.fixture
async def base(database: str) -> AsyncIterator[AsyncEngine]:
    engine = open_pools(database)
    yield engine
    await engine.dispose()


def wish(call: str, number: str = HIS, caller: str = HIS) -> NewCallback:
    return NewCallback(
        call_id=call, number=number, caller=caller, account_id=None, queue="main", language="ru", topic="", dialled="",
        flags=("vip",), path=("a", "b=1"), waiting_since=NOW - timedelta(minutes=3), wanted_at=None, due_at=NOW,
        promised_until=NOW + timedelta(hours=1),
    )  # fmt: skip


async def ask(base: AsyncEngine, new: NewCallback, now: datetime = NOW) -> int | Refusal:
    async with transaction(base) as db:
        return await callbacks.ask(db, new, Limits(), now)


async def state(base: AsyncEngine, key: int) -> CallbackState:
    async with reading(base) as db:
        return (await callback_lists.one(db, key)).state


async def test_the_same_wish_is_one_and_the_older_place_is_kept(base: AsyncEngine) -> None:
    first = await ask(base, wish("main-1.1"))
    assert isinstance(first, int)
    assert await ask(base, wish("main-1.1")) == first
    assert await ask(base, wish("main-1.2")) == first, "he asks again for what he has"


async def test_a_stranger_is_rung_once_a_day_even_if_all_ask_at_once(base: AsyncEngine) -> None:
    callers = [f"+7916555{at:04}" for at in range(8)]
    answers = await asyncio.gather(*(ask(base, wish(f"main-2.{at}", HIS, one)) for at, one in enumerate(callers)))
    assert [type(one) is int for one in answers].count(True) == 1
    assert answers.count(Refusal.TOO_MANY) == 7
    assert isinstance(await ask(base, wish("main-2.9", HIS, HIS)), int), "he himself may ask"
    tomorrow = NOW + timedelta(days=1, seconds=1)
    assert isinstance(await ask(base, wish("main-3.1", HIS, callers[3]), tomorrow), int)


async def test_one_caller_asks_for_three_numbers_a_day(base: AsyncEngine) -> None:
    made = [await ask(base, wish(f"main-4.{at}", f"+7916777{at:04}", OTHER)) for at in range(4)]
    assert [isinstance(one, int) for one in made] == [True, True, True, False]


async def test_two_floors_never_claim_or_dial_the_same_attempt(base: AsyncEngine) -> None:
    key = await ask(base, wish("main-1.1"))
    assert isinstance(key, int)

    async def claim() -> list[callbacks.Standing]:
        async with transaction(base) as db:
            return await callbacks.claim(db, "main", 10, NOW)

    claimed = [one for each in await asyncio.gather(*(claim() for _ in range(4))) for one in each]
    assert [(one.callback_id, one.attempt, one.call_id) for one in claimed] == [(key, 1, f"main-back{key}.1")]
    assert (claimed[0].flags, claimed[0].path, claimed[0].waiting_since) == (
        ("vip",), ("a", "b=1"), NOW - timedelta(minutes=3),
    )  # fmt: skip

    async def dial() -> bool:
        async with transaction(base) as db:
            return await callbacks.dial(db, key, 1, None, NOW)

    assert sorted(await asyncio.gather(*(dial() for _ in range(4)))) == [False, False, False, True]
    assert await state(base, key) is CallbackState.DIALLING


async def test_an_older_attempt_changes_nothing(base: AsyncEngine) -> None:
    key = await ask(base, wish("main-1.1"))
    assert isinstance(key, int)
    retries = Retries(waits={})
    async with transaction(base) as db:
        await callbacks.claim(db, "main", 1, NOW)
        assert await callbacks.end(db, key, 1, Ending.WITHDRAWN, retries, NOW) is CallbackState.OPEN
        await callbacks.claim(db, "main", 1, NOW)
        assert not await callbacks.dial(db, key, 1, None, NOW)
        assert await callbacks.end(db, key, 1, Ending.UNKNOWN, retries, NOW) is None
        assert await callbacks.dial(db, key, 2, None, NOW)
        assert await callbacks.end(db, key, 2, Ending.UNKNOWN, retries, NOW) is CallbackState.FAILED
        assert await callbacks.end(db, key, 2, Ending.REACHED, retries, NOW) is None
    async with reading(base) as db:
        task = (await callback_lists.one(db, key)).task_id
        title = await db.scalar(text("select title from tasks where id = :task"), {"task": task})
    assert title == f"Call back {HIS}: not reached"


async def test_who_came_is_not_called_and_history_stays(base: AsyncEngine) -> None:
    key = await ask(base, wish("main-1.1"))
    other = await ask(base, replace(wish("main-1.2"), number=OTHER, caller=OTHER))
    assert isinstance(key, int)
    assert isinstance(other, int)
    async with transaction(base) as db:
        assert await callbacks.came(db, HIS, "main-7.7", NOW) == 1
        assert await callbacks.came(db, "", "main-1.2", NOW) == 1, "withheld: what was asked in this very call"
    assert await state(base, key) is CallbackState.CAME
    assert await state(base, other) is CallbackState.CAME
