"""A day taken from a real base and played to its end comes to what the reports say of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.db import open_pools, reading, transaction
from crm_core.reports.terms import Period, Query, Sight
from crm_core.store import rehearsals, reports
from crm_core.tables import call_events, interactions, operator_states, queues, team_members, teams, users
from routing.rehearsal import Stage, Totals
from routing.rehearsal_clock import Replay
from routing.rehearsal_day import NothingRecorded, TooMuch, judge, recorded
from routing.trial import span
from routing.views import OperatorState

pytestmark = pytest.mark.integration
ZONE = "Europe/Moscow"
DAY = date(2026, 11, 23)
SINCE, UNTIL = span(DAY, ZONE)
MEASURES = ("offered", "answered", "answered_in_time", "abandoned", "abandoned_short", "kept", "exits")
LEVEL = timedelta(seconds=20)


def replay(queue: str = "", team: str = "") -> Replay:
    return Replay(
        replay_id="r",
        day=DAY,
        since=SINCE,
        until=UNTIL,
        queue=queue,
        team=team,
        touched_at=UNTIL,
        stood_at=SINCE,
        speed=1,
    )


def past_call(number: int, random: Random) -> dict[str, Any]:
    """One of a day's calls, or of the hours around it."""
    began = SINCE + timedelta(seconds=random.uniform(-1800, 25 * 3600))
    since = began + timedelta(seconds=random.uniform(0, 40)) if random.random() < 0.9 else None
    outcome = random.choice(["answered", "answered", "answered", "abandoned", "served", "failed"])
    waited = timedelta(seconds=random.choice([2, 5, 15, 20, 35, 90]))
    answered = since + waited if since is not None and outcome == "answered" else None
    ended = (since or began) + waited + timedelta(seconds=random.uniform(0, 300) if answered else 0)
    return {
        "call_id": f"main-{number}.1", "channel": "phone", "direction": random.choice(["in"] * 9 + ["out"]),
        "number": "+79991112233", "queue": random.choice(["main", "debts"]), "outcome": outcome, "began_at": began,
        "waiting_since": since, "answered_at": answered, "operator_id": random.choice([1, 2]) if answered else None,
        "ended_at": ended if random.random() < 0.97 else None,
    }  # fmt: skip


@pytest.fixture
async def base(database: str) -> AsyncIterator[AsyncEngine]:
    """Some 400 calls on and around a day, two operators in two teams, a queue with a threshold of its own."""
    random, engine = Random(7), open_pools(database)
    async with transaction(engine) as db:
        rows = [{"login": one, "name": one.title(), "password": "", "role": "operator"} for one in ("anna", "boris")]
        await db.execute(insert(users), rows)
        await db.execute(insert(teams).values(code="north", titles={"en": "North"}))
        await db.execute(insert(team_members).values(team="north", user_id=1))
        await db.execute(insert(queues).values(code="debts", title="Debts", threshold=35))
        await db.execute(insert(interactions), [past_call(number, random) for number in range(400)])
    yield engine
    await engine.dispose()


async def played(base: AsyncEngine, wanted: Replay) -> Stage:
    async with reading(base) as db:
        stage = Stage(await recorded(db, wanted, LEVEL))
    stage.play(stage.ends)
    return stage


def figures(one: Totals) -> list[int]:
    return [getattr(one, name) for name in MEASURES]


async def test_the_end_of_a_day_played_is_what_the_reports_say_of_it(base: AsyncEngine) -> None:
    query = Query(subject="visits", measures=MEASURES, by=("queue",), period=Period(DAY, DAY, ZONE))
    async with reading(base) as db:
        answer = await reports.answer(db, query, Sight(), threshold=20)
    stage = await played(base, replay())
    assert {row.key[0]: [cell.value for cell in row.cells] for row in answer.rows} == {
        name: figures(one) for name, one in stage.totals.items()
    }
    assert sum(one.answered for one in stage.totals.values()) > 100, "a day worth comparing"


async def test_a_queue_or_a_team_narrows_the_day(base: AsyncEngine) -> None:
    everything = await played(base, replay())
    debts = await played(base, replay(queue="debts"))
    assert debts.totals == {"debts": everything.totals["debts"]}
    north = await played(base, replay(team="north"))
    assert {one.operator_id for one in north.day.contacts} == {1}


async def test_what_is_not_there_or_too_much_is_said_before(base: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reading(base) as db:
        found = await judge(db, replay())
        assert isinstance(found, int)
        assert found > 300
        empty = replay().model_copy(update={"since": UNTIL + timedelta(days=9), "until": UNTIL + timedelta(days=10)})
        assert await judge(db, empty) == NothingRecorded()
        assert await judge(db, replay(queue="no such queue")) == NothingRecorded()
        monkeypatch.setattr(rehearsals, "MOST_CALLS", 100)
        assert await judge(db, replay()) == TooMuch(calls=found)


async def test_turns_and_states_come_with_their_calls(base: AsyncEngine) -> None:
    async with transaction(base) as db:
        calls = interactions.c
        query = select(calls.call_id, calls.id, calls.answered_at).where(
            calls.answered_at >= SINCE + timedelta(hours=1), calls.ended_at.is_not(None), calls.operator_id == 1
        )
        call = (await db.execute(query.order_by(calls.id))).first()
        assert call is not None
        at: datetime = call.answered_at
        await db.execute(
            insert(call_events).values(
                call_id=call.call_id, at=at - timedelta(seconds=1), what="offered", operator_id=2
            )
        )
        stood = {"operator_id": 1, "reason": "", "call_id": None}
        await db.execute(
            insert(operator_states),
            [
                stood | {"state": "ready", "at": SINCE - timedelta(hours=1)},
                stood | {"state": "talking", "at": at, "call_id": call.call_id},
            ],
        )
    async with reading(base) as db:
        stage = Stage(await recorded(db, replay(), LEVEL))
    stage.play(at - timedelta(seconds=1))
    (rings,) = [one for one in stage.floor().calls if one.call_id == f"replay-{call.id}"]
    assert (rings.phase.value, rings.operator_id) == ("ringing", -2)
    stage.play(at)
    (anna,) = stage.floor().operators
    assert (anna.name, anna.state, anna.call_id) == ("Anna", OperatorState.TALKING, f"replay-{call.id}")
