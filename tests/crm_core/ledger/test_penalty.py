"""Penalties for paying late."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.ledger.penalty import Late, PenaltyRule, PenaltyStep, Rate, days_by_step, penalty, rate_on

pytestmark = pytest.mark.long
DUE = date(2026, 1, 10)
HOUSING_CODE = PenaltyRule(
    steps=(PenaltyStep(from_day=31, divisor=300), PenaltyStep(from_day=91, divisor=130)),
    rates=(Rate(valid_from=date(2022, 2, 14), percent=Decimal("9.5")),),
)


def after(days: int, amount: str = "1000") -> Decimal:
    part = Late(amount=Decimal(amount), ended_on=DUE + timedelta(days))
    return penalty(Decimal(amount), DUE, [part], HOUSING_CODE)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-5, "0"), (0, "0"), (30, "0"), (31, "0.32"), (32, "0.63"), (90, "19.00"), (91, "19.73"), (120, "40.92")],
)
def test_by_the_housing_code_the_first_thirty_days_cost_nothing(days: int, expected: str) -> None:
    """1000 x 9.5 % / 300 a day from day 31, / 130 from day 91."""
    assert after(days) == Decimal(expected)


def test_each_part_counts_to_the_day_it_was_paid_at_the_rate_of_that_day() -> None:
    rule = HOUSING_CODE.model_copy(
        update={"rates": (*HOUSING_CODE.rates, Rate(valid_from=date(2026, 3, 1), percent=Decimal(19)))}
    )
    parts = [
        Late(amount=Decimal(400), ended_on=DUE + timedelta(40)),  # 19 February, 9.5 %
        Late(amount=Decimal(600), ended_on=DUE + timedelta(60)),  # 11 March, 19 %
    ]
    expected = Decimal(400) * 10 * Decimal("0.095") / 300 + Decimal(600) * 30 * Decimal("0.19") / 300
    assert penalty(Decimal(1000), DUE, parts, rule) == expected.quantize(Decimal("0.01"))


def test_a_cap_is_a_share_of_what_was_owed() -> None:
    capped = HOUSING_CODE.model_copy(update={"cap_percent": Decimal(1)})
    part = Late(amount=Decimal(1000), ended_on=DUE + timedelta(400))
    assert penalty(Decimal(1000), DUE, [part], capped) == Decimal("10.00")


def test_without_steps_or_before_the_first_rate_there_is_none() -> None:
    part = Late(amount=Decimal(1000), ended_on=DUE + timedelta(400))
    assert penalty(Decimal(1000), DUE, [part], PenaltyRule()) == 0
    assert rate_on(HOUSING_CODE, date(2020, 1, 1)) == 0


@given(st.integers(-100, 3000))
def test_every_day_of_a_delay_is_on_one_step_at_most(days: int) -> None:
    counted = [count for _, count in days_by_step(HOUSING_CODE, days)]
    assert sum(counted) == max(0, days - 30)
    assert all(count >= 0 for count in counted)
