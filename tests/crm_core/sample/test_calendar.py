"""The calendar of a sample base, whatever day it is made on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.sample.calendar import CODES, calendar, last_billed, month_number, month_start
from crm_core.sample.oddities import RESERVED, oddities, oddity, owing, placements

pytestmark = pytest.mark.unit

DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))


@given(DAYS)
def test_the_newest_bill_has_been_issued(today: date) -> None:
    issued = month_start(last_billed(today) + 1).replace(day=3)
    assert timedelta(0) < today - issued <= timedelta(days=33)


@settings(deadline=None, max_examples=25)
@given(DAYS, st.integers(12, 60))
def test_every_month_has_one_price_of_every_tariff(today: date, months: int) -> None:
    time = calendar(today, months)
    for month in range(time.first, month_number(today) + 1):
        for code in CODES:
            assert len([v for v in time.versions if v.code == code
                        and v.valid_from <= month_start(month) <= (v.valid_to or date.max)]) == 1  # fmt: skip
    assert len(time.current()) == len(CODES)


@given(DAYS, st.integers(12, 60), st.sampled_from([-10, 15, 45, 75, 135, 270, 700, 1200]))
def test_a_debt_is_as_old_as_asked_for(today: date, months: int, days: int) -> None:
    time = calendar(today, months)
    placed = owing(1, days, time)
    oldest = time.last - placed.shift - placed.unpaid + 1
    assert placed.terms is not None
    due = month_start(oldest + 1).replace(day=3) + timedelta(days=placed.terms)
    assert (today - due).days == days
    assert oldest >= time.first + 12


def test_consumption_never_stands_still() -> None:
    time = calendar(date(2026, 11, 22), 24)
    assert all(later - earlier > 700 for earlier, later in zip(time.season, time.season[1:], strict=False))


def test_oddities_have_names_and_places_of_their_own() -> None:
    names = [found.name for found in oddities()]
    assert len(set(names)) == len(names)
    placed = [account for found in oddities() for account in found.accounts]
    assert len(set(placed)) == len(placed)
    assert max(placed) <= RESERVED
    assert [p.n for p in placements(calendar(date(2026, 11, 22), 24))] == list(range(1, RESERVED + 1))
    with pytest.raises(KeyError):
        oddity("no such thing")
