"""Whatever happens in whatever order: the router decides as one who looks at everybody, and never wrongly."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from routing.pairs import Caller, Free, Offer
from routing.policy import Asked, Policy, parse, ticket
from routing.router import KINDS, Router
from routing.skills import Profile, profile
from routing.views import OperatorId
from telephony.events import CallId, Node
from tests.routing.house import NOON
from tests.routing.reference import Reference

POLICY = parse("""
name: everything
weights: {each_call_today: 7, spare_level: 11, other_choice: 13, lesser_skill: 9, other_language: 17}
rules:
  - {name: all, last_operator: 8}
  - {name: vip, when: {flags: [vip]}, head_start: 25}
  - name: payments
    when: {topics: [payment]}
    needs: {payments: 2, polite: 1}
    steps: [{after: 10, needs: {payments: 1}}, {after: 20, needs: {}}]
  - name: russian
    when: {languages: [ru]}
    language: needed
    steps: [{after: 15, language: preferred}]
  - name: debts
    when: {topics: [debt]}
    queue: debts
    needs: {payments: 1}
    steps: [{after: 12, also: [main]}]
""")
NODES = (Node("east"), Node("west"))
asked = st.builds(
    Asked,
    topic=st.sampled_from(["", "payment", "debt"]),
    language=st.sampled_from(["", "en", "ru"]),
    flags=st.sampled_from([frozenset[str](), frozenset({"vip"})]),
)
skills = st.lists(
    st.sampled_from(["payments", "payments:2", "payments:5", "polite", "juggling:9", "queue/debts:2", "queue/main"]),
    unique=True,
    max_size=4,
)
profiles = st.builds(profile, skills, st.sampled_from([(), ("en",), ("ru", "en")]))
calls = st.integers(1, 12).map(lambda number: CallId(f"c{number}"))
operators = st.integers(1, 6).map(OperatorId)
times = st.tuples(st.integers(0, 90), st.integers(0, 4))
"""Seconds idle, contacts today."""
nodes = st.frozensets(st.sampled_from(NODES), min_size=1)


class Both(RuleBasedStateMachine):
    """The same events to the router and to the reference; all that was told is kept, to be told again."""

    policy: Policy = POLICY

    @initialize()
    def open(self) -> None:
        self.now = NOON
        self.router, self.reference = Router(self.policy), Reference(self.policy)
        self.events: list[tuple[str, object]] = []
        self.offers: list[Offer] = []
        self.waiting: dict[CallId, Caller] = {}
        self.free: dict[OperatorId, Free] = {}

    def tell(self, what: str, value: object) -> None:
        self.events.append((what, value))
        getattr(self.router, what)(*([value, self.now] if what == "wait" else [value]))
        getattr(self.reference, what)(*([value, self.now] if what in {"wait", "ready", "busy"} else [value]))

    @rule(call=calls, what=asked, node=st.sampled_from(NODES), ago=st.integers(0, 30), last=st.none() | operators)
    def a_caller_waits(self, call: CallId, what: Asked, node: Node, ago: int, last: OperatorId | None) -> None:
        since = self.now - timedelta(seconds=ago)
        caller = Caller(since, call, node, ticket(self.policy, what), last)
        self.waiting[call] = caller
        self.tell("wait", caller)

    @rule(call=calls)
    def a_caller_leaves(self, call: CallId) -> None:
        self.waiting.pop(call, None)
        self.tell("leave", call)

    @rule(who=operators, able=profiles, where=nodes, time=times, ready=st.booleans())
    def an_operator_works(
        self, who: OperatorId, able: Profile, where: frozenset[Node], time: tuple[int, int], *, ready: bool
    ) -> None:
        operator = Free(self.now - timedelta(seconds=time[0]), who, where, able, time[1])
        self.free.pop(who, None)
        if ready:
            self.free[who] = operator
        self.tell("ready" if ready else "busy", operator)

    @rule(who=operators)
    def an_operator_goes(self, who: OperatorId) -> None:
        self.free.pop(who, None)
        self.tell("away", who)

    @rule(seconds=st.sampled_from([0, 1, 4, 9]))
    def time_passes_and_it_is_decided(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.events.append(("decide", self.now))
        offers = self.router.decide(self.now)
        assert [(one.call_id, one.operator_id) for one in offers] == self.reference.decide(self.now)
        for offer in offers:
            self.check(offer)
        self.offers += offers
        step = self.router.next_step()
        assert step is None or step > self.now
        assert {one.call_id for one in self.router.waiting()} == set(self.waiting)

    def check(self, offer: Offer) -> None:
        """Nobody is assigned who is not ready, not there, or not able, as the rule's step has it."""
        caller, operator = self.waiting.pop(offer.call_id), self.free.pop(offer.operator_id)
        wanted = self.reference.wanted(caller, self.now)
        assert caller.node in operator.nodes
        assert operator.profile.can(wanted.needs)
        assert operator.profile.choice(wanted.queues) is not None
        assert not wanted.must or operator.profile.speaks(wanted.language)
        assert offer.why.needs == wanted.needs
        assert offer.why.waited == (self.now - caller.since).total_seconds()

    @invariant()
    def nothing_is_heaped_up(self) -> None:
        if hasattr(self, "router"):
            assert len(self.router._timers._heap) <= 2 * len(self.waiting) + 17
            assert len(self.router._lanes) <= 2 * len(self.router._standing) + KINDS

    def teardown(self) -> None:
        """The same events once more: the same offers."""
        if not hasattr(self, "router"):
            return
        again, offers, now = Router(self.policy), [], NOON
        for what, value in self.events:
            if what == "decide":
                now = value  # type: ignore[assignment]
                offers += again.decide(now)
            elif what == "wait":
                again.wait(value, now)  # type: ignore[arg-type]
            else:
                getattr(again, what)(value)
        assert [(one, one.why) for one in offers] == [(one, one.why) for one in self.offers]


Both.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBoth = pytest.mark.long(Both.TestCase)
