"""A day that was, played again under other rules: who would have been served when, by the floor's own router (pure).

Arrivals, what was known of each caller, and when operators were at work are facts. Two things a day does not tell are
drawn, for each call by itself, from a seed and its id, so that the same day, rules and seed make the same figures and
two sets of rules meet the same luck:

- how long a call would have lasted that nobody answered: the length of one that was, of the same topic if there is one;
- how long somebody would have waited who was answered: as long as he did, and then an exponential time whose mean is
  all waiting of the day over all who gave up (the maximum-likelihood estimate for waits cut short by an answer).

Who cannot or can no longer wait in a queue overflows as on the floor (`routing.overflow`), by the queues' terms: the
queue he leaves forgets him; who leaves all queues is played no further.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from routing.figures import SHORT
from routing.lately import Lately, Spoken
from routing.overflow import MOST_HOPS
from routing.pairs import Caller, Free, Offer
from routing.policy import Asked, Policy, Ticket, ticket
from routing.router import Router
from routing.simulation import NODE, NODES, Tally
from routing.skills import Profile
from routing.terms import Cause, Terms, to_queue
from routing.views import OperatorId
from telephony.events import CallId

LONGEST = timedelta(hours=4)
"""Nobody waits longer, and no contact lasts longer."""
ALONE = timedelta(minutes=30)
"""Mean patience of a day on which nobody gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call that came to wait."""

    call_id: str
    at: datetime
    """When it came to wait."""
    asked: Asked
    number: str = ""
    account_id: int | None = None
    answered: timedelta | None = None
    """After so much waiting; None: nobody answered."""
    lasted: timedelta | None = None
    """From the answer until the operator was free again."""
    left: timedelta | None = None
    """After so much waiting he gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """An operator, and when he was at work and not in a pause."""

    operator_id: OperatorId
    profile: Profile
    spans: tuple[tuple[datetime, datetime], ...]
    signed_in: tuple[tuple[datetime, datetime], ...] = ()
    """When he was at work, pauses too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """What is known of a day."""

    calls: tuple[PastCall, ...]
    shifts: tuple[Shift, ...]
    threshold: timedelta = timedelta(seconds=20)
    """Of queues that have none of their own."""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """Of queues: their own threshold, and who cannot wait there."""


@dataclass(frozen=True, slots=True)
class Overflowed:
    """Somebody could not or no longer wait in a queue."""

    at: datetime
    call_id: str
    queue: str
    cause: Cause
    way: str
    """`queue/<name>`, or out of the queues."""
    waited: timedelta
    """Since he came to wait at all."""


@dataclass(slots=True)
class Replayed:
    """What would have become of the day."""

    queues: dict[str, Tally] = field(default_factory=dict)
    topics: dict[str, Tally] = field(default_factory=dict)
    """Of the topics that callers chose; "" of who chose none."""
    rules: Counter[str] = field(default_factory=Counter)
    """How many calls each rule caught."""
    operators: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Contacts by operator and queue."""
    overflowed: list[Overflowed] = field(default_factory=list)
    """In the order in which it happened."""
    most: dict[str, int] = field(default_factory=dict)
    """How many waited at once, by queue."""

    @property
    def total(self) -> Tally:
        """Return all queues as one."""
        whole = Tally()
        for one in self.queues.values():
            whole.offered += one.offered
            whole.answered += one.answered
            whole.in_threshold += one.in_threshold
            whole.abandoned += one.abandoned
            whole.abandoned_short += one.abandoned_short
            whole.waits += one.waits
        return whole


def as_it_was(day: PastDay) -> Tally:
    """Return what really became of the day."""
    tally = Tally()
    for call in day.calls:
        _count(tally, call.answered, call.answered if call.answered is not None else call.left, day.threshold)
    return tally


def replay(day: PastDay, policy: Policy, seed: int) -> Iterator[int | Replayed]:
    """Play the day again.

    Args:
        day: what is known of it.
        policy: the rules.
        seed: of what is drawn.

    Yields:
        How many calls are done, now and then; at last what became of the day.

    """
    run = _Again(day, policy, seed)
    yield from run.run()
    yield run.result


def patience(day: PastDay) -> timedelta:
    """Return how long people wait on average before they give up."""
    left = [call.left for call in day.calls if call.left is not None]
    waited = sum((call.answered or call.left or timedelta() for call in day.calls), timedelta())
    return min(waited / len(left), LONGEST) if left else ALONE


@dataclass(frozen=True, slots=True)
class _Stands:
    """A caller where he waits."""

    call: PastCall
    queue: str
    since: datetime
    """In this queue."""
    tried: tuple[str, ...] = ()
    """Where he was sent already."""


