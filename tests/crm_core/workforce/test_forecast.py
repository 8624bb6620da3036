"""The forecast: it finds causes that are known, is bent by no wild day, and beats guesses that cost nothing."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.workforce import fitting, forecast, measure, sample
from crm_core.workforce.almanac import Almanac, bill_of
from crm_core.workforce.forecast import INTERVALS, Counts

pytestmark = pytest.mark.unit
FIRST = date(2025, 1, 6)
NEW_YEAR = frozenset({date(2025, 5, 1), date(2025, 6, 12), date(2025, 11, 4), date(2026, 1, 1)})
ALMANAC = Almanac(holidays=NEW_YEAR)


def flat(total: float) -> Counts:
    return (total / INTERVALS,) * INTERVALS


def test_known_weights_are_found_again() -> None:
    random = Random(3)
    true = {"always": 6.0, "bill": 0.4, "window": 0.2, "holiday": -0.7}
    rows = [
        {"always": 1.0} | {name: 1.0 for name in ("bill", "window", "holiday") if random.random() < 0.2}
        for _ in range(400)
    ]
    counts = [
        sum(1 for _ in range(1)) * random.gauss(mean := fitting.expected(true, row), math.sqrt(mean)) for row in rows
    ]
    found = fitting.fit(rows, counts, ridge=0.1)
    assert found == pytest.approx(true, abs=0.03)


def test_a_few_wild_days_bend_little_and_plain_means_much() -> None:
    rows = [{"always": 1.0} for _ in range(100)]
    counts = [100.0 + (number % 7) for number in range(95)] + [5_000.0] * 5
    assert fitting.expected(fitting.fit(rows, counts), {"always": 1.0}) < 112
    assert sum(counts) / len(counts) > 340


def test_what_no_row_tells_apart_weighs_nothing_impossible() -> None:
    rows = [{"always": 1.0, "one": 1.0, "same": 1.0} for _ in range(40)]
    found = fitting.fit(rows, [50.0] * 40)
    assert all(math.isfinite(one) for one in found.values())
    assert fitting.expected(found, rows[0]) == pytest.approx(50, rel=0.01)
    assert fitting.fit([], []) == {}


@given(
    st.lists(st.lists(st.floats(-3, 3), min_size=4, max_size=4), min_size=6, max_size=12),
    st.lists(st.floats(-9, 9), min_size=4, max_size=4),
)
def test_equations_are_solved(rows: list[list[float]], answer: list[float]) -> None:
    left = [[sum(row[i] * row[j] for row in rows) + (i == j) for j in range(4)] for i in range(4)]
    right = [sum(left[i][j] * answer[j] for j in range(4)) for i in range(4)]
    assert fitting.solve(left, right) == pytest.approx(answer, abs=1e-6)


def test_bills_holidays_and_the_window_are_seen_in_the_calendar() -> None:
    assert "bill 0" in ALMANAC.causes(date(2025, 3, 3), FIRST)
    assert {"window", "window ends"} <= ALMANAC.causes(date(2025, 3, 25), FIRST).keys()
    assert {"holiday", "weekday 6"} <= ALMANAC.causes(date(2025, 5, 1), FIRST).keys()
    assert "eve" in ALMANAC.causes(date(2025, 4, 30), FIRST)
    assert "after holiday" in ALMANAC.causes(date(2025, 5, 2), FIRST)
    assert "own letters" in Almanac(own={FIRST: ["letters"]}).causes(FIRST, FIRST)


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 31))
def test_days_since_the_bill_count_from_the_last_one(day: date, bill_day: int) -> None:
    since = Almanac(bill_day=bill_day).since_bill(day)
    sent = day - timedelta(days=since)
    assert 0 <= since <= 31
    assert sent == bill_of(sent.year, sent.month, bill_day)


def test_a_short_history_gives_no_forecast() -> None:
    assert forecast.learn({FIRST + timedelta(days=n): flat(100) for n in range(27)}, ALMANAC) is None


def test_a_flat_history_is_forecast_flat_with_narrow_bounds() -> None:
    history = {FIRST + timedelta(days=n): flat(480.0) for n in range(200)}
    model = forecast.learn(history, ALMANAC)
    assert model is not None
    for one in forecast.ahead(model, FIRST + timedelta(days=200), 21):
        assert one.total == pytest.approx(480, rel=0.03)
        assert all(low <= high < low + 2 for low, high in zip(one.low, one.high, strict=True))


def test_a_bill_day_is_forecast_and_a_marked_outage_is_not() -> None:
    wave = {0: 2.0, 1: 2.0}
    history = {}
    for number in range(250):
        day = FIRST + timedelta(days=number)
        history[day] = flat(960.0 * wave.get(ALMANAC.since_bill(day), 1.0))
    strange = {FIRST + timedelta(days=240): flat(9_000.0), FIRST + timedelta(days=246): flat(9_000.0)}
    model = forecast.learn(history | strange, ALMANAC, strange)
    assert model is not None
    bill = date(2025, 10, 3)
    assert model.total(bill) == pytest.approx(1_920, rel=0.08)
    assert model.total(bill + timedelta(days=12)) == pytest.approx(960, rel=0.08)


def test_missing_days_and_days_without_calls_do_no_harm() -> None:
    history = {FIRST + timedelta(days=n): flat(0.0 if n % 7 > 4 else 480.0) for n in range(150) if n % 11}
    model = forecast.learn(history, Almanac())
    assert model is not None
    monday, sunday = FIRST + timedelta(days=154), FIRST + timedelta(days=160)
    assert model.total(monday) == pytest.approx(480, rel=0.06)
    assert model.total(sunday) < 40
    empty = forecast.learn({FIRST + timedelta(days=n): flat(0.0) for n in range(60)}, Almanac())
    assert empty is not None
    assert empty.total(monday) < 0.1


def test_three_weeks_unseen_are_nearer_than_every_guess_and_lie_within_the_bounds() -> None:
    year = sample.made(FIRST, 480, ALMANAC, 5)
    origin = FIRST + timedelta(days=458)
    known = {day: row for day, row in year.history.items() if day <= origin and day not in year.outages}
    days = [day for day in year.history if day > origin and day not in year.outages]
    model = forecast.learn(known, ALMANAC)
    assert model is not None
    ours = measure.by_interval(lambda day: model.day(day).calls, year.history, days)
    for guess in (
        measure.last_year(known, origin),
        measure.last_week(known, origin),
        measure.moving_average(known, origin),
    ):
        assert ours.wape < measure.by_interval(guess, year.history, days).wape
    assert abs(measure.by_day(lambda day: model.day(day).calls, year.history, days).bias) < 0.15
    held = measure.covered(year.history, {day: (model.day(day).low, model.day(day).high) for day in days})
    assert 0.75 < held < 0.99


def test_errors_are_what_they_say() -> None:
    found = measure.error([(110, 100), (80, 100)])
    assert (found.wape, found.bias) == pytest.approx((0.15, -0.05))
    assert measure.error([(5, 0)]).wape == 0


def test_guesses_look_only_at_what_was_known() -> None:
    history = {FIRST + timedelta(days=n): flat(float(n + 1)) for n in range(40)}
    origin = FIRST + timedelta(days=20)
    guess = measure.last_week(history, origin)
    for ahead in range(1, 15):
        day = origin + timedelta(days=ahead)
        known = guess(day)
        assert known is not None
        assert sum(known) <= 21.001
        assert (sum(known) - 1) % 7 == pytest.approx((20 + ahead) % 7, abs=1e-6)
    mean = measure.moving_average(history, origin, 2)(origin + timedelta(days=7))
    assert mean is not None
    assert sum(mean) == pytest.approx((21 + 14) / 2)
    assert measure.last_year(history, origin)(FIRST - timedelta(days=90)) is None


def test_the_same_seed_makes_the_same_years() -> None:
    first, again = (sample.made(FIRST, 30, ALMANAC, 9) for _ in range(2))
    assert first == again
    assert first.history != sample.made(FIRST, 30, ALMANAC, 8).history
