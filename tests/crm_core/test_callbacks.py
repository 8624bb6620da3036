"""The life of a call-back, its limits and its times, as a table and as rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.callbacks import (
    FINAL,
    LIVE,
    TRANSITIONS,
    Asked,
    CallbackState,
    CallbackStep,
    Ending,
    Limits,
    Refusal,
    Retries,
    advance,
    judge_asking,
    judge_time,
    kept_rate,
    next_hour,
    opening,
    promised_until,
    settle,
)
from crm_core.work.sla import WorkCalendar
from telephony import lives

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday, 12:00 in Moscow."""
OFFICE = WorkCalendar(time_zone="Europe/Moscow")
HIS, OTHER = "+79161234567", "+79161234568"


def test_the_drawing_is_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "lives" / "callback.md"
    drawn = lives.page("The life of a call-back", "crm_core/callbacks.py", TRANSITIONS, CallbackState.OPEN)
    assert page.read_text("utf-8") == drawn


def test_only_what_stands_may_be_dialled_and_what_was_dialled_never_leaves_undialled() -> None:
    assert [state for state, step in TRANSITIONS if step is CallbackStep.DIAL] == [CallbackState.STANDING]
    assert (CallbackState.DIALLING, CallbackStep.WITHDRAW) not in TRANSITIONS


@given(
    ending=st.sampled_from(Ending), dialled=st.booleans(), tries=st.integers(0, 9), most=st.integers(1, 5),
)  # fmt: skip
def test_every_ending_is_settled_in_turn_and_nobody_is_forgotten(
    ending: Ending, dialled: bool, tries: int, most: int
) -> None:
    settled = settle(ending, dialled=dialled, tries=tries, now=NOON, retries=Retries(tries=most))
    state = advance(CallbackState.DIALLING if dialled else CallbackState.STANDING, settled.step)
    assert state is not None
    if state in LIVE:
        assert settled.due_at is not None
        assert settled.due_at >= NOON
        assert not (dialled and (ending in FINAL or tries >= most))
    else:
        assert dialled
        assert state is (CallbackState.KEPT if ending is Ending.REACHED else CallbackState.FAILED)


ASKED = Asked(for_number=0, for_number_by_others=0, by_caller=0, open=0)


@pytest.mark.parametrize(
    ("asked", "caller", "refused"),
    [
        (ASKED, HIS, None),
        (Asked(for_number=3, for_number_by_others=0, by_caller=0, open=0), HIS, Refusal.TOO_MANY),
        (Asked(for_number=1, for_number_by_others=1, by_caller=0, open=0), HIS, None),
        (Asked(for_number=1, for_number_by_others=1, by_caller=0, open=0), OTHER, Refusal.TOO_MANY),
        (Asked(for_number=1, for_number_by_others=1, by_caller=0, open=0), "", Refusal.TOO_MANY),
        (Asked(for_number=0, for_number_by_others=0, by_caller=3, open=0), OTHER, Refusal.TOO_MANY),
        (Asked(for_number=0, for_number_by_others=0, by_caller=19, open=0), "", None),
        (Asked(for_number=0, for_number_by_others=0, by_caller=20, open=0), "", Refusal.TOO_MANY),
        (Asked(for_number=0, for_number_by_others=0, by_caller=0, open=500), HIS, Refusal.FULL),
    ],
)
def test_nobody_has_a_stranger_rung_again_and_again(asked: Asked, caller: str, refused: Refusal | None) -> None:
    assert judge_asking(asked, Limits(), number=HIS, caller=caller) is refused


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (NOON + timedelta(hours=2), True),
        (NOON - timedelta(minutes=1), False),
        (NOON + timedelta(hours=6), False),
        (NOON + timedelta(days=4), False),
        (NOON + timedelta(days=7), True),
        (NOON + timedelta(days=8), False),
    ],
)
def test_times_are_within_working_time_and_a_week(wanted: datetime, fits: bool) -> None:
    assert (judge_time(wanted, NOON, OFFICE, Limits()) is None) is fits


@given(hour=st.integers(-1, 99), minutes=st.integers(0, 7 * 24 * 60))
def test_a_chosen_hour_is_the_next_one_that_is_worked(hour: int, minutes: int) -> None:
    now = NOON + timedelta(minutes=minutes)
    at = next_hour(OFFICE, hour, now, Limits())
    if 9 <= hour < 18:
        assert at is not None
        assert at >= now
        assert judge_time(at, now, OFFICE, Limits()) is None
        assert (at + timedelta(hours=3)).hour == hour
    else:
        assert at is None


def test_what_is_asked_at_night_is_promised_for_the_morning() -> None:
    night = NOON + timedelta(hours=10)
    due = opening(OFFICE, night)
    assert due == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert promised_until(OFFICE, due, timedelta(hours=1)) == due + timedelta(hours=1)
    late = NOON + timedelta(hours=5, minutes=45)
    assert promised_until(OFFICE, late, timedelta(hours=1)) == datetime(2026, 11, 25, 6, 45, tzinfo=UTC)


def test_the_rate_is_of_promises_that_fell_due() -> None:
    assert kept_rate(0, 0) is None
    assert kept_rate(9, 10) == 0.9
