"""Cells in the spellings people use."""

# ruff: noqa: RUF001, DTZ001 -- both scripts are what this is about.
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.importing import values

pytestmark = pytest.mark.unit

CELLS = st.one_of(
    st.none(), st.text(max_size=40), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes()
)


@given(
    st.dates(date(1950, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y.%m.%d", "%Y-%m-%dT00:00:00"]),
)
def test_a_day_is_read_in_every_usual_spelling(day: date, spelling: str) -> None:
    assert values.day(f"{day.year:04d}".join(day.strftime(spelling).split(day.strftime("%Y"), 1))) == day


def test_a_day_of_a_spreadsheet_is_a_number_or_a_date() -> None:
    assert values.day(46000) == date(2025, 12, 9)
    assert values.day(datetime(2026, 3, 1, 12, 30)) == date(2026, 3, 1)
    assert values.day("1.2.26") == date(2026, 2, 1)


@pytest.mark.parametrize(
    "cell", ["", "31.02.2026", "2026-13-01", "yesterday", "1.1.1900", "32/01/2026", True, 5, 10**9, None]
)
def test_what_is_not_clearly_a_day_is_none(cell: values.Cell) -> None:
    assert values.day(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03",
        "03.2026",
        "3/2026",
        "март 2026",
        "Март 2026 г.",
        "марта 2026",
        "March 2026",
        "mar. 2026",
        "15.03.2026",
        date(2026, 3, 9),
    ],
)
def test_a_month_is_read_as_its_first_day(cell: values.Cell) -> None:
    assert values.month(cell) == date(2026, 3, 1)


def test_may_is_not_march() -> None:
    assert values.month("май 2026") == values.month("May 2026") == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1 234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        (12.3, "12.30"),
        (7, "7.00"),
        (0.1 + 0.2, "0.30"),
        ("-5", "-5.00"),
    ],
)
def test_amounts_are_exact(cell: values.Cell, amount: str) -> None:
    assert values.amount(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["", "1,234", "12 roubles", "1e5", float("nan"), float("inf"), True, None])
def test_what_is_not_clearly_money_is_none(cell: values.Cell) -> None:
    assert values.amount(cell) is None


@pytest.mark.parametrize(("cell", "state"), [("01234", "1234"), ("12,5", "12.5"), (7.0, "7"), ("1 234", "1234")])
def test_a_state_of_a_meter_is_read(cell: values.Cell, state: str) -> None:
    assert values.state(cell) == Decimal(state)


@pytest.mark.parametrize("cell", ["-1", "", "NaN", "Infinity", "1.2345", "99999999999", "12-5", True, float("nan")])
def test_what_is_no_state_is_none(cell: values.Cell) -> None:
    assert values.state(cell) is None


@given(CELLS)
def test_no_cell_breaks_a_reader(cell: values.Cell) -> None:
    assert isinstance(values.text(cell), str)
    for reader in (values.day, values.month):
        found = reader(cell)
        assert found is None or values.EARLIEST <= found < values.LATEST
    for number in (values.amount(cell), values.state(cell)):
        assert number is None or number.is_finite()
    values.whole(cell, 0, 9)
    values.yes(cell)


def test_a_formula_that_was_disarmed_is_the_text_it_was() -> None:
    assert values.text("'=1+1") == "=1+1"
    assert values.text("'Amber") == "'Amber"
    assert values.text("'") == "'"
