"""Adherence: what is said of somebody now, and minutes kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.workforce.adherence import Doing, Done, Part, Verdict, doing, kept, verdict

pytestmark = pytest.mark.unit
EIGHT = datetime(2026, 12, 7, 8, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


PLAN = (
    Part(begins=at(0), ends=at(120), doing=Doing.WORK),
    Part(begins=at(120), ends=at(135), doing=Doing.BREAK),
    Part(begins=at(135), ends=at(240), doing=Doing.WORK),
)


@pytest.mark.parametrize(
    ("minute", "does", "said"),
    [
        (60, Doing.WORK, Verdict.AS_PLANNED),
        (60, Doing.AWAY, Verdict.MISSING),
        (60, Doing.BREAK, Verdict.IN_BREAK),
        (2, Doing.AWAY, Verdict.TURNING),
        (4, Doing.AWAY, Verdict.MISSING),
        (121, Doing.WORK, Verdict.TURNING),
        (125, Doing.WORK, Verdict.NO_BREAK),
        (125, Doing.AWAY, Verdict.AS_PLANNED),
        (125, Doing.BREAK, Verdict.AS_PLANNED),
        (300, Doing.WORK, Verdict.EXTRA),
        (241, Doing.WORK, Verdict.TURNING),
        (300, Doing.AWAY, Verdict.FREE),
        (300, Doing.BREAK, Verdict.FREE),
        (-60, Doing.WORK, Verdict.EXTRA),
    ],
)
def test_what_is_said_of_somebody_now(minute: float, does: Doing, said: Verdict) -> None:
    assert verdict(PLAN, does, at(minute)) is said


def test_states_are_work_a_break_or_neither() -> None:
    assert {doing(state, "") for state in ("ready", "reserved", "talking", "wrap_up")} == {Doing.WORK}
    assert doing("not_ready", "training") is Doing.WORK
    assert doing("not_ready", "break") is Doing.BREAK
    assert doing("offline", "") is Doing.AWAY


def test_adherence_is_minutes_kept_over_minutes_scheduled() -> None:
    done = (Done(at=at(-30), doing=Doing.AWAY), Done(at=at(12), doing=Doing.WORK), Done(at=at(200), doing=Doing.BREAK))
    found = kept(PLAN, done, at(240))
    assert found.scheduled == 240
    # Twelve minutes late, worked on through the break of fifteen, in a pause for the last forty.
    assert found.kept == 240 - 12 - 15 - 40
    assert found.adherence == pytest.approx(173 / 240)
    assert found.conformance == pytest.approx(188 / 225)


def test_before_a_shift_nothing_is_said() -> None:
    found = kept(PLAN, (), at(-1))
    assert found.adherence is None
    assert found.conformance is None


@given(
    st.lists(st.tuples(st.integers(-60, 300), st.sampled_from(list(Doing))), max_size=12),
    st.integers(-60, 400),
)
def test_never_more_is_kept_than_was_scheduled(changes: list[tuple[int, Doing]], now: int) -> None:
    done = [Done(at=at(minute), doing=does) for minute, does in sorted(changes)]
    found = kept(PLAN, done, at(now))
    assert 0 <= found.kept <= found.scheduled + 1e-9 <= 240 + 1e-6
    assert 0 <= found.worked <= max(0, now + 60)
