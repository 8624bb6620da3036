"""Scores over the weeks: gaps are shown as gaps, and no colleague's score is given away."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm_core.quality.trends import NOTHING, Mean, line, weeks

pytestmark = pytest.mark.unit
MONDAY = date(2026, 11, 23)


def mean(own: int, team: int, colleagues: int) -> Mean:
    return Mean(own=Decimal(own), own_calls=1, team=Decimal(team), colleagues=colleagues)


def test_a_teams_mean_is_shown_from_three_colleagues_on() -> None:
    assert mean(80, 90, 3).shown.team == 90
    hidden = mean(80, 90, 2).shown
    assert (hidden.own, hidden.team) == (80, None)


def test_weeks_without_a_score_are_there() -> None:
    known = {MONDAY: mean(80, 90, 3), MONDAY - timedelta(days=14): mean(70, 90, 1)}
    rows = weeks(known, MONDAY, 4)
    assert [day for day, _ in rows] == [MONDAY - timedelta(days=7 * back) for back in (3, 2, 1, 0)]
    assert [one.own for _, one in rows] == [None, 70, None, 80]
    assert rows[0][1] == NOTHING
    assert rows[1][1].team is None


def test_a_line_is_broken_where_a_week_lacks_and_one_alone_is_a_dot() -> None:
    values = [Decimal(100), Decimal(50), None, Decimal(0)]
    assert line(values, 300, 200) == "M37.5 0.0h0 L112.5 100.0 M262.5 200.0h0"
    assert line([], 300, 200) == ""
