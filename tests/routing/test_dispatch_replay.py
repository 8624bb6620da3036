"""A day played again: the same day and seed make the same figures, and other rules what they should."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.store.replays import Stood, Waited
from routing.policy import Asked, Policy, parse
from routing.replay import PastCall, PastDay, Replayed, Shift, as_it_was, patience, replay
from routing.skills import profile
from routing.terms import Cause, Terms
from routing.trial import figures, past_call, shifts, shown
from routing.views import OperatorId

pytestmark = pytest.mark.unit
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
LAW = parse("""
name: law
rules:
  - {name: debts, when: {topics: [debt]}, queue: debts, needs: {law: 2}}
  - {name: vip, when: {flags: [vip]}, head_start: 3600}
""")


def day(seed: int = 1, callers: int = 300) -> PastDay:
    """A morning of four operators, two of whom know the law."""
    random = Random(seed)
    calls, at = [], NINE
    for number in range(callers):
        at += timedelta(seconds=random.expovariate(1 / 40))
        waited = timedelta(seconds=random.expovariate(1 / 30))
        answered = random.random() < 0.85
        calls.append(
            PastCall(
                call_id=f"c{number}",
                at=at,
                asked=Asked(
                    topic=random.choice(["debt", "", "reading"]), flags=frozenset({"vip"} if number % 9 == 0 else ())
                ),
                answered=waited if answered else None,
                lasted=timedelta(seconds=random.expovariate(1 / 120)) if answered else None,
                left=None if answered else waited,
            )
        )  # fmt: skip
    staff = (("law:2",), ("law:3",), ("smalltalk",), ("smalltalk",))
    spans = ((NINE, NINE + timedelta(hours=2)), (NINE + timedelta(hours=2, minutes=10), NINE + timedelta(hours=6)))
    return PastDay(
        calls=tuple(calls),
        shifts=tuple(
            Shift(operator_id=OperatorId(key), profile=profile(able), spans=spans) for key, able in enumerate(staff)
        ),
    )  # fmt: skip


def played(past: PastDay, policy: Policy, seed: int = 7) -> Replayed:
    *progress, last = replay(past, policy, seed)
    assert isinstance(last, Replayed)
    assert progress == sorted(progress, key=int)  # type: ignore[arg-type]
    return last


def test_the_same_day_rules_and_seed_make_the_same_figures() -> None:
    past = day()
    assert shown(played(past, LAW)) == shown(played(past, LAW))
    backwards = replace(past, calls=past.calls[::-1], shifts=past.shifts[::-1])
    assert shown(played(backwards, LAW)) == shown(played(past, LAW)), "the order of reading is no part of a day"
    assert shown(played(past, LAW, seed=8)) != shown(played(past, LAW, seed=7))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_every_caller_is_in_one_place_in_the_end(seed: int, strict: bool) -> None:
    past = day(seed, 60)
    result = played(past, LAW if strict else Policy(), seed)
    total = result.total
    assert total.offered == total.answered + total.abandoned == len(past.calls) == len(total.waits)
    assert sum(tally.offered for tally in result.topics.values()) == len(past.calls)
    assert sum(result.operators.values()) == total.answered


def test_rules_catch_calls_and_only_who_is_able_serves() -> None:
    past = day()
    result = played(past, LAW)
    debts = sum(call.asked.topic == "debt" for call in past.calls)
    assert result.rules == {"debts": debts, "vip": sum("vip" in call.asked.flags for call in past.calls)}
    assert {who for who, queue in result.operators if queue == "debts"} == {0, 1}
    assert result.queues["debts"].offered == debts
    free = played(past, Policy())
    assert {who for who, _ in free.operators} == {0, 1, 2, 3}
    assert free.rules == {}
    assert free.total.service_level > result.total.service_level, "strict skills cost service level"


def test_nobody_is_served_while_nobody_is_at_work() -> None:
    past = replace(day(), shifts=())
    total = played(past, LAW).total
    assert (total.answered, total.abandoned) == (0, len(past.calls))


def one_call(number: int, seconds: int, **known: object) -> PastCall:
    """A caller who would wait an hour."""
    return PastCall(
        call_id=f"c{number}", at=NINE + timedelta(seconds=seconds), asked=Asked(), left=timedelta(hours=1), **known  # type: ignore[arg-type]
    )  # fmt: skip


def told(result: Replayed) -> list[tuple[str, str, str, str, float]]:
    return [(one.call_id, one.queue, one.cause.value, one.way, one.waited.total_seconds()) for one in result.overflowed]


def shift(*skills: str, breaks: bool = False) -> Shift:
    """An operator who is at work all morning, or in a pause all the time."""
    span = ((NINE, NINE + timedelta(hours=6)),)
    return Shift(
        operator_id=OperatorId(1), profile=profile(skills), spans=() if breaks else span, signed_in=span
    )  # fmt: skip


def test_who_finds_a_queue_full_or_waits_long_overflows_and_the_queue_he_left_forgets_him() -> None:
    main = Terms(
        name="main", most=1, after=timedelta(seconds=90), exits={Cause.FULL: "queue/help", Cause.LATE: "voicemail"}
    )
    past = PastDay(calls=tuple(one_call(n, 10 * n) for n in range(3)), shifts=(), terms={"main": main})
    result = played(past, Policy())
    assert told(result) == [
        ("c1", "main", "full", "queue/help", 0),
        ("c2", "main", "full", "queue/help", 0),
        ("c0", "main", "late", "voicemail", 90),
    ]
    assert (result.queues["main"].offered, result.queues["help"].offered) == (0, 2)
    assert result.most == {"main": 1, "help": 2}
    assert result.total.offered == result.topics[""].offered == 2, "who leaves a message is in no figure"


def test_who_overflows_is_served_where_he_went_with_the_time_he_waited() -> None:
    main = Terms(name="main", after=timedelta(seconds=30), exits={Cause.LATE: "queue/help"})
    helps = Terms(name="help", threshold=timedelta(seconds=30))
    past = PastDay(calls=(one_call(1, 0),), shifts=(shift("queue/help"),), terms={"main": main, "help": helps})
    result = played(past, Policy())
    assert told(result) == [("c1", "main", "late", "queue/help", 30)]
    assert result.queues["help"].waits == [30.0]
    assert result.queues["help"].in_threshold == 1, "the threshold is the queue's own"
    assert result.operators == {(1, "help"): 1}


def test_a_pause_counts_as_at_work_and_nobody_signed_in_sends_callers_on() -> None:
    main = Terms(name="main", exits={Cause.NOBODY: "closed"})
    past = PastDay(calls=(one_call(1, 60), one_call(2, 7 * 3600)), shifts=(shift(breaks=True),), terms={"main": main})
    assert told(played(past, Policy())) == [("c2", "main", "nobody", "closed", 0)]
    other = replace(past, shifts=(shift("queue/help", breaks=True),))
    assert [one.call_id for one in played(other, Policy()).overflowed] == ["c1", "c2"]


def test_queues_that_pass_a_caller_round_end_with_him_waiting() -> None:
    terms = {
        name: Terms(name=name, most=0, exits={Cause.FULL: f"queue/{other}"})
        for name, other in (("main", "help"), ("help", "main"))
    }
    result = played(PastDay(calls=(one_call(1, 0),), shifts=(), terms=terms), Policy())
    assert [way for *_, way, _ in told(result)] == ["queue/help", "queue/main"]
    assert result.queues["main"].abandoned == 1


def test_the_same_day_overflows_the_same_and_only_the_first_are_kept_one_by_one() -> None:
    main = Terms(name="main", most=0, exits={Cause.FULL: "closed"})
    past = PastDay(calls=tuple(one_call(n, n) for n in range(600)), shifts=(), terms={"main": main})
    kept = shown(played(past, Policy()))
    assert kept == shown(played(past, Policy()))
    assert kept["ways"] == [["main", "full", "closed", 600]]
    assert len(kept["overflowed"]) == 500
    assert kept["overflowed"][0][1:] == ["c0", "main", "full", "closed", 0]


def test_as_it_was_counts_what_is_on_record() -> None:
    past = day()
    was = figures(as_it_was(past))
    assert was["offered"] == len(past.calls)
    assert was["abandoned"] == sum(call.left is not None for call in past.calls)
    waited = [call.answered or call.left or timedelta() for call in past.calls]
    assert patience(past) == sum(waited, timedelta()) / was["abandoned"]


def test_records_become_calls_and_shifts() -> None:
    row = Waited(
        call_id="c", number="+7", dialled="100", language="ru", topic="debt", path=("menu=1",), flags=("vip",),
        account_id=7, waiting_since=NINE, answered_at=NINE + timedelta(seconds=9), free_at=NINE + timedelta(seconds=99),
        ended_at=NINE + timedelta(seconds=80), outcome="answered",
    )  # fmt: skip
    call = past_call(row)
    assert (call.answered, call.lasted, call.left) == (timedelta(seconds=9), timedelta(seconds=90), None)
    assert call.asked == Asked(topic="debt", language="ru", flags=frozenset({"vip"}), dialled="100", path=("menu=1",))
    gone = past_call(replace(row, answered_at=None, outcome="abandoned"))
    assert (gone.answered, gone.left) == (None, timedelta(seconds=80))
    served = past_call(replace(row, answered_at=None, outcome="served"))
    assert served.left is None
    states = [
        Stood(operator_id=1, state="ready", at=NINE),
        Stood(operator_id=1, state="talking", at=NINE + timedelta(minutes=1)),
        Stood(operator_id=1, state="not_ready", at=NINE + timedelta(minutes=5)),
        Stood(operator_id=1, state="ready", at=NINE + timedelta(minutes=9)),
    ]
    (shift,) = shifts(states, {OperatorId(1): profile(("law",))}, NINE + timedelta(hours=1))
    assert shift.profile == profile(("law",))
    assert shift.spans == (
        (NINE, NINE + timedelta(minutes=5)),
        (NINE + timedelta(minutes=9), NINE + timedelta(hours=1)),
    )
    assert shift.signed_in == ((NINE, NINE + timedelta(hours=1)),), "a pause is at work"
