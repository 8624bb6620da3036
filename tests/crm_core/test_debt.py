"""Debt by age."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import debt

pytestmark = pytest.mark.unit
TODAY = date(2026, 11, 22)
INVOICES = st.lists(
    st.builds(
        debt.OpenInvoice,
        due_on=st.integers(-60, 2000).map(lambda days: TODAY - timedelta(days)),
        amount=st.decimals(0, 5000, places=2),
        disputed=st.booleans(),
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("days", "label"),
    [(-5, "current"), (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
     (90, "61-90"), (91, "91-180"), (181, "181-365"), (365, "181-365"), (366, "366-1095"),
     (1095, "366-1095"), (1096, "1096+")],
)  # fmt: skip
def test_the_age_of_a_debt_decides_its_bucket(days: int, label: str) -> None:
    assert debt.label(TODAY - timedelta(days), TODAY) == label


@given(INVOICES)
def test_buckets_add_up_to_everything_open(invoices: list[debt.OpenInvoice]) -> None:
    counted = debt.count(invoices, TODAY)
    assert sum(bucket.amount for bucket in counted.buckets) == sum(invoice.amount for invoice in invoices)
    assert counted.overdue <= sum(bucket.amount for bucket in counted.buckets)
    labels = [bucket.label for bucket in counted.buckets]
    assert labels == sorted(labels, key=debt.AGEING.labels.index)


@given(INVOICES)
def test_what_is_overdue_is_what_has_that_status(invoices: list[debt.OpenInvoice]) -> None:
    overdue = [one.amount for one in invoices if debt.invoice_status(one, TODAY) == "overdue"]
    assert debt.count(invoices, TODAY).overdue == sum(overdue)


def test_a_disputed_invoice_is_neither_overdue_nor_due_next() -> None:
    counted = debt.count([debt.OpenInvoice(due_on=date(2026, 1, 1), amount=Decimal(5), disputed=True)], TODAY)
    assert (counted.overdue, counted.next_due_on) == (0, None)
    assert [bucket.label for bucket in counted.buckets] == ["disputed"]


def test_the_next_due_day_is_the_nearest_that_has_not_passed() -> None:
    days = [date(2026, 12, 25), TODAY, date(2026, 11, 1)]
    invoices = [debt.OpenInvoice(due_on=day, amount=Decimal(5)) for day in days]
    assert debt.count(invoices, TODAY).next_due_on == TODAY


def test_a_paid_invoice_is_paid_even_when_disputed() -> None:
    assert debt.invoice_status(debt.OpenInvoice(due_on=TODAY, amount=Decimal(0), disputed=True), TODAY) == "paid"
    assert debt.invoice_status(debt.OpenInvoice(due_on=TODAY, amount=Decimal(1)), TODAY) == "open"
