"""What contacts took and where operators' time went, from facts on a real base, held against sums made by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_core import db as way
from crm_core import tables
from crm_core.reports.terms import Answer, CellKey, Filter, Period, Query, Sight
from crm_core.store import call_facts, interactions, operators, reports
from crm_core.store.interactions import CallRecord, Happened
from crm_core.store.operators import Changed
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
ZONE = "Europe/Budapest"
DAY = date(2026, 10, 25)
"""Clocks go back: the day has 25 hours."""
MIDNIGHT = datetime(2026, 10, 24, 22, tzinfo=UTC)
AT = datetime(2026, 10, 25, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
STATES = ("offline", "ready", "reserved", "talking", "wrap_up", "not_ready")


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


async def asked(db: way.Database, query: Query, now: datetime = NOW) -> Answer:
    async with way.reading(db) as connection:
        return await reports.answer(connection, query, Sight(), now=now)


def told(answer: Answer) -> dict[tuple[str, ...], list[Any]]:
    return {row.labels: [cell.value for cell in row.cells] for row in answer.rows}


async def call(
    db: way.Database, call_id: str, states: Sequence[tuple[float, int, str]], lines: Sequence[tuple[float, str, int]],
    **more: Any,
) -> None:  # fmt: skip
    """Write a call as the floor does: how it stands, its history, the operators' states; then settle it."""
    began = more.pop("began", after(0))
    record = {"phase": "ended", "began_at": began, "queue": "gas", "outcome": "answered", "waiting_since": began,
              "answered_at": after(10), "ended_at": after(100)} | more  # fmt: skip
    async with way.transaction(db) as connection:
        await interactions.call_changed(connection, CallRecord(call_id=call_id, **record))
        await interactions.events(connection, [
            Happened(call_id=call_id, at=after(at), what=what, operator_id=who or None,
                     detail="no-answer" if what == "missed" else "") for at, what, who in lines
        ])  # fmt: skip
        await operators.states_changed(connection, [
            Changed(operator_id=who, state=state, reason="", at=after(at),
                    call_id=call_id if state in {"reserved", "talking", "wrap_up"} else None)
            for at, who, state in states
        ])  # fmt: skip
        await call_facts.settle(connection, [call_id])


@pytest.fixture
async def line(db: way.Database, base: Base) -> tuple[way.Database, int, int]:
    """One caller whom Olga let ring, whom Pavel held and passed to Olga, who closed the contact."""
    olga, pavel = await base.user("olga"), await base.user("pavel")
    account = await base.account(await base.customer("Anna", "+79161234567"))
    await call(
        db, "main-1.1",
        [(0, olga, "reserved"), (5, olga, "not_ready"), (6, pavel, "reserved"), (10, pavel, "talking"),
         (40, pavel, "wrap_up"), (42, olga, "talking"), (45, pavel, "ready"), (100, olga, "wrap_up"),
         (112, olga, "ready")],
        [(0, "waiting", 0), (0, "offered", olga), (5, "missed", olga), (5, "waiting", 0), (6, "offered", pavel),
         (10, "answered", pavel), (20, "held", pavel), (27, "resumed", pavel), (35, "consults", pavel),
         (40, "passed-on", pavel), (42, "answered", olga), (90, "held", olga), (100, "ended", olga),
         (112, "closed", olga)],
        operator_id=olga, account_id=account, topic="meter",
    )  # fmt: skip
    await call(db, "main-1.2", [], [(300, "offered", pavel), (304, "ended", 0)], outcome="abandoned",
               began=after(290), answered_at=None, ended_at=after(304))  # fmt: skip
    return db, olga, pavel


async def test_talk_hold_and_wrap_up_are_the_times_of_all_who_had_the_caller(
    line: tuple[way.Database, int, int],
) -> None:
    query = Query(
        subject="contacts", measures=("handled", "talk", "hold", "wrap_up", "handle_time", "transferred", "consulted",
                                      "minutes"),
        by=("operator",), period=Period(DAY, DAY, ZONE),
    )  # fmt: skip
    # Pavel 10-40 less 7 on hold and 5 of writing, Olga 42-100 less 10 on hold and 12 of writing.
    expected = [1, 71, 17, 17, 105, 1, 1, Decimal(88) / 60]
    made = told(await asked(line[0], query))
    assert made[("Olga",)] == expected
    assert [one for one in made[("",)] if one] == []
    async with way.transaction(line[0]) as db:
        await call_facts.settle(db, ["main-1.1", "main-1.2", "unknown"])
        await call_facts.settle(db, [])
    assert told(await asked(line[0], query))[("Olga",)] == expected, "settled again it comes out the same"


async def test_every_ring_is_answered_missed_or_withdrawn(line: tuple[way.Database, int, int]) -> None:
    query = Query(
        subject="offers", measures=("offers", "taken", "missed", "withdrawn", "rang", "missed_rate"),
        by=("operator", "cause"), period=Period(DAY, DAY, ZONE),
    )  # fmt: skip
    made = await asked(line[0], query)
    assert told(made) == {
        ("Olga", "no-answer"): [1, 0, 1, 0, 5, 100],
        ("Pavel", "caller-gone"): [1, 0, 0, 1, 4, None],
        ("Pavel", ""): [1, 1, 0, 0, 4, 0],
    }
    assert [cell.value for cell in made.totals.cells] == [3, 1, 1, 1, 13, 50]
    async with way.reading(line[0]) as db:
        behind = await reports.rows_behind(db, query, CellKey(values={"operator": str(line[1])}), Sight(), None, 9)
        others = Sight(others=frozenset({line[1]}))
        assert await reports.rows_behind(db, query, CellKey(values={"operator": str(line[1])}), others, None, 9) == []
    assert [(one.call_id, one.outcome) for one in behind] == [("main-1.1", "missed")]


