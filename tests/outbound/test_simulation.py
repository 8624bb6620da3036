"""The simulated shift: the same chance makes the same day, nobody is lost, and it is what queueing theory says."""

from __future__ import annotations

import statistics

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from crm_core.workforce.erlang import blocked
from deploy.simulate import dialler
from outbound.abandonment import Cap
from outbound.simulation.ours import Ours
from outbound.simulation.peers import Adaptive, Controller, Deaf, Ratio
from outbound.simulation.scenario import HOUR, Scenario
from outbound.simulation.shift import Hall, Law, Shift

pytestmark = pytest.mark.long


class Open(Deaf):
    """Calls at a constant rate, whoever is idle."""

    name = "open loop"
    every = 1.0

    def __init__(self, rate: float) -> None:
        self._rate, self._rest = rate, 0.0

    def place(self, _hall: Hall, _now: float, /) -> int:
        """Return how many calls to place."""
        self._rest += self._rate
        whole = int(self._rest)
        self._rest -= whole
        return whole


def hour(law: Law, seed: int = 1, **changed: float) -> Shift:
    """Return an hour that has gone by."""
    shift = Shift(Scenario(operators=10, seconds=3_600.0, **changed), law, seed)  # type: ignore[arg-type]
    shift.run()
    return shift


def test_the_same_seed_makes_the_same_day() -> None:
    one, same, other = (hour(Ours(Cap()), seed).outcome for seed in (1, 1, 2))
    assert one == same
    assert one != other


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), law=st.sampled_from([lambda: Ours(Cap()), Adaptive, Controller, lambda: Ratio(2.5)]))
def test_every_call_ends_and_operators_are_counted(seed: int, law: object) -> None:
    shift = hour(law(), seed, lines=40)  # type: ignore[operator]
    hall, outcome = shift.hall, shift.outcome
    assert outcome.answered == len(outcome.heard) + len(hall.waiting)
    assert outcome.abandoned == sum(lost for _, lost in outcome.heard)
    assert hall.operators == 10
    assert hall.lines + len(hall.ringing) + len(hall.waiting) + len(hall.talking) == 40
    assert outcome.talked + outcome.wrapped <= outcome.staffed == 36_000.0


def test_progressive_dialling_abandons_nobody() -> None:
    for law in (Ratio(1.0), Ours(Cap(share=0.0))):
        outcome = hour(law).outcome
        assert outcome.abandoned == 0
        assert outcome.answered > 100


def test_a_constant_rate_meets_erlang_b() -> None:
    """Without grace, random calls at 5.5 erlangs find ten operators busy as often as Erlang's formula has it."""
    shares = []
    for seed in range(12):
        scenario = Scenario(operators=10, answered=((0.0, 0.02),), grace=0.0)
        shares.append(Shift(scenario, Open(5.53 / 140.0 / 0.02), seed).run().share)
    off = 3.5 * statistics.stdev(shares) / len(shares) ** 0.5
    assert abs(statistics.fmean(shares) - blocked(5.53, 10)) < off
    assert off < 0.02


def test_who_comes_and_goes_is_counted_while_there() -> None:
    scenario = Scenario(operators=10, seconds=3_600.0, staff=((1_200.0, 4.0), (2_400.0, 8.0)))
    shift = Shift(scenario, Ratio(1.0), 3)
    outcome = shift.run()
    assert shift.hall.operators == 8
    least = 10 * 1_200 + 4 * 1_200 + 8 * 1_200
    assert least <= outcome.staffed < least + 6 * 600


@pytest.mark.parametrize("believed", [0.8, 1.0, 1.25])
def test_the_cap_is_kept_in_an_afternoon_whatever_is_believed(believed: float) -> None:
    outcome = Shift(Scenario(operators=8, seconds=3 * HOUR), Ours(Cap(), believed, 3 * HOUR), 5).run()
    assert 0 < outcome.abandoned <= 0.03 * outcome.answered


@pytest.mark.parametrize("case", ["halved", "coming"])
def test_every_law_is_in_the_table(case: str) -> None:
    figures = dialler.run(days=1, operators=(5,), case=case, processes=1)
    assert {
        name
        for name in ("busbar", "progressive", "VICIdial-like", "OMniLeads-like")
        if any(name in figure.name for figure in figures)
    } == {"busbar", "progressive", "VICIdial-like", "OMniLeads-like"}
