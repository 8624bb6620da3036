"""The expected wait: quantiles that are right, intervals that hold, and silence when nothing is known."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.expectation import LEAST, NORMAL_90, REMEMBERED, SPANS, Bounds, Flow, f_quantile, holds, span

pytestmark = pytest.mark.unit

# Tables of the F distribution at 90 %, e.g. NIST/SEMATECH e-Handbook, 1.3.6.7.3.
TABLE = {(2, 20): 2.589, (4, 20): 2.249, (10, 20): 1.937, (20, 20): 1.794, (2, 60): 2.393, (10, 60): 1.707}


@pytest.mark.parametrize(("freedom", "value"), TABLE.items())
def test_the_quantile_is_that_of_the_tables(freedom: tuple[int, int], value: float) -> None:
    assert f_quantile(NORMAL_90, *freedom) == pytest.approx(value, rel=0.01)


def measured(*seconds: float) -> Flow:
    flow = Flow()
    for one in seconds:
        flow.note(timedelta(seconds=one))
    return flow


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert measured(*[60.0] * (LEAST - 1)).bounds(1, 5) is None
    assert measured(*[60.0] * LEAST).bounds(1, 0) is None
    assert span(None) is None


def test_old_contacts_are_forgotten() -> None:
    new = measured(*[600.0] * 10, *[60.0] * REMEMBERED)
    assert new.bounds(3, 2) == pytest.approx(measured(*[60.0] * REMEMBERED).bounds(3, 2))  # type: ignore[arg-type]


@pytest.mark.long
@given(place=st.integers(1, 200), operators=st.integers(1, 200), mean=st.floats(10, 3600))
def test_bounds_hold_the_mean_and_grow_with_the_place(place: int, operators: int, mean: float) -> None:
    flow = measured(*[mean] * 30)
    here, next_one = flow.bounds(place, operators), flow.bounds(place + 1, operators)
    assert here is not None
    assert next_one is not None
    assert 0 <= here.least <= mean * place / operators <= here.most
    assert here.least <= next_one.least
    assert here.most <= next_one.most


@given(least=st.floats(0, 4000), more=st.floats(0, 4000))
def test_what_is_announced_holds_all_of_the_interval(least: float, more: float) -> None:
    said = span(Bounds(least, least + more))
    if said is None:
        assert not any(holds(one, least) and holds(one, least + more) for one in SPANS)
    else:
        assert holds(said, least)
        assert holds(said, least + more)


def test_exponential_contacts_fall_within_the_bounds_as_often_as_they_should() -> None:
    random = Random(1)
    inside = 0
    for _ in range(2000):
        flow = measured(*(random.expovariate(1 / 180) for _ in range(40)))
        bounds = flow.bounds(4, 6)
        assert bounds is not None
        inside += bounds.least <= sum(random.expovariate(6 / 180) for _ in range(4)) <= bounds.most
    assert 0.78 <= inside / 2000 <= 0.83
