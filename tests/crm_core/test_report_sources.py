"""Subjects of reports on a real base: figures are what was put in, and every total is the sum of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm_core import db as way
from crm_core import tables
from crm_core.reports.library import LIBRARY
from crm_core.reports.query import check
from crm_core.reports.terms import Answer, CellKey, Period, Query, Sight
from crm_core.store import reports
from crm_core.store.report_sources import ANSWERED, can_answer
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
DAY = date(2026, 10, 25)
"""Clocks go back in Budapest: the day has 25 hours."""
WEEK = Period(date(2026, 10, 20), date(2026, 10, 31), "Europe/Budapest")
AT = datetime(2026, 10, 25, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAYS: Mapping[str, tuple[str, ...]] = {
    name: tuple(one for one in subject.dimensions if one not in {"quarter", "hour", "week", "month", "weekday"})
    for name, subject in ANSWERED.items()
}
"""What each subject is told apart by in the test of sums."""


async def asked(db: way.Database, subject: str, *measures: str, by: str = "", sight: Sight | None = None) -> Answer:
    query = Query(subject=subject, measures=measures, by=tuple(by.split()), period=WEEK)
    assert not check(query)
    async with way.reading(db) as connection:
        return await reports.answer(connection, query, sight or Sight(), now=NOW)


def told(answer: Answer) -> dict[tuple[str, ...], list[Any]]:
    return {row.labels: [cell.value for cell in row.cells] for row in answer.rows}


@pytest.fixture
async def office(db: way.Database, base: Base) -> way.Database:
    """A little of everything that happened in a week; Olga's team is the night's, Pavel is in none."""
    account = await base.account(await base.customer("Anna", "+79161234567"))
    olga, pavel = await base.user("olga"), await base.user("pavel")
    add = base.rows
    await add(tables.teams, {"code": "night", "titles": {"en": "Night", "ru": "Ночь"}})
    await add(tables.team_members, {"team": "night", "user_id": olga})
    await add(tables.queues, {"code": "gas", "title": "Gas line"})
    call = {"channel": "phone", "direction": "in", "queue": "gas", "account_id": account, "topic": "meter"}
    for number, who in enumerate((olga, olga, pavel)):
        began = AT + number * HOUR
        await add(
            tables.interactions,
            call | {
                "call_id": f"main-1.{number}", "began_at": began, "waiting_since": began, "answered_at": began,
                "ended_at": began + timedelta(minutes=5), "outcome": "answered", "operator_id": who,
                "disposition": "READING_TAKEN",
            },
        )  # fmt: skip
        await add(tables.survey_marks, {"call_id": f"main-1.{number}", "question": "mark", "mark": 5 - 2 * number,
                                        "at": began})  # fmt: skip
    await add(tables.survey_marks, {"call_id": "main-1.0", "question": "again", "mark": 4, "at": AT})
    due = {"kind": "call", "title": "Call", "source": "person", "created_at": AT}
    await add(tables.tasks, due | {"owner_id": olga, "due_at": AT + HOUR, "state": "done", "closed_at": AT})
    await add(tables.tasks, due | {"owner_id": pavel, "due_at": AT + HOUR, "state": "open"})
    await add(tables.tasks, due | {"team": "night", "due_at": NOW + HOUR, "state": "open"})
    sound = {"queue": "gas", "began_at": AT, "keep_until": NOW, "state": "kept", "leg": "a", "account_id": account}
    await add(tables.recordings, sound | {"call_id": "main-1.0", "operator_id": olga, "seconds": 61.5})
    await add(tables.recordings, sound | {"call_id": "main-1.2", "operator_id": pavel, "state": "lost",
                                          "fault": "missing"})  # fmt: skip
    back = {"number": "+79161234567", "queue": "gas", "waiting_since": AT, "asked_at": AT, "due_at": AT,
            "promised_until": AT + HOUR}  # fmt: skip
    await add(tables.callbacks, back | {"call_id": "b.1", "state": "kept", "tries": 1, "ended_at": AT})
    await add(tables.callbacks, back | {"call_id": "b.2", "state": "kept", "tries": 2, "ended_at": AT + 2 * HOUR})
    await add(tables.callbacks, back | {"call_id": "b.3", "state": "open"})
    way_ = {"began_at": AT, "ended_at": AT + timedelta(seconds=40)}
    await add(tables.flow_walks, way_ | {"call_id": "w.1", "ending": "queue", "path": ["hello", "menu=1", "queue"]})
    await add(tables.flow_walks, way_ | {"call_id": "w.2", "ending": "done", "path": ["hello", "menu=2"]})
    await add(tables.flow_walks, way_ | {"call_id": "w.3", "ending": "gone", "path": []})
    for at, what in ((AT, "offered"), (AT + timedelta(seconds=4), "missed")):
        await add(tables.call_events, {"call_id": "main-1.0", "at": at, "what": what, "operator_id": pavel})
    for at, state in ((AT, "ready"), (AT + HOUR, "offline")):
        await add(tables.operator_states, {"operator_id": olga, "state": state, "at": at})
    customer = await base.customer("Boris", "+79161234568")
    await add(tables.attempts, {
        "account_id": account, "customer_id": customer, "mode": "manual", "number": "+79161234568", "call_id": "o.1",
        "planned_at": AT, "placed_at": AT, "ended_at": AT, "outcome": "busy", "operator_id": olga,
    })  # fmt: skip
    await _money(base, account)
    return db


async def _money(base: Base, account: int) -> None:
    add = base.rows
    for month, amount in ((9, "100.00"), (10, "50.50")):
        await add(tables.invoices, {
            "account_id": account, "period": date(2026, month, 1), "issued_on": date(2026, 10, month + 15),
            "due_on": DAY, "amount": Decimal(amount), "open_amount": Decimal(amount),
        })  # fmt: skip
    await add(tables.payments, {"account_id": account, "paid_on": DAY, "amount": Decimal(70), "channel": "card"})
    await add(tables.payments, {
        "account_id": account, "paid_on": DAY, "seq": 1, "amount": Decimal(-70), "channel": "reversal",
    })  # fmt: skip
    promise = {"account_id": account, "amount": Decimal(40), "due_on": DAY, "created_at": AT}
    await add(tables.promises, promise | {"status": "kept", "call_id": "main-1.0"})
    await add(tables.promises, promise | {"status": "broken"})
    reading = {"account_id": account, "register_id": 1, "taken_on": DAY, "value": 10, "source": "ivr"}
    await add(tables.readings, reading | {"quality": "held", "doubt": "too-high"})
    await add(tables.readings, reading | {"revision": 1, "quality": "actual", "source": "operator"})
    await add(tables.readings, reading | {"register_id": 2, "quality": "estimate", "source": "system"})
    filed = {"account_id": account, "kind": "recalculation", "title": "T", "filed_on": DAY, "filed_at": AT}
    await add(tables.applications, filed | {"number": "A1", "stage": "done", "due_at": AT + HOUR,
                                            "closed_at": AT + 48 * HOUR})  # fmt: skip
    await add(tables.applications, filed | {"number": "A2", "stage": "in_work", "due_at": NOW + HOUR})


async def test_figures_are_what_was_put_in(office: way.Database) -> None:
    """One look at each subject; what a code is called stands in the row's label."""
    expected: dict[tuple[str, str, str], dict[tuple[str, ...], list[Any]]] = {
        ("tasks", "tasks tasks_closed tasks_late", "operator"): {
            ("Olga",): [1, 1, 0], ("Pavel",): [1, 0, 1], ("",): [1, 0, 0]},
        ("tasks", "tasks", "team"): {("Night",): [2], ("",): [1]},
        ("recordings", "recordings recorded faulty fault_rate", "operator"): {
            ("Olga",): [1, Decimal("61.5"), 0, 0], ("Pavel",): [1, 0, 1, 100]},
        ("callbacks", "asked backs_done backs_ended backs_in_time tries backs_kept_rate", "queue"): {
            ("Gas line",): [3, 2, 2, 1, 3, 50]},
        ("marks", "marks mark_mean satisfaction", "operator"): {
            ("Olga",): [3, 4, Decimal(200) / 3], ("Pavel",): [1, 1, 0]},
        ("walks", "walks to_queue contained gone walk_mean", "ending"): {
            ("queue",): [1, 1, 0, 0, 40], ("done",): [1, 0, 1, 0, 40], ("gone",): [1, 0, 0, 1, 40]},
        ("steps", "reached last", "step"): {("hello",): [2, 0], ("menu",): [2, 1], ("queue",): [1, 1]},
        ("invoices", "invoices invoiced", "month"): {("2026-10-01",): [2, Decimal("150.50")]},
        ("payments", "payments paid", "day"): {("2026-10-25",): [1, 0]},
        ("promises", "promises promise_amount promise_kept promise_broken kept_rate", "source"): {
            ("call",): [1, 40, 1, 0, 100], ("file",): [1, 40, 0, 1, 0]},
        ("readings", "readings actual estimated doubtful", "source"): {
            ("operator",): [1, 1, 0, 0], ("system",): [1, 0, 1, 0]},
        ("applications", "filed open closed late days_mean", "stage"): {
            ("done",): [1, 0, 1, 1, 2], ("in_work",): [1, 1, 0, 0, None]},
        ("contacts", "contacts", "team disposition"): {
            ("", "Meter reading taken"): [1], ("Night", "Meter reading taken"): [2]},
    }  # fmt: skip
    for (subject, measures, by), rows in expected.items():
        assert told(await asked(office, subject, *measures.split(), by=by)) == rows, subject


