"""What the floor shows at the end of an interval is what reports say of it: one stream of events, told in two ways."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from crm_core import db as way
from crm_core.reports.terms import Answer, Period, Query, Sight
from crm_core.store import reports
from routing.recorder import Recorder
from routing.views import OperatorState
from routing.wishes import CloseWrapUp
from telephony.events import DeviceState, LegHeld, LegResumed
from tests.crm_core.conftest import Base
from tests.routing.house import MAIN, NOON, House

pytestmark = pytest.mark.integration
HALF = timedelta(minutes=30)
DAY = date(2026, 11, 22)
WHO = 1


@pytest.fixture
async def db(database: str) -> AsyncIterator[way.Database]:
    """A base with the one operator of the house."""
    pools = way.open_pools(database, name="test", size=2)
    assert await Base(pools).user("olga") == WHO
    yield pools
    await pools.dispose()


def lived(draw: random.Random) -> tuple[House, int]:
    """Half an hour of one operator, with the seconds on hold: callers whom he takes, and such as give up before."""
    house, on_hold = House(), 0
    house.wait(1)
    who = house.operator(WHO, ready=False)
    number = 0
    while house.now < NOON + HALF - timedelta(seconds=180):
        number += 1
        call = house.caller(number)
        house.wait(draw.choice((2, 5, 6, 12, 20, 21, 40)))
        if draw.random() < 0.4:
            house.end(call)
            continue
        house.make_ready(who)
        leg = house.ring(house.originates()[-1])
        house.device(WHO, DeviceState.IN_USE)
        house.join(call, leg)
        house.wait(draw.choice((10, 30, 60)))
        if draw.random() < 0.4:
            house.hear(LegHeld(node=MAIN, leg=leg, channel=house.channel(leg), linked=call))
            seconds = draw.choice((4, 11))
            house.wait(seconds)
            on_hold += seconds
            if draw.random() < 0.5:
                house.hear(LegResumed(node=MAIN, leg=leg, channel=house.channel(leg), linked=call))
                house.wait(5)
        house.end(call)
        house.end(leg)
        house.device(WHO, DeviceState.NOT_IN_USE)
        house.wait(draw.choice((3, 9)))
        house.wish(CloseWrapUp(wish_id=house.name(), operator_id=who, at=house.now, call_id=call))
        house.make_ready(who, ready=False, reason="paper")
    house.wait((NOON + HALF - house.now).total_seconds())
    return house, on_hold


async def remembered(db: way.Database, house: House) -> None:
    """Have everything written by the part that writes it in service."""
    recorder = Recorder(db)
    for fact in house.facts():
        recorder.record(fact)
    writing = asyncio.create_task(recorder.run())
    await asyncio.wait_for(recorder.idle.wait(), 60)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)


async def asked(db: way.Database, subject: str, *measures: str) -> Answer:
    query = Query(subject=subject, measures=measures, by=("half",), period=Period(DAY, DAY, "UTC"))
    async with way.reading(db) as connection:
        return await reports.answer(connection, query, Sight(), now=NOON + HALF)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_floor_and_the_report_of_its_half_hour_say_the_same(db: way.Database, seed: int) -> None:
    house, _ = lived(random.Random(seed))
    await remembered(db, house)
    live = next(one for one in house.floor.floor().queues if one.queue == "main")
    told = await asked(db, "visits", "offered", "answered", "answered_in_time", "abandoned", "abandoned_short")
    assert [row.key for row in told.rows] == [("2026-11-22T12:00",)]
    assert [cell.value for cell in told.totals.cells] == [
        live.offered, live.answered, live.answered_in_threshold, live.abandoned, live.abandoned_short,
    ]  # fmt: skip
    assert 0 < live.answered_in_threshold < live.answered, "the example says something"
    assert live.abandoned > 0
    operator = house.floor.hall.operators[next(iter(house.floor.hall.operators))]
    assert live.answered == operator.calls_today


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_contacts_took_is_what_the_operator_spent_on_them(db: way.Database, seed: int) -> None:
    """Talk and wrap-up of contacts are the operator's talking and wrap-up, to the second; his states are his time."""
    house, on_hold = lived(random.Random(seed))
    await remembered(db, house)
    took = await asked(db, "contacts", "talk", "hold", "wrap_up", "handled")
    spent = await asked(db, "states", "talking", "writing", "signed_in", "ready", "reserved", "not_ready")
    talk, hold, wrap_up, handled = (cell.value for cell in took.totals.cells)
    talking, writing, signed_in, *rest = (cell.value for cell in spent.totals.cells)
    assert (hold, wrap_up) == (on_hold, writing)
    assert sum([talk, hold]) == talking  # type: ignore[list-item]
    assert on_hold > 0
    assert handled == house.floor.hall.operators[next(iter(house.floor.hall.operators))].calls_today
    assert signed_in == (HALF - timedelta(seconds=1)).total_seconds() == sum([talking, writing, *rest])  # type: ignore[list-item]
    taken = await asked(db, "offers", "offers", "taken", "missed", "withdrawn")
    assert [cell.value for cell in taken.totals.cells] == [handled, handled, 0, 0]
    assert house.state(next(iter(house.floor.hall.operators))) is OperatorState.NOT_READY
