"""Pacing: never over the lines, progressive at a cap of 0, more operators never fewer calls, the same from its log."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from random import Random

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from outbound.abandonment import Cap, Denominator
from outbound.history import Abandoned, Answered, Connected, Fact, History, Talked, Unanswered, Wrapped
from outbound.pacing import Code, Grounds, Load, allowance, calls_to_place, look, place, said, usable

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def lived(seed: int = 1, *, calls: int = 400, share: float = 0.3, abandoned: int = 0) -> list[Fact]:
    """Return the facts of a morning that ended before now."""
    random, facts = Random(seed), []
    for number in range(calls):
        at = NOW - timedelta(hours=2) + timedelta(seconds=number * 15)
        if random.random() < share:
            facts.append(Answered(at, "all", random.uniform(4, 20)))
            facts.append(Connected(at, number))
            over = at + timedelta(seconds=random.expovariate(1 / 120))
            facts += [Talked(over, number), Wrapped(over + timedelta(seconds=random.uniform(2, 8)), number)]
        else:
            facts.append(Unanswered(at, "all", random.choice([5.0, 30.0])))
    facts += [Abandoned(NOW - timedelta(minutes=number)) for number in range(abandoned, 0, -1)]
    return sorted((fact for fact in facts if fact.at < NOW), key=lambda fact: fact.at)


def history(facts: list[Fact]) -> History:
    """Return what was lived through."""
    one = History()
    for fact in facts:
        one.note(fact)
    return one


LIVED = history(lived())
ages = st.lists(st.integers(0, 2_000), max_size=60).map(tuple)
loads = st.builds(
    Load,
    idle=st.integers(0, 60),
    talking=ages,
    wrapping=ages,
    ringing=st.lists(st.tuples(st.sampled_from(["all", "new"]), ages), max_size=2).map(tuple),
    waiting=st.integers(0, 5),
    lines=st.integers(0, 300),
    segment=st.sampled_from(["all", "new"]),
    left=st.one_of(st.none(), st.floats(0, 40_000)),
)
grounds = st.builds(
    Grounds,
    idle=st.integers(0, 200),
    busy=st.integers(0, 200),
    ringing=st.integers(0, 500),
    waiting=st.integers(0, 20),
    lines=st.integers(0, 400),
    soon=st.floats(0, 50),
    coming=st.floats(0, 100),
    spread=st.floats(0, 60),
    skew=st.floats(-20, 20),
    share=st.floats(0.02, 0.98),
    doubt=st.floats(0, 0.6),
    answered=st.integers(0, 50_000),
    abandoned=st.integers(0, 2_000),
    left=st.one_of(st.none(), st.floats(0, 20_000)),
    cap=st.sampled_from([0.0, 0.01, 0.03, 0.05]),
    confidence=st.sampled_from([0.9, 0.99, 0.999]),
)


@given(load=loads)
def test_no_more_calls_than_lines_and_never_fewer_than_none(load: Load) -> None:
    assert 0 <= calls_to_place(load, LIVED, Cap(), NOW).calls <= load.lines


@given(load=loads)
def test_a_cap_of_0_dials_one_call_for_each_idle_operator(load: Load) -> None:
    ringing = sum(len(ages) for _, ages in load.ringing)
    decision = calls_to_place(load, LIVED, Cap(share=0.0), NOW)
    assert decision.calls == min(load.lines, max(0, load.idle - load.waiting - ringing))


@given(one=grounds, more=st.integers(1, 20))
def test_more_idle_operators_never_mean_fewer_calls(one: Grounds, more: int) -> None:
    assert place(replace(one, idle=one.idle + more)).calls >= place(one).calls


@given(one=grounds, more=st.integers(1, 20))
def test_who_is_abandoned_never_brings_more_calls(one: Grounds, more: int) -> None:
    assert place(replace(one, abandoned=one.abandoned + more)).calls <= place(one).calls


@given(one=grounds)
def test_a_decision_is_the_same_from_its_line_in_the_log(one: Grounds) -> None:
    decision = place(one)
    again = msgspec.json.decode(msgspec.json.encode(asdict(decision.grounds)), type=Grounds)
    assert place(again) == decision


@given(asked=st.lists(st.integers(0, 7_200), max_size=30), load=loads)
def test_the_same_facts_decide_the_same_whenever_they_were_asked(asked: list[int], load: Load) -> None:
    facts = lived(3, calls=120)
    curious, moments = History(), sorted(asked)
    for fact in facts:
        while moments and NOW - timedelta(seconds=7_200 - moments[0]) < fact.at:
            calls_to_place(load, curious, Cap(), NOW - timedelta(seconds=7_200 - moments.pop(0)))
        curious.note(fact)
    assert calls_to_place(load, curious, Cap(), NOW) == calls_to_place(load, history(facts), Cap(), NOW)


def test_with_nothing_known_there_is_a_call_for_each_idle_operator_and_no_more() -> None:
    decision = calls_to_place(Load(idle=10, lines=100), History(), Cap(), NOW)
    assert decision.calls == 10
    assert calls_to_place(Load(idle=0, talking=(5,) * 10, lines=100), History(), Cap(), NOW).calls == 0


def test_the_quick_failures_of_the_first_seconds_are_not_taken_for_all() -> None:
    young = History()
    for number in range(60):
        young.note(Unanswered(NOW + timedelta(seconds=5), "all", 5.0))
        young.note(Answered(NOW + timedelta(seconds=6 + number / 10), "all", 6.0))
    assert young.share("all", NOW + timedelta(seconds=20)).mean == 0.5
    assert young.share("all", NOW + timedelta(seconds=60)).calls > 100


def test_it_dials_ahead_of_operators_who_will_be_free() -> None:
    # Of twenty who have talked long, some will be free in a ring's time.
    load = Load(idle=2, talking=(100,) * 18, wrapping=(18,) * 6, lines=100, segment="all")
    decision = calls_to_place(load, LIVED, Cap(), NOW)
    assert decision.grounds.soon > 5
    assert decision.calls > 2


def test_it_stops_at_once_when_operators_leave() -> None:
    before = Load(
        idle=3, talking=(60,) * 40, wrapping=(10,) * 7, ringing=(("all", (6,) * 8),), lines=100, segment="all"
    )
    assert calls_to_place(before, LIVED, Cap(), NOW).calls > 0
    after = replace(before, idle=1, talking=(60,) * 20, wrapping=(10,) * 3)
    assert calls_to_place(after, LIVED, Cap(), NOW).calls == 0
    gone = calls_to_place(replace(before, idle=0, talking=(), wrapping=()), LIVED, Cap(), NOW)
    assert (gone.calls, gone.code) == (0, Code.NOBODY)


def test_over_the_cap_nobody_more_may_be_abandoned() -> None:
    load = Load(idle=3, talking=(100,) * 17, lines=100, segment="all")
    free = calls_to_place(load, LIVED, Cap(), NOW)
    over = calls_to_place(load, history(lived(abandoned=20)), Cap(), NOW)
    assert over.grounds.abandoned == 20
    assert over.calls < free.calls
    assert over.allowed == pytest.approx(0.005)


def test_a_share_that_is_hardly_known_holds_back() -> None:
    seen = look(
        Load(idle=5, talking=(50,) * 20, ringing=(("all", (3,) * 6),), lines=99, segment="all"), LIVED, Cap(), NOW
    )
    assert place(replace(seen, doubt=0.5)).calls < place(seen).calls


def test_of_lines_the_last_is_said() -> None:
    decision = calls_to_place(Load(idle=10, lines=4), LIVED, Cap(), NOW)
    assert (decision.calls, decision.code) == (4, Code.LINES)


def test_what_is_allowed_follows_the_credit_and_the_end_of_the_window() -> None:
    seen = look(Load(idle=5, talking=(50,) * 20, lines=99, segment="all"), LIVED, Cap(), NOW)
    one = replace(seen, answered=4_000, abandoned=110)
    assert allowance(replace(one, abandoned=118)) < allowance(one) < allowance(replace(one, abandoned=100))
    # Ten that may still be abandoned are much with an hour to go, and little with a day.
    assert allowance(replace(one, left=100.0)) > allowance(replace(one, left=4_000.0))


def test_what_will_be_earned_is_lent_from_and_the_last_calls_are_kept_back() -> None:
    seen = look(Load(idle=5, talking=(50,) * 20, lines=99, segment="all"), LIVED, Cap(), NOW)
    one = replace(seen, answered=100, abandoned=0)
    assert usable(replace(one, left=None)) == pytest.approx(1.0), "of who does not know the end, two are kept"
    assert usable(replace(one, left=0.0)) == pytest.approx(1.0)
    assert usable(replace(one, left=500.0)) == pytest.approx(4.5), "a tenth of what comes"
    assert usable(replace(one, left=90_000.0)) == pytest.approx(5.0), "and never more than two calls"


def test_a_machine_is_no_person_unless_the_cap_counts_it() -> None:
    one = History()
    one.note(Answered(NOW, "all", 8.0, person=False))
    one.note(Answered(NOW, "all", 8.0))
    load = Load(idle=1, lines=1, segment="all")
    assert look(load, one, Cap(), NOW).answered == 1
    assert look(load, one, Cap(denominator=Denominator.ANSWERED), NOW).answered == 2


def test_a_decision_says_why_in_one_line() -> None:
    line = said(calls_to_place(Load(idle=2, talking=(5, 9), lines=9, segment="all"), LIVED, Cap(), NOW))
    assert "\n" not in line
    assert "2 idle" in line
    assert "cap 3.0%" in line