class _Again:
    """One run."""

    def __init__(self, day: PastDay, policy: Policy, seed: int) -> None:
        self.day, self.policy, self.seed = day, policy, seed
        self.router = Router(policy)
        self.lately = Lately()
        self.result = Replayed()
        self.calls = sorted(day.calls, key=lambda one: (one.at, one.call_id))
        self.waiting: dict[CallId, _Stands] = {}
        self.standing: Counter[str] = Counter()
        self.signed_in: Counter[OperatorId] = Counter()
        self.patience = patience(day)
        self.lengths = _lengths(self.calls)
        self.profiles = {shift.operator_id: shift.profile for shift in day.shifts}
        self.at_work: set[OperatorId] = set()
        self.busy: set[OperatorId] = set()
        self.contacts: Counter[OperatorId] = Counter()
        self.serial = count()
        self.events: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.done = 0

    def run(self) -> Iterator[int]:
        for shift in sorted(self.day.shifts, key=lambda one: one.operator_id):
            for begins, ends in shift.spans:
                self.plan(begins, self.comes_to_work, shift.operator_id)
                self.plan(ends, self.goes, shift.operator_id)
            for begins, ends in shift.signed_in:
                self.plan(begins, self.signs, shift.operator_id, 1)
                self.plan(ends, self.signs, shift.operator_id, -1)
        for call in self.calls:
            self.plan(call.at, self.calls_in, call)
        told = 0
        while self.events:
            due = self.router.next_step()
            if due is not None and due < self.events[0][0]:
                self.decide(due)
                continue
            now, _, happens = heapq.heappop(self.events)
            happens(now)
            if self.done >= told + 200:
                told = self.done
                yield told

    def plan(self, at: datetime, happens: Callable[..., None], *what: object) -> None:
        heapq.heappush(self.events, (at, next(self.serial), lambda now: happens(now, *what)))

    def decide(self, now: datetime) -> None:
        for offer in self.router.decide(now):
            self.talks(offer, now)

    # --- operators ----------------------------------------------------------------------------------------------

    def comes_to_work(self, now: datetime, operator_id: OperatorId) -> None:
        self.at_work.add(operator_id)
        if operator_id not in self.busy:
            self.router.ready(self.seat(operator_id, now))
            self.decide(now)

    def goes(self, now: datetime, operator_id: OperatorId) -> None:
        self.at_work.discard(operator_id)
        self.router.away(operator_id)
        self.decide(now)

    def signs(self, _now: datetime, operator_id: OperatorId, more: int) -> None:
        self.signed_in[operator_id] += more

    def seat(self, operator_id: OperatorId, now: datetime) -> Free:
        return Free(now, operator_id, NODES, self.profiles[operator_id], self.contacts[operator_id])

    def free_again(self, now: datetime, operator_id: OperatorId) -> None:
        self.busy.discard(operator_id)
        if operator_id in self.at_work:
            self.router.ready(self.seat(operator_id, now))
            self.decide(now)

    # --- callers ------------------------------------------------------------------------------------------------

    def calls_in(self, now: datetime, call: PastCall) -> None:
        ruled = ticket(self.policy, call.asked)
        self.result.rules.update(ruled.rules)
        self.tally(self.result.topics, call.asked.topic).offered += 1
        self.stands(now, _Stands(call, ruled.queue, now), ruled)
        self.decide(now)
        if CallId(call.call_id) in self.waiting:
            self.plan(now + self.stays(call), self.gives_up, CallId(call.call_id))

    def stands(self, now: datetime, one: _Stands, ruled: Ticket) -> None:
        """Let a caller wait in a queue, if its terms let him."""
        call_id = CallId(one.call.call_id)
        self.waiting[call_id] = one
        self.standing[one.queue] += 1
        self.tally(self.result.queues, one.queue).offered += 1
        last = self.lately.whom(one.call.number, one.call.account_id)
        self.router.wait(Caller(one.call.at, call_id, NODE, ruled, last), now)
        if self.refuses(now, one):
            return
        self.result.most[one.queue] = max(self.standing[one.queue], self.result.most.get(one.queue, 0))
        terms = self.day.terms.get(one.queue)
        if terms is not None and terms.after is not None and Cause.LATE in terms.exits:
            self.plan(now + terms.after, self.is_late, one, terms.exits[Cause.LATE])

    def refuses(self, now: datetime, one: _Stands) -> bool:
        """Send somebody on who comes to a queue that does not let him wait; whether it did."""
        terms = self.day.terms.get(one.queue)
        if terms is None:
            return False
        at_work = Cause.NOBODY not in terms.exits or self.serves(one.queue)
        refused = terms.refuses(now, self.standing[one.queue] - 1, at_work=at_work)
        return refused is not None and self.overflows(now, one, *refused)

    def serves(self, queue: str) -> bool:
        served = frozenset({queue})
        return any(signs and self.profiles[who].choice(served) is not None for who, signs in self.signed_in.items())

    def is_late(self, now: datetime, one: _Stands, way: str) -> None:
        # Who was answered, gave up or stands elsewhere by now is another entry, or none.
        if self.waiting.get(CallId(one.call.call_id)) is one:
            self.overflows(now, one, Cause.LATE, way)
            self.decide(now)

    def overflows(self, now: datetime, one: _Stands, cause: Cause, way: str) -> bool:
        """Send a caller where a cause leads; False when he was sent there before."""
        if way in one.tried or len(one.tried) >= MOST_HOPS:
            return False
        self.result.overflowed.append(Overflowed(now, one.call.call_id, one.queue, cause, way, now - one.call.at))
        self.leaves(one)
        self.tally(self.result.queues, one.queue).offered -= 1
        queue = to_queue(way)
        if queue is None:
            self.router.leave(CallId(one.call.call_id))
            self.tally(self.result.topics, one.call.asked.topic).offered -= 1
            self.done += 1
            return True
        ruled = ticket(self.policy, replace(one.call.asked, sent=queue))
        self.stands(now, _Stands(one.call, queue, now, (*one.tried, way)), ruled)
        return True

    def leaves(self, one: _Stands) -> None:
        del self.waiting[CallId(one.call.call_id)]
        self.standing[one.queue] -= 1

    def gives_up(self, now: datetime, call_id: CallId) -> None:
        one = self.waiting.get(call_id)
        if one is not None:
            self.router.leave(call_id)
            self.over(one, None, now)

    def talks(self, offer: Offer, now: datetime) -> None:
        one = self.waiting[offer.call_id]
        call = one.call
        self.over(one, now - call.at, now)
        self.result.operators[offer.operator_id, one.queue] += 1
        self.contacts[offer.operator_id] += 1
        self.busy.add(offer.operator_id)
        self.router.busy(self.seat(offer.operator_id, now))
        self.lately.note(Spoken(operator_id=offer.operator_id, number=call.number, account_id=call.account_id))
        self.plan(now + self.lasts(call), self.free_again, offer.operator_id)

    def over(self, one: _Stands, answered: timedelta | None, now: datetime) -> None:
        self.done += 1
        self.leaves(one)
        terms = self.day.terms.get(one.queue)
        threshold = self.day.threshold if terms is None or terms.threshold is None else terms.threshold
        for tally in (
            self.tally(self.result.queues, one.queue), self.tally(self.result.topics, one.call.asked.topic)
        ):  # fmt: skip
            tally.offered -= 1
            _count(tally, answered, now - one.call.at, threshold)

    def tally(self, table: dict[str, Tally], name: str) -> Tally:
        return table.setdefault(name, Tally())

    # --- what is drawn ------------------------------------------------------------------------------------------

    def drawn(self, call: PastCall, what: str) -> Random:
        return Random(f"{self.seed} {call.call_id} {what}")  # noqa: S311 - chance that can be repeated is what is wanted

    def lasts(self, call: PastCall) -> timedelta:
        if call.lasted is not None:
            return min(call.lasted, LONGEST)
        lengths = self.lengths.get(call.asked.topic) or self.lengths.get(None) or [timedelta(minutes=3)]
        return self.drawn(call, "lasts").choice(lengths)

    def stays(self, call: PastCall) -> timedelta:
        if call.left is not None:
            return min(call.left, LONGEST)
        more = self.drawn(call, "stays").expovariate(1.0 / max(1.0, self.patience.total_seconds()))
        return min((call.answered or timedelta()) + timedelta(seconds=more), LONGEST)


def _lengths(calls: Sequence[PastCall]) -> dict[str | None, list[timedelta]]:
    found: dict[str | None, list[timedelta]] = {}
    for call in calls:
        if call.lasted is not None:
            found.setdefault(call.asked.topic, []).append(min(call.lasted, LONGEST))
            found.setdefault(None, []).append(min(call.lasted, LONGEST))
    return found


def _count(tally: Tally, answered: timedelta | None, waited: timedelta | None, threshold: timedelta) -> None:
    """Count a call as `routing.figures` does; one that neither was answered nor gave up was sent elsewhere."""
    if waited is None:
        return
    tally.offered += 1
    tally.waits.append(waited.total_seconds())
    if answered is not None:
        tally.answered += 1
        tally.in_threshold += answered <= threshold
    else:
        tally.abandoned += 1
        tally.abandoned_short += waited <= SHORT
