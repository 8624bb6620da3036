"""Erlang's formulas: against sums in whole fractions, and against published tables to the digits they print."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from crm_core.workforce.erlang import Unstable, blocked, erlang_a, erlang_c

pytestmark = pytest.mark.unit
loads = st.fractions(Fraction(1, 10), 40, max_denominator=50)


def weights(load: Fraction, states: int) -> list[Fraction]:
    """Probabilities of 0, 1, … busy operators, not yet divided by their sum."""
    found = [Fraction(1)]
    for number in range(1, states):
        found.append(found[-1] * load / number)
    return found


@settings(max_examples=60, deadline=None)
@given(load=loads, operators=st.integers(1, 60))
def test_erlang_b_is_the_sum_it_stands_for(load: Fraction, operators: int) -> None:
    states = weights(load, operators + 1)
    assert blocked(float(load), operators) == pytest.approx(float(states[-1] / sum(states)), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(load=loads, spare=st.integers(1, 20), threshold=st.integers(0, 60))
def test_erlang_c_is_the_sum_it_stands_for(load: Fraction, spare: int, threshold: int) -> None:
    operators = math.ceil(load) + spare
    states = weights(load, operators + 1)
    queue = states[-1] * Fraction(operators) / (operators - load)
    waits = queue / (sum(states[:-1]) + queue)
    mean = waits * 180 / (operators - load)
    found = erlang_c(float(load), operators, 180.0, threshold)
    assert found.waits == pytest.approx(float(waits), rel=1e-9)
    assert found.mean_wait == pytest.approx(float(mean), rel=1e-9)
    level = 1 - float(waits) * math.exp(-float((operators - load) / 180) * threshold)
    assert found.service_level == pytest.approx(level, rel=1e-9)
    assert found.occupancy == pytest.approx(float(load / operators), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(load=loads, operators=st.integers(1, 40), patience=st.integers(20, 600))
def test_erlang_a_is_the_chain_it_stands_for(load: Fraction, operators: int, patience: int) -> None:
    states = [float(one) for one in weights(load, operators + 1)]
    for place in range(1, 2_000):
        states.append(states[-1] * (float(load) / 180) / (operators / 180 + place / patience))
        if states[-1] < 1e-18 * states[operators]:
            break
    total = math.fsum(states)
    queue = math.fsum(place * state for place, state in enumerate(states[operators:])) / total
    found = erlang_a(float(load), operators, 180.0, 20.0, patience)
    assert found.waits == pytest.approx(math.fsum(states[operators:]) / total, rel=1e-9)
    assert found.mean_wait == pytest.approx(queue / (float(load) / 180), rel=1e-9, abs=1e-12)
    assert found.abandoned == pytest.approx(queue / patience / (float(load) / 180), rel=1e-9, abs=1e-12)
    busy = math.fsum(min(number, operators) * state for number, state in enumerate(states)) / total
    assert found.occupancy == pytest.approx(busy / operators, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(load=st.floats(1, 40), operators=st.integers(1, 40), patience=st.floats(20, 600))
def test_the_service_level_of_erlang_a_goes_from_those_served_at_once_to_those_ever_served(
    load: float, operators: int, patience: float
) -> None:
    levels = [erlang_a(load, operators, 180, seconds, patience) for seconds in (0.0, 10.0, 60.0, 1e5)]
    assert levels[0].service_level == pytest.approx(1 - levels[0].waits, abs=1e-9)
    assert levels[-1].service_level == pytest.approx(1 - levels[-1].abandoned, abs=1e-9)
    served = [one.service_level for one in levels]
    assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(served))


@pytest.mark.parametrize(
    ("operators", "waits", "level", "mean"),
    [
        (11, 0.6821, 0.3896, 122.78),
        (12, 0.4494, 0.6402, 40.44),
        (13, 0.2853, 0.7956, 17.12),
        (14, 0.1741, 0.8884, 7.84),
        (15, 0.1020, 0.9415, 3.67),
    ],
)
def test_the_published_erlang_c_table(operators: int, waits: float, level: float, mean: float) -> None:
    found = erlang_c(10.0, operators, 180.0, 20.0)
    assert (round(found.waits, 4), round(found.service_level, 4), round(found.mean_wait, 2)) == (waits, level, mean)


def test_the_second_published_example() -> None:
    found = erlang_c(48.0, 55, 240.0, 15.0)
    assert (round(found.waits, 4), round(found.service_level, 4)) == (0.2387, 0.8459)
    assert (round(found.mean_wait, 3), round(found.occupancy, 4)) == (8.184, 0.8727)


@pytest.mark.parametrize(
    ("operators", "load"),
    [(5, 1.361), (10, 4.461), (20, 12.031), (50, 37.901), (100, 84.064)],
)
def test_the_printed_erlang_b_table_at_one_percent(operators: int, load: float) -> None:
    assert blocked(load, operators) == pytest.approx(0.01, abs=1e-5)


@pytest.mark.parametrize(
    ("load", "operators", "mean_call", "patience", "printed"),
    [
        (48.0, 50, 60.0, 120.0, (0.4678, 0.0309, 3.71, 0.9303, 0.943)),
        (48.0, 50, 240.0, 180.0, (0.37906, 0.04301, 7.742, 0.91871, 0.813)),
        (20.0, 22, 180.0, 120.0, (0.32597, 0.05600, 6.719, 0.85819, 0.829)),
        (10 / 3, 5, 300.0, 60.0, (0.18692, 0.10377, 6.226, 0.59749, 0.848)),
    ],
)
def test_the_reference_values_of_erlang_a(
    load: float, operators: int, mean_call: float, patience: float, printed: tuple[float, ...]
) -> None:
    found = erlang_a(load, operators, mean_call, 20.0, patience)
    values = (found.waits, found.abandoned, found.mean_wait, found.occupancy, found.service_level)
    assert values == pytest.approx(printed, rel=5e-4, abs=5e-5)


def test_too_much_load_has_no_long_run() -> None:
    with pytest.raises(Unstable, match="10 erlangs are too much for 10 operators"):
        erlang_c(10.0, 10, 180.0, 20.0)
