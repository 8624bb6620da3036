"""Leave: its life, what cannot be asked for, and what a day off does to the plan."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from crm_core.workforce.leave import (
    TRANSITIONS,
    LeaveKind,
    LeaveRefusal,
    LeaveState,
    LeaveStep,
    advance,
    asking_refusal,
    conflicts,
    days_of,
)
from crm_core.workforce.shifts import Shift, planned
from telephony import lives

pytestmark = pytest.mark.unit
TODAY = date(2026, 12, 7)


def on(days: int) -> date:
    return TODAY + timedelta(days=days)


def test_what_is_decided_is_not_decided_again() -> None:
    assert advance(LeaveState.ASKED, LeaveStep.APPROVE) is LeaveState.APPROVED
    for state in (LeaveState.DECLINED, LeaveState.WITHDRAWN):
        assert all(advance(state, step) is None for step in LeaveStep)
    assert advance(LeaveState.APPROVED, LeaveStep.DECLINE) is None


def test_the_life_is_drawn() -> None:
    table = {(before, by): after for (before, by), after in TRANSITIONS.items()}
    page = lives.page("The life of a request for leave", "crm_core/workforce/leave.py", dict(table), LeaveState.ASKED)
    assert Path("docs/lives/leave.md").read_text("utf-8") == page


@pytest.mark.parametrize(
    ("first", "last", "kind", "said"),
    [
        (on(3), on(2), LeaveKind.VACATION, LeaveRefusal.ENDS_BEFORE),
        (on(-1), on(2), LeaveKind.VACATION, LeaveRefusal.PAST),
        (on(-1), on(2), LeaveKind.SICK, None),
        (on(-15), on(2), LeaveKind.SICK, LeaveRefusal.PAST),
        (on(0), on(62), LeaveKind.UNPAID, LeaveRefusal.TOO_LONG),
        (on(399), on(401), LeaveKind.TRAINING, LeaveRefusal.TOO_FAR),
        (on(8), on(10), LeaveKind.VACATION, LeaveRefusal.ASKED_ALREADY),
        (on(11), on(12), LeaveKind.VACATION, None),
    ],
)
def test_what_cannot_be_asked_for_says_why(first: date, last: date, kind: LeaveKind, said: LeaveRefusal | None) -> None:
    assert asking_refusal(first, last, TODAY, [(on(10), on(10))], kind) is said


def test_a_day_off_shows_where_somebody_would_lack() -> None:
    shift = Shift(operator_id=1, day=on(1), begins=480, ends=600)
    need = {on(1): (1.0,) * 48, on(2): (1.0,) * 48}
    there = planned([shift], list(need))
    found = conflicts(days_of(on(1), on(2)), need, there, [shift])
    assert [(one.day, one.half_hours, one.worst) for one in found] == [(on(1), 4, 1.0)]
    two = planned([shift, Shift(operator_id=2, day=on(1), begins=480, ends=600)], list(need))
    assert conflicts([on(1)], need, two, [shift]) == ()
