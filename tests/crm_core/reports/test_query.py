"""Questions are judged, written down and read again; the library asks nothing senseless."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from crm_core.reports import formulas
from crm_core.reports.library import ANY, LIBRARY
from crm_core.reports.query import SUBJECTS, Filter, Period, Query, check, compared, named, read_json, write_json

pytestmark = pytest.mark.unit
ASKED = Query(subject="visits", measures=("offered",), period=Period(date(2026, 10, 1), date(2026, 10, 7), "UTC"))


def test_the_library_has_forty_reports_and_each_can_be_asked() -> None:
    assert len({report.code for report in LIBRARY}) == len(LIBRARY) >= 40
    assert not [(report.code, found) for report in LIBRARY for found in check(report.query)]


@pytest.mark.parametrize("report", LIBRARY, ids=lambda report: report.code)
def test_a_question_comes_back_as_it_was(report: object) -> None:
    query = report.query  # type: ignore[attr-defined]
    assert read_json(write_json(query)) == query


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"version": 2}', write_json(ASKED)[:-1] + ', "sql": "drop"}'])
def test_what_is_no_question_is_not_read(body: str) -> None:
    with pytest.raises(ValueError, match="not a question"):
        read_json(body)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("subject", replace(ASKED, subject="secrets")),
        ("measures", replace(ASKED, measures=())),
        ("measures", replace(ASKED, measures=("talk",))),
        ("measures", replace(ASKED, measures=("offered", "offered"))),
        ("by", replace(ASKED, by=("password",))),
        ("across", replace(ASKED, by=("queue",), across="queue")),
        ("compare", replace(ASKED, compare="never")),
        ("compare", replace(ASKED, compare="previous", across="queue")),
        ("order", replace(ASKED, order="-answered")),
        ("limit", replace(ASKED, limit=0)),
        ("filters", replace(ASKED, filters=(Filter("queue", "is", ()),))),
        ("filters", replace(ASKED, filters=(Filter("operator", "is", ("1 or 1=1",)),))),
        ("period", replace(ASKED, period=Period(date(2026, 1, 2), date(2026, 1, 1), "UTC"))),
        ("period", replace(ASKED, period=Period(date(2026, 1, 1), date(2026, 1, 1), "../etc/passwd"))),
    ],
)
def test_what_is_wrong_is_said_of_its_field(field: str, wrong: Query) -> None:
    assert [found.field for found in check(wrong)] == [field]


def test_every_measure_s_sums_of_nothing_divide_nothing() -> None:
    for subject in SUBJECTS.values():
        for measure in subject.measures.values():
            figure = measure.of(dict.fromkeys(measure.sums, 0))
            assert figure.value is None or figure.value == 0
            assert measure.unit != "percent" or figure.n == 0


def test_service_levels_are_as_the_reader_s_example_says() -> None:
    given = (860, 20, 1000)
    assert formulas.service_level(860, 1060, 10).value == pytest.approx(Decimal("81.90"), abs=Decimal("0.01"))
    assert formulas.service_level_answered(860, 1000).value == 86
    assert formulas.service_level_ignoring(860, 1060, 20).value == pytest.approx(Decimal("82.69"), abs=Decimal("0.01"))
    assert formulas.service_level_decided(860, 1000, 60).value == pytest.approx(Decimal("81.13"), abs=Decimal("0.01"))
    positive = formulas.service_level_positive(given[0], given[1], 1060)
    assert positive.value == pytest.approx(Decimal("83.02"), abs=Decimal("0.01"))
    assert positive.n == 1060


def test_periods_have_names_and_are_compared_with_those_before() -> None:
    today = date(2026, 11, 30)
    assert named("last_week", today, "UTC") == Period(date(2026, 11, 23), date(2026, 11, 29), "UTC")
    assert named("last_month", today, "UTC") == Period(date(2026, 10, 1), date(2026, 10, 31), "UTC")
    assert named("last_12_months", date(2026, 3, 31), "UTC").first == date(2025, 3, 1)
    week = Period(date(2026, 11, 23), date(2026, 11, 29), "UTC")
    assert compared(week, "year_ago") == Period(date(2025, 11, 24), date(2025, 11, 30), "UTC")
    assert compared(week, "previous") == compared(week, "week_ago")
    assert compared(ANY, "") is None
