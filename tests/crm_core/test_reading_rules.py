"""The rules of readings that a policy, the supply or a type of reading brings in, and what holds for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crm_core import held
from crm_core.meter_exchange import NewMeter, judge_exchange
from crm_core.migrations.versions import __name__ as versions
from crm_core.reading_policy import Factors, Policy, ReadingRules
from crm_core.reading_types import QUALITY, TRUSTED, Flag, Source, flag
from crm_core.readings import Decision, Known, RegisterState, Verdict, judge
from tests.crm_core.test_readings import LAST, POLICY, SINGLE, TODAY, one, said

pytestmark = pytest.mark.unit


# 1
@pytest.mark.parametrize(("outside", "expected"), [("next", ("accepted", "")), ("hold", ("held", "outside-window")),
                                                   ("refuse", ("refused", "outside-window"))])  # fmt: skip
def test_what_happens_outside_the_window_is_the_utilitys_choice(outside: str, expected: tuple[str, str]) -> None:
    policy = Policy(today=date(2026, 11, 30), outside=outside)
    assert said(one(1200, on=date(2026, 11, 27), policy=policy)) == expected
    assert said(one(1200, on=date(2026, 11, 26), policy=policy)) == ("accepted", "")
    inspector = replace(policy, source="inspector")
    assert said(one(1200, on=date(2026, 11, 27), policy=inspector)) == ("accepted", "")


def test_a_reading_held_for_its_day_can_be_confirmed() -> None:
    policy = Policy(today=date(2026, 11, 30), outside="hold", confirmed=True)
    assert said(one(1200, on=date(2026, 11, 27), policy=policy)) == ("accepted", "")


# 6
@pytest.mark.parametrize(("value", "perhaps"), [(12_000, 1200), (50_000, None), (1700, None)])
def test_a_value_ten_times_too_high_says_what_was_perhaps_meant(value: int, perhaps: int | None) -> None:
    verdict = one(value)
    assert said(verdict) == ("held", "too-high")
    assert verdict.perhaps == perhaps


@pytest.mark.parametrize(
    ("service", "expected"), [("power", ("accepted", "")), ("", ("accepted", "")), ("water", ("held", "too-high"))]
)
def test_what_is_never_too_much_differs_by_unit(service: str, expected: tuple[str, str]) -> None:
    """Ninety kilowatt-hours are little; ninety cubic metres of water are a burst pipe."""
    assert said(one(1090, replace(SINGLE, usual=Decimal(4), service=service))) == expected


def test_factors_are_found_by_service_register_and_source_and_the_first_that_fits_counts() -> None:
    lines = tuple(
        Factors.model_validate({"low": "0", "high_least": "0", **line})
        for line in (
            {"service": "power", "code": "night", "source": "ivr", "high": "2"},
            {"code": "night", "high": "5"},
            {"source": "inspector", "high": "50"},
        )
    )
    policy = replace(POLICY, factors=lines, high=Decimal(10))
    assert policy.factors_for("power", "night").high == 5
    assert replace(policy, source="ivr").factors_for("power", "night").high == 2
    assert replace(policy, source="ivr").factors_for("water", "night").high == 5
    assert replace(policy, source="inspector").factors_for("power", "day").high == 50
    assert policy.factors_for("power", "day").high == 10


# 8
def test_a_reading_from_before_the_seal_or_after_the_account_is_refused() -> None:
    on = date(2026, 11, 20)
    assert said(one(1200, replace(SINGLE, sealed_on=date(2026, 11, 21)), on)) == ("refused", "before-seal")
    assert said(one(1200, replace(SINGLE, sealed_on=on), on)) == ("accepted", "")
    assert said(one(1200, replace(SINGLE, closed_on=date(2026, 11, 19)), on)) == ("refused", "account-closed")


def test_use_while_supply_is_cut_off_is_held() -> None:
    cut_off = replace(SINGLE, cut_off=True)
    assert said(one(1001, cut_off)) == ("held", "disconnected")
    recent = (Known(taken_on=date(2026, 11, 10), value=Decimal(1000), quality="actual"),)
    assert said(one(1000, replace(cut_off, recent=recent))) == ("accepted", "")


# 9
def exchange(final: int | None = 1100, initial: int | None = 3, **more: Any) -> list[tuple[str, str]]:
    verdicts = judge_exchange(
        [SINGLE],
        {} if final is None else {1: Decimal(final)},
        NewMeter(serial="B2", **({"digits": 6} | more)),
        {} if initial is None else {"single": Decimal(initial)},
        TODAY,
        replace(POLICY, source="exchange"),
    )
    return [said(verdict) for verdict in verdicts]


def test_an_exchange_takes_a_final_and_an_initial_reading() -> None:
    assert exchange() == [("accepted", ""), ("accepted", "")]
    assert exchange(final=9000) == [("accepted", ""), ("accepted", "")]
    assert exchange(final=999) == [("refused", "went-down"), ("accepted", "")]
    assert exchange(initial=10**6) == [("accepted", ""), ("refused", "too-many-digits")]
    assert exchange(final=None) == [("refused", "incomplete"), ("accepted", "")]
    assert exchange(initial=None) == [("accepted", ""), ("refused", "incomplete")]


def test_an_exchange_does_not_change_the_registers() -> None:
    verdicts = judge_exchange(
        [SINGLE], {1: Decimal(1100)}, NewMeter(serial="B2", digits=5), {"day": Decimal(0)}, TODAY, POLICY
    )
    assert [said(verdict)[1] for verdict in verdicts] == ["", "incomplete", "other-registers"]


def test_a_meter_that_is_not_there_is_not_exchanged() -> None:
    assert [said(one) for one in judge_exchange([], {}, NewMeter(serial="B2", digits=5), {}, TODAY, POLICY)] == [
        ("refused", "no-such-meter")
    ]


# 10, 11
@pytest.mark.parametrize("source", Source)
def test_every_type_of_reading_has_a_quality_and_a_flag(source: Source) -> None:
    assert QUALITY[source] in {"actual", "estimate", "exchange"}
    assert len(source) <= 10
    expected = {"office": Flag.ESTIMATE, "system": Flag.ESTIMATE, "prorated": Flag.CALCULATED,
                "forced": Flag.SUBSTITUTED, "agreed": Flag.AGREED}  # fmt: skip
    assert flag(source, QUALITY[source]) is expected.get(source, Flag.ACTUAL)


def test_a_customers_reading_of_an_expired_meter_is_flagged_an_estimate() -> None:
    assert flag("ivr", "estimate") is Flag.ESTIMATE


def test_what_was_worked_out_is_superseded_by_what_was_read() -> None:
    forced = Known(taken_on=date(2026, 11, 10), value=Decimal(1350), quality=QUALITY["forced"])
    verdict = one(1200, replace(SINGLE, recent=(forced, *SINGLE.recent)))
    assert (said(verdict), verdict.notes, verdict.consumption) == (("accepted", ""), ("true-up",), -150)


# the policy as data
def test_the_rules_that_come_with_the_house_are_those_of_the_domain() -> None:
    first = import_module(f"{versions}.0004_ledger").FIRST_POLICY
    assert ReadingRules.model_validate(first) == ReadingRules()
    assert ReadingRules().policy(TODAY) == POLICY


@pytest.mark.parametrize(
    ("change", "field"),
    [({"window_first": 0}, "window_first"), ({"window_last": 32}, "window_last"), ({"outside": "burn"}, "outside"),
     ({"high": "0.5"}, "high"), ({"low": "-1"}, "low"), ({"rollover_from": "1"}, "rollover_from"),
     ({"repeats": 1}, "repeats"), ({"repeats": 7}, "repeats"), ({"expired": "ignore"}, "expired"),
     ({"high": "NaN"}, "high"), ({"verified_days": 0}, "verified_days"),
     ({"factors": [{"service": "beer", "low": "0", "high": "3", "high_least": "1"}]}, "factors"),
     ({"factors": [{"source": "hearsay", "low": "0", "high": "3", "high_least": "1"}]}, "factors"),
     ({"factors": [{"low": "4", "high": "3", "high_least": "1"}]}, "factors")],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ReadingRules.model_validate(change)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


@pytest.mark.parametrize("change", [{"window_first": 20, "window_last": 19}, {"low": "4", "high": "3"}])
def test_a_policy_must_agree_with_itself(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"window|less than high"):
        ReadingRules.model_validate(change)


def test_what_was_decided_about_a_held_reading_stays() -> None:
    decided = set(held.HeldState) - {held.HeldState.WAITING}
    assert set(held.TRANSITIONS.values()) == decided
    assert all(held.advance(state, event) is None for state in decided for event in held.HeldEvent)


# what holds for all of them
DAYS = st.integers(-40, 400).map(lambda lag: TODAY - timedelta(lag))
ANY_STATE = st.builds(
    RegisterState,
    register_id=st.just(1),
    meter_id=st.just(1),
    serial=st.text(max_size=3),
    code=st.just("single"),
    digits=st.integers(0, 12),
    decimals=st.integers(0, 6),
    multiplier=st.integers(0, 100),
    installed_on=DAYS,
    removed_on=st.none() | DAYS,
    verification_due=st.none() | DAYS,
    usual=st.none() | st.decimals(allow_nan=True, allow_infinity=True),
    recent=st.lists(
        st.builds(
            Known,
            taken_on=DAYS,
            value=st.decimals(0, 10**9, places=3),
            quality=st.sampled_from(["actual", "estimate", "exchange"]),
        ),
        max_size=4,
    ).map(tuple),
    held=st.none() | st.builds(Known, taken_on=DAYS, value=st.decimals(0, 10**6), quality=st.just("held")),
    carried=st.decimals(0, 10**6, places=3),
    sealed_on=st.none() | DAYS,
    closed_on=st.none() | DAYS,
    cut_off=st.booleans(),
)
ANY_POLICY = st.builds(
    Policy,
    today=st.just(TODAY) | st.dates(),
    outside=st.sampled_from(["next", "hold", "refuse"]),
    source=st.sampled_from(list(Source)) | st.text(max_size=4),
    confirmed=st.booleans(),
    repeats=st.integers(2, 6),
    expired=st.sampled_from(["accept", "estimate"]),
)


@pytest.mark.long
@settings(max_examples=300)
@given(ANY_STATE, st.decimals(allow_nan=True, allow_infinity=True), DAYS | st.dates(), ANY_POLICY)
def test_no_input_makes_the_rules_stumble(state: RegisterState, value: Decimal, on: date, policy: Policy) -> None:
    (verdict,) = judge([state], {1: value}, on, policy)
    assert bool(verdict.rule) == (verdict.decision is not Decision.ACCEPTED)
    assert len(verdict.rule) <= 40


@settings(max_examples=200)
@given(ANY_STATE, st.decimals(0, 10**6, places=2), ANY_POLICY)
def test_what_a_person_confirmed_is_never_held(state: RegisterState, value: Decimal, policy: Policy) -> None:
    (verdict,) = judge([state], {1: value}, TODAY, replace(policy, confirmed=True))
    assert verdict.decision is not Decision.HELD


SUBMISSIONS = st.lists(
    st.tuples(
        st.integers(0, 120),
        st.integers(0, 10_050),
        st.sampled_from(["ivr", "operator", "inspector", "office", "system", "forced"]),
        st.booleans(),
    ),
    max_size=15,
)


def take(state: RegisterState, verdict: Verdict, on: date) -> RegisterState:
    """Remember an accepted reading as the store does: one a day, newest first, the last actual one never forgotten."""
    assert verdict.value is not None
    mine = Known(taken_on=on, value=verdict.value, quality=verdict.quality)
    rows = sorted((*(row for row in state.recent if row.taken_on != on), mine), key=lambda row: row.taken_on)[::-1]
    actual = next((row for row in rows if row.quality != "estimate"), None)
    kept = rows[:6]
    return replace(state, recent=tuple(kept if actual is None or actual in kept else [*kept, actual]))


@settings(max_examples=300)
@given(SUBMISSIONS)
def test_actual_readings_never_go_down_but_over_the_dials_end(submissions: list[tuple[int, int, str, bool]]) -> None:
    state = replace(SINGLE, digits=4, recent=(), usual=Decimal(200))
    actual: dict[date, Verdict] = {}
    for lag, value, source, confirmed in submissions:
        on = TODAY - timedelta(lag)
        policy = replace(POLICY, source=source, confirmed=confirmed)
        (verdict,) = judge([state], {1: Decimal(value)}, on, policy)
        if verdict.decision is not Decision.ACCEPTED:
            continue
        state = take(state, verdict, on)
        actual.pop(on, None)
        if verdict.quality == "actual":
            actual[on] = verdict
    ordered = [actual[day] for day in sorted(actual)]
    for before, after in pairwise(ordered):
        assert before.value is not None
        assert after.value is not None
        assert after.value >= before.value or "rollover" in after.notes


def test_trusted_sources_are_sources() -> None:
    assert set(QUALITY) >= TRUSTED
    assert LAST < TODAY
