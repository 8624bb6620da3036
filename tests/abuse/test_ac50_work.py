"""AC50: time is turned back, skipped, repeated: no deadline before its beginning, no reminder or rule run twice."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from redis import Redis

from crm_core import worker
from crm_core.schedule import SCHEDULE, lay_out
from crm_core.work.sla import Span, Term, Unit, WorkCalendar, due, resumed

CHANGES = (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
ALWAYS = WorkCalendar(time_zone="Europe/Budapest", week=dict.fromkeys(range(7), (Span(opens=time(), closes=time()),)))


@pytest.mark.unit
@pytest.mark.parametrize("change", CHANGES)
def test_an_hour_is_an_hour_over_a_change_of_clocks_and_never_less_than_none(change: datetime) -> None:
    three = Term(amount=3, unit=Unit.WORKING_HOURS)
    assert due(ALWAYS, change, three) - change == timedelta(hours=3)
    for minutes in range(0, 240, 7):
        at = change + timedelta(minutes=minutes)
        assert due(ALWAYS, at, three) > at
    deadline = due(ALWAYS, change, three)
    back = change - timedelta(hours=1)
    assert resumed(ALWAYS, three, change, back, deadline) == deadline, "a clock that went back gives nothing"


@pytest.mark.integration
def test_a_clock_that_went_back_lays_out_what_is_laid_out_already_no_second_time(redis_url: str) -> None:
    now = CHANGES[0].replace(second=30)
    with Redis.from_url(redis_url) as connection:
        queue = worker.queue(connection)
        assert len(lay_out(queue, now)) == len(SCHEDULE)
        assert lay_out(queue, now - timedelta(seconds=5)) == []