async def test_every_total_is_the_sum_of_its_rows_by_whatever_it_is_told_apart(office: way.Database) -> None:
    for name, subject in ANSWERED.items():
        sums = [one.name for one in subject.measures.values() if one.sums == (one.name,)]
        for by in WAYS[name]:
            made = await asked(office, name, *sums[:12], by=by)
            added = [sum(Decimal(str(row.cells[place].value)) for row in made.rows) for place in range(len(sums[:12]))]
            assert added == [Decimal(str(cell.value)) for cell in made.totals.cells], (name, by)
            assert added[0] > 0, f"nothing is on record of {name}"


async def test_behind_a_figure_are_its_facts_and_each_leads_to_what_is_his(office: way.Database) -> None:
    async with way.reading(office) as db:
        for subject, measure, many in (
            ("marks", "marks", 4),
            ("recordings", "recordings", 2),
            ("contacts", "contacts", 3),
        ):
            query = Query(subject=subject, measures=(measure,), by=("queue",), period=WEEK)
            key = CellKey(values={"queue": "gas"})
            found = await reports.rows_behind(db, query, key, Sight(), None, 50)
            assert len({one.fact_id for one in found}) == len(found) == many
            rest = await reports.rows_behind(db, query, key, Sight(), found[0].fact_id, 50)
            assert [one.fact_id for one in rest] == [one.fact_id for one in found[1:]], "pages neither repeat nor skip"
            pavel = found[-1].operator_id or 0
            others = Sight(others=frozenset({pavel}))
            mine = await reports.rows_behind(db, query, key, others, None, 50)
            assert {one.operator_id for one in mine}.isdisjoint({pavel})
            assert 0 < len(mine) < many


