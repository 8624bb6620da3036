"""Which promises may be made, and what becomes of them (AC40)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.ledger.promises import (
    TRANSITIONS,
    PromiseEvent,
    PromiseRule,
    PromiseState,
    Standing,
    advance,
    decided_on,
    outcome,
    refusal,
)

pytestmark = pytest.mark.unit
TODAY = date(2026, 11, 22)
RULE = PromiseRule()
OWES = Standing(owed=Decimal(1000))


@pytest.mark.parametrize(
    ("amount", "days", "standing", "rule"),
    [("1000", 0, OWES, ""), ("0.01", 30, OWES, ""),
     ("500", -1, OWES, "promise-in-past"), ("500", 31, OWES, "promise-too-far"),
     ("1000.01", 5, OWES, "promise-above-debt"), ("0", 5, OWES, "promise-of-nothing"),
     ("-5", 5, OWES, "promise-of-nothing"),
     ("500", 5, Standing(owed=Decimal(1000), has_open=True), "promise-open-already"),
     ("500", 5, Standing(owed=Decimal(1000), flags=("dispute",)), "promise-on-dispute"),
     ("500", 5, Standing(owed=Decimal(1000), flags=("vip", "bankrupt")), "promise-on-bankrupt"),
     ("500", 5, Standing(owed=Decimal(1000), flags=("deceased",)), "promise-on-deceased")],
)  # fmt: skip
def test_a_promise_is_taken_or_refused_by_name(amount: str, days: int, standing: Standing, rule: str) -> None:
    assert refusal(Decimal(amount), TODAY + timedelta(days), standing, RULE, TODAY) == rule


@pytest.mark.parametrize(
    ("days", "paid", "event"),
    [(5, "0", None), (5, "499.99", None), (5, "500", PromiseEvent.PAID), (-3, "0", None), (-3, "499", None),
     (-4, "0", PromiseEvent.NOT_PAID), (-4, "0.01", PromiseEvent.PAID_LESS), (-4, "500", PromiseEvent.PAID),
     (-4, "-20", PromiseEvent.NOT_PAID)],
)  # fmt: skip
def test_a_promise_is_decided_when_it_is_paid_or_its_grace_is_over(
    days: int, paid: str, event: PromiseEvent | None
) -> None:
    assert outcome(Decimal(500), TODAY + timedelta(days), Decimal(paid), RULE, TODAY) is event


def test_nearly_all_of_it_may_be_enough() -> None:
    lenient = PromiseRule(kept_percent=Decimal(90))
    assert outcome(Decimal(500), TODAY, Decimal(450), lenient, TODAY) is PromiseEvent.PAID
    assert outcome(Decimal(500), TODAY, Decimal("449.99"), lenient, TODAY) is None


def test_a_settled_promise_stays_settled() -> None:
    settled = set(PromiseState) - {PromiseState.OPEN}
    assert all(advance(state, event) is None for state in settled for event in PromiseEvent)
    assert set(TRANSITIONS.values()) == settled


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.decimals(0, 1000, places=2))
def test_after_its_grace_every_promise_has_an_outcome(due_on: date, paid: Decimal) -> None:
    on = decided_on(due_on, RULE)
    assert outcome(Decimal(500), due_on, paid, RULE, on) is not None
    early = outcome(Decimal(500), due_on, paid, RULE, on - timedelta(1))
    assert early in {None, PromiseEvent.PAID}
