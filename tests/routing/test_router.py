"""Who serves whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from routing.router import Caller, Free, Offer, Policy, Wait, decide
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
