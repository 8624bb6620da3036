"""Shifts and the proposal of them: cover is counted to the minute, and no rule is ever broken."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crm_core.workforce.rest import Breach, RestRules, broken
from crm_core.workforce.roster import Person, propose
from crm_core.workforce.shifts import Pattern, Pause, Shift, planned, share

pytestmark = pytest.mark.unit
MONDAY = date(2026, 12, 7)
EARLY = Pattern(
    code="early", title="Early", starts=480, minutes=540,
    pauses=(Pause(after=120, minutes=15), Pause(after=240, minutes=60, paid=False)),
)  # fmt: skip
LATE = Pattern(code="late", title="Late", starts=720, minutes=480)
NIGHT = Pattern(code="night", title="Night", starts=1320, minutes=600)
RULES = RestRules()


def work(day: int, begins: int = 480, ends: int = 960) -> Shift:
    return Shift(operator_id=1, day=MONDAY + timedelta(days=day), begins=begins, ends=ends)


def breaches(*shifts: Shift, rules: RestRules = RULES, leave: tuple[date, ...] = ()) -> set[Breach]:
    return {one.breach for one in broken(shifts, rules, leave)}


def test_a_shift_is_there_less_its_breaks() -> None:
    shift = EARLY.shift(1, MONDAY)
    there = share(shift)
    assert there[MONDAY, 16] == 1
    assert there[MONDAY, 20] == 0.5, "a quarter of an hour is a break"
    assert (MONDAY, 24) not in there
    assert shift.paid == 480
    assert sum(there.values()) * 30 == 540 - 75


def test_a_night_shift_goes_on_into_the_next_day() -> None:
    plan = planned([NIGHT.shift(1, MONDAY)], [MONDAY, MONDAY + timedelta(days=1)])
    assert plan[MONDAY][44:] == (1, 1, 1, 1)
    assert plan[MONDAY + timedelta(days=1)][:17] == (1,) * 16 + (0,)


def test_patterns_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValidationError, match="before the shift does"):
        Pattern(code="x", title="X", starts=0, minutes=60, pauses=(Pause(after=50, minutes=30),))
    with pytest.raises(ValidationError, match="each begins after"):
        Pattern(
            code="x", title="X", starts=0, minutes=240, pauses=(Pause(after=60, minutes=30), Pause(after=80, minutes=5))
        )
    with pytest.raises(ValidationError, match="0 is Monday"):
        Pattern(code="x", title="X", starts=0, minutes=240, weekdays=(7,))


def test_five_ordinary_days_break_nothing() -> None:
    assert breaches(*(work(day) for day in range(5))) == set()


@pytest.mark.parametrize(
    ("shifts", "breach"),
    [
        ((work(0, 480, 1320), work(1)), Breach.TOO_SOON),
        ((work(0, 1320, 1860), work(1, 1000, 1300)), Breach.TOO_SOON),
        ((work(0), work(0, 1000, 1100)), Breach.TWO_SHIFTS),
        (tuple(work(day, 480, 980) for day in range(5)), Breach.WEEK_FULL),
        (tuple(work(day, 480, 780) for day in range(7)), Breach.NO_WEEKLY_REST),
        (tuple(work(day, 480, 780) for day in range(3, 10)), Breach.TOO_MANY_DAYS),
    ],
)
def test_every_rule_is_seen_when_it_is_broken(shifts: tuple[Shift, ...], breach: Breach) -> None:
    assert breach in breaches(*shifts)


def test_who_is_on_leave_does_not_work() -> None:
    assert breaches(work(1), leave=(MONDAY + timedelta(days=1),)) == {Breach.ON_LEAVE}


def need(high: float, days: int = 7) -> dict[date, tuple[float, ...]]:
    row = tuple(high if 16 <= number < 40 else 0.0 for number in range(48))
    return {MONDAY + timedelta(days=number): row for number in range(days)}


def test_a_proposal_covers_what_its_people_can() -> None:
    found = propose(need(3), [Person(operator_id=one) for one in range(12)], (EARLY, LATE), RULES)
    assert found.short_after < 0.2 * found.short_before
    again = propose(need(3), [Person(operator_id=one) for one in range(12)], (EARLY, LATE), RULES)
    assert found == again, "the same input, the same proposal"


def test_what_stays_short_is_explained() -> None:
    away = frozenset(MONDAY + timedelta(days=number) for number in range(7))
    found = propose(need(3, 1), [Person(operator_id=1, leave=away), Person(operator_id=2)], (EARLY,), RULES)
    assert [one.operator_id for one in found.shifts] == [2]
    assert found.lacks[0].because == ((Breach.ON_LEAVE, 1),)
    assert propose(need(3, 1), [], (EARLY,), RULES).lacks[0].because == ()
    assert propose(need(0), [Person(operator_id=1)], (EARLY,), RULES).shifts == ()


def test_known_shifts_stay_and_count() -> None:
    known = EARLY.shift(1, MONDAY)
    found = propose(need(1, 1), [Person(operator_id=1, known=(known,)), Person(operator_id=2)], (EARLY, LATE), RULES)
    assert all(one.operator_id == 2 for one in found.shifts)
    assert found.short_before == pytest.approx(24 - sum(share(known).values()))


@settings(max_examples=25, deadline=None)
@given(
    high=st.floats(0, 6),
    people=st.integers(0, 7),
    away=st.sets(st.tuples(st.integers(0, 6), st.integers(0, 13)), max_size=20),
    only=st.sets(st.integers(0, 6), max_size=3),
    week_hours=st.integers(8, 48),
)
def test_no_proposal_ever_breaks_a_rule(
    high: float, people: int, away: set[tuple[int, int]], only: set[int], week_hours: int
) -> None:
    rules = RestRules(week_hours=week_hours)
    crew = [
        Person(
            operator_id=one,
            leave=frozenset(MONDAY + timedelta(days=day) for who, day in away if who == one),
            patterns=frozenset({"night"}) if one in only else frozenset(),
        )
        for one in range(people)
    ]
    found = propose(need(high, 14), crew, (EARLY, LATE, NIGHT), rules)
    assert found.short_after <= found.short_before + 1e-9
    for one in crew:
        mine = [shift for shift in found.shifts if shift.operator_id == one.operator_id]
        assert broken(mine, rules, one.leave) == ()
        assert not one.patterns or {shift.pattern for shift in mine} <= one.patterns