async def test_a_subject_that_names_people_keeps_those_of_others_from_a_lead(office: way.Database) -> None:
    everybody = told(await asked(office, "tasks", "tasks", by="operator"))
    async with way.reading(office) as db:
        pavel = int(str((await db.exec_driver_sql("select id from users where login = 'pavel'")).scalar_one()))
    mine = told(await asked(office, "tasks", "tasks", by="operator", sight=Sight(others=frozenset({pavel}))))
    assert everybody.keys() - mine.keys() == {("Pavel",)}


async def test_names_are_those_of_the_reader_s_language(office: way.Database) -> None:
    query = Query(subject="contacts", measures=("contacts",), by=(), across="team", period=WEEK)
    async with way.reading(office) as db:
        made = await reports.answer(db, query, Sight(), language="ru")
    assert [one.label for one in made.columns] == ["Ночь", "", ""]
    assert [one.across for one in made.columns] == ["night", None, None]


def test_at_least_forty_reports_of_the_library_are_offered() -> None:
    offered = [one.code for one in LIBRARY if can_answer(one.query)]
    assert len(offered) >= 40


async def test_every_report_that_is_offered_is_answered_for_a_year(office: way.Database) -> None:
    year = Period(date(2026, 1, 1), date(2026, 12, 31), "Europe/Budapest")
    for one in (report for report in LIBRARY if can_answer(report.query)):
        async with way.reading(office) as db:
            made = await reports.answer(db, replace(one.query, period=year, named=""), Sight(), now=NOW)
        assert len(made.totals.cells) >= len(one.query.measures), one.code
