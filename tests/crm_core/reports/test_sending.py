"""When a report is made again, also where clocks change; to which addresses it may go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.reports.sending import Every, goes_to, next_at

pytestmark = pytest.mark.unit
BUDAPEST = "Europe/Budapest"


def at(every: Every, after: datetime, minute: int = 450, weekday: int = 1, day: int = 1) -> datetime:
    return next_at(every, weekday=weekday, day=day, at_minute=minute, zone=BUDAPEST, after=after)


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (Every.DAY, datetime(2026, 11, 23, 6, 30, tzinfo=UTC)),
        (Every.WEEK, datetime(2026, 11, 30, 6, 30, tzinfo=UTC)),
        (Every.MONTH, datetime(2026, 12, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_next_time_is_told_by_the_utility_s_clock(every: Every, expected: datetime) -> None:
    after = datetime(2026, 11, 23, 6, 30, tzinfo=UTC) - timedelta(seconds=1 if every is Every.DAY else 0)
    assert at(every, after) == expected


def test_the_clock_on_the_wall_stays_where_clocks_change() -> None:
    before, behind = (
        at(Every.DAY, datetime(2026, 10, 24, 0, tzinfo=UTC)),
        at(Every.DAY, datetime(2026, 10, 25, 0, tzinfo=UTC)),
    )
    assert (before.hour, behind.hour) == (5, 6), "half past seven in Budapest on both days"
    assert at(Every.DAY, datetime(2027, 3, 27, 12, tzinfo=UTC), minute=150) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@given(
    after=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis adds it
    minute=st.integers(0, 1439),
    every=st.sampled_from(Every),
)
def test_times_go_on_and_none_comes_twice(after: datetime, minute: int, every: Every) -> None:
    first = at(every, after, minute, weekday=7, day=28)
    second = at(every, first, minute, weekday=7, day=28)
    assert after < first < second <= first + timedelta(days=32)


@pytest.mark.parametrize(
    ("address", "goes"),
    [
        ("boss@utility.example", True),
        ("boss@UTILITY.example", True),
        ("boss@other.example", False),
        ("boss@utility.example.evil.example", False),
        ("boss@evil.example\nbcc: x@utility.example", False),
        ("<x>@utility.example", False),
        ("@utility.example", False),
    ],
)
def test_only_addresses_of_domains_that_the_house_has_named(address: str, goes: bool) -> None:
    assert goes_to(address, ["utility.example"]) is goes
