"""Amounts."""

# ruff: noqa: RUF001 -- look-alikes are what it is about.
from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import money

pytestmark = pytest.mark.unit
AMOUNTS = st.decimals(min_value="-9999999.99", max_value="9999999.99", places=2)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("12", "12.00"), ("1 234,50", "1234.50"), ("1\u00a0234,5", "1234.50"), ("1,234.50", "1234.50"), ("-5.5", "-5.50"),
     ("1.234.567", "1234567.00"), ("1.234.567,89", "1234567.89"), ("\u221212,30", "-12.30"), ("+7", "7.00"),
     ("12.", "12.00"),
     ("1'234.50", "1234.50")],
)  # fmt: skip
def test_amounts_are_read_as_files_spell_them(text: str, amount: str) -> None:
    assert money.parse(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1,234",
        "1.2.3",
        "1,2,3.4",
        "12 руб",
        "1e5",
        "NaN",
        "Infinity",
        "--1",
        "٣",
        "1.005",
        "1.2345",
        "9" * 20,
        "9" * 30,
        ".",
    ],
)
def test_what_is_unclear_is_refused_rather_than_guessed(text: str) -> None:
    assert money.parse(text) is None


@given(AMOUNTS)
def test_an_amount_written_out_is_read_back(amount: Decimal) -> None:
    assert money.parse(f"{amount:.2f}") == amount
    assert money.parse(f"{amount:,.2f}") == amount
    assert money.parse(f"{amount:,.2f}".translate({ord(","): " ", ord("."): ","})) == amount


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    amount = money.parse(text)
    assert amount is None or amount == money.rounded(amount)


def test_halves_go_up() -> None:
    assert money.rounded(Decimal("0.125")) == Decimal("0.13")
    assert money.rounded(Decimal("-0.125")) == Decimal("-0.13")


@given(st.lists(AMOUNTS, max_size=20))
def test_a_sum_is_exact(amounts: list[Decimal]) -> None:
    assert money.total(amounts) * 100 == sum(int(amount * 100) for amount in amounts)