async def test_who_comes_again_within_a_week_is_counted_before_and_after(db: way.Database, base: Base) -> None:
    olga = await base.user("olga")
    account = await base.account(await base.customer("Anna", "+79161234567"))
    days = (("1", 0, "meter"), ("2", 6, "meter"), ("3", 6.5, "debt"), ("4", 14, "meter"))
    for name, day, topic in days:
        began = AT + timedelta(days=day)
        await call(db, name, [], [], began=began, ended_at=began, account_id=account, topic=topic, operator_id=olga)
    await call(db, "5", [], [], topic="meter", operator_id=olga)
    query = Query(
        subject="contacts", measures=("contacts", "repeated", "followed", "repeat_rate", "first_contact"),
        by=("topic",), period=Period(DAY, date(2026, 11, 15), ZONE),
    )  # fmt: skip
    made = told(await asked(db, query))
    third = Decimal(100) / 3
    assert made[("meter",)] == [4, 1, 1, third, pytest.approx(2 * third)]
    assert made[("debt",)] == [1, 0, 0, 0, 100]


@pytest.mark.parametrize("seed", [1, 2])
async def test_states_are_the_whole_time_signed_in_also_on_a_day_of_25_hours(
    db: way.Database, base: Base, seed: int
) -> None:
    """A random life of three operators from the day before to the day after, against what is added up by hand."""
    draw = random.Random(seed)
    people = [await base.user(name) for name in ("olga", "pavel", "rita")]
    changes, expected = [], dict.fromkeys(STATES, Decimal())
    for who in people:
        at, state = MIDNIGHT - timedelta(hours=20), "offline"
        while at < MIDNIGHT + timedelta(hours=49):
            changes.append(Changed(operator_id=who, state=state, reason="", at=at))
            ended = at + timedelta(seconds=draw.choice([0, 7, 95, 900, 1_800, 20_000]))
            inside = min(ended, MIDNIGHT + timedelta(hours=25)) - max(at, MIDNIGHT)
            expected[state] += Decimal(max(0, int(inside.total_seconds())))
            at, state = ended, draw.choice(STATES)
    async with way.transaction(db) as connection:
        await operators.states_changed(connection, changes)
    query = Query(
        subject="states", measures=("seconds", "ready", "reserved", "talking", "writing", "not_ready"),
        period=Period(DAY, DAY, ZONE),
    )  # fmt: skip
    for by in ((), ("operator",), ("half",), ("hour_of_day", "operator")):
        made = await asked(db, Query(subject="states", measures=query.measures, by=by, period=query.period))
        totals = [Decimal(str(cell.value)) for cell in made.totals.cells]
        assert totals[1:] == [expected[one] for one in STATES if one != "offline"], by
        assert totals[0] == sum(totals[1:]) > 0
        assert [sum(Decimal(str(row.cells[n].value)) for row in made.rows) for n in range(6)] == totals
        if by == ("half",):
            assert all(row.cells[0].value <= 3 * 1_800 * (2 if "T02" in (row.key[0] or "") else 1) for row in made.rows)
            assert max(len(made.rows), 48) == 48, "the hour that comes twice has one name"


async def test_a_state_that_goes_on_counts_until_now_and_no_further(db: way.Database, base: Base) -> None:
    olga = await base.user("olga")
    async with way.transaction(db) as connection:
        await operators.state_changed(connection, olga, "ready", "", AT - timedelta(days=3))
    query = Query(subject="states", measures=("signed_in",), period=Period(DAY, DAY, ZONE))
    now = datetime(2026, 10, 25, 10, tzinfo=ZoneInfo(ZONE))
    assert [cell.value for cell in (await asked(db, query, now)).totals.cells] == [11 * 3600]
    assert [cell.value for cell in (await asked(db, query)).totals.cells] == [25 * 3600]


async def test_attempts_go_down_the_funnel(db: way.Database, base: Base) -> None:
    olga = await base.user("olga")
    customer = await base.customer("Anna", "+79161234567")
    account = await base.account(customer)
    campaign = await base._add(tables.campaigns, name="Autumn", mode="progressive", profile="none")
    for number, (outcome, disposition) in enumerate(
        (("talked", "PTP"), ("talked", "WRONG_NUMBER"), ("abandoned", ""), ("busy", ""), ("machine", ""))
    ):
        await base.rows(tables.attempts, {
            "campaign_id": campaign, "account_id": account, "customer_id": customer, "mode": "progressive",
            "number": "+79161234567", "call_id": f"o.{number}", "planned_at": AT, "placed_at": AT, "ended_at": AT,
            "outcome": outcome, "disposition": disposition, "operator_id": olga if disposition else None,
        })  # fmt: skip
    query = Query(
        subject="attempts", period=Period(DAY, DAY, ZONE), by=("campaign",),
        measures=("attempts", "live", "connected", "dropped", "right_party", "promised", "drop_rate"),
    )  # fmt: skip
    assert told(await asked(db, query)) == {("Autumn",): [5, 3, 2, 1, 1, 1, Decimal(100) / 3]}


async def test_why_a_caller_was_sent_on_is_the_last_reason_told(db: way.Database, base: Base) -> None:
    del base
    await call(db, "1", [], [], outcome="failed", answered_at=None)
    async with way.transaction(db) as connection:
        for detail in ("full queue/main", "late voicemail"):
            await interactions.event(connection, "1", AT, "overflow", None, detail)
    query = Query(
        subject="visits", measures=("exits",), by=("cause",), period=Period(DAY, DAY, ZONE),
        filters=(Filter("outcome", "is", ("exit",)),),
    )  # fmt: skip
    assert told(await asked(db, query)) == {("late",): [1]}
