"""AC06: call-backs are to ring without end: so many tries of one, wishes a day and calls at once, none at night.

How often operators pass on to numbers of the network is limited apart from this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, db
from crm_core.callback_desk import retries
from crm_core.callbacks import (
    LIVE,
    UNDIALLED,
    Asked,
    CallbackState,
    CallbackStep,
    Ending,
    Limits,
    Refusal,
    Retries,
    advance,
    judge_asking,
    settle,
)
from crm_core.settings import Settings
from crm_core.store import callbacks
from crm_core.store.callbacks import NewCallback
from crm_core.work.forms import Site
from routing.callbacks import BackNews, Booked, Claimed
from routing.effects import BackDialled
from routing.keeper import Keeper, Promises
from telephony.events import Node
from tests.routing.calling_back import always_open
from tests.support.waiting import eventually

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SITE = Site(country="RU", time_zone="Europe/Moscow")


@pytest.mark.unit
@given(st.lists(st.tuples(st.sampled_from(Ending), st.booleans()), max_size=200), st.integers(1, 5))
def test_one_promise_rings_a_telephone_so_often_and_no_more(told: list[tuple[Ending, bool]], most: int) -> None:
    state, tries, now = CallbackState.OPEN, 0, NOW
    for ending, dialled in told:
        if state not in LIVE:
            break
        state = advance(state, CallbackStep.STAND) or state
        if dialled and ending not in UNDIALLED:
            state = advance(state, CallbackStep.DIAL) or state
            tries += 1
        on_record = state is CallbackState.DIALLING
        settled = settle(ending, dialled=on_record, tries=tries, now=now, retries=Retries(tries=most))
        assert settled.due_at is None or settled.due_at >= now
        state = advance(state, settled.step) or state
        now = settled.due_at or now
    assert tries <= most


@pytest.mark.unit
@pytest.mark.parametrize("ending", [Ending.BUSY, Ending.NO_ANSWER, Ending.FAULT, Ending.BROKEN_OFF])
def test_nobody_is_rung_again_at_once(ending: Ending) -> None:
    settled = settle(ending, dialled=True, tries=1, now=NOW, retries=retries(Settings.model_construct(
        callback_busy_seconds=300, callback_no_answer_seconds=900, callback_tries=3)))  # fmt: skip
    assert settled.due_at is not None
    assert settled.due_at - NOW >= timedelta(minutes=1)


@pytest.mark.unit
@given(
    asked=st.builds(Asked, for_number=st.integers(0, 9), for_number_by_others=st.integers(0, 9),
                    by_caller=st.integers(0, 99), open=st.integers(0, 999)),
    caller=st.sampled_from(["", "+79161234567", "+79161234568"]),
)  # fmt: skip
def test_wishes_above_the_limits_of_a_day_are_refused_whoever_asks(asked: Asked, caller: str) -> None:
    limits = Limits()
    refused = judge_asking(asked, limits, number="+79161234567", caller=caller)
    if asked.open >= limits.open:
        assert refused is Refusal.FULL
    if asked.for_number >= limits.per_number or asked.by_caller >= (limits.per_caller if caller else limits.withheld):
        assert refused is not None
    if caller != "+79161234567" and asked.for_number_by_others >= limits.per_stranger:
        assert refused is not None


@pytest.fixture
async def base(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The book of a house, with six promises that are due."""
    engine = db.engine(settings)
    now = clock.now()
    async with db.transaction(engine) as connection:
        for at in range(6):
            number = f"+7916123000{at}"
            new = NewCallback(
                call_id=f"main-1.{at}", number=number, caller=number, account_id=None, queue="main", language="ru",
                topic="", dialled="", flags=(), path=(), waiting_since=now, wanted_at=None, due_at=now,
                promised_until=now + timedelta(hours=1),
            )  # fmt: skip
            assert isinstance(await callbacks.ask(connection, new, Limits(), now), int)
    yield engine
    await engine.dispose()


class Floor:
    """What a floor is told by the keeper of the book."""

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self.news: list[BackNews] = []
        self.keeper = Keeper(engine, Promises(site=SITE, retries=Retries(), most=most), self.places)
        self.keeper.heed = self.news.append

    def places(self) -> tuple[list[Node], int]:
        return [Node("main")], len(self.claimed)

    @property
    def claimed(self) -> list[Claimed]:
        return [one for one in self.news if isinstance(one, Claimed)]


@pytest.mark.integration
async def test_so_many_stand_at_once_and_no_more(base: AsyncEngine, settings: Settings) -> None:
    await always_open(settings)
    floor = Floor(base, most=2)
    running = asyncio.create_task(floor.keeper.run())
    await eventually(lambda: len(floor.claimed) >= 2, 10)
    looked = len(floor.news)
    floor.keeper.wake()
    await eventually(lambda: len(floor.news) > looked, 10, "it looked again")
    running.cancel()
    assert len(floor.claimed) == 2


@pytest.mark.integration
async def test_at_night_nobody_is_called_and_nobody_is_forgotten(base: AsyncEngine, settings: Settings) -> None:
    await always_open(settings)
    floor = Floor(base, most=1)
    running = asyncio.create_task(floor.keeper.run())
    await eventually(lambda: floor.claimed, 10)
    local = clock.now().date()
    async with db.transaction(base) as connection:
        # The working day is over: today and on the days around nobody works.
        over = text("update work_days set works = false where day <= :until")
        await connection.execute(over, {"until": local + timedelta(days=1)})
    one = floor.claimed[0].standing
    floor.keeper.write(BackDialled(callback_id=one.callback_id, attempt=one.attempt, operator_id=None))
    booked = await eventually(lambda: next((each for each in floor.news if isinstance(each, Booked)), None), 10)
    assert not booked.done, "the operator who read the card is not let dial any more"
    floor.news.clear()
    floor.keeper.wake()
    await eventually(lambda: floor.news, 10, "it looked again")
    running.cancel()
    assert floor.claimed == []
    async with db.reading(base) as connection:
        rows = (await connection.execute(text("select state, due_at, tries from callbacks"))).all()
    assert {row.state for row in rows} == {"open"}
    assert {row.tries for row in rows} == {0}
    assert all(row.due_at.date() > local for row in rows)
