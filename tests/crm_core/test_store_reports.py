"""Questions asked of a real base: figures are the sums of their rows, and each sees his own teams and queues only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.db import open_pools, reading, transaction
from crm_core.reports.library import LIBRARY
from crm_core.reports.terms import Answer, Filter, Period, Query, Sight
from crm_core.store import reports
from crm_core.store.report_sources import can_answer
from crm_core.tables import interactions, users

pytestmark = pytest.mark.integration
DAY = date(2026, 10, 25)
"""Clocks go back in Budapest: the day has 25 hours."""
BEGAN = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
QUERY = Query(
    subject="visits", measures=("offered", "answered", "service_level", "abandon_rate"), by=("queue",),
    period=Period(DAY, DAY, "Europe/Budapest"),
)  # fmt: skip
ICMI = (
    ("answered", 10, 860),
    ("answered", 40, 140),
    ("abandoned", 3, 10),
    ("abandoned", 15, 10),
    ("abandoned", 60, 40),
)
"""A = 1000 of which 860 in time, B = 60 of which 20 in time and 10 at once."""


def visit(
    number: int, outcome: str, waited: int, queue: str = "main", operator: int | None = None
) -> dict[str, object]:
    since = BEGAN + timedelta(seconds=(number * 83) % (25 * 3600))
    answered = since + timedelta(seconds=waited) if outcome == "answered" else None
    return {
        "call_id": f"main-{queue}.{number}", "channel": "phone", "direction": "in", "began_at": since, "queue": queue,
        "waiting_since": since, "answered_at": answered, "ended_at": since + timedelta(seconds=waited),
        "outcome": outcome, "operator_id": operator,
    }  # fmt: skip


@pytest.fixture
async def base(database: str) -> AsyncEngine:
    """The ICMI example in one queue, seven calls in another, an operator of each."""
    engine = open_pools(database)
    async with transaction(engine) as db:
        rows = [{"login": one, "name": one, "password": "", "role": "operator"} for one in ("first", "second")]
        await db.execute(insert(users), rows)
        told = [(outcome, waited) for outcome, waited, times in ICMI for _ in range(times)]
        calls = [visit(n, outcome, waited, operator=1 if outcome == "answered" else None)
                 for n, (outcome, waited) in enumerate(told)]  # fmt: skip
        calls += [visit(n, "answered", 5, "tariff", 2) for n in range(7)]
        calls += [visit(2000, "answered", 5, "main", 1) | {"waiting_since": BEGAN - timedelta(seconds=1)}]
        await db.execute(insert(interactions), calls)
    return engine


async def asked(base: AsyncEngine, query: Query, sight: Sight | None = None) -> Answer:
    async with reading(base) as db:
        return await reports.answer(db, query, sight or Sight())


async def test_the_icmi_example_comes_to_its_golden_values(base: AsyncEngine) -> None:
    made = await asked(base, QUERY)
    main, tariff = made.rows
    assert [cell.value for cell in main.cells[:2]] == [1060, 1000]
    level = main.cells[2]
    assert (round(Decimal(level.value or 0), 2), level.n) == (Decimal("81.90"), 1050)
    assert [cell.value for cell in tariff.cells[:3]] == [7, 7, 100]
    assert [cell.value for cell in made.totals.cells[:2]] == [1067, 1007]
    whole = made.totals.cells[2]
    assert (round(Decimal(whole.value or 0), 2), whole.n) == (Decimal("82.02"), 1057), "never the mean of per cents"
    await base.dispose()


@pytest.mark.parametrize("by", [("half",), ("hour_of_day",), ("day", "queue"), ("wait",), ("weekday", "topic"), ()])
async def test_every_figure_is_the_sum_of_its_rows_also_on_a_day_of_25_hours(
    base: AsyncEngine, by: tuple[str, ...]
) -> None:
    made = await asked(base, replace(QUERY, by=by, measures=("offered", "answered", "abandoned", "waited")))
    sums = [sum(Decimal(str(row.cells[place].value)) for row in made.rows) for place in range(4)]
    assert sums == [Decimal(str(cell.value)) for cell in made.totals.cells]
    assert sums[0] == 1067
    await base.dispose()


async def test_a_pivot_and_its_filters_add_up_and_a_dash_is_no_zero(base: AsyncEngine) -> None:
    pivot = replace(QUERY, by=(), across="queue", measures=("offered",))
    made = await asked(base, pivot)
    assert [cell.value for cell in made.totals.cells] == [1060, 7, 1067]
    some = replace(QUERY, filters=(Filter("queue", "is_not", ("main",)),), measures=("offered", "abandon_wait"))
    assert [cell.value for cell in (await asked(base, some)).totals.cells] == [7, None]
    hostile = replace(QUERY, filters=(Filter("queue", "is", ("' or 1=1 --",)),), measures=("offered",))
    assert [cell.value for cell in (await asked(base, hostile)).totals.cells] == [0]
    await base.dispose()


async def test_every_report_that_is_offered_is_answered(base: AsyncEngine) -> None:
    """A report of which a word is not on record is offered to nobody."""
    offered = [one for one in LIBRARY if can_answer(one.query)]
    assert {"queue-intervals", "service-level", "contacts-days", "payments"} <= {one.code for one in offered}
    period = Period(DAY, DAY, "Europe/Budapest")
    for one in offered:
        made = await asked(base, replace(one.query, period=period, named=""))
        assert len(made.totals.cells) >= len(one.query.measures), one.code
    await base.dispose()


async def test_nobody_sees_the_operators_of_others_or_queues_he_does_not_serve(base: AsyncEngine) -> None:
    mine = Sight(others=frozenset({2}), queues=frozenset({"main"}))
    made = await asked(base, replace(QUERY, measures=("offered",)), mine)
    assert [(row.key, row.cells[0].value) for row in made.rows] == [(("main",), 1060)]
    alone = await asked(base, replace(QUERY, measures=("offered",), by=("operator",)), Sight(only=2))
    assert [(row.key, row.cells[0].value) for row in alone.rows] == [(("2",), 7)]
    async with reading(base) as db:
        behind = await reports.rows_behind(db, QUERY, reports.CellKey(values={"queue": "tariff"}), mine, None, 50)
        seen = await reports.rows_behind(db, QUERY, reports.CellKey(values={"queue": "tariff"}), Sight(), None, 5)
    assert behind == []
    assert [one.queue for one in seen] == ["tariff"] * 5
    await base.dispose()
