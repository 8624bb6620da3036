"""The report of rejected rows."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.importing.report import EXAMPLES, Report, harmless, path_beside
from crm_core.importing.rules import RULES

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
    with Report(path_beside(file), ["account"]) as report:
        report.add(2, "unit", "=1", ["=1"])
        raise KeyError


def test_the_report_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "base.csv"
    with Report(path_beside(file), ["account"]):
        pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError):
        write_half(file)
    assert list(tmp_path.iterdir()) == []
    with Report(path_beside(file), ["account"]) as report:
        report.add(2, "unit", "=1", ["=1"])
    with path_beside(file).open(encoding="utf-8-sig", newline="") as written:
        assert list(csv.reader(written)) == [
            ["row", "reason", "right", "account"],
            ["2", "'=1 is not energy that this meter counts", RULES["unit"].right, "'=1"],
        ]
    assert [found.name for found in tmp_path.iterdir()] == ["base.rejected.csv"]
    assert path_beside(file).stat().st_mode & 0o777 == 0o600


def test_findings_are_counted_by_rule_and_the_first_are_shown(tmp_path: Path) -> None:
    with Report(tmp_path / "out.csv", ["account"]) as report:
        for row in range(EXAMPLES + 5):
            report.add(row, "account-empty", "", ["x" * 500])
    assert report.counts == {"account-empty": EXAMPLES + 5}
    assert len(report.examples) == EXAMPLES
    assert report.examples[0].cells == ("x" * 60,)
