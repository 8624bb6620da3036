"""Numbers of cards are known from other long numbers (AC43)."""

# ruff: noqa: RUF001 -- digits of another script.
from __future__ import annotations

import pytest

from crm_core.cardnumbers import holds_card

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "paid by 4111 1111 1111 1111 today",
        "5555-5555-5555-4444",
        "3782 822463 10005",
        "2200\N{NO-BREAK SPACE}0000\N{NO-BREAK SPACE}0000\N{NO-BREAK SPACE}0004",
        "٤١١١ ١١١١ ١١١١ ١١١١",
    ],
)
def test_a_card_s_number_is_seen_however_it_is_written(text: str) -> None:
    assert holds_card(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111 1111 1111 1112",
        "account 100200305",
        "+7 916 123-45-67",
        "reading 48390, meter 071432009112345",
        "1111 1111 1111 1117",
        "from 2026-11-01 to 2026-12-01",
        "41111111111111110000000",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not holds_card(text)
