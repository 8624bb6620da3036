"""Deadlines in working time, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.errors import NeverWorked
from crm_core.work.sla import Span, Term, Unit, WorkCalendar, add_working, between, due, resumed

pytestmark = pytest.mark.unit
MOSCOW = WorkCalendar(time_zone="Europe/Moscow", country="RU")
ZONES = ("Europe/Moscow", "Europe/Budapest", "Asia/Tehran", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo")
NIGHT = {day: (Span(opens=time(1, 30), closes=time(2, 45)), Span(opens=time(20), closes=time())) for day in range(7)}
FEW = settings(max_examples=60, deadline=None)
START = datetime(2023, 1, 1, tzinfo=UTC)
moments = st.integers(0, 5 * 365 * 1440).map(lambda minute: START + timedelta(minutes=minute))
calendars = st.builds(
    WorkCalendar,
    time_zone=st.sampled_from(ZONES),
    country=st.sampled_from(["", "RU", "HU"]),
    week=st.sampled_from([WorkCalendar(time_zone="UTC").week, NIGHT]),
    days=st.dictionaries(st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.booleans(), max_size=5),
)
lengths = st.integers(1, 4000).map(lambda minutes: timedelta(minutes=minutes))
terms = st.builds(Term, amount=st.integers(0, 40), unit=st.sampled_from(list(Unit)))


def local(at: datetime, zone: str = "Europe/Moscow") -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(
    ("filed", "term", "until"),
    [
        ("2026-11-25 16:00", Term(amount=4, unit=Unit.WORKING_HOURS), "2026-11-26 11:00"),
        ("2026-11-25 16:00", Term(amount=2, unit=Unit.WORKING_HOURS), "2026-11-25 18:00"),
        ("2026-11-27 17:00", Term(amount=2, unit=Unit.WORKING_HOURS), "2026-11-30 10:00"),
        ("2026-11-28 12:00", Term(amount=1, unit=Unit.WORKING_HOURS), "2026-11-30 10:00"),
        ("2026-11-25 16:00", Term(amount=5, unit=Unit.WORKING_DAYS), "2026-12-02 18:00"),
        ("2026-11-28 12:00", Term(amount=1, unit=Unit.WORKING_DAYS), "2026-11-30 18:00"),
        ("2026-11-25 20:00", Term(amount=0, unit=Unit.WORKING_DAYS), "2026-11-26 18:00"),
        ("2026-11-25 16:00", Term(amount=0, unit=Unit.WORKING_DAYS), "2026-11-25 18:00"),
        ("2026-11-25 16:00", Term(amount=30, unit=Unit.CALENDAR_DAYS), "2026-12-26 00:00"),
        ("2026-11-28 03:00", Term(amount=15, unit=Unit.MINUTES), "2026-11-28 03:15"),
        ("2026-12-30 10:00", Term(amount=1, unit=Unit.WORKING_DAYS), "2027-01-11 18:00"),
    ],
)
def test_a_deadline_is_what_a_clerk_would_count(filed: str, term: Term, until: str) -> None:
    assert local(due(MOSCOW, moscow(filed), term)) == until


def test_what_the_utility_says_of_a_day_goes_before_week_and_holidays() -> None:
    saturday, wednesday = date(2026, 11, 28), date(2026, 11, 25)
    own = WorkCalendar(time_zone="Europe/Moscow", country="RU", days={saturday: True, wednesday: False})
    assert local(due(own, moscow("2026-11-27 17:00"), Term(amount=2, unit=Unit.WORKING_HOURS))) == "2026-11-28 10:00"
    assert not own.works(wednesday)


def test_an_office_is_open_at_its_first_moment_and_shut_at_its_last() -> None:
    opens, shuts = moscow("2026-11-25 09:00"), moscow("2026-11-25 18:00")
    hour = timedelta(hours=1)
    assert between(MOSCOW, opens, opens + hour) == hour
    assert between(MOSCOW, shuts, shuts + hour) == timedelta()
    assert local(add_working(MOSCOW, shuts, hour)) == "2026-11-26 10:00"
    assert local(add_working(MOSCOW, shuts, timedelta())) == "2026-11-26 09:00"


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 3), ("2026-10-25", 5), ("2026-10-24", 4)],
)
def test_an_hour_the_clock_skips_is_not_worked_and_one_it_repeats_is_worked_twice(day: str, hours: int) -> None:
    nights = WorkCalendar(
        time_zone="Europe/Budapest", week={d: (Span(opens=time(1), closes=time(5)),) for d in range(7)}
    )
    spans = nights.spans(date.fromisoformat(day))
    assert sum((end - start for start, end in spans), timedelta()) == timedelta(hours=hours)


def test_a_week_without_hours_is_never_due() -> None:
    idle = WorkCalendar(time_zone="UTC", week={})
    for unit in (Unit.WORKING_DAYS, Unit.WORKING_HOURS):
        with pytest.raises(NeverWorked):
            due(idle, datetime(2026, 1, 1, tzinfo=UTC), Term(amount=1, unit=unit))


def test_a_country_nobody_knows_has_no_holidays() -> None:
    assert WorkCalendar(time_zone="UTC", country="XX").works(date(2026, 1, 1))


@FEW
@given(calendars, moments, lengths, lengths)
def test_adding_working_time_composes(calendar: WorkCalendar, start: datetime, one: timedelta, two: timedelta) -> None:
    assert add_working(calendar, add_working(calendar, start, one), two) == add_working(calendar, start, one + two)


@FEW
@given(calendars, moments, lengths)
def test_what_was_added_lies_between(calendar: WorkCalendar, start: datetime, much: timedelta) -> None:
    assert between(calendar, start, add_working(calendar, start, much)) == much


@FEW
@given(calendars, moments, st.integers(0, 20_000), terms)
def test_who_files_later_is_never_due_earlier(calendar: WorkCalendar, start: datetime, later: int, term: Term) -> None:
    first, second = due(calendar, start, term), due(calendar, start + timedelta(minutes=later), term)
    assert start <= first <= second


@FEW
@given(calendars, moments, lengths)
def test_a_deadline_is_never_outside_working_time(calendar: WorkCalendar, start: datetime, much: timedelta) -> None:
    at = add_working(calendar, start, much)
    day = calendar.local(at)
    spans = [span for near in (-1, 0, 1) for span in calendar.spans(day + timedelta(days=near))]
    assert any(opens < at <= closes for opens, closes in spans)


@FEW
@given(calendars, st.dates(date(2023, 1, 1), date(2027, 12, 31)))
def test_what_is_worked_is_what_the_clocks_on_the_wall_show(calendar: WorkCalendar, day: date) -> None:
    """Minute by minute, over the changes of clocks too."""
    spans = calendar.spans(day)
    hours = calendar.week.get(day.weekday()) or next(iter(calendar.week.values()))
    start = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    zone = ZoneInfo(calendar.time_zone)
    for minute in range(0, 54 * 60, 15):
        at = start + timedelta(minutes=minute)
        wall = at.astimezone(zone)
        shown = wall.time()
        works = (
            calendar.works(day)
            and wall.date() == day
            and any(one.opens <= shown and (shown < one.closes or one.closes == time()) for one in hours)
        )
        assert any(opens <= at < closes for opens, closes in spans) == works, wall
    assert list(spans) == sorted(spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))


@FEW
@given(calendars, moments, st.integers(1, 5000), st.integers(1, 5000), terms)
def test_waiting_for_the_customer_costs_no_working_time(
    calendar: WorkCalendar, start: datetime, stop: int, wait: int, term: Term
) -> None:
    stopped = start + timedelta(minutes=stop)
    at = stopped + timedelta(minutes=wait)
    deadline = due(calendar, start, term)
    moved = resumed(calendar, term, stopped, at, deadline)
    assert moved >= deadline
    if deadline <= stopped:
        assert moved == deadline
    elif term.unit in {Unit.WORKING_DAYS, Unit.WORKING_HOURS}:
        assert between(calendar, at, moved) == between(calendar, stopped, deadline)
