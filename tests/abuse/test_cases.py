"""The table of abuse cases in docs/SECURITY.md is what the tests show, no more and no less."""

from __future__ import annotations

import pytest

from tests.abuse import cases

pytestmark = pytest.mark.unit
OURS = {f"AC{number:02}" for number in (*range(1, 25), *range(34, 37), 38, 39, 44, 45, 46, 50)}
"""Cases of telephony and of the customer base: each has a test of its name."""


def test_every_case_of_ours_has_a_test_of_its_name() -> None:
    assert set(cases.named_after()) >= OURS


def test_the_page_says_where_each_case_is_shown() -> None:
    assert cases.written() == cases.table(), "run `python -m tests.abuse.cases`"
