"""The moments that answers name are true: the first yes, and the first no, if nothing but time changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm_core.work.sla import Span
from outbound.law.check import check
from outbound.law.hours import HORIZON
from outbound.law.profile import After, Holidays, Hours, Limit, Of, Per, Profile, Rules, Unit, Wait, Window
from outbound.law.text import shipped, texts
from outbound.terms import Allowed, Channel, Contacted, Debtor, Reason
from tests.outbound.people import at, contact, debtor

pytestmark = pytest.mark.long
ZONES = (
    *("Europe/Moscow", "America/New_York", "Europe/London", "Asia/Kamchatka", "Australia/Lord_Howe", "Africa/Cairo"),
    *("Asia/Beirut", "America/Havana", "America/Nuuk", "Asia/Kolkata", "Pacific/Apia", "Etc/UTC", "Pacific/Chatham"),
)
"""Some change their clocks at midnight, by half an hour, or stand at odd minutes."""
NOW = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001 - made aware here
CLOCK = st.sampled_from([time(hour, minute) for hour in range(24) for minute in (0, 30)])


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.lists(CLOCK, max_size=4, unique=True)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    if draw(st.booleans()) and pairs:
        pairs[-1] = (pairs[-1][0], time())  # to midnight
    return tuple(Span(opens=opens, closes=closes) for opens, closes in pairs)


windows = st.one_of(
    st.sampled_from([Window(Unit.DAY), Window(Unit.WEEK), Window(Unit.MONTH)]),
    st.integers(1, 40).map(lambda days: Window(Unit.DAYS, days)),
    st.integers(1, 100).map(lambda hours: Window(Unit.HOURS, hours)),
)
limits = st.builds(
    Limit,
    most=st.integers(1, 4),
    of=st.sampled_from(Of),
    per=st.sampled_from(Per),
    within=windows,
    channels=st.just(frozenset({Channel.CALL})),
)
waits = st.builds(Wait, after=st.sampled_from(After), per=st.sampled_from(Per), lasts=windows)
rules = st.builds(
    Rules,
    hours=st.none() | st.builds(Hours, st.tuples(*[spans()] * 7), spans()),
    limits=st.lists(limits, max_size=3).map(tuple),
    waits=st.lists(waits, max_size=2).map(tuple),
)
rest = st.builds(
    Holidays,
    country=st.sampled_from(["", "RU", "KZ"]),
    off=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=3),
    worked=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=3),
)
made_up = st.builds(
    lambda call, holidays: Profile(code="x", title="x", note="x", holidays=holidays, channels={Channel.CALL: call}),
    rules,
    rest,
)
profiles = st.sampled_from(sorted(texts())).map(shipped) | made_up
zones = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True).map(tuple)


@st.composite
def contacts(draw: st.DrawFn, now: datetime) -> list[Contacted]:
    found = []
    for minutes in draw(st.lists(st.integers(-60, 45 * 1440), max_size=12)):
        talked = draw(st.booleans())
        found.append(
            contact(
                now - timedelta(minutes=minutes),
                conversation=talked,
                by_us=draw(st.booleans()),
                account_id=draw(st.sampled_from([11, 12, None])),
                customer_id=draw(st.sampled_from([1, 1, 1, 2])),
                outcome="talked" if talked else draw(st.sampled_from(["no_answer", "abandoned", "congestion", "busy"])),
            )
        )
    return found


def between(start: datetime, end: datetime, draws: Sequence[float]) -> list[datetime]:
    """Return moments of `[start, end)`: its edges, a second from them, full hours, and some by chance."""
    second, length = timedelta(seconds=1), (end - start).total_seconds()
    picked = [start, start + second, end - second, end - timedelta(microseconds=1)]
    picked += [start + timedelta(seconds=int(length * draw)) for draw in draws]
    first = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    picked += [first + timedelta(minutes=30 * number) for number in range(60)]
    return [moment for moment in picked if start <= moment < end]


@settings(max_examples=200)
@given(st.data(), NOW, profiles, zones, st.lists(st.floats(0, 1, exclude_max=True), min_size=8, max_size=8))
def test_the_answer_turns_at_the_moment_it_names_and_not_before(
    data: st.DataObject, now: datetime, profile: Profile, where: tuple[str, ...], draws: list[float]
) -> None:
    him, before = debtor(zones=where), data.draw(contacts(now))

    def said(moment: datetime) -> bool:
        return isinstance(check(him, before, profile, moment), Allowed)

    answer = check(him, before, profile, now)
    if isinstance(answer, Allowed):
        last = answer.until or now + timedelta(days=30)
        assert last > now
        assert all(said(moment) for moment in between(now, last, draws))
        assert answer.until is None or not said(answer.until)
    else:
        last = answer.next_at or now + timedelta(days=HORIZON - 1)
        assert last > now
        assert not any(said(moment) for moment in between(now, last, draws))
        assert answer.next_at is None or said(answer.next_at)


@settings(max_examples=100)
@given(st.data(), NOW, profiles, zones)
def test_who_may_be_in_several_zones_is_reached_only_when_each_of_them_says_yes(
    data: st.DataObject, now: datetime, profile: Profile, where: tuple[str, ...]
) -> None:
    before = data.draw(contacts(now))
    each = [isinstance(check(debtor(zones=(zone,)), before, profile, now), Allowed) for zone in where]
    assert isinstance(check(debtor(zones=where), before, profile, now), Allowed) == all(each)


@settings(max_examples=100)
@given(st.data(), NOW, profiles, zones)
def test_the_order_of_what_was_and_what_was_with_others_do_not_matter(
    data: st.DataObject, now: datetime, profile: Profile, where: tuple[str, ...]
) -> None:
    him, before = debtor(zones=where), data.draw(contacts(now))
    answer = check(him, before, profile, now)
    assert check(him, data.draw(st.permutations(before)), profile, now) == answer
    assert check(him, [one for one in before if one.customer_id == 1], profile, now) == answer
    back = now - profile.looks_back
    assert check(him, [one for one in before if one.at >= back], profile, now) == answer


@settings(max_examples=100)
@given(st.data(), NOW, profiles, zones)
def test_one_contact_more_never_makes_a_yes(
    data: st.DataObject, now: datetime, profile: Profile, where: tuple[str, ...]
) -> None:
    him, before = debtor(zones=where), data.draw(contacts(now))
    with_it = check(him, before, profile, now)
    for place in range(len(before)):
        without = check(him, before[:place] + before[place + 1 :], profile, now)
        if isinstance(with_it, Allowed):
            assert isinstance(without, Allowed)


@example(Reason.DECEASED)
@given(st.sampled_from(Reason))
def test_what_stands_against_it_is_not_lifted_by_time(bar: Reason) -> None:
    for code in texts():
        answer = check(debtor(bars=frozenset({bar})), [], shipped(code), at("2026-11-24 12:00"))
        assert not isinstance(answer, Allowed)
        assert bar in answer.reasons
        assert answer.next_at is None


def test_answers_are_quick_enough_for_a_preview() -> None:
    """A preview asks for every debtor of a list; half a million of them must take well under a minute of a core."""
    now, profile = at("2026-11-24 12:00"), shipped("RU-230")
    people: list[Debtor] = [
        Debtor(customer_id=number, account_id=number, number="+7916", zones=(ZONES[number % 3],), open_debt=Decimal(1))
        for number in range(20_000)
    ]
    history = {one.customer_id: [contact(now - timedelta(days=1), customer_id=one.customer_id)] for one in people}
    start = perf_counter()
    answers = [check(one, history[one.customer_id], profile, now) for one in people]
    took = perf_counter() - start
    assert len(answers) == len(people)
    assert took < 10, f"{took:.1f} s for {len(people)}"
