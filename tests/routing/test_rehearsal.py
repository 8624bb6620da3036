"""A recorded day played: figures come to the day's report, every way to a moment shows the same, keys are own."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from routing.news import CallChanged, OperatorChanged
from routing.rehearsal import PastContact, PastPerson, PastState, Recorded, Stage, Totals, Turn, facts
from routing.rehearsal_clock import FASTEST, LASTS, Replay, clock_time
from routing.screen import apply_floor
from routing.views import CallPhase, OperatorState

pytestmark = pytest.mark.unit
EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)
MIDNIGHT = EIGHT + timedelta(hours=16)
SECONDS = st.integers(0, 7200).map(lambda number: timedelta(seconds=number))
SHORTLY = st.integers(0, 90).map(lambda number: timedelta(seconds=number))
THRESHOLDS = {"debts": timedelta(seconds=40)}


def seconds(number: int) -> timedelta:
    return timedelta(seconds=number)


def answered(number: int, at: datetime, *, queue: str = "main", waits: int = 10, talks: int = 60) -> PastContact:
    """A call that waits and is answered by operator 7."""
    return PastContact(
        contact_id=number, inward=True, number="+79991112233", queue=queue, outcome="answered", operator_id=7,
        began_at=at - seconds(20), waiting_since=at, answered_at=at + seconds(waits),
        ended_at=at + seconds(waits + talks),
    )  # fmt: skip


def day(*contacts: PastContact, states: tuple[PastState, ...] = ()) -> Recorded:
    return Recorded(
        since=EIGHT, until=MIDNIGHT, contacts=contacts, states=states, thresholds=THRESHOLDS,
        people={7: PastPerson(name="Olga", extension="101")},
    )  # fmt: skip


@st.composite
def contacts(draw: st.DrawFn) -> PastContact:
    """Any call on record, also one whose moments contradict each other."""
    began = EIGHT + draw(SECONDS)
    waits = draw(st.booleans())
    since = began + draw(SHORTLY) - seconds(5) if waits else None
    taken = draw(st.booleans())
    at = (since or began) + draw(SHORTLY) if taken else None
    turns = draw(st.lists(st.tuples(SHORTLY, st.sampled_from(list(CallPhase)[1:5])), max_size=4))
    return PastContact(
        contact_id=draw(st.integers(1, 10**6)), inward=draw(st.booleans()),
        queue=draw(st.sampled_from(["main", "debts"])),
        outcome="answered" if taken else draw(st.sampled_from(["abandoned", "served", "failed", ""])),
        operator_id=draw(st.integers(1, 3)) if taken else None, began_at=began, waiting_since=since, answered_at=at,
        ended_at=(at or since or began) + draw(SHORTLY),
        turns=tuple(Turn(at=began + after, phase=phase, operator_id=1) for after, phase in sorted(turns)),
    )  # fmt: skip


STATES = st.lists(
    st.builds(
        lambda who, state, after: PastState(operator_id=who, state=state, reason="", at=EIGHT + after),
        st.integers(1, 3), st.sampled_from(list(OperatorState)), SECONDS,
    ),
    max_size=8,
).map(lambda found: tuple(sorted(found, key=lambda one: one.at)))  # fmt: skip
DAYS = st.builds(
    lambda calls, states: day(*calls, states=states),
    st.lists(contacts(), max_size=12, unique_by=lambda one: one.contact_id),
    STATES,
)


def reported(past: Recorded) -> dict[str, Counter[str]]:
    """What reports count, straight from their definitions: one visit a call, with the queue it was in last."""
    found: dict[str, Counter[str]] = {}
    for one in past.contacts:
        if not one.inward or one.waiting_since is None:
            continue
        tally = found.setdefault(one.queue, Counter())
        threshold = past.thresholds.get(one.queue, past.threshold)
        tally["offered"] += one.answered_at is not None or one.outcome != "served"
        if one.answered_at is not None:
            tally["answered"] += 1
            tally["answered_in_time"] += one.answered_at - one.waiting_since <= threshold
        elif one.outcome == "abandoned":
            tally["abandoned"] += 1
            tally["abandoned_short"] += one.ended_at - one.waiting_since <= seconds(5)
        else:
            tally["kept" if one.outcome == "served" else "exits"] += 1
    return found


def as_counter(one: Totals) -> Counter[str]:
    return Counter({name: getattr(one, name) for name in Totals.__slots__})


@settings(max_examples=60)
@given(DAYS)
def test_at_the_end_of_a_day_its_figures_are_those_of_the_reports(past: Recorded) -> None:
    stage = Stage(past)
    stage.play(stage.ends)
    assert {name: +as_counter(one) for name, one in stage.totals.items()} == {
        name: +one for name, one in reported(past).items()
    }
    assert not stage.floor().calls, "nobody is left on the line"
    assert not [one for one in stage.floor().queues if one.waiting]


@settings(max_examples=60)
@given(DAYS, st.lists(SECONDS, max_size=5).map(sorted))
def test_a_screen_that_takes_the_news_in_shows_what_a_new_one_is_shown(past: Recorded, steps: list[timedelta]) -> None:
    stage, leaping = Stage(past), Stage(past)
    shown = stage.floor()
    for step in steps:
        for news in stage.play(EIGHT + step):
            shown = apply_floor(shown, news)
        assert shown == stage.floor()
    leaping.play(EIGHT + (steps[-1] if steps else timedelta()))
    stage.play(leaping.at)
    assert leaping.floor() == stage.floor(), "it does not matter in how many steps one comes to a moment"
    assert leaping.totals == stage.totals


@settings(max_examples=60)
@given(DAYS)
@example(day(answered(1, EIGHT), states=(PastState(operator_id=7, state=OperatorState.READY, reason="", at=EIGHT),)))
def test_nothing_on_the_stage_has_the_key_of_something_on_the_live_floor(past: Recorded) -> None:
    stage, told = Stage(past), []
    while (at := stage.next_at) is not None:
        told.extend(stage.play(at))
    calls = [one.call for one in told if isinstance(one, CallChanged)]
    operators = [one.operator for one in told if isinstance(one, OperatorChanged)]
    assert all(one.call_id.startswith("replay-") and one.account_id is None for one in calls)
    assert all(one.operator_id < 0 for one in operators)
    assert all((one.operator_id or -1) < 0 for one in calls)


@settings(max_examples=60)
@given(DAYS)
def test_time_never_runs_backwards_and_every_call_ends_once(past: Recorded) -> None:
    found = facts(past)
    assert [one.at for one in found] == sorted(one.at for one in found)
    ends = Counter(one.contact.contact_id for one in found if getattr(one, "phase", None) is CallPhase.ENDED)
    assert ends == Counter(one.contact_id for one in past.contacts)


def test_a_call_rings_is_talked_on_held_and_gone_as_it_was() -> None:
    call = answered(1, EIGHT + seconds(60), waits=10, talks=60)
    at = call.waiting_since or EIGHT
    turns = (
        Turn(at=at + seconds(5), phase=CallPhase.RINGING, operator_id=7),
        Turn(at=at + seconds(20), phase=CallPhase.HELD),
        Turn(at=at + seconds(30), phase=CallPhase.TALKING),
    )
    stage = Stage(day(PastContact(**{name: getattr(call, name) for name in call.__slots__} | {"turns": turns})))
    seen = []
    for after in (-10, 0, 5, 10, 20, 30, 70):
        stage.play(at + seconds(after))
        (shown,) = stage.floor().calls or (None,)
        (queue,) = stage.floor().queues or (None,)
        seen.append((shown and shown.phase.value, shown and shown.operator_id, queue and queue.waiting))
    assert seen == [
        ("ivr", None, None), ("waiting", None, 1), ("ringing", -7, 1), ("talking", -7, 0), ("held", -7, 0),
        ("talking", -7, 0), (None, None, 0),
    ]  # fmt: skip


def test_live_figures_forget_after_half_an_hour_while_the_day_remembers() -> None:
    stage = Stage(day(answered(1, EIGHT + seconds(60)), answered(2, EIGHT + seconds(120), waits=30)))
    stage.play(EIGHT + timedelta(minutes=10))
    (queue,) = stage.floor().queues
    assert (queue.offered, queue.answered, queue.answered_in_threshold) == (2, 2, 1)
    assert stage.next_at == EIGHT + timedelta(minutes=31), "the first stay leaves the window then"
    stage.play(EIGHT + timedelta(hours=2))
    (queue,) = stage.floor().queues
    assert (queue.offered, stage.totals["main"].offered) == (0, 2)
    assert (stage.totals["main"].level.value, stage.totals["main"].level.n) == (50, 2)


def test_an_operator_who_never_came_is_not_on_the_stage_and_talks_are_counted() -> None:
    stood = [
        PastState(operator_id=7, state=OperatorState.READY, reason="", at=EIGHT - timedelta(hours=3)),
        PastState(operator_id=8, state=OperatorState.OFFLINE, reason="", at=EIGHT - timedelta(hours=3)),
        PastState(operator_id=7, state=OperatorState.TALKING, reason="", at=EIGHT + seconds(9), contact_id=1),
        PastState(operator_id=7, state=OperatorState.NOT_READY, reason="lunch", at=EIGHT + seconds(90)),
    ]
    stage = Stage(day(states=tuple(stood)))
    stage.play(EIGHT)
    assert [(one.operator_id, one.state.value, one.since) for one in stage.floor().operators] == [
        (-7, "ready", EIGHT - timedelta(hours=3))
    ]
    stage.play(EIGHT + seconds(100))
    (olga,) = stage.floor().operators
    assert (olga.name, olga.state.value, olga.reason, olga.calls_today) == ("Olga", "not_ready", "lunch", 1)


# --- the clock ---------------------------------------------------------------------------------------------------

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
REPLAY = Replay(
    replay_id="r1", day=date(2026, 11, 23), since=EIGHT, until=MIDNIGHT, touched_at=NOW, stood_at=EIGHT, speed=10
)


def test_a_clock_goes_at_its_speed_stands_while_paused_and_jumps() -> None:
    later = NOW + seconds(30)
    assert REPLAY.shows(later) == EIGHT + seconds(300)
    assert REPLAY.runs_until(EIGHT + seconds(400), later) == seconds(10)
    paused = REPLAY.pause(later)
    assert (paused.shows(later + seconds(99)), paused.rate, paused.runs_until(MIDNIGHT, later)) == (
        EIGHT + seconds(300), 0, None,
    )  # fmt: skip
    going = paused.go_on(later + seconds(99)).at_speed(60, later + seconds(100))
    assert going.shows(later + seconds(101)) == EIGHT + seconds(300 + 10 + 60)
    there = going.jump(EIGHT + timedelta(hours=4), NOW)
    assert there.shows(NOW) == EIGHT + timedelta(hours=4)
    assert (there.jump(EIGHT - LASTS, NOW).stood_at, there.jump(MIDNIGHT + LASTS, NOW).stood_at) == (EIGHT, MIDNIGHT)
    assert not there.over(NOW + LASTS - seconds(1))
    assert there.over(NOW + LASTS)


@given(st.integers(-500, 500), st.integers(0, 10_000), st.integers(0, 10_000))
def test_touching_a_clock_never_moves_its_hands(speed: int, first: int, then: int) -> None:
    at, end = NOW + seconds(first), NOW + seconds(first + then)
    for touched in (REPLAY.pause(at), REPLAY.go_on(at), REPLAY.at_speed(speed, at)):
        assert touched.shows(at) == REPLAY.shows(at)
        assert 0 <= touched.rate <= FASTEST
        assert touched.shows(end) >= touched.shows(at)


@pytest.mark.parametrize(
    ("text", "read"),
    [("08:00", "08:00"), ("8:05", "08:05"), ("23:59", "23:59"), ("24:00", None), ("8", None), ("8:5", None),
     ("08:60", None), ("", None), ("\u0660\u0668:\u0660\u0660", None), ("-1:00", None), ("008:00", None)],
)  # fmt: skip
def test_a_time_of_day_is_read_or_refused(text: str, read: str | None) -> None:
    found = clock_time(text)
    assert (found and found.isoformat("minutes")) == read
