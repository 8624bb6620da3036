"""What is done about a debt: plans of instalments, restriction of supply, the path, each as a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.ledger.path import DELIVERED, PathStep, Step, stage
from crm_core.ledger.plans import (
    TRANSITIONS,
    PlanEvent,
    PlanRule,
    PlanState,
    Terms,
    advance,
    outcome,
    progress,
    refusal,
)
from crm_core.ledger.restriction import SHIELDS, Debtor, RestrictionRule, judge, warning_refusal

pytestmark = pytest.mark.unit
TODAY = date(2026, 11, 22)
RULE = RestrictionRule()
DEBTOR = Debtor(
    owed=Decimal("2000.01"), monthly=Decimal(1000), since=date(2026, 9, 10), warned_on=TODAY - timedelta(21)
)


# decree 354
def test_supply_may_be_restricted_on_the_twenty_first_day_after_the_warning_arrived() -> None:
    assert judge(DEBTOR, RULE, TODAY).rule == ""
    assert judge(DEBTOR, RULE, TODAY - timedelta(1)).rule == "restriction-too-early"
    assert judge(DEBTOR, RULE, TODAY - timedelta(1)).possible_on == TODAY


def test_the_debt_must_be_above_two_monthly_charges() -> None:
    found = judge(replace(DEBTOR, owed=Decimal(2000)), RULE, TODAY)
    assert (found.rule, found.above) == ("restriction-small-debt", 2000)
    assert judge(replace(DEBTOR, owed=Decimal(0), monthly=Decimal(0)), RULE, TODAY).rule == "restriction-small-debt"


@pytest.mark.parametrize("warned", [None, date(2026, 9, 10), date(2026, 8, 1)])
def test_without_a_warning_about_this_debt_nothing_is_restricted(warned: date | None) -> None:
    assert judge(replace(DEBTOR, warned_on=warned), RULE, TODAY).rule == "restriction-not-warned"


@pytest.mark.parametrize(("flag", "code"), SHIELDS.items())
def test_who_is_shielded_is_neither_restricted_nor_warned(flag: str, code: str) -> None:
    shielded = replace(DEBTOR, flags=("vip", flag))
    assert judge(shielded, RULE, TODAY).rule == warning_refusal(shielded, RULE) == code


def test_a_plan_that_stands_keeps_supply_flowing() -> None:
    assert judge(replace(DEBTOR, has_plan=True), RULE, TODAY).rule == "restriction-plan"


# the path
@pytest.mark.parametrize(
    ("days", "step"),
    [(0, None), (1, Step.REMINDER), (10, Step.REMINDER), (11, Step.CALL), (31, Step.NOTICE), (61, Step.WARNING),
     (91, Step.FIELD_ORDER), (181, Step.COURT), (4000, Step.COURT)],
)  # fmt: skip
def test_a_debt_goes_its_path_by_its_age(days: int, step: Step | None) -> None:
    found = stage(Decimal(5000), TODAY - timedelta(days), TODAY, DELIVERED)
    assert found.step is step


def test_a_small_debt_stays_on_the_steps_that_are_worth_it() -> None:
    found = stage(Decimal(400), TODAY - timedelta(200), TODAY, DELIVERED)
    assert (found.step, found.since) == (Step.NOTICE, TODAY - timedelta(169))
    assert stage(Decimal(0), None, TODAY, DELIVERED).step is None


@pytest.mark.parametrize("flag", ["dispute", "moratorium", "deceased", "bankrupt", "represented", "legal"])
def test_the_path_rests_and_says_why(flag: str) -> None:
    found = stage(Decimal(5000), TODAY - timedelta(70), TODAY, DELIVERED, flags=(flag,), agreed="plan")
    assert (found.step, found.rests) == (None, flag)
    assert stage(Decimal(5000), TODAY - timedelta(70), TODAY, DELIVERED, agreed="promise").rests == "promise"


def test_nobody_with_life_support_is_warned_or_visited() -> None:
    found = [stage(Decimal(5000), TODAY - timedelta(days), TODAY, DELIVERED, flags=("life_support",)).step
             for days in (70, 100, 200)]  # fmt: skip
    assert found == [Step.NOTICE, Step.NOTICE, Step.COURT]


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_an_older_debt_is_never_at_an_earlier_step(days: int, more: int) -> None:
    order = [one.step for one in DELIVERED]
    younger, older = (
        stage(Decimal(9000), TODAY - timedelta(age), TODAY, DELIVERED).step for age in (days, days + more)
    )
    assert younger is not None
    assert older is not None
    assert order.index(older) >= order.index(younger)


def test_steps_may_stand_in_any_order() -> None:
    path = (PathStep(step=Step.COURT, from_day=100), PathStep(step=Step.REMINDER, from_day=2))
    assert stage(Decimal(1), TODAY - timedelta(5), TODAY, path).step is Step.REMINDER


# plans
TERMS = Terms(amount=Decimal(100), parts=3, first_on=TODAY)
PLAN = PlanRule()


def plan_refusal(terms: Terms = TERMS, owed: int = 100, flags: tuple[str, ...] = (), *, has_open: bool = False) -> str:
    return refusal(terms, Decimal(owed), flags, PLAN, TODAY, has_open=has_open)


def test_a_plan_within_the_rules_may_be_made() -> None:
    assert plan_refusal() == ""
    assert plan_refusal(replace(TERMS, parts=12, first_on=TODAY + timedelta(31))) == ""


@pytest.mark.parametrize(
    ("terms", "code"),
    [(replace(TERMS, amount=Decimal(0)), "plan-of-nothing"),
     (replace(TERMS, amount=Decimal("100.01")), "plan-above-debt"),
     (replace(TERMS, parts=1), "plan-parts"), (replace(TERMS, parts=13), "plan-parts"),
     (replace(TERMS, first_on=TODAY - timedelta(1)), "plan-first-day"),
     (replace(TERMS, first_on=TODAY + timedelta(32)), "plan-first-day")],
)  # fmt: skip
def test_a_plan_beyond_the_rules_is_refused_by_name(terms: Terms, code: str) -> None:
    assert plan_refusal(terms) == code


@pytest.mark.parametrize("flag", ["dispute", "bankrupt", "deceased"])
def test_no_plan_is_made_with_who_cannot_keep_it(flag: str) -> None:
    assert plan_refusal(flags=(flag,)) == f"plan-on-{flag}"
    assert plan_refusal(has_open=True) == "plan-open-already"


def came_in(*payments: tuple[int, int]) -> list[tuple[date, Decimal]]:
    return [(TODAY + timedelta(day), Decimal(amount)) for day, amount in payments]


@pytest.mark.parametrize(
    ("payments", "day", "expected"),
    [((), 5, None), ((), 6, PlanEvent.MISSED), (((5, 34),), 6, None), (((6, 34),), 7, PlanEvent.MISSED),
     (((5, 33),), 6, PlanEvent.MISSED), (((0, 100),), 1, PlanEvent.PAID),
     (((0, 70),), 50, None), (((0, 70), (2, -70)), 6, PlanEvent.MISSED)],
)  # fmt: skip
def test_a_plan_is_broken_by_one_instalment_that_did_not_come_in_time(
    payments: tuple[tuple[int, int], ...], day: int, expected: PlanEvent | None
) -> None:
    assert outcome(TERMS, came_in(*payments), PLAN, TODAY + timedelta(day)) is expected


def test_money_counts_for_the_first_instalment_that_is_not_met() -> None:
    assert [part.amount for part in TERMS.instalments] == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    found = progress(TERMS, Decimal(40))
    assert (found.met, found.missing) == (1, Decimal("26.66"))
    assert found.next_due is not None
    assert found.next_due.due_on == date(2026, 12, 22)
    assert progress(TERMS, Decimal(100)).next_due is None


@given(st.decimals(1, 10**6, places=2), st.integers(2, 36), st.decimals(-100, 10**6, places=2))
def test_instalments_add_up_and_nothing_is_met_without_money(amount: Decimal, parts: int, paid: Decimal) -> None:
    terms = Terms(amount=amount, parts=parts, first_on=TODAY)
    assert sum(part.amount for part in terms.instalments) == amount
    found = progress(terms, paid)
    met = sum(part.amount for part in terms.instalments[: found.met])
    assert met <= max(paid, Decimal(0))
    assert (found.next_due is None) == (paid >= amount)
    if found.next_due is not None:
        assert met + found.next_due.amount == max(paid, Decimal(0)) + found.missing


def test_what_was_settled_stays_settled() -> None:
    settled = set(PlanState) - {PlanState.OPEN}
    assert set(TRANSITIONS.values()) == settled
    assert all(advance(state, event) is None for state in settled for event in PlanEvent)
