"""Bench of the router: decisions a second and how long one takes, with more and more operators and callers (shell).

A centre that is never caught up: ten callers wait for every operator. In turns an operator gets free, a caller comes,
now and then one hangs up or an operator goes for a break, and the clock goes on, so that callers ask for less by their
rules' steps. The clock runs over what the floor does for each of these: telling the router and asking it to decide.
It is the processor's clock: what else a shared machine does is none of the router's.
"""

from __future__ import annotations

import gc
import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import thread_time_ns

from deploy.figures import Figure, at_least, at_most
from routing.pairs import Caller, Free, Offer
from routing.policy import Asked, Policy, Ticket, parse, ticket
from routing.router import Router
from routing.skills import Profile, profile
from routing.views import OperatorId
from telephony.events import CallId, Node

SIZES = (10, 100, 1_000)
WAITING_EACH = 10
P99_US = 1_000.0
GROWTH = 3.0
"""A hundred times the operators and callers may cost so many times more; the logarithm of 10,000 is twice 100's."""
LEAST_RATE = 5_000.0
NODE = Node("main")
START = datetime(2026, 1, 12, 9, tzinfo=UTC)
POLICY = """
name: bench
weights: {each_call_today: 10, spare_level: 20, other_choice: 60, other_language: 120}
rules:
  - {name: everybody, language: needed, last_operator: 8, steps: [{after: 90, language: preferred}]}
  - {name: vip, when: {flags: [vip]}, head_start: 120}
  - name: payments
    when: {topics: [payment]}
    needs: {payments: 1}
    steps: [{after: 60, needs: {}}]
  - name: disputes
    when: {topics: [dispute]}
    needs: {payments: 3, law: 1}
    steps: [{after: 60, needs: {payments: 2}}, {after: 120, needs: {payments: 1}}]
  - name: debts
    when: {topics: [debt]}
    queue: debts
    needs: {collections: 1}
    steps: [{after: 60, also: [main]}]
  - name: meters
    when: {topics: [reading]}
    needs: {meters: 1}
    steps: [{after: 60, needs: {}}]
"""
TOPICS = ("", "", "payment", "payment", "payment", "dispute", "debt", "reading")
ROLES = (
    ("payments:2", "meters"),
    ("payments:3", "law", "queue/main:1", "queue/debts:2"),
    ("collections:2", "payments", "queue/debts:1", "queue/main:2"),
    ("meters:3", "queue/main"),
    ("payments", "meters", "collections", "law"),
    (),
)
TONGUES = (("en", "ru"), ("ru",), ("en",), ("ru", "kk"))


@dataclass(slots=True)
class Centre:
    """Operators and callers, and what each change took."""

    operators: int
    random: random.Random
    policy: Policy
    router: Router
    now: datetime = START
    talking: list[OperatorId] = field(default_factory=list)
    waiting: dict[CallId, None] = field(default_factory=dict)
    served: dict[int, OperatorId] = field(default_factory=dict)
    calls: int = 0
    nanoseconds: list[int] = field(default_factory=list)
    offers: int = 0
    profiles: dict[OperatorId, Profile] = field(default_factory=dict)
    contacts: dict[OperatorId, int] = field(default_factory=dict)

    def timed(self, change: Callable[[], None]) -> list[Offer]:
        """Tell the router and let it decide, under the clock."""
        began = thread_time_ns()
        change()
        offers = self.router.decide(self.now)
        self.nanoseconds.append(thread_time_ns() - began)
        for offer in offers:
            self.waiting.pop(offer.call_id)
            self.talking.append(offer.operator_id)
            self.contacts[offer.operator_id] += 1
        self.offers += len(offers)
        return offers

    def operator(self, operator_id: OperatorId) -> Free:
        """Return an operator as he is now."""
        return Free(
            self.now, operator_id, frozenset({NODE}), self.profiles[operator_id], self.contacts.get(operator_id, 0)
        )

    def gets_free(self) -> None:
        """Let one who talks be ready again, or go for a break and another one come from his."""
        if not self.talking:
            return
        place = self.random.randrange(len(self.talking))
        self.talking[place], self.talking[-1] = self.talking[-1], self.talking[place]
        operator_id = self.talking.pop()
        if self.random.random() < 0.02:
            self.timed(lambda: self.router.away(operator_id))
        operator = self.operator(operator_id)
        self.timed(lambda: self.router.ready(operator))

    def comes(self) -> None:
        """Let a caller come; some were here before."""
        self.calls += 1
        caller = Caller(self.now, CallId(f"main-{self.calls}"), NODE, self.ticket(), self.last())
        self.waiting[caller.call_id] = None
        self.timed(lambda: self.router.wait(caller, self.now))

    def ticket(self) -> Ticket:
        """Return what the rules make of somebody."""
        flags = frozenset({"vip"} if self.random.random() < 0.05 else ())
        asked = Asked(topic=self.random.choice(TOPICS), language=self.random.choice(("en", "ru", "ru")), flags=flags)
        return ticket(self.policy, asked)

    def last(self) -> OperatorId | None:
        """Return who spoke to the caller last, if anybody did."""
        return OperatorId(self.random.randrange(self.operators)) if self.random.random() < 0.3 else None

    def hangs_up(self) -> None:
        """Let one who waits have had enough."""
        call_id = self.random.choice(list(self.waiting))
        del self.waiting[call_id]
        self.timed(lambda: self.router.leave(call_id))


def run(*, decisions: int = 5_000) -> list[Figure]:
    """Measure and return the figures; `decisions` is how many operators get free in each size. Needs no server."""
    figures: list[Figure] = []
    means = []
    for operators in SIZES:
        named = f"{operators:,} operators, {operators * WAITING_EACH:,} waiting"
        print(f"  {named} …", flush=True)
        centre = measured(operators, decisions)
        spans = sorted(centre.nanoseconds)
        means.append(statistics.fmean(spans))
        figures += [
            at_least(f"{named}: offers", centre.offers / sum(spans) * 1e9, "per CPU second", LEAST_RATE),
            Figure(name=f"{named}: change and decision, p50", value=statistics.median(spans) / 1e3, unit="us"),
            at_most(f"{named}: the same, p99", spans[int(len(spans) * 0.99)] / 1e3, "us", P99_US),
        ]
    return [*figures, at_most("mean of the largest to the smallest", means[-1] / means[0], "times", GROWTH)]


def measured(operators: int, decisions: int) -> Centre:
    """Return a centre that was busy for so many decisions."""
    policy = parse(POLICY)
    centre = Centre(operators, random.Random(operators), policy, Router(policy))  # noqa: S311 - the same each time
    for number in range(operators):
        operator_id = OperatorId(number)
        able = profile(centre.random.choice(ROLES), centre.random.choice(TONGUES))
        centre.profiles[operator_id], centre.contacts[operator_id] = able, 0
        centre.talking.append(operator_id)
        centre.router.busy(centre.operator(operator_id))
    while len(centre.waiting) < operators * WAITING_EACH:
        centre.now += timedelta(seconds=100 / operators / WAITING_EACH)
        centre.comes()
    centre.nanoseconds.clear()
    centre.offers = 0
    gc.collect()
    gc.freeze()
    pace = timedelta(seconds=180 / operators)
    for number in range(decisions):
        centre.now += pace
        centre.gets_free()
        while len(centre.waiting) < operators * WAITING_EACH:
            centre.comes()
        if number % 10 == 0:
            centre.hangs_up()
    gc.unfreeze()
    return centre
