"""AC06: more calls than an operator, a number, a trunk or the house may have, and calls after hours, do not go out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.work.sla import WorkCalendar
from outbound.caps import DAY, MINUTE, Caps, Sent, judge, within
from outbound.gate import ask
from outbound.law.text import shipped
from outbound.terms import Allowed, Answer, Blocked, Mode, Reason
from tests.outbound.people import HOUSE, MOSCOW, at, wanted

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")
SECOND = timedelta(seconds=1)


def asked(sent: Sent, now: datetime = NOON, mode: Mode = Mode.MANUAL) -> Answer:
    return ask(wanted(mode=mode, caps=judge(Caps(), sent, now)), [], shipped("none"), HOUSE, now)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("sent", "free_at"),
    [
        (Sent(by_operator=[NOON - SECOND * number for number in range(6)]), NOON + 55 * SECOND),
        (Sent(to_number=[NOON - timedelta(hours=hours) for hours in (1, 2, 3)]), NOON + timedelta(hours=21)),
        (Sent(house_today=20_000, house_free_at=NOON + SECOND), NOON + SECOND),
        (Sent(lines=30), None),
    ],
)
def test_one_more_is_refused_whoever_wants_it(sent: Sent, free_at: datetime | None, mode: Mode) -> None:
    answer = asked(sent, mode=mode)
    assert isinstance(answer, Blocked)
    assert (answer.reasons, answer.next_at) == ((Reason.CAPS,), free_at)


def test_one_less_is_not() -> None:
    assert isinstance(asked(Sent(by_operator=[NOON] * 5, to_number=[NOON] * 2, house_today=19_999, lines=29)), Allowed)


@pytest.mark.parametrize("mode", Mode)
def test_after_hours_nothing_goes_out(mode: Mode) -> None:
    house = replace(HOUSE, hours=WorkCalendar(time_zone=MOSCOW))
    answer = ask(wanted(mode=mode), [], shipped("none"), house, at("2026-11-24 23:00"))
    assert isinstance(answer, Blocked)
    assert answer.reasons == (Reason.HOURS,)


@given(st.lists(st.integers(-120, 5), max_size=40), st.integers(0, 8))
def test_however_he_hurries_no_minute_has_more_than_it_may(seconds: list[int], most: int) -> None:
    """He tries at every second; what is let out is within the cap in every window of a minute."""
    times = [NOON + SECOND * number for number in seconds]
    let_out: list[datetime] = []
    for now in sorted(times):
        cap = within("operator-minute", most, let_out, MINUTE, now)
        if not cap.full:
            let_out.append(now)
        elif most:
            assert cap.free_at is not None
            assert cap.free_at > now
            assert not within("operator-minute", most, let_out, MINUTE, cap.free_at).full
            assert within("operator-minute", most, let_out, MINUTE, cap.free_at - timedelta(microseconds=1)).full
    for end in let_out:
        assert sum(1 for one in let_out if end - MINUTE < one <= end) <= most


def test_a_clock_that_goes_back_gives_no_second_day() -> None:
    """AC50 too: calls of the future count."""
    cap = within("number-day", 1, [NOON + timedelta(hours=3)], DAY, NOON)
    assert cap.full
    assert cap.free_at == NOON + timedelta(hours=27)
