"""A queue's figures, after the definitions of a service level in the domain notes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from routing.figures import SHORT, WINDOW, Figures

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
T = timedelta(seconds=20)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_golden_example_gives_the_strict_service_level() -> None:
    figures = Figures(T)
    number = 0
    for many, waited, answered in ((860, 10, True), (140, 40, True), (10, 3, False), (10, 15, False), (40, 60, False)):
        for _ in range(many):
            number += 1
            figures.enter(f"c{number}", NOON)
            if answered:
                figures.answer(f"c{number}", after(waited))
            figures.leave(f"c{number}", after(waited + 100 if answered else waited))
    assert (figures.offered, figures.answered, figures.abandoned) == (1060, 1000, 60)
    assert (figures.answered_in_threshold, figures.abandoned_short) == (860, 10)
    strict = 100 * figures.answered_in_threshold / (figures.offered - figures.abandoned_short)
    assert round(strict, 2) == 81.90


def test_a_call_belongs_to_the_moment_it_entered_and_leaves_the_window_with_it() -> None:
    figures = Figures(T)
    figures.enter("a", NOON)
    figures.enter("b", after(60))
    figures.answer("a", after(5))
    assert figures.next_deadline() == NOON + WINDOW
    assert not figures.prune(after(WINDOW.total_seconds() - 1))
    assert figures.prune(NOON + WINDOW)
    assert (figures.offered, figures.answered) == (1, 0)
    figures.leave("b", after(3000))
    assert (figures.offered, figures.abandoned) == (1, 1)
    assert figures.prune(after(4000))
    assert (figures.offered, figures.abandoned) == (0, 0)


def test_who_keeps_his_place_gave_up_nothing_and_his_stand_in_is_offered_in_his_stead() -> None:
    figures = Figures(T)
    figures.enter("a", NOON)
    figures.keep("a")
    figures.leave("a", after(30))
    assert (figures.offered, figures.abandoned, figures.kept) == (0, 0, 1)
    figures.enter("stand-in", NOON)
    figures.answer("stand-in", after(10))
    figures.keep("stand-in")
    figures.keep("nobody")
    assert (figures.offered, figures.answered, figures.kept) == (1, 1, 1)
    assert figures.prune(NOON + WINDOW)
    assert (figures.offered, figures.answered, figures.kept) == (0, 0, 0)


def test_giving_up_within_the_short_limit_is_told_apart() -> None:
    figures = Figures(T)
    figures.enter("a", NOON)
    figures.leave("a", NOON + SHORT)
    figures.enter("b", NOON)
    figures.leave("b", NOON + SHORT + timedelta(seconds=1))
    assert (figures.abandoned, figures.abandoned_short) == (2, 1)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["enter", "answer", "leave", "prune"]), st.integers(0, 5), st.integers(0, 900))
    )
)
def test_counts_never_go_negative_and_add_up(steps: list[tuple[str, int, int]]) -> None:
    figures, now = Figures(T), NOON
    for what, call, seconds in steps:
        now += timedelta(seconds=seconds)
        if what == "prune":
            figures.prune(now)
        else:
            getattr(figures, what)(f"c{call}", now)
        assert 0 <= figures.answered_in_threshold <= figures.answered
        assert 0 <= figures.abandoned_short <= figures.abandoned
        assert figures.answered + figures.abandoned <= figures.offered
