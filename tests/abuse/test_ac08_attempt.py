"""AC08: whatever is replayed, doubled or lost, an attempt leaves at most once, and an unknown end is not tried again.

Of a real switch, whose link breaks and whose floor is killed, the tests of the dialler's line show it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.attempt import Answered, Attempt, Cancelled, Event, LegOver, Lost, Placed, Rang, Refused, State, advance
from outbound.retry import Enough, Reach, Rules, Tried, next_try
from outbound.terms import Klass, Mode, Outcome
from tests.outbound.people import MOSCOW, NUMBER, at

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")
REPLAYED: list[Event] = [Placed(), Rang(), Answered(), LegOver(cause=17), Cancelled("paid"), Refused(), Lost()]


def planned(mode: Mode = Mode.PREDICTIVE) -> Attempt:
    return Attempt(attempt_id=1, mode=mode, customer_id=1, account_id=11, number=NUMBER, planned_at=NOON)


@given(st.lists(st.sampled_from(REPLAYED), max_size=30), st.sampled_from(Mode))
def test_an_attempt_leaves_at_most_once_however_often_it_is_replayed(news: list[Event], mode: Mode) -> None:
    attempt, left = planned(mode), 0
    for event in news:
        after = advance(attempt, event, NOON)
        left += attempt.state is State.PLANNED and after.state is State.PLACED
        attempt = after
    assert left <= 1


@pytest.mark.parametrize(
    "news", [[Lost()], [Placed(), Lost()], [Placed(), Rang(), Lost()], [Placed(), Answered(), Lost()]]
)
def test_what_may_have_left_and_was_lost_is_not_dialled_again_by_a_machine(news: list[Event]) -> None:
    attempt = planned()
    for number, event in enumerate(news):
        attempt = advance(attempt, event, NOON + timedelta(seconds=number))
    assert attempt.outcome is Outcome.UNKNOWN
    tried = [Tried(NUMBER, attempt.outcome, NOON)]
    assert next_try(tried, Reach((NUMBER, "+79160000002"), MOSCOW), Rules(), NOON) == Enough(Klass.WAITING)
