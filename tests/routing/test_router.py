"""Who serves whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from routing.lines import SLACK, Line
from routing.pairs import Caller, Free, Offer, Wait
from routing.policy import Asked, Policy, parse, ticket
from routing.router import KINDS, Router, decide
from routing.skills import profile
from routing.views import OperatorId
from telephony.events import CallId, Node

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NODES = (Node("east"), Node("west"))

callers = st.lists(
    st.builds(
        Caller,
        since=st.integers(0, 600).map(lambda s: NOON - timedelta(seconds=s)),
        call_id=st.integers(0, 10_000).map(lambda n: CallId(f"c{n}")),
        node=st.sampled_from(NODES),
    ),
    max_size=12,
    unique_by=lambda one: one.call_id,
).map(sorted)
free = st.lists(
    st.builds(
        Free,
        since=st.integers(0, 600).map(lambda s: NOON - timedelta(seconds=s)),
        operator_id=st.integers(1, 10_000).map(OperatorId),
        nodes=st.frozensets(st.sampled_from(NODES), min_size=1),
    ),
    max_size=12,
    unique_by=lambda one: one.operator_id,
).map(lambda found: sorted(found, key=lambda one: (one.since, one.operator_id)))


@given(waiting=callers, ready=free)
def test_no_caller_and_no_operator_is_offered_twice(waiting: list[Caller], ready: list[Free]) -> None:
    offers = [one for one in decide(waiting, ready, Policy(), NOON) if isinstance(one, Offer)]
    assert len({one.call_id for one in offers}) == len(offers)
    assert len({one.operator_id for one in offers}) == len(offers)


@given(waiting=callers, ready=free)
def test_nobody_is_idle_while_somebody_waits_whom_he_could_serve(waiting: list[Caller], ready: list[Free]) -> None:
    offers = [one for one in decide(waiting, ready, Policy(), NOON) if isinstance(one, Offer)]
    served = {one.call_id for one in offers}
    busy = {one.operator_id for one in offers}
    for caller in waiting:
        for one in ready:
            assert caller.call_id in served or one.operator_id in busy or caller.node not in one.nodes


@given(waiting=callers, ready=free)
def test_on_one_node_callers_are_served_in_the_order_of_their_waiting(waiting: list[Caller], ready: list[Free]) -> None:
    here = [Caller(one.since, one.call_id, NODES[0]) for one in waiting]
    idle = [Free(one.since, one.operator_id, frozenset(NODES)) for one in ready]
    decisions = decide(sorted(here), idle, Policy(), NOON)
    offers = [one for one in decisions if isinstance(one, Offer)]
    count = min(len(here), len(idle))
    assert [one.call_id for one in offers] == [one.call_id for one in sorted(here)[:count]]
    assert [one.operator_id for one in offers] == [one.operator_id for one in idle[:count]]
    assert (len(here) > len(idle)) == isinstance(decisions[-1] if decisions else None, Wait)


def test_who_cannot_be_served_here_does_not_hold_up_those_behind_him() -> None:
    waiting = [Caller(NOON, CallId("a"), NODES[0]), Caller(NOON, CallId("b"), NODES[1])]
    ready = [Free(NOON, OperatorId(1), frozenset({NODES[1]}))]
    assert decide(waiting, ready, Policy(), NOON) == [Offer(CallId("b"), OperatorId(1)), Wait(CallId("a"), "no-match")]


# --- stories -----------------------------------------------------------------------------------------------------

HERE = frozenset({NODES[0]})
RULES = parse("""
name: stories
weights: {each_call_today: 30, spare_level: 20, other_choice: 60, other_language: 90}
rules:
  - {name: all, language: preferred, last_operator: 10}
  - {name: vip, when: {flags: [vip]}, head_start: 100}
  - {name: debts, when: {topics: [debt]}, queue: debts, needs: {law: 2}, steps: [{after: 30, needs: {law: 1}}]}
