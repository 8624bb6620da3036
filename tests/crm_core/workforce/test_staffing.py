"""Staff needed: the fewest who keep the promise, never one more or less."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.workforce.erlang import Unstable, erlang_a, erlang_c
from crm_core.workforce.staffing import Promise, needed, needs

pytestmark = pytest.mark.unit


def test_the_published_example_needs_fourteen() -> None:
    """100 calls in half an hour of 180 s, 80 % within 20 s: 13 keep 79.56 %, 14 keep 88.84 %."""
    found = needed(100, 180, Promise(busiest=1.0))
    assert (found.operators, found.working) == (14, 14)
    assert found.expected is not None
    assert round(found.expected.service_level, 4) == 0.8884


@settings(max_examples=60, deadline=None)
@given(
    calls=st.floats(0.1, 400),
    handle=st.floats(30, 600),
    share=st.floats(0.5, 0.95),
    patience=st.none() | st.floats(30, 300),
)
def test_one_fewer_would_break_the_promise(calls: float, handle: float, share: float, patience: float | None) -> None:
    promise = Promise(share=share, patience=patience)
    found = needed(calls, handle, promise)
    load = calls * handle / 1800
    assert found.expected is not None
    assert found.expected.service_level >= share
    assert load / found.working <= promise.busiest + 1e-9
    fewer = found.working - 1
    if fewer < 1 or load / fewer > promise.busiest:
        return
    try:
        kept = erlang_a(load, fewer, handle, 20, patience) if patience else erlang_c(load, fewer, handle, 20)
    except Unstable:
        return
    assert kept.service_level < share


def test_callers_who_give_up_need_no_more_than_those_who_wait_for_ever() -> None:
    for calls in (1, 10, 60, 200):
        assert needed(calls, 240, Promise(patience=90)).working <= needed(calls, 240, Promise()).working


def test_absence_and_mixed_skills_are_planned_on_top() -> None:
    found = needed(100, 180, Promise(busiest=1.0, away=0.125, extra=0.25))
    assert (found.working, found.operators) == (14, 20)


def test_nobody_calls_nobody_is_needed() -> None:
    assert needed(0, 180, Promise()).operators == 0
    assert needs([0.0, 100.0, 100.04], 180, Promise(busiest=1.0)) == (0, 14, 14)
