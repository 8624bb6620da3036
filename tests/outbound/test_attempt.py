"""The life of an attempt: it leaves at most once, ends with exactly one outcome, and its table is drawn."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.attempt import (
    OPEN,
    OUT,
    TRANSITIONS,
    Answered,
    Attempt,
    Cancelled,
    Event,
    GraceEnded,
    Joined,
    LegOver,
    Lost,
    MachineFound,
    Matched,
    MatchLost,
    NoticeBegan,
    NoticeHeard,
    OperatorAsked,
    Placed,
    Rang,
    Refused,
    State,
    Trigger,
    advance,
    drawn,
)
from outbound.terms import Mode, Outcome
from tests.outbound.people import NUMBER, at

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")
PLAN = Attempt(
    attempt_id=1, mode=Mode.PREDICTIVE, customer_id=1, account_id=11, number=NUMBER, planned_at=NOON
)  # fmt: skip
BUSY, CLEARED = LegOver(cause=17, sip_code=486), LegOver(cause=16, sip_code=200)
events = st.sampled_from(
    [
        *(
            Placed(),
            Rang(),
            Answered(),
            MachineFound(),
            Matched(7),
            MatchLost(),
            Joined(7),
            NoticeBegan(),
            NoticeHeard(),
        ),
        *(OperatorAsked(), GraceEnded(), BUSY, CLEARED, Cancelled("paid"), Refused(), Lost()),
    ]
)


def lived(*happened: Event) -> Attempt:
    attempt = PLAN
    for number, event in enumerate(happened, start=1):
        attempt = advance(attempt, event, NOON + timedelta(seconds=number))
    return attempt


@pytest.mark.parametrize(
    ("happened", "outcome"),
    [
        ((Placed(), Rang(), Answered(), Matched(7), Joined(7), CLEARED), Outcome.TALKED),
        ((Placed(), Answered(), Joined(7), CLEARED), Outcome.TALKED),
        ((Placed(), Rang(), BUSY), Outcome.BUSY),
        ((Placed(), BUSY), Outcome.BUSY),
        ((Placed(), LegOver(cause=1, sip_code=404)), Outcome.BAD_NUMBER),
        ((Placed(), Rang(), LegOver(cause=19, sip_code=480, timed_out=True)), Outcome.NO_ANSWER),
        ((Placed(), Rang(), Answered(), GraceEnded(), CLEARED), Outcome.ABANDONED),
        ((Placed(), Rang(), Answered(), Matched(7), GraceEnded(), Joined(7), CLEARED), Outcome.ABANDONED),
        ((Placed(), Rang(), Answered(), Matched(7), MatchLost(), Matched(8), Joined(8), CLEARED), Outcome.TALKED),
        ((Placed(), Rang(), Answered(), MachineFound(), CLEARED), Outcome.MACHINE),
        ((Placed(), Rang(), Answered(), CLEARED), Outcome.REJECTED),
        ((Placed(), Answered(), NoticeBegan(), CLEARED), Outcome.NOTICE_CUT),
        ((Placed(), Answered(), NoticeBegan(), NoticeHeard(), CLEARED), Outcome.NOTICE_HEARD),
        ((Placed(), Answered(), NoticeBegan(), OperatorAsked(), Matched(7), Joined(7), CLEARED), Outcome.TALKED),
        ((Cancelled("paid"),), Outcome.CANCELLED),
        ((Placed(), Rang(), Cancelled("paid"), LegOver(cause=16)), Outcome.CANCELLED),
        ((Placed(), Rang(), Cancelled("paid"), Answered(), Joined(7), CLEARED), Outcome.TALKED),
        ((Placed(), Refused()), Outcome.FAILED),
        ((Lost(),), Outcome.UNKNOWN),
        ((Placed(), Lost()), Outcome.UNKNOWN),
        ((Placed(), Cancelled("campaign-stopped"), Lost()), Outcome.UNKNOWN),
        ((Placed(), Rang(), Lost()), Outcome.UNKNOWN),
        ((Placed(), Answered(), Joined(7), Lost()), Outcome.TALKED),
    ],
)
def test_a_life_and_its_outcome(happened: tuple[Event, ...], outcome: Outcome) -> None:
    attempt = lived(*happened)
    assert (attempt.state, attempt.outcome) == (State.ENDED, outcome)
    assert attempt.ended_at == NOON + timedelta(seconds=len(happened))


def test_times_and_people_are_kept() -> None:
    attempt = lived(Placed(), Rang(), Answered(), Matched(7), Joined(7), CLEARED)
    seconds = [
        (when - NOON).total_seconds()
        for when in (attempt.placed_at, attempt.rang_at, attempt.answered_at, attempt.talked_at, attempt.ended_at)
        if when is not None
    ]
    assert seconds == [1, 2, 3, 5, 6]
    assert (attempt.operator_id, attempt.cause, attempt.sip_code, attempt.answered_in) == (7, 16, 200, 2)
    assert lived(Placed(), BUSY).answered_in is None
    assert lived(Placed(), Answered(), Matched(7), MatchLost()).operator_id is None


def test_what_is_called_off_while_it_rings_is_over_when_the_switch_says_so() -> None:
    attempt = lived(Placed(), Rang(), Cancelled("paid"))
    assert (attempt.state, attempt.cancelled) == (State.RINGING, "paid")
    assert advance(attempt, Cancelled("campaign-stopped"), NOON).cancelled == "paid"
    talking = lived(Placed(), Answered(), Joined(7))
    assert advance(talking, Cancelled("paid"), NOON) is talking


@given(st.lists(events, max_size=20))
def test_it_leaves_at_most_once_and_ends_with_one_outcome(happened: list[Event]) -> None:
    attempt, placed = PLAN, 0
    for number, event in enumerate(happened, start=1):
        before, attempt = attempt, advance(attempt, event, NOON + timedelta(seconds=number))
        placed += before.state is State.PLANNED and attempt.state is State.PLACED
        if before.state is State.ENDED:
            assert attempt is before
        assert (attempt.outcome is None) == (attempt.ended_at is None) == (attempt.state is not State.ENDED)
        assert (attempt.state in OUT) <= (attempt.placed_at is not None)
        assert attempt.answered_at is None or attempt.placed_at is not None
    assert placed <= 1
    if attempt.outcome is Outcome.TALKED:
        assert attempt.talked_at is not None
        assert attempt.operator_id is not None
    if attempt.outcome is Outcome.ABANDONED:
        assert attempt.abandoned_at is not None


@given(st.lists(events, max_size=12))
def test_news_that_comes_twice_changes_nothing_more(happened: list[Event]) -> None:
    once = lived(*happened)
    for event in happened[-1:]:
        again = advance(once, event, NOON + timedelta(seconds=len(happened)))
        assert again.state is once.state or (once.state, again.state) in {
            (before, after) for (before, _), after in TRANSITIONS.items()
        }
        assert again.outcome is once.outcome or once.outcome is None


def test_every_state_is_reached_and_left_and_every_open_one_can_be_lost() -> None:
    assert set(TRANSITIONS.values()) | {State.PLANNED} == set(State)
    assert {before for before, _ in TRANSITIONS} | {State.ENDED} == set(State)
    assert {trigger for _, trigger in TRANSITIONS} == set(Trigger)
    assert {before for before, trigger in TRANSITIONS if trigger is Trigger.IS_LOST} == OPEN
    assert [after for (_, trigger), after in TRANSITIONS.items() if trigger is Trigger.PLACES] == [State.PLACED]


def test_the_drawing_is_up_to_date() -> None:
    """`python -m outbound.attempt docs/lives` draws it anew."""
    page = Path(__file__).parents[2] / "docs" / "lives" / "attempt.md"
    assert page.read_text(encoding="utf-8") == drawn()
