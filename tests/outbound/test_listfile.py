"""What a file of debtors says: account numbers, whatever stands around them, and one fault for every other row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.accounts import is_account_number, with_check_digit
from outbound.listfile import Named, digits, named

pytestmark = pytest.mark.unit
ONE, TWO = with_check_digit(1), with_check_digit(2)


def test_the_column_is_found_by_its_heading_wherever_it_stands() -> None:
    rows = [(1, ["Debtors of October"]), (2, ["Name", "Лицевой счёт", "Debt"]), (3, ["A", ONE, 5]), (5, ["B", TWO])]
    assert list(named(rows)) == [Named(row=3, number=ONE), Named(row=5, number=TWO)]


def test_without_a_heading_it_is_the_first_column_that_holds_a_number() -> None:
    rows = [(1, ["A", ONE]), (2, ["B", TWO]), (3, ["", None]), (4, ["C"])]
    assert list(named(rows)) == [
        Named(row=1, number=ONE), Named(row=2, number=TWO), Named(row=4, number="", fault="empty"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (12.0, "0000000012"), (12, "0000000012"), ("'0000000014", "0000000014"), (" 0000 000 014 ", "0000000014"),
        (1.5, ""), (True, ""), (None, ""), (float("inf"), ""), (-3, ""), ("=1+1", ""), ("12345678901", ""),
        ("\u0661\u0662", ""),
    ],
)  # fmt: skip
def test_a_cell_is_digits_or_nothing(cell: object, found: str) -> None:
    assert digits(cell) == found  # type: ignore[arg-type]


@given(st.lists(st.lists(st.none() | st.text(max_size=20) | st.integers() | st.floats() | st.booleans(), max_size=5)))
def test_no_file_names_what_is_no_account_and_every_fault_says_what(table: list[list[object]]) -> None:
    for one in named(enumerate(table, 1)):  # type: ignore[arg-type]
        assert is_account_number(one.number) if one.number else one.fault in {"empty", "no-number", "check-digit"}
        assert len(one.said) <= 60
