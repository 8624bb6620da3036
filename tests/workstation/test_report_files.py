"""A report as a file: figures come back as figures, text is never a formula, the mark says who took it and why."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from crm_core.errors import ReportTooLarge
from crm_core.reports.terms import Answer, Cell, Column, Period, Query, Row
from crm_core.settings import Settings
from workstation import report_asks, report_charts, report_files
from workstation.formats import Formats
from workstation.report_words import Words
from workstation.reporting import Shown

pytestmark = pytest.mark.unit
EVIL = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3")
PERIOD = Period(date(2026, 11, 1), date(2026, 11, 30), "Europe/Moscow")
QUERY = Query(subject="visits", measures=("offered", "service_level"), by=("queue",), period=PERIOD)
NOW = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
WORDS = Words(lambda text: text, Formats("en", "Europe/Moscow", "RUB"))
MARK = report_files.ReportMark(export_id=0, user="=Marta", at=NOW, reason="monthly talk", utility="U", report="r")
COLUMNS = (
    Column(name="queue", title="Queue", kind="dimension"),
    Column(name="offered", title="Offered", kind="measure", unit="count"),
    Column(name="service_level", title="Service level", kind="measure", unit="percent"),
)


def answer(*names: str | None) -> Answer:
    rows = tuple(Row(key=(name,), labels=(name or "",), cells=(Cell(10), Cell(Decimal("66.666"), 9))) for name in names)
    totals = Row(key=(), labels=(), cells=(Cell(10 * len(names)), Cell(None, 0)))
    return Answer(columns=COLUMNS, rows=rows, totals=totals, period=PERIOD, asked_at=NOW)


def made(folder: Path, form: str, found: Answer, rows: int = 1000) -> Path:
    house = Settings.model_construct(run_dir=folder, export_approval_rows=rows, utility="U")
    shown = Shown(code="r", title="R", doc="", query=QUERY, chart="table")
    return report_files.write(house, shown, found, form, MARK, WORDS)


def test_a_spreadsheet_holds_figures_as_figures_and_no_formula(tmp_path: Path) -> None:
    path = made(tmp_path, "xlsx", answer(*EVIL))
    mark, header, *rows, again = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert header[:4] == ["Queue", "Offered", "Service level (%)", "Service level: n"]
    assert [row[0] for row in rows] == [*EVIL, "Total"], "text as it is, and never reckoned"
    assert rows[0][1:4] == [10.0, 66.7, 9.0]
    assert rows[-1][1:4] == [40.0, "", 0.0], "what is counted over nothing is no zero"
    assert "because: monthly talk" in str(mark[0])
    assert mark[0] == again[0]
    assert path.stat().st_mode & 0o077 == 0


def test_comma_separated_text_is_disarmed(tmp_path: Path) -> None:
    path = made(tmp_path, "csv", answer(*EVIL))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "@"} or cell.startswith("-2")]


def test_more_rows_than_one_person_may_take_are_refused_and_no_file_is_left(tmp_path: Path) -> None:
    with pytest.raises(ReportTooLarge):
        made(tmp_path, "csv", answer("a", "b", "c"), rows=2)
    assert not list(tmp_path.rglob("*.csv"))


@pytest.mark.parametrize("kind", ["line", "bars", "stacked"])
def test_a_chart_draws_every_row_within_its_frame(kind: str) -> None:
    drawn = report_charts.chart(answer("a", "b", "c"), kind)
    assert drawn is not None
    assert [one.column.name for one in drawn.series] == ["offered"], "one axis, one unit"
    places = [place for one in drawn.series for _, _, place in one.dots] + [
        bar.place for one in drawn.series for bar in one.bars
    ]
    assert places == [0, 1, 2]
    assert all(report_charts.TOP <= y <= report_charts.HEIGHT for y, _ in drawn.marks)


def test_rows_told_apart_twice_are_a_series_for_each_later_value() -> None:
    rows = tuple(
        Row(key=(day, queue), labels=(day, queue), cells=(Cell(number), Cell(None)))
        for number, (day, queue) in enumerate((("1", "a"), ("1", "b"), ("2", "a"), ("3", "b")))
    )
    drawn = report_charts.chart(replace(answer(), rows=rows), "line")
    assert drawn is not None
    assert (drawn.rows, drawn.depth) == ((0, 2, 3), 1)
    assert [[place for _, _, place in one.dots] for one in drawn.series] == [[0, 1], [0, 2]]
    assert [rows[one.named or 0].key[1] for one in drawn.series] == ["a", "b"]


def test_nothing_to_draw_is_no_chart() -> None:
    assert report_charts.chart(answer(), "bars") is None
    assert report_charts.chart(answer("a"), "bars") is None
    assert report_charts.chart(answer("a", "b"), "table") is None


def test_a_question_comes_back_from_its_address() -> None:
    told = {
        "subject": "visits", "m_offered": "1", "m_abandoned": "1", "by_1": "queue", "across": "weekday",
        "period": "days", "first": "2026-11-01", "last": "2026-11-07", "f_1": "topic", "op_1": "is",
        "v_1": "debt, meter", "order": "-offered", "chart": "bars",
    }  # fmt: skip
    asked = report_asks.whole(told, date(2026, 12, 1), "Europe/Moscow")
    assert asked.findings == ()
    again = report_asks.whole(report_asks.fields_of(asked.query, asked.chart), date(2027, 1, 1), "Europe/Moscow")
    assert again == asked
    assert asked.query.filters[0].op == "in"


def test_an_address_changes_period_and_filters_of_a_kept_question_and_never_its_subject() -> None:
    typed = {"asked": "1", "subject": "payments", "m_paid": "1", "by_1": "operator", "period": "yesterday"}
    changed = report_asks.adjusted(QUERY, typed, date(2026, 12, 1), "Europe/Moscow").query
    assert (changed.subject, changed.measures, changed.by) == (QUERY.subject, QUERY.measures, QUERY.by)
    assert changed.period.first == date(2026, 11, 30)


@pytest.mark.parametrize(
    "typed",
    [
        {"period": "days", "first": "x", "last": "2026-11-01"},
        {"period": "days", "first": "2026-11-02", "last": "2026-11-01"},
        {"period": "days", "first": "2000-01-01", "last": "2026-11-01"},
    ],
)
def test_days_that_are_none_are_told_in_a_sentence(typed: dict[str, str]) -> None:
    asked = report_asks.adjusted(QUERY, typed, date(2026, 12, 1), "Europe/Moscow")
    assert [finding.field for finding in asked.findings] == ["period"]


def test_a_figure_s_rows_are_asked_for_by_dimensions_of_the_question_only() -> None:
    told = report_asks.key_fields(("queue",), (None,))
    assert report_asks.key_of(told, QUERY) == {"queue": None}
    assert report_asks.key_of(report_asks.key_fields(("queue",), ("main",)), QUERY) == {"queue": "main"}
    assert report_asks.key_of({"k_operator": "=7"}, QUERY) is None


def test_figures_are_written_with_their_unit_and_nothing_is_a_dash() -> None:
    told = ((None, "percent"), (Decimal("66.666"), "percent"), (Decimal(95), "seconds"), (1234, "count"))
    assert [WORDS.figure(Cell(value), unit) for value, unit in told] == ["—", "66.7 %", "1:35", "1,234"]
    assert WORDS.figure(Cell(Decimal("5.5")), "money").endswith("5.50")
    assert WORDS.change(Cell(Decimal(80)), Cell(Decimal(75)), "percent") == "+5.0 points"
    assert WORDS.change(Cell(5), Cell(10), "count") == "\N{MINUS SIGN}50.0 %"
    assert WORDS.change(Cell(5), Cell(0), "count") == ""
