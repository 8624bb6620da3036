"""Estimates from a sample of pages: near the truth, and honest about how near."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.segments.estimate import Sums, estimate

pytestmark = pytest.mark.unit


def sums_of(pages: list[tuple[int, int]]) -> Sums:
    return Sums(
        pages=len(pages),
        n=sum(n for n, _ in pages),
        k=sum(k for _, k in pages),
        nn=sum(n * n for n, _ in pages),
        nk=sum(n * k for n, k in pages),
        kk=sum(k * k for _, k in pages),
    )


def test_a_sample_without_accounts_says_nothing() -> None:
    found = estimate(sums_of([]), 1_000)
    assert (found.members, found.error, found.exact) == (0, 1_000, False)


def test_nobody_seen_is_not_nobody_there() -> None:
    found = estimate(sums_of([(50, 0)] * 400), 6_200_000)
    assert found.members == 0
    assert 900 < found.error < 940


def test_a_sample_of_everything_has_no_error() -> None:
    assert estimate(sums_of([(50, 10), (50, 20)]), 100).error == 0


@pytest.mark.parametrize("clustered", [False, True])
def test_nineteen_of_twenty_times_the_truth_lies_within_the_error(clustered: bool) -> None:
    dice = random.Random(7)
    base = []
    for _ in range(4_000):
        share = dice.choice((0.05, 0.6)) if clustered else 0.2
        base.append((50, sum(dice.random() < share for _ in range(50))))
    truth = sum(k for _, k in base)
    within = 0
    for _ in range(200):
        found = estimate(sums_of(dice.sample(base, 200)), 200_000)
        within += abs(found.members - truth) <= found.error
    assert within >= 180


@given(pages=st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=30))
def test_an_estimate_is_never_below_none_or_above_all(pages: list[tuple[int, int]]) -> None:
    total = 60 * 30
    found = estimate(sums_of(pages), total)
    assert 0 <= found.members <= total
    assert found.error >= 0
