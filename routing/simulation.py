"""A centre's day in seconds: arrivals, talks and patience by chance, decisions by the very router of the floor (pure).

Discrete events: time jumps from one to the next. Whatever is by chance is drawn before (`Traffic`), so that several
policies meet the very same callers, and the same seed makes the same day.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from routing.figures import SHORT
from routing.pairs import Caller, Free, Offer
from routing.policy import Asked, Policy, Ticket, ticket
from routing.router import Router
from routing.skills import ANYBODY, Levels, Profile
from routing.views import OperatorId
from telephony.events import CallId, Node

NODE = Node("main")
NODES = frozenset({NODE})
START = datetime(2026, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Callers of one kind."""

    name: str
    share: float
    """Of all callers; shares add up to 1."""
    asked: Asked = field(default_factory=Asked)
    skilled: Levels = frozenset()
    """Who has less takes longer, whatever the policy asks for."""


EVERYBODY = Kind(name="everybody", share=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A centre: how much comes, how long it takes, who is there."""

    rate: float
    """Callers a second."""
    mean_call: float
    """Seconds, exponential."""
    staff: tuple[Profile, ...]
    kinds: tuple[Kind, ...] = (EVERYBODY,)
    patience: float | None = None
    """Seconds on average, exponential; None: everybody waits for ever."""
    unskilled: float = 1.0
    """So many times longer takes who lacks the skill."""
    threshold: float = 20.0
    """Seconds; answered within them counts for the service level."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A caller, with all that chance has decided of him."""

    at: float
    kind: Kind
    talk: float
    patience: float | None


def traffic(scenario: Scenario, callers: int, seed: int) -> list[Arrival]:
    """Draw so many callers; the same seed draws the same."""
    random = Random(seed)  # noqa: S311 - chance that can be repeated is what is wanted
    names, shares = scenario.kinds, [kind.share for kind in scenario.kinds]
    arrivals, at = [], 0.0
    for kind in random.choices(names, shares, k=callers):
        at += random.expovariate(scenario.rate)
        patience = None if scenario.patience is None else random.expovariate(1.0 / scenario.patience)
        arrivals.append(Arrival(at, kind, random.expovariate(1.0 / scenario.mean_call), patience))
    return arrivals


@dataclass(slots=True)
class Tally:
    """What became of the callers of one kind."""

    offered: int = 0
    answered: int = 0
    waited: int = 0
    """Of all, those who were not rung for at once."""
    in_threshold: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    waits: list[float] = field(default_factory=list)
    """Seconds, of all who were answered or gave up."""

    @property
    def service_level(self) -> float:
        """Answered within the threshold, over offered less those who gave up at once (as `routing.figures`)."""
        return self.in_threshold / max(1, self.offered - self.abandoned_short)

    @property
    def mean_wait(self) -> float:
        """Seconds, over all."""
        return sum(self.waits) / max(1, len(self.waits))

    def longest(self, share: float) -> float:
        """Return the wait that so small a share of callers exceeds, seconds."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * (1.0 - share)))] if ordered else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a policy made of the traffic."""

    kinds: dict[str, Tally]
    busy: tuple[float, ...]
    """Seconds each operator talked."""
    seconds: float
    decisions: int

    @property
    def total(self) -> Tally:
        """Return all kinds as one."""
        whole = Tally()
        for one in self.kinds.values():
            whole.offered += one.offered
            whole.answered += one.answered
            whole.waited += one.waited
            whole.in_threshold += one.in_threshold
            whole.abandoned += one.abandoned
            whole.abandoned_short += one.abandoned_short
            whole.waits += one.waits
        return whole

    @property
    def occupancy(self) -> float:
        """Share of the operators' time that they talked."""
        return sum(self.busy) / self.seconds / len(self.busy)

    @property
    def worst_service_level(self) -> float:
        """Of the kind that is served worst."""
        return min(one.service_level for one in self.kinds.values())


class Day:
    """One run."""

    def __init__(self, scenario: Scenario, policy: Policy, arrivals: Sequence[Arrival], warm_up: int) -> None:
        self.scenario, self.arrivals, self.warm_up = scenario, arrivals, warm_up
        self.router = Router(policy)
        self.tickets: dict[str, Ticket] = {kind.name: ticket(policy, kind.asked) for kind in scenario.kinds}
        self.kinds = {kind.name: Tally() for kind in scenario.kinds}
        self.busy = [0.0] * len(scenario.staff)
        self.contacts = [0] * len(scenario.staff)
        self.waiting: dict[CallId, int] = {}
        self.events: list[tuple[float, int, Callable[[float, int], None], int]] = []
        self.serial = count()
        self.decisions = 0
        self.counted_from = arrivals[warm_up].at if warm_up < len(arrivals) else 0.0

    def run(self) -> Outcome:
        """Let the whole day go by."""
        for number in range(len(self.scenario.staff)):
            self.ready(0.0, number)
        if self.arrivals:
            self.plan(self.arrivals[0].at, self.comes, 0)
        now = 0.0
        while self.events:
            step = self.router.next_step()
            due = None if step is None else (step - START).total_seconds()
            if due is not None and due < self.events[0][0]:
                now = max(now, due)
                self.decide(now, moment=step)
                continue
            now, _, happens, number = heapq.heappop(self.events)
            happens(now, number)
        last = self.arrivals[-1].at if self.arrivals else 0.0
        span = max(last - self.counted_from, 1e-9)
        return Outcome(kinds=self.kinds, busy=tuple(self.busy), seconds=span, decisions=self.decisions)

    def plan(self, at: float, happens: Callable[[float, int], None], number: int) -> None:
        """Have something happen at a moment, seconds from the beginning."""
        heapq.heappush(self.events, (at, next(self.serial), happens, number))

    def comes(self, now: float, number: int) -> None:
        """A caller comes."""
        arrival = self.arrivals[number]
        if number + 1 < len(self.arrivals):
            self.plan(self.arrivals[number + 1].at, self.comes, number + 1)
        call_id, moment = CallId(f"{number:09}"), START + timedelta(seconds=now)
        self.waiting[call_id] = number
        if number >= self.warm_up:
            self.kinds[arrival.kind.name].offered += 1
        self.router.wait(Caller(moment, call_id, NODE, self.tickets[arrival.kind.name]), moment)
        self.decide(now, moment)
        if call_id in self.waiting:
            if number >= self.warm_up:
                self.kinds[arrival.kind.name].waited += 1
            if arrival.patience is not None:
                self.plan(now + arrival.patience, self.gives_up, number)

    def gives_up(self, now: float, number: int) -> None:
        """A caller gives up, if he still waits."""
        call_id = CallId(f"{number:09}")
        if self.waiting.pop(call_id, None) is None:
            return
        self.router.leave(call_id)
        if number >= self.warm_up:
            tally, wait = self.kinds[self.arrivals[number].kind.name], now - self.arrivals[number].at
            tally.abandoned += 1
            tally.abandoned_short += wait <= SHORT.total_seconds()
            tally.waits.append(wait)

    def ready(self, now: float, number: int) -> None:
        """An operator is free."""
        moment = START + timedelta(seconds=now)
        able = self.scenario.staff[number]
        self.router.ready(Free(moment, OperatorId(number), NODES, able, self.contacts[number]))
        self.decide(now, moment)

    def decide(self, now: float, moment: datetime | None = None) -> None:
        """Offer as the router decides."""
        self.decisions += 1
        for offer in self.router.decide(moment or START + timedelta(seconds=now)):
            self.talks(offer, now)

    def talks(self, offer: Offer, now: float) -> None:
        """A caller is served."""
        number = self.waiting.pop(offer.call_id)
        arrival, able = self.arrivals[number], self.scenario.staff[offer.operator_id]
        slow = 1.0 if able.can(arrival.kind.skilled) else self.scenario.unskilled
        seconds, wait = arrival.talk * slow, now - arrival.at
        self.contacts[offer.operator_id] += 1
        self.plan(now + seconds, self.ready, offer.operator_id)
        # Only the time between the first counted caller and the last one is counted.
        began, end = max(now, self.counted_from), min(now + seconds, self.arrivals[-1].at)
        self.busy[offer.operator_id] += max(0.0, end - began)
        if number >= self.warm_up:
            tally = self.kinds[arrival.kind.name]
            tally.answered += 1
            tally.in_threshold += wait <= self.scenario.threshold
            tally.waits.append(wait)


def simulate(scenario: Scenario, policy: Policy, arrivals: Sequence[Arrival], *, warm_up: int = 0) -> Outcome:
    """Let the arrivals come, and return what became of them.

    Args:
        scenario: the centre.
        policy: how to route.
        arrivals: as `traffic` drew them.
        warm_up: so many of the first are served and not counted: the centre begins empty.

    """
    return Day(scenario, policy, arrivals, warm_up).run()


def alike(operators: int) -> tuple[Profile, ...]:
    """Return so many operators who can do everything."""
    return (ANYBODY,) * operators
