"""The fifteen rules for meter readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crm_core.reading_policy import Policy
from crm_core.readings import (
    Decision,
    Known,
    RegisterState,
    Verdict,
    average_day,
    estimated,
    judge,
    period,
    storable,
)

pytestmark = pytest.mark.unit
TODAY = date(2026, 11, 22)
LAST = date(2026, 10, 22)
POLICY = Policy(today=TODAY)
SINGLE = RegisterState(
    register_id=1,
    meter_id=1,
    serial="A1",
    code="single",
    digits=5,
    decimals=0,
    multiplier=1,
    installed_on=date(2020, 1, 1),
    usual=Decimal(200),
    recent=(
        Known(taken_on=LAST, value=Decimal(1000), quality="actual"),
        Known(taken_on=date(2026, 9, 22), value=Decimal(800), quality="actual"),
    ),
)


def one(value: str | int, state: RegisterState = SINGLE, on: date = TODAY, policy: Policy = POLICY) -> Verdict:
    (verdict,) = judge([state], {state.register_id: Decimal(value)}, on, policy)
    return verdict


def said(verdict: Verdict) -> tuple[str, str]:
    return verdict.decision.value, verdict.rule


def with_last(value: int, quality: str = "actual", **more: object) -> RegisterState:
    return replace(SINGLE, recent=(Known(taken_on=LAST, value=Decimal(value), quality=quality),), **more)  # type: ignore[arg-type]


def test_a_usual_reading_is_accepted_and_its_use_counted() -> None:
    verdict = one(1200)
    assert said(verdict) == ("accepted", "")
    assert (verdict.consumption, verdict.quality, verdict.notes) == (200, "actual", ())
    assert verdict.period == date(2026, 11, 1)


# 1
@pytest.mark.parametrize(
    ("day", "month", "notes"),
    [(date(2026, 11, 14), date(2026, 11, 1), ("outside-window",)), (date(2026, 11, 15), date(2026, 11, 1), ()),
     (date(2026, 11, 26), date(2026, 11, 1), ()), (date(2026, 11, 27), date(2026, 12, 1), ("outside-window",)),
     (date(2026, 12, 31), date(2027, 1, 1), ("outside-window",))],
)  # fmt: skip
def test_a_reading_outside_the_window_counts_for_the_month_billed_next(
    day: date, month: date, notes: tuple[str]
) -> None:
    verdict = one(1200, on=day, policy=Policy(today=date(2027, 1, 1)))
    assert (verdict.period, verdict.notes) == (month, notes)
    assert period(day, POLICY) == month


# 2
def test_all_registers_of_a_meter_come_together_or_none() -> None:
    day, night = replace(SINGLE, code="day"), replace(SINGLE, register_id=2, code="night")
    verdicts = judge([day, night], {1: Decimal(1200)}, TODAY, POLICY)
    assert [said(verdict) for verdict in verdicts] == [("accepted", ""), ("refused", "incomplete")]
    assert not storable(verdicts)
    both = judge([day, night], {1: Decimal(1200), 2: Decimal(1100)}, TODAY, POLICY)
    assert storable(both)


def test_another_meter_may_wait() -> None:
    other = replace(SINGLE, register_id=2, meter_id=2)
    assert [verdict.register_id for verdict in judge([SINGLE, other], {1: Decimal(1200)}, TODAY, POLICY)] == [1]


def test_a_register_that_is_not_the_accounts_is_refused() -> None:
    verdicts = judge([SINGLE], {1: Decimal(1200), 99: Decimal(1)}, TODAY, POLICY)
    assert said(verdicts[-1]) == ("refused", "unknown-register")
    assert not storable(verdicts)


def test_nothing_given_is_nothing_to_store() -> None:
    assert not storable(judge([SINGLE], {}, TODAY, POLICY))


# 3
def test_less_than_the_last_actual_reading_is_refused() -> None:
    verdict = one(999)
    assert said(verdict) == ("refused", "went-down")
    assert verdict.least is not None
    assert verdict.least >= 1000


# 4
def test_a_dial_may_go_over_its_end() -> None:
    verdict = one(100, with_last(99_900))
    assert said(verdict) == ("accepted", "")
    assert (verdict.consumption, verdict.notes) == (200, ("rollover",))


def test_a_dial_does_not_go_over_its_end_from_its_middle() -> None:
    assert said(one(100, with_last(89_999))) == ("refused", "went-down")


def test_a_dial_does_not_go_over_its_end_by_an_implausible_amount() -> None:
    assert said(one(99_000, with_last(99_900))) == ("refused", "went-down")


# 5
@pytest.mark.parametrize(
    ("value", "rule"),
    [("100000", "too-many-digits"), ("1200.5", "too-many-decimals"), ("1E+30", "too-many-digits"),
     ("NaN", "too-many-digits"), ("Infinity", "too-many-digits"), ("1E-9", "too-many-decimals")],
)  # fmt: skip
def test_more_than_the_meter_shows_is_refused(value: str, rule: str) -> None:
    assert said(one(value)) == ("refused", rule)


def test_decimals_the_meter_has_are_fine() -> None:
    assert said(one("1200.05", replace(SINGLE, decimals=2))) == ("accepted", "")


# 6
def test_far_too_much_is_held_until_confirmed() -> None:
    assert said(one(1700)) == ("held", "too-high")
    verdict = one(1700, policy=replace(POLICY, confirmed=True))
    assert said(verdict) == ("accepted", "")
    assert verdict.notes == ("too-high", "verified")
    assert verdict.consumption == 700


def test_far_too_little_is_held() -> None:
    assert said(one(1010)) == ("held", "too-low")


def test_a_held_reading_given_again_on_another_day_is_verified() -> None:
    held = replace(SINGLE, held=Known(taken_on=date(2026, 11, 20), value=Decimal(1700), quality="held"))
    assert said(one(1700, held)) == ("accepted", "")
    assert said(one(1701, held)) == ("held", "too-high")
    same_day = replace(held, held=Known(taken_on=TODAY, value=Decimal(1700), quality="held"))
    assert said(one(1700, same_day)) == ("held", "too-high")


def test_three_times_nearly_nothing_is_not_too_high() -> None:
    assert said(one(1090, replace(SINGLE, usual=Decimal(2)))) == ("accepted", "")


def test_without_a_usual_nothing_is_implausible() -> None:
    assert said(one(90_000, replace(SINGLE, usual=None))) == ("accepted", "")


def test_the_multiplier_counts() -> None:
    assert said(one(1200, replace(SINGLE, multiplier=40))) == ("held", "too-high")
    assert one(1005, replace(SINGLE, multiplier=40)).consumption == 200


# 7
def test_a_negative_reading_is_refused() -> None:
    assert said(one(-1)) == ("refused", "negative")


def test_no_use_in_a_short_time_is_only_noted() -> None:
    recent = (Known(taken_on=date(2026, 11, 10), value=Decimal(1000), quality="actual"),)
    verdict = one(1000, replace(SINGLE, recent=recent))
    assert (said(verdict), verdict.notes) == (("accepted", ""), ("zero",))


def test_the_same_reading_again_and_again_is_held() -> None:
    recent = tuple(Known(taken_on=date(2026, 11, day), value=Decimal(1000), quality="actual") for day in (20, 18))
    assert said(one(1000, replace(SINGLE, recent=recent))) == ("held", "unchanged")
    assert said(one(1000, replace(SINGLE, recent=recent, usual=Decimal(0)))) == ("accepted", "")


# 8
@pytest.mark.parametrize(
    ("on", "state", "rule"),
    [(date(2026, 11, 23), SINGLE, "in-future"), (date(2026, 10, 21), SINGLE, "before-last-reading"),
     (date(2026, 11, 20), replace(SINGLE, recent=(), installed_on=date(2026, 11, 21)), "before-installation"),
     (date(2026, 11, 20), replace(SINGLE, removed_on=date(2026, 11, 19)), "meter-removed")],
)  # fmt: skip
def test_a_day_that_cannot_be_is_refused(on: date, state: RegisterState, rule: str) -> None:
    assert said(one(1200, state, on)) == ("refused", rule)


def test_the_same_day_again_is_judged_against_the_day_before() -> None:
    verdict = one(900, on=LAST)
    assert (said(verdict), verdict.consumption) == (("accepted", ""), 100)


# 9
def test_use_on_the_meter_before_counts_with_the_first_reading_of_the_new_one() -> None:
    initial = Known(taken_on=date(2026, 11, 5), value=Decimal(3), quality="exchange")
    state = replace(SINGLE, installed_on=date(2026, 11, 5), recent=(initial,), carried=Decimal(120))
    verdict = one(63, state)
    assert (said(verdict), verdict.consumption) == (("accepted", ""), 180)


@given(*[st.integers(0, 10**6)] * 4, st.sampled_from([1, 40]))
def test_nothing_used_around_an_exchange_is_lost_or_counted_twice(
    before: int, final: int, initial: int, now: int, multiplier: int
) -> None:
    before, final = sorted((before, final))
    initial, now = sorted((initial, now))
    first = Known(taken_on=date(2026, 11, 5), value=Decimal(initial), quality="exchange")
    state = replace(
        SINGLE, digits=7, usual=None, multiplier=multiplier, recent=(first,), carried=Decimal((final - before) * 40)
    )
    assert one(now, state).consumption == (final - before) * 40 + (now - initial) * multiplier


# 10
def test_an_inspectors_reading_is_not_asked_whether_it_is_sure() -> None:
    assert said(one(9000, policy=replace(POLICY, source="inspector"))) == ("accepted", "")


def test_who_gave_it_decides_what_it_is_worth() -> None:
    assert one(1200, policy=replace(POLICY, source="office")).quality == "estimate"
    assert one(1200, policy=replace(POLICY, source="ivr")).quality == "actual"


# 11
def test_an_actual_reading_below_an_estimate_corrects_it() -> None:
    recent = (
        Known(taken_on=date(2026, 11, 10), value=Decimal(1350), quality="estimate"),
        Known(taken_on=LAST, value=Decimal(1000), quality="actual"),
    )
    verdict = one(1200, replace(SINGLE, recent=recent))
    assert (said(verdict), verdict.consumption, verdict.notes) == (("accepted", ""), -150, ("true-up",))


# 12
def test_an_average_day_is_rounded_half_up_to_two_places() -> None:
    monthly = Decimal(365) / 12
    assert average_day(monthly * Decimal("1.005")) == Decimal("1.01")
    assert average_day(monthly * Decimal("1.0049")) == Decimal("1.00")


def test_an_estimate_is_rounded_half_up_to_whole_units_and_goes_over_the_dials_end() -> None:
    last = Known(taken_on=LAST, value=Decimal(1000), quality="actual")
    monthly = Decimal(365) / 12
    assert estimated(last, monthly * Decimal("0.25"), LAST + timedelta(10), SINGLE) == 1003
    assert estimated(last, monthly * Decimal("0.24"), LAST + timedelta(10), replace(SINGLE, decimals=2)) == 1002
    assert estimated(last, monthly * 100, LAST + timedelta(10), replace(SINGLE, multiplier=40)) == 1025
    assert estimated(replace(last, value=Decimal(99_990)), monthly * 2, LAST + timedelta(60), SINGLE) == 110
    assert estimated(last, monthly, LAST - timedelta(3), SINGLE) == 1000


# 13
def test_an_expired_verification_is_noted_or_makes_an_estimate() -> None:
    state = replace(SINGLE, verification_due=date(2026, 11, 21))
    verdict = one(1200, state)
    assert (verdict.quality, verdict.notes) == ("actual", ("verification-expired",))
    assert one(1200, state, policy=replace(POLICY, expired="estimate")).quality == "estimate"


def test_a_first_reading_is_accepted_without_use() -> None:
    verdict = one(4711, replace(SINGLE, recent=()))
    assert (said(verdict), verdict.consumption, verdict.least, verdict.most) == (("accepted", ""), None, 0, 99_999)


STATES = st.builds(
    lambda last, before, digits, decimals, multiplier, usual, gap, quality: RegisterState(
        register_id=1,
        meter_id=1,
        serial="A1",
        code="single",
        digits=digits,
        decimals=decimals,
        multiplier=multiplier,
        installed_on=date(2020, 1, 1),
        usual=usual,
        recent=(
            Known(taken_on=TODAY - timedelta(gap), value=Decimal(last % 10**digits), quality=quality),
            Known(
                taken_on=TODAY - timedelta(gap + 30), value=Decimal(min(before, last) % 10**digits), quality="actual"
            ),
        ),
    ),
    last=st.integers(0, 10**6),
    before=st.integers(0, 10**6),
    digits=st.integers(4, 7),
    decimals=st.integers(0, 3),
    multiplier=st.sampled_from([1, 20, 40]),
    usual=st.one_of(st.none(), st.decimals(0, 2000, places=3)),
    gap=st.integers(1, 200),
    quality=st.sampled_from(["actual", "estimate"]),
)


@given(STATES, st.data())
def test_what_is_said_to_be_accepted_is_accepted(state: RegisterState, data: st.DataObject) -> None:
    blank = one(0, state)
    assert blank.least is not None
    assert blank.most is not None
    assume(blank.least <= blank.most)
    value = data.draw(st.decimals(blank.least, blank.most, places=state.decimals))
    verdict = one(str(value), state)
    assert verdict.decision is Decision.ACCEPTED or verdict.rule == "unchanged"


@given(STATES, st.decimals(allow_nan=True, allow_infinity=True))
def test_every_value_gets_one_verdict_with_a_reason_when_it_is_not_accepted(
    state: RegisterState, value: Decimal
) -> None:
    (verdict,) = judge([state], {1: value}, TODAY, POLICY)
    assert bool(verdict.rule) == (verdict.decision is not Decision.ACCEPTED)
    if verdict.decision is Decision.ACCEPTED:
        assert verdict.consumption is None or verdict.consumption >= 0 or "true-up" in verdict.notes
        assert 0 <= value < 10**state.digits
    assert verdict.quality == ("held" if verdict.decision is Decision.HELD else verdict.quality)
    assert len(verdict.rule) <= 40


@given(STATES, st.integers(0, 10**7))
def test_a_confirmed_reading_is_never_held(state: RegisterState, value: int) -> None:
    assert one(value, state, policy=replace(POLICY, confirmed=True)).decision is not Decision.HELD
