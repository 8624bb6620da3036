"""The rules of money as data, and what is wrong with a posting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from crm_core import debt
from crm_core.ledger.kinds import Kind
from crm_core.ledger.posting import (
    Channel,
    NewAdjustment,
    NewPayment,
    Situation,
    Towards,
    wrong_adjustment,
    wrong_directions,
    wrong_payment,
)
from crm_core.ledger.rules import MoneyRules
from crm_core.migrations.versions import __name__ as versions

pytestmark = pytest.mark.unit
TODAY = date(2026, 11, 22)
OPENED = date(2020, 1, 1)
OCTOBER = date(2026, 10, 1)


def first_rules() -> dict[str, Any]:
    from importlib import import_module  # noqa: PLC0415 -- a module whose name begins with a digit

    return import_module(f"{versions}.0004_ledger").FIRST_RULES  # type: ignore[no-any-return]


def test_the_rules_that_come_with_the_house_are_sound_and_those_of_the_domain() -> None:
    rules = MoneyRules.model_validate(first_rules())
    assert rules.buckets == debt.AGEING
    assert (rules.promise.grace_days, [step.divisor for step in rules.penalty.steps]) == (3, [300, 130])
    assert MoneyRules.model_validate(rules.model_dump(mode="json")) == rules


@pytest.mark.parametrize(
    ("change", "field"),
    [({"ageing": []}, "ageing"),
     ({"ageing": [{"most": 30, "label": "a"}, {"most": 30, "label": "b"}]}, "ageing"),
     ({"ageing": [{"most": 0, "label": "a"}, {"most": 30, "label": "a"}]}, "ageing"),
     ({"ageing": [{"most": 0, "label": "disputed"}]}, "ageing"),
     ({"ageing": [{"most": 0, "label": "<b>"}]}, "ageing"),
     ({"allocation": {"order": "newest"}}, "allocation"),
     ({"allocation": {"order": "priority", "priority": ["invoice", "bribe"]}}, "allocation"),
     ({"penalty": {"steps": [{"from_day": 0, "divisor": 300}], "rates": []}}, "penalty"),
     ({"penalty": {"steps": [{"from_day": 31, "divisor": 300}], "rates": []}}, "penalty"),
     ({"promise": {"most_days": 0}}, "promise"), ({"promise": {"kept_percent": "101"}}, "promise"),
     ({"limits": {"adjustment": "-1"}}, "limits"), ({"limits": {"adjustment": "NaN"}}, "limits"),
     ({"interest": 5}, "interest")],
)  # fmt: skip
def test_rules_that_cannot_be_are_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MoneyRules.model_validate(change)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


def payment(amount: str, paid_on: date = TODAY, *towards: Towards) -> NewPayment:
    return NewPayment(amount=Decimal(amount), paid_on=paid_on, channel=Channel.BANK, towards=towards)


@pytest.mark.parametrize(
    ("amount", "paid_on", "code"),
    [("0.01", TODAY, ""), ("0", TODAY, "payment-amount"), ("-5", TODAY, "payment-amount"),
     ("1.001", TODAY, "payment-amount"), ("1000000000000", TODAY, "payment-amount"),
     ("5", date(2026, 11, 23), "payment-in-future"), ("5", date(2019, 12, 31), "payment-before-account")],
)  # fmt: skip
def test_a_payment_is_money_that_can_have_come(amount: str, paid_on: date, code: str) -> None:
    assert wrong_payment(payment(amount, paid_on), OPENED, TODAY) == code


@pytest.mark.parametrize(
    ("towards", "code"),
    [([("2026-10-01", None, "60")], ""), ([("2026-10-01", None, "60"), ("2026-10-01", None, "41")],
     "direction-above-payment"), ([("2026-10-01", None, "81")], "direction-above-open"),
     ([("2026-09-01", None, "1")], "direction-unknown"), ([(None, None, "1")], "direction-unknown"),
     ([("2026-10-01", 7, "1")], "direction-unknown"), ([(None, 7, "-1")], "direction-amount")],
)  # fmt: skip
def test_a_payment_is_directed_to_what_is_open_and_no_further(
    towards: list[tuple[str | None, int | None, str]], code: str
) -> None:
    parts = [
        Towards(period=None if period is None else date.fromisoformat(period), charge=charge, amount=Decimal(amount))
        for period, charge, amount in towards
    ]
    assert wrong_directions(payment("100", TODAY, *parts), {OCTOBER: Decimal(80), 7: Decimal(5)}) == code


def adjustment(**more: Any) -> NewAdjustment:
    values: dict[str, Any] = {"kind": Kind.CORRECTION, "amount": Decimal(-5), "reason": "the bill was wrong"}
    return NewAdjustment(**(values | more))


@pytest.mark.parametrize(
    ("more", "code"),
    [({}, ""), ({"kind": Kind.OPENING}, "adjustment-kind"), ({"amount": Decimal("0.001")}, "adjustment-amount"),
     ({"kind": Kind.FEE}, "adjustment-sign"), ({"kind": Kind.WAIVER, "amount": Decimal(5)}, "adjustment-sign"),
     ({"reason": "  "}, "adjustment-reason"), ({"period": date(2026, 9, 1)}, "adjustment-period"),
     ({"period": OCTOBER}, ""), ({"due_on": date(2026, 11, 1)}, "adjustment-due"),
     ({"kind": Kind.REFUND, "amount": Decimal(51)}, "refund-above-credit"),
     ({"kind": Kind.REFUND, "amount": Decimal(50)}, "")],
)  # fmt: skip
def test_an_adjustment_is_refused_by_name(more: dict[str, Any], code: str) -> None:
    situation = Situation(today=TODAY, credit=Decimal(50), periods=[OCTOBER])
    assert wrong_adjustment(adjustment(**more), situation) == code


def test_only_the_house_itself_settles_a_dispute_by_an_adjustment() -> None:
    situation = Situation(today=TODAY, credit=Decimal(0))
    wanted = adjustment(kind=Kind.DISPUTE)
    assert wrong_adjustment(wanted, situation) == "adjustment-kind"
    assert wrong_adjustment(wanted, situation, by_hand=False) == ""
