"""What times and shares that were seen say of those to come."""

from __future__ import annotations

import math
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from outbound.shares import Shares
from outbound.survival import LONGEST_RING, Times, free_after_talking, free_after_writing, will_answer

pytestmark = pytest.mark.unit


def test_nothing_seen_means_that_nobody_gets_free() -> None:
    assert set(free_after_talking(Times().known, Times().known, 12).mean) == {0.0}


def test_exponential_talks_end_with_the_same_chance_at_any_age() -> None:
    random, talks = Random(5), Times()
    for _ in range(1_900):
        talks.note(random.expovariate(1 / 100))
    found = free_after_writing(talks.known, 12).mean
    expected = 1 - math.exp(-12 / 100)
    assert found[0] == pytest.approx(expected, rel=0.15)
    assert found[100] == pytest.approx(expected, rel=0.25)


def test_writing_up_takes_its_time_after_a_talk() -> None:
    talks, wraps = Times(), Times()
    for _ in range(500):
        talks.note(60.5)
        wraps.note(10.5)
    free = free_after_talking(talks.known, wraps.known, 15).mean
    assert free[50] < 0.1  # The talk ends in 10 s, and 10 s are written: too late.
    assert free[58] > 0.8


def test_who_still_talks_is_counted_among_those_who_could_have_ended() -> None:
    biased, honest = Times(), Times()
    for who in range(20):
        honest.begin(who, 0.0)
    for who in range(5):
        biased.note(10.0)
        honest.end(who, 10.0)
    assert honest.known.mean > 3 * biased.known.mean
    assert free_after_writing(honest.known, 10).mean[5] < free_after_writing(biased.known, 10).mean[5]


def test_a_call_that_rings_long_is_less_likely_answered_where_answers_are_quick() -> None:
    answers, failures = Times(LONGEST_RING), Times(LONGEST_RING)
    for number in range(300):
        answers.note(4.0 + number % 12)
        failures.note(30.0)
    chance = will_answer(answers.known, failures.known, 0.4)
    assert chance.mean[0] == pytest.approx(0.4)
    assert chance.mean[12] < 0.3
    assert chance.mean[25] < 0.05


@given(ages=st.lists(st.integers(0, 5_000), max_size=50).map(tuple))
def test_cumulants_add_up_and_long_ages_are_borne(ages: tuple[int, ...]) -> None:
    talks = Times()
    for number in range(300):
        talks.note(number)
    mean, spread, skew = free_after_writing(talks.known, 10).added(ages)
    assert 0 <= spread <= mean <= len(ages)
    assert abs(skew) <= spread + 1e-9


@settings(max_examples=30)
@given(times=st.lists(st.floats(0, 3_000), max_size=200))
def test_chances_are_chances(times: list[float]) -> None:
    one = Times()
    for seconds in times:
        one.note(seconds)
    assert all(0.0 <= chance <= 1.0 for chance in free_after_talking(one.known, one.known, 20).mean)


def test_a_new_hour_leans_on_its_segment_and_that_on_the_campaign() -> None:
    shares = Shares()
    for number in range(500):
        shares.note("old", 9, answered=number % 10 < 5)
        shares.note("new", 9, answered=number % 10 < 1)
    assert shares.of("old", 9).mean == pytest.approx(0.5, abs=0.05)
    assert shares.of("new", 9).mean == pytest.approx(0.1, abs=0.05)
    assert shares.of("new", 10).mean == pytest.approx(0.13, abs=0.05)
    assert 0.2 < shares.of("other", 10).mean < 0.4


def test_few_calls_leave_much_doubt_and_habits_are_forgotten() -> None:
    shares = Shares()
    assert shares.of("all", 9).variance > 0.05
    for _ in range(1_000):
        shares.note("all", 9, answered=True)
    for _ in range(4_500):
        shares.note("all", 9, answered=False)
    assert shares.of("all", 9).mean < 0.15
    assert shares.of("all", 9).variance < 0.001
