"""The report of rejected rows."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.importing.report import Report, harmless, path_beside

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3+A1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|x", "%x"]
)
def test_a_formula_is_disarmed(cell: str) -> None:
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["+7 (900) 111-22-33", "-12.50", "Ivanov", "1-2", ""])
def test_numbers_and_words_stay(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text(max_size=30))
def test_no_cell_comes_out_as_a_formula(cell: str) -> None:
    shown = harmless(cell).lstrip(" \u00a0")
    assert not shown.startswith(("=", "@", "\t", "\r", "\n"))
    assert shown == cell.lstrip(" \u00a0") or shown.startswith("'")


def write_half(file: Path) -> None:
    with Report(file, ["account"]) as report:
        report.add(2, "no", ["=1"])
        raise KeyError


def test_the_report_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "base.csv"
    with Report(file, ["account"]):
        pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError):
        write_half(file)
    assert list(tmp_path.iterdir()) == []
    with Report(file, ["account"]) as report:
        report.add(2, "no", ["=1"])
    with path_beside(file).open(encoding="utf-8-sig", newline="") as written:
        assert list(csv.reader(written)) == [["row", "reason", "account"], ["2", "no", "'=1"]]
    assert [found.name for found in tmp_path.iterdir()] == ["base.rejected.csv"]
