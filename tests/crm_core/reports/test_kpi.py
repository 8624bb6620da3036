"""Schemes: weights, targets and steps by hand-worked examples; a better value never brings fewer points."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.reports import kpi
from crm_core.reports.kpi import Figure, Part, Scheme, Step

pytestmark = pytest.mark.unit
LEVEL = Part(
    subject="calls", measure="service_level", weight=60, target=Decimal(80),
    steps=(Step(at=Decimal(70), points=60), Step(at=Decimal(90), points=120)),
)  # fmt: skip
HANDLE = Part(subject="contacts", measure="aht", weight=40, more=False, target=Decimal(240))
SCHEME = Scheme(title="Service", parts=(LEVEL, HANDLE))


@pytest.mark.parametrize(
    ("value", "points"), [("69.9", 0), ("70", 60), ("79.99", 60), ("80", 100), ("89", 100), ("90", 120)]
)
def test_the_best_step_that_is_reached_counts(value: str, points: int) -> None:
    assert kpi.points(LEVEL, Decimal(value)) == points


@pytest.mark.parametrize(("value", "points"), [("241", 0), ("240", 100), ("100", 100)])
def test_less_can_be_better(value: str, points: int) -> None:
    assert kpi.points(HANDLE, Decimal(value)) == points


def test_a_score_is_the_weighted_mean_of_what_was_measured() -> None:
    told = {"calls.service_level": Figure(value=Decimal(75), n=40), "contacts.aht": Figure(value=Decimal(200), n=38)}
    made = kpi.score(SCHEME, told)
    assert made.points == Decimal("76.0")  # (60 * 60 + 40 * 100) / 100
    assert [line.met for line in made.lines] == [False, True]
    assert (made.counted, made.weight) == (100, 100)


def test_a_measure_counted_over_nothing_takes_no_part() -> None:
    made = kpi.score(SCHEME, {"contacts.aht": Figure(value=Decimal(300), n=3)})
    assert (made.points, made.counted) == (Decimal("0.0"), 40)
    assert made.lines[0].points is None


def test_nothing_measured_is_no_score() -> None:
    assert kpi.score(SCHEME, {}).points is None


@given(
    values=st.tuples(st.integers(0, 300), st.integers(0, 300)),
    steps=st.dictionaries(st.integers(0, 300), st.integers(0, 150), max_size=4),
    more=st.booleans(),
)
def test_a_better_value_never_brings_fewer_points_in_a_scheme_that_passes(
    values: tuple[int, int], steps: dict[int, int], more: bool
) -> None:
    told = tuple(Step(at=Decimal(at), points=points) for at, points in steps.items())
    part = Part(subject="calls", measure="n", weight=1, more=more, target=Decimal(150), steps=told)
    if kpi.check(Scheme(title="t", parts=(part,)), lambda *_: True):
        return
    worse, better = sorted(values, reverse=not more)
    assert kpi.points(part, Decimal(worse)) <= kpi.points(part, Decimal(better))


def test_what_is_wrong_with_a_scheme_is_told_with_its_place() -> None:
    falling = Part(
        subject="calls", measure="asa", weight=1, target=Decimal(80), steps=(Step(at=Decimal(90), points=50),)
    )
    odd = Scheme(title="t", parts=(LEVEL, LEVEL, falling))
    told = [(one.code, one.place) for one in kpi.check(odd, lambda _, measure: measure == "service_level")]
    assert told == [("kpi-twice", 1), ("kpi-unknown-measure", 2), ("kpi-steps", 2)]
    assert [one.code for one in kpi.check(Scheme(title="t", parts=()), lambda *_: True)] == ["kpi-empty"]


def test_a_scheme_comes_back_as_it_was_stored_and_an_odd_one_does_not() -> None:
    assert kpi.read(kpi.write(SCHEME)) == SCHEME
    assert kpi.read({"title": "t", "parts": [], "formula": "1/0"}) is None
