"""AC50: clocks skip, repeat, go back: a queue is open once a day, a call-back has one window, no length is negative."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.callbacks import Limits, Refusal, is_open, judge_time, next_hour, opening, promised_until
from crm_core.recordings import PAUSED, RESUMED, pauses
from crm_core.work.sla import Span, WorkCalendar
from routing.terms import Cause, Terms
from routing.transfers import waited
from tests.routing.test_transfers import ANNA, in_talk

pytestmark = pytest.mark.unit
ZONE = "Europe/Budapest"
GAP, OVERLAP = date(2026, 3, 29), date(2026, 10, 25)
"""02:00 to 03:00 is not there on the one and is there twice on the other; both are Sundays."""
SPANS = (
    Span(opens=time(), closes=time()), Span(opens=time(1), closes=time(2)), Span(opens=time(2), closes=time(3)),
    Span(opens=time(2, 30), closes=time(9)),
    Span(opens=time(0, 30), closes=time(2, 30)), Span(opens=time(9), closes=time(18)),
)  # fmt: skip
HOUR = timedelta(hours=1)
MOMENTS = st.integers(0, 214 * 24 * 3600).map(lambda at: datetime(2026, 3, 26, tzinfo=UTC) + timedelta(seconds=at))
"""From before the one change to after the other."""


def calendar(span: Span, zone: str = ZONE) -> WorkCalendar:
    return WorkCalendar(time_zone=zone, week=dict.fromkeys(range(7), (span,)))


def minutes(day: date) -> list[datetime]:
    """Return every fifth minute of a local day and the hours around it, in UTC."""
    begins = datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC) - HOUR
    return [begins + timedelta(minutes=5 * at) for at in range(28 * 12)]


def shown(span: Span, at: datetime) -> bool:
    """Whether the clock on the wall shows a time of the span."""
    wall = at.astimezone(ZoneInfo(ZONE)).time()
    return span.opens <= wall and (wall < span.closes or span.closes == time())


@pytest.mark.parametrize("span", SPANS, ids=str)
@pytest.mark.parametrize("day", [GAP, OVERLAP])
def test_a_queue_is_open_exactly_when_the_clock_on_the_wall_says_so(span: Span, day: date) -> None:
    terms = Terms(name="main", calendar=calendar(span), exits={Cause.CLOSED: "callback"})
    for at in minutes(day):
        assert terms.is_open(at) == shown(span, at) == is_open(calendar(span), at), at
        assert (terms.refuses(at, 0, at_work=True) is None) == shown(span, at)


@pytest.mark.parametrize("span", SPANS, ids=str)
@pytest.mark.parametrize("day", [GAP, OVERLAP])
def test_windows_of_a_day_neither_overlap_nor_turn_round(span: Span, day: date) -> None:
    spans = calendar(span).spans(day)
    assert all(opens < closes for opens, closes in spans)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
    assert sum((closes - opens for opens, closes in spans), timedelta()) == timedelta(
        minutes=5 * sum(shown(span, at) for at in minutes(day) if at.astimezone(ZoneInfo(ZONE)).date() == day)
    )


@given(
    span=st.sampled_from(SPANS), now=MOMENTS,
    window=st.integers(1, 600), back=st.integers(0, 7200),
)  # fmt: skip
def test_a_promise_has_one_window_that_ends_after_it_begins(span: Span, now: datetime, window: int, back: int) -> None:
    hours = calendar(span)
    due = opening(hours, now)
    until = promised_until(hours, due, timedelta(minutes=window))
    assert now <= due < until
    assert is_open(hours, due)
    # The clock went back: what was due is due no earlier, and its window is the same one.
    earlier = now - timedelta(seconds=back)
    assert opening(hours, earlier) <= due
    assert promised_until(hours, opening(hours, earlier), timedelta(minutes=window)) <= until


@given(hour=st.integers(-1, 25), now=MOMENTS)
def test_an_hour_that_is_keyed_is_the_hour_the_clock_will_show_and_is_ahead(hour: int, now: datetime) -> None:
    limits = Limits()
    found = next_hour(calendar(SPANS[0]), hour, now, limits)
    if not 0 <= hour < 24:
        assert found is None
        return
    assert found is not None
    assert now <= found <= now + limits.ahead
    assert found.astimezone(ZoneInfo(ZONE)).strftime("%H:%M") == f"{hour:02}:00"


@pytest.mark.parametrize("day", [GAP, OVERLAP])
@pytest.mark.parametrize("hour", range(24))
def test_so_it_is_on_the_days_of_the_changes(hour: int, day: date) -> None:
    now = datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC) - HOUR
    found = next_hour(calendar(SPANS[0]), hour, now, Limits())
    assert found is not None
    wall = found.astimezone(ZoneInfo(ZONE))
    assert (wall.hour, wall.minute) == (hour, 0)
    assert wall.date() == (day if (hour, day) != (2, GAP) and hour != 23 else wall.date())


def test_a_time_that_is_past_once_the_clock_went_on_is_not_promised() -> None:
    hours, now = calendar(SPANS[0]), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert judge_time(now - timedelta(microseconds=1), now, hours, Limits()) is Refusal.NOT_OPEN
    assert judge_time(now + timedelta(days=7, microseconds=1), now, hours, Limits()) is Refusal.NOT_OPEN


@given(
    st.lists(st.tuples(st.integers(-7200, 7200), st.sampled_from([PAUSED, RESUMED, "held", "answered"])), max_size=12),
    st.floats(0, 5000),
)
def test_silent_stretches_of_a_recording_lie_within_it_whatever_the_clock_did(
    lines: list[tuple[int, str]], seconds: float
) -> None:
    began = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
    found = pauses([(began + timedelta(seconds=at), what) for at, what in lines], began, seconds)
    assert all(0 <= begin <= end <= round(seconds, 2) for begin, end in found)


def test_who_was_answered_before_he_came_waited_no_time() -> None:
    house, call, _ = in_talk()
    known = house.floor.hall.calls[call]
    assert known.waiting_since is not None
    late = known.waiting_since + timedelta(hours=2)
    assert waited(replace(known, waiting_since=late)) == timedelta()


def test_a_clock_that_goes_back_in_a_talk_ends_no_deadline_early_and_none_twice() -> None:
    house, call, leg = in_talk()
    house.now -= timedelta(hours=1)
    house.end(leg)
    house.end(call)
    until = house.floor.hall.operators[ANNA].until
    assert until is not None
    assert until - house.now == house.floor.hall.rules.wrap_up
    house.wait(1)
    assert house.floor.hall.operators[ANNA].call_id == call, "the wrap-up is as long as it was promised"
    house.wait(house.floor.hall.rules.wrap_up.total_seconds())
    assert house.floor.hall.operators[ANNA].call_id is None
