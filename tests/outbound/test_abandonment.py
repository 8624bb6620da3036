"""Windows of the cap, and what is counted in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from outbound.abandonment import Cap, Counts, Ledger

pytestmark = pytest.mark.unit

OMSK = ZoneInfo("Asia/Omsk")


def test_a_window_of_a_day_begins_at_local_midnight() -> None:
    assert Cap(zone=OMSK).opened(datetime(2026, 3, 2, 17, 59, tzinfo=UTC)) == datetime(2026, 3, 1, 18, tzinfo=UTC)
    assert Cap(zone=OMSK).opened(datetime(2026, 3, 2, 18, 0, tzinfo=UTC)) == datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_a_day_may_begin_at_another_hour() -> None:
    cap = Cap(opens=time(8))
    assert cap.opened(datetime(2026, 3, 2, 7, 59, tzinfo=UTC)) == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert cap.opened(datetime(2026, 3, 2, 8, tzinfo=UTC)) == datetime(2026, 3, 2, 8, tzinfo=UTC)


@given(day=st.integers(-500, 500), hours=st.integers(0, 23), length=st.integers(1, 366))
def test_windows_follow_each_other_from_the_campaigns_first_day(day: int, hours: int, length: int) -> None:
    cap = Cap(days=length, anchor=date(2026, 3, 2))
    now = datetime(2026, 3, 2, hours, tzinfo=UTC) + timedelta(days=day)
    opened = cap.opened(now)
    assert opened <= now < opened + timedelta(days=length)
    assert (opened.date() - cap.anchor).days % length == 0


@pytest.mark.parametrize("wrong", [{"share": 1.0}, {"share": -0.1}, {"confidence": 1.0}, {"days": 0}])
def test_a_cap_that_is_none_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not "):
        Cap(**wrong)  # type: ignore[arg-type]


@given(calls=st.lists(st.tuples(st.integers(0, 200_000), st.booleans()), max_size=80), since=st.integers(0, 200))
def test_counts_are_those_of_the_window_whenever_it_is_asked(calls: list[tuple[int, bool]], since: int) -> None:
    opened = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=since * 900)
    asked, once = Ledger(), Ledger()
    for at, lost in sorted(calls):
        asked.note(at, answered=1, abandoned=int(lost))
        once.note(at, answered=1, abandoned=int(lost))
        asked.counts(opened)
    inside = [lost for at, lost in calls if at >= since * 900]
    for ledger in (asked, once):
        counts = ledger.counts(opened)
        assert (counts.answered, counts.abandoned) == (len(inside), sum(inside))


def test_credit_is_what_may_still_be_abandoned() -> None:
    assert Counts(100, 1).credit(0.03) == pytest.approx(2.0)
    assert Counts(100, 5).credit(0.03) == pytest.approx(-2.0)
    assert Counts().share == 0.0
