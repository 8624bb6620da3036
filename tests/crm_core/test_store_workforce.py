"""Workforce on record: calls counted by half hours, forecasts kept, shifts and leave each step once; on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import workforce_jobs
from crm_core.db import open_pools, reading, transaction
from crm_core.errors import LeaveOutOfTurn, NoSuchShift
from crm_core.store import workforce, workforce_days, workforce_leave, workforce_shifts
from crm_core.tables import access_log, interactions, mass_events, operator_states, users
from crm_core.work.forms import Site
from crm_core.workforce.leave import LeaveKind, LeaveRefusal, LeaveState, LeaveStep
from crm_core.workforce.plan import PlanRules
from crm_core.workforce.shifts import Pattern, Pause

pytestmark = pytest.mark.integration
SITE = Site(country="RU", time_zone="Europe/Moscow")
TODAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 9, 10, tzinfo=UTC)
EARLY = Pattern(
    code="early", title="Early", starts=480, minutes=540, pauses=(Pause(after=240, minutes=60, paid=False),)
)


@pytest.fixture
async def base(database: str) -> AsyncIterator[AsyncEngine]:
    engine = open_pools(database)
    yield engine
    await engine.dispose()


async def hired(base: AsyncEngine, *logins: str) -> list[int]:
    async with transaction(base) as db:
        rows = [{"login": one, "name": one.title(), "password": "!", "role": "operator"} for one in logins]
        found = await db.execute(insert(users).returning(users.c.id).values(rows))
        return [row.id for row in found]


def call(number: int, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "call_id": f"main-{number}", "channel": "phone", "direction": "in", "queue": "main", "began_at": at,
        "waiting_since": at, "answered_at": at + timedelta(seconds=10), "ended_at": at + timedelta(seconds=130),
        "closed_at": at + timedelta(seconds=190), **more,
    }  # fmt: skip


async def test_calls_are_counted_by_the_utilitys_clock(base: AsyncEngine) -> None:
    at = datetime(2026, 11, 28, 21, 5, tzinfo=UTC)
    rows = [
        call(1, at), call(2, at + timedelta(minutes=20)), call(3, at + timedelta(minutes=26), queue="gas"),
        call(4, at, direction="out"), call(5, at, waiting_since=None), call(6, at, channel="email"),
    ]  # fmt: skip
    async with transaction(base) as db:
        await db.execute(insert(interactions).values(rows))
    async with reading(base) as db:
        found = await workforce.calls(db, TODAY - timedelta(days=3), TODAY, SITE)
        assert list(found) == [date(2026, 11, 29)], "five past midnight in Moscow"
        assert found[date(2026, 11, 29)][:3] == (2, 1, 0)
        gas = await workforce.calls(db, TODAY - timedelta(days=3), TODAY, SITE, "gas")
        assert sum(map(sum, gas.values())) == 1
        assert await workforce.handle(db, TODAY, SITE) == pytest.approx(180)
        assert await workforce.handle(db, TODAY - timedelta(days=90), SITE) is None


async def test_a_forecast_is_made_kept_and_not_changed_for_days_that_are_over(base: AsyncEngine) -> None:
    rows, number = [], 0
    for back in range(1, 71):
        for half in range(40):
            number += 1
            at = SITE.midnight(TODAY - timedelta(days=back)) + timedelta(hours=8, minutes=15 * half)
            rows.append(call(number, at))
    async with transaction(base) as db:
        for start in range(0, len(rows), 500):
            await db.execute(insert(interactions), rows[start : start + 500])
        event = {"title": "x", "area": "", "area_key": "", "texts": {}, "begins_at": NOW - timedelta(days=5)}
        await db.execute(insert(mass_events).values(event | {"ends_at": NOW - timedelta(days=4)}))
    assert await workforce_jobs.made(base, SITE, NOW) == ["", "main"]
    async with reading(base) as db:
        assert len(await workforce.strange_days(db, NOW - timedelta(days=30), SITE)) == 2
        first = await workforce.forecasts(db, TODAY, TODAY + timedelta(days=20))
        assert len(first) == 21
        assert 32 < first[TODAY + timedelta(days=3)].forecast.total < 50
        assert first[TODAY].handle == pytest.approx(180)
        assert max(first[TODAY].needed) >= 1
        assert await workforce.queues(db, TODAY) == ["main"]
        shown = await workforce_days.days(db, TODAY - timedelta(days=1), TODAY + timedelta(days=1), SITE, NOW)
    assert [one.came is not None for one in shown] == [True, True, False]
    assert shown[0].calls is None, "none was made for yesterday"
    assert sum(shown[0].came or ()) == 40
    await workforce_jobs.made(base, SITE, NOW + timedelta(days=1))
    async with reading(base) as db:
        later = await workforce.forecasts(db, TODAY, TODAY)
    assert later[TODAY].made_at == NOW


async def test_without_history_there_is_no_forecast(base: AsyncEngine) -> None:
    assert await workforce_jobs.made(base, SITE, NOW) == []


async def test_rules_of_planning_are_kept(base: AsyncEngine) -> None:
    (by,) = await hired(base, "lead")
    async with reading(base) as db:
        assert await workforce.rules(db) == PlanRules()
    new = PlanRules(share=0.9, patience=120, bill_day=5)
    async with transaction(base) as db:
        await workforce.save_rules(db, new, by)
    async with reading(base) as db:
        assert await workforce.rules(db) == new


async def test_shifts_are_proposed_published_seen_and_changed_by_hand(base: AsyncEngine) -> None:
    olga, anna = await hired(base, "olga", "anna")
    async with transaction(base) as db:
        await workforce_shifts.save_pattern(db, EARLY, olga)
        await workforce_shifts.give(db, EARLY.shift(anna, TODAY), olga, NOW)
        new = [EARLY.shift(olga, TODAY), EARLY.shift(anna, TODAY), EARLY.shift(olga, TODAY + timedelta(days=1))]
        assert await workforce_shifts.propose(db, new) == 2, "what was given by hand stays"
        assert await workforce_shifts.unseen(db, olga, TODAY) == 0, "proposed is not known yet"
        assert await workforce_shifts.listing(db, TODAY, TODAY, published=True) == []
        assert await workforce_shifts.publish(db, TODAY, TODAY, olga, NOW) == [olga, anna]
        assert await workforce_shifts.discard(db, TODAY, TODAY + timedelta(days=9)) == 1
        assert await workforce_shifts.unseen(db, olga, TODAY) == 1
        await workforce_shifts.seen(db, olga, NOW)
        assert await workforce_shifts.unseen(db, olga, TODAY) == 0
        late = EARLY.model_copy(update={"starts": 600}).shift(olga, TODAY)
        await workforce_shifts.give(db, late, anna, NOW)
        (changed,) = await workforce_shifts.listing(db, TODAY, TODAY, operator_id=olga, published=True)
        assert (changed.shift.begins, changed.by_hand, changed.seen) == (600, True, False)
        await workforce_shifts.retire_pattern(db, "early", olga)
        assert await workforce_shifts.patterns(db) == []
        with pytest.raises(NoSuchShift, match="no kind of shift late"):
            await workforce_shifts.retire_pattern(db, "late", olga)


async def test_leave_is_asked_for_once_and_approved_once_and_takes_the_shifts_away(base: AsyncEngine) -> None:
    olga, lead = await hired(base, "olga", "lead")
    first, last = TODAY + timedelta(days=2), TODAY + timedelta(days=4)

    async def ask() -> int | LeaveRefusal:
        async with transaction(base) as db:
            return await workforce_leave.ask(db, olga, first, last, LeaveKind.VACATION, "<b>", TODAY, NOW)

    answers = await asyncio.gather(*(ask() for _ in range(3)))
    keys = [one for one in answers if not isinstance(one, LeaveRefusal)]
    assert len(keys) == 1
    assert answers.count(LeaveRefusal.ASKED_ALREADY) == 2
    async with transaction(base) as db:
        await workforce_shifts.give(db, EARLY.shift(olga, first), lead, NOW)
        await workforce_leave.step(db, keys[0], LeaveStep.APPROVE, lead, "", NOW)
        assert await workforce_shifts.listing(db, first, last) == []
        assert await workforce_leave.away(db, TODAY, first) == {olga: frozenset({first})}
        logged = select(access_log.c.object).where(access_log.c.action == "leave.decided")
        assert (await db.execute(logged)).scalar_one() == f"user {olga}"
        with pytest.raises(LeaveOutOfTurn):
            await workforce_leave.step(db, keys[0], LeaveStep.DECLINE, lead, "no", NOW)
        await workforce_leave.step(db, keys[0], LeaveStep.WITHDRAW, olga, "", NOW)
        assert [one.state for one in await workforce_leave.listing(db, operators=[olga])] == [LeaveState.WITHDRAWN]
        with pytest.raises(NoSuchShift):
            await workforce_leave.one(db, 10**6)


async def test_a_past_day_shows_who_was_there(base: AsyncEngine) -> None:
    (olga,) = await hired(base, "olga")
    yesterday = TODAY - timedelta(days=1)
    nine = SITE.midnight(yesterday) + timedelta(hours=9)
    states = [("ready", nine), ("not_ready", nine + timedelta(minutes=75)), ("offline", nine + timedelta(hours=2))]
    async with transaction(base) as db:
        for state, at in states:
            await db.execute(insert(operator_states).values(operator_id=olga, state=state, reason="break", at=at))
    async with reading(base) as db:
        (day,) = await workforce_days.days(db, yesterday, yesterday, SITE, NOW)
        stood = await workforce.states(db, nine + timedelta(hours=1), NOW)
    assert day.there is not None
    assert day.there[17:22] == (0, 1, 1, 0.5, 0)
    assert [one.state for one in stood] == ["ready", "not_ready", "offline"], "where he stood before comes first"