""")


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def waits(name: str, ago: float = 0, last: int | None = None, **asked: Any) -> Caller:
    made = ticket(RULES, Asked(**asked))
    return Caller(NOON - seconds(ago), CallId(name), NODES[0], made, OperatorId(last) if last is not None else None)


def idle(number: int, ago: float = 0, *skills: str, speaks: tuple[str, ...] = (), calls: int = 0) -> Free:
    return Free(NOON - seconds(ago), OperatorId(number), HERE, profile(skills, speaks), calls)


def decided(router: Router, after: float = 0) -> list[tuple[str, int, str]]:
    offers = router.decide(NOON + seconds(after))
    return [(one.call_id, one.operator_id, f"{one.why.choice.value} {one.why.held}") for one in offers]


def told(*free: Free) -> Router:
    router = Router(RULES)
    for one in free:
        router.ready(one)
    return router


def test_of_equals_the_oldest_is_served_first_by_the_longest_idle() -> None:
    router = told()
    for caller in (waits("young", 1), waits("old", 5)):
        router.wait(caller, NOON)
    router.ready(idle(1, 10))
    assert decided(router) == [("old", 1, "only-one nobody-free")]
    router = told(idle(1, 10), idle(2, 20))
    router.wait(waits("a"), NOON)
    assert decided(router) == [("a", 2, "least-loaded at-once")]


def test_a_head_start_goes_before_but_not_for_ever() -> None:
    router = told()
    router.wait(waits("long", 120), NOON)
    router.wait(waits("short", 50), NOON)
    router.wait(waits("vip", 0, flags=frozenset({"vip"})), NOON)
    for number in (1, 2, 3):
        router.ready(idle(number, 10 - number))
    assert [one[0] for one in decided(router)] == ["long", "vip", "short"]


def test_who_can_do_more_is_spared_and_who_had_fewer_contacts_is_taken() -> None:
    router = told(idle(1, 80, "law:3"), idle(2, 50, "smalltalk"), idle(3, 60, "smalltalk", calls=2))
    router.wait(waits("a"), NOON)
    assert decided(router) == [("a", 2, "best-fit at-once")]


def test_who_speaks_the_language_is_preferred_and_others_serve_when_there_is_nobody_else() -> None:
    router = told(idle(1, 80, speaks=("en",)), idle(2, 5, speaks=("ru",)))
    for name in ("a", "b"):
        router.wait(waits(name, language="ru"), NOON)
    assert [one[:2] for one in decided(router)] == [("a", 2), ("b", 1)]


def test_needed_skills_relax_as_the_wait_grows() -> None:
    router = told(idle(1, 10, "law"))
    router.wait(waits("a", topic="debt"), NOON)
    assert decided(router) == []
    assert router.held(CallId("a")) == "no-match"
    assert router.next_step() == NOON + seconds(30)
    assert decided(router, 29) == []
    assert decided(router, 30) == [("a", 1, "only-one no-match")]


def test_who_lacks_what_was_needed_at_first_serves_his_own_callers_before() -> None:
    rules = parse("""
weights: {lesser_skill: 50}
rules: [{name: debts, when: {topics: [debt]}, needs: {law: 1}, steps: [{after: 10, needs: {}}]}]
""")
    router = Router(rules)
    debt = ticket(rules, Asked(topic="debt"))
    for name, ago, made in (("debt", 40, debt), ("other", 5, ticket(rules, Asked()))):
        router.wait(Caller(NOON - seconds(ago), CallId(name), NODES[0], made), NOON)
    router.ready(idle(1, 0, "smalltalk"))
    assert decided(router)[0][:2] == ("other", 1)
    router.ready(idle(1, 60, "smalltalk"))
    router.ready(idle(2, 20, "law"))
    assert decided(router)[0][:2] == ("debt", 2)


def test_a_caller_is_kept_for_the_last_operator_for_a_bounded_time() -> None:
    router = told(idle(1, 10))
    router.busy(idle(2))
    router.wait(waits("a", last=2), NOON)
    assert decided(router, 9) == []
    router.ready(idle(2, -9))
    assert decided(router, 9) == [("a", 2, "last-operator kept")]
    router.wait(waits("b", last=2), NOON)
    assert decided(router, 10) == [("b", 1, "only-one kept")]


def test_nobody_is_kept_for_an_operator_who_goes_away_or_cannot_serve() -> None:
    router = told(idle(1, 10))
    router.busy(idle(2))
    router.wait(waits("a", last=2), NOON)
    router.away(OperatorId(2))
    assert decided(router) == [("a", 1, "only-one kept")]
    router.busy(idle(3, 0, "smalltalk"))
    router.wait(waits("debt", last=3, topic="debt"), NOON)
    router.ready(idle(4, 0, "law:2"))
    assert decided(router) == [("debt", 4, "only-one nobody-free")]


def test_an_operator_of_several_queues_serves_his_first_choice_unless_another_waited_much_longer() -> None:
    chooser = ("law:2", "queue/main:1", "queue/debts:2")
    router = told()
    router.wait(waits("debt", 50, topic="debt"), NOON)
    router.wait(waits("main", 0), NOON)
    router.ready(idle(1, 0, *chooser))
    assert decided(router)[0][:2] == ("main", 1)
    router.wait(waits("main", 0), NOON)
    router.ready(idle(1, 0, *chooser))
    router.leave(CallId("debt"))
    router.wait(waits("debt", 61, topic="debt"), NOON)
    assert decided(router)[0][:2] == ("debt", 1)


def test_kinds_that_nobody_is_of_are_forgotten() -> None:
    router = told()
    for number in range(3 * KINDS):
        caller = Caller(NOON, CallId("a"), NODES[0], ticket(RULES, Asked(language=f"x{number}")))
        router.wait(caller, NOON)
        router.busy(idle(number, 0, speaks=(f"y{number}",)))
        router.away(OperatorId(number))
    assert len(router._lanes) <= KINDS + 2
    assert len(router._crews) <= KINDS + 2


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50), st.booleans()), max_size=200))
def test_a_line_is_led_by_the_earliest_and_keeps_no_more_than_it_must(moves: list[tuple[int, int, bool]]) -> None:
    line: Line[int] = Line()
    standing: dict[int, datetime] = {}
    for who, moment, joins in moves:
        if joins:
            standing[who] = NOON + seconds(moment)
            line.put(who, standing[who])
        else:
            standing.pop(who, None)
            line.drop(who)
        assert line.head() == min(((moment, who) for who, moment in standing.items()), default=None)
        assert len(line) == len(standing)
        assert len(line._heap) <= 2 * len(standing) + SLACK
