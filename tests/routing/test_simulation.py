"""The simulated centre: the same chance makes the same day, nobody is lost, and theory is met."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from crm_core.workforce.erlang import erlang_a
from deploy.simulate import centre, queues
from routing.policy import Policy
from routing.simulation import Scenario, alike, simulate, traffic

pytestmark = pytest.mark.long


def test_the_same_seed_makes_the_same_day() -> None:
    scenario = centre.centre()
    first, second = (simulate(scenario, centre.OURS, traffic(scenario, 1_500, 3)) for _ in range(2))
    assert first == second
    assert first != simulate(scenario, centre.OURS, traffic(scenario, 1_500, 4))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), load=st.floats(5, 80), policy=st.sampled_from([centre.OURS, centre.STATIC]))
def test_every_caller_is_answered_or_gives_up_and_nobody_talks_more_than_time_allows(
    seed: int, load: float, policy: Policy
) -> None:
    scenario = centre.centre(load)
    outcome = simulate(scenario, policy, traffic(scenario, 300, seed), warm_up=20)
    for tally in outcome.kinds.values():
        assert tally.offered == tally.answered + tally.abandoned == len(tally.waits)
        assert tally.in_threshold <= tally.answered
        assert all(wait >= 0 for wait in tally.waits)
    assert outcome.total.offered == 280
    assert all(seconds <= outcome.seconds * 1.000001 for seconds in outcome.busy)


def test_impatient_callers_are_met_as_erlang_a_says() -> None:
    scenario = Scenario(rate=10 / 180, mean_call=180.0, staff=alike(11), patience=120.0)
    expected = erlang_a(10.0, 11, 180.0, 20.0, 120.0)
    days = [traffic(scenario, 3_000, seed) for seed in range(queues.REPLICATIONS)]
    outcomes = [simulate(scenario, Policy(), day, warm_up=200) for day in days]
    for value, measured in (
        (expected.waits, [one.total.waited / one.total.offered for one in outcomes]),
        (expected.abandoned, [one.total.abandoned / one.total.offered for one in outcomes]),
        (expected.mean_wait, [one.total.mean_wait for one in outcomes]),
        (expected.occupancy, [one.occupancy for one in outcomes]),
    ):
        found = queues.interval(measured)
        assert abs(found.mean - value) <= found.half


def test_the_router_reproduces_erlang_c_and_the_figures_say_what_they_are_held_to() -> None:
    figures = queues.golden(13, 2_000, 3)
    held = [one for one in figures if "+-" in one.bar]
    assert [one.bar[:6] for one in held] == ["0.2853", "0.7956", "17.116"]
    assert all(one.held for one in held)
    assert len({one.name for one in figures}) == len(figures) == 6


def test_bars_are_on_ours_being_better_and_only_where_they_are_wanted() -> None:
    figures = queues.mixed(queues.USUAL, 400, 3, bars=True)
    barred = [one for one in figures if one.bar]
    assert [one.name.partition(" than ")[2].partition(":")[0] for one in barred] == [
        "longest-idle-first",
        "longest-idle-first",
        "static-priorities",
        "static-priorities",
    ]
    assert not any(one.bar for one in queues.mixed(queues.BUSY, 400, 3, bars=False))
