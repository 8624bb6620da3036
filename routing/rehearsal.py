"""A recorded day as timed facts of a floor that is nobody's, and the stage on which they are played (pure).

The record keeps less than the floor knew: what is played is what it keeps. Calls and operators carry keys of their own
(`replay-…`, negative numbers), so that nothing said about one of them can be taken for something about the live floor.
Figures are those of `routing.figures`; the day's totals are counted as the reports count visits to queues
(`crm_core.store.report_sources`), so that the end of a day played is that day's report.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm_core.reports.formulas import Figure, in_time, is_short, service_level
from routing.figures import Figures
from routing.news import CallChanged, CallGone, News, OperatorChanged, QueueChanged
from routing.telling import Queue
from routing.views import CallPhase, CallView, FloorView, OperatorId, OperatorState, OperatorView
from telephony.events import CallId

TURNS: Mapping[str, CallPhase] = {
    "offered": CallPhase.RINGING,
    "missed": CallPhase.WAITING,
    "held": CallPhase.HELD,
    "resumed": CallPhase.TALKING,
}
"""Lines of a call's history that are played; the rest of its life is in its moments."""
BEFORE_THE_ANSWER = frozenset({CallPhase.RINGING, CallPhase.WAITING})
OWN = "replay-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A line of a call's history."""

    at: datetime
    phase: CallPhase
    operator_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """A call on record that is over."""

    contact_id: int
    inward: bool
    number: str = ""
    queue: str = ""
    topic: str = ""
    language: str = ""
    outcome: str = ""
    operator_id: int | None = None
    began_at: datetime
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime
    turns: tuple[Turn, ...] = ()
    """In order."""

    @property
    def call_id(self) -> str:
        """What it is called on the stage."""
        return f"{OWN}{self.contact_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastState:
    """An operator was in a state from a moment on."""

    operator_id: int
    state: OperatorState
    reason: str
    at: datetime
    contact_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPerson:
    """Somebody who was there."""

    name: str
    extension: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is on record of a day, from `since` until before `until` (UTC)."""

    since: datetime
    until: datetime
    contacts: tuple[PastContact, ...] = ()
    states: tuple[PastState, ...] = ()
    people: Mapping[int, PastPerson] = field(default_factory=dict)
    thresholds: Mapping[str, timedelta] = field(default_factory=dict)
    """Answered within it counts for the service level; by queue."""
    threshold: timedelta = timedelta(seconds=20)
    """Of queues without one of their own."""


@dataclass(frozen=True, slots=True)
class CallTurned:
    """A call came to a phase."""

    at: datetime
    contact: PastContact
    phase: CallPhase
    operator_id: int | None = None


@dataclass(frozen=True, slots=True)
class OperatorStood:
    """An operator came to a state."""

    at: datetime
    stood: PastState


Fact = CallTurned | OperatorStood


@dataclass(slots=True)
class Totals:
    """A queue's day so far; every call counts with the queue it was in last, at the moment it began to wait."""

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    kept: int = 0
    exits: int = 0

    @property
    def level(self) -> Figure:
        """Return the service level, strict, in per cent."""
        return service_level(self.answered_in_time, self.offered, self.abandoned_short)


def own(operator_id: int) -> OperatorId:
    """Return the key of an operator on the stage: no operator has a negative one."""
    return OperatorId(-operator_id)


# --- the day in order --------------------------------------------------------------------------------------------


def facts(day: Recorded) -> tuple[Fact, ...]:
    """Return what happened, in order; what one call did at one moment stays in the order of its life."""
    found: list[Fact] = [OperatorStood(max(one.at, day.since), one) for one in day.states]
    for contact in day.contacts:
        found.extend(_life(contact))
    found.sort(key=lambda fact: fact.at)
    return tuple(found)


def _life(one: PastContact) -> Iterator[CallTurned]:
    """Yield a call's phases; a moment that lies before the one it follows is played with that one."""
    last = one.began_at
    for at, phase, operator_id in sorted(_moments(one), key=lambda moment: moment[0]):
        last = max(last, at)
        yield CallTurned(min(last, max(one.ended_at, one.began_at)), one, phase, operator_id)
    yield CallTurned(max(last, one.ended_at), one, CallPhase.ENDED, one.operator_id)


def _moments(one: PastContact) -> Iterator[tuple[datetime, CallPhase, int | None]]:
    if one.inward and (one.waiting_since is None or one.began_at < one.waiting_since):
        yield one.began_at, CallPhase.IVR, None
    if one.waiting_since is not None:
        yield one.waiting_since, CallPhase.WAITING, None
    talked = one.answered_at
    for turn in one.turns:
        early = talked is None or turn.at < talked
        if early is not (turn.phase in BEFORE_THE_ANSWER) or not one.began_at <= turn.at <= one.ended_at:
            continue
        rings = turn.operator_id if turn.phase is CallPhase.RINGING else None
        yield turn.at, turn.phase, rings if early else one.operator_id
    if talked is not None:
        yield talked, CallPhase.TALKING, one.operator_id


# --- the stage ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Standing:
    """A call that is on the stage."""

    contact: PastContact
    phase: CallPhase
    operator_id: int | None = None
    offered_at: datetime | None = None
    answered_at: datetime | None = None
    held_since: datetime | None = None

    def view(self) -> CallView:
        one = self.contact
        return CallView(
            call_id=one.call_id, phase=self.phase, number=one.number, name="", dialled="", queue=one.queue,
            language=one.language, account_id=None, candidates=(), topic=one.topic, path=(), arrived_at=one.began_at,
            waiting_since=one.waiting_since if self.phase is not CallPhase.IVR else None, offered_at=self.offered_at,
            answered_at=self.answered_at, held_since=self.held_since, ended_at=None,
            operator_id=None if self.operator_id is None else own(self.operator_id),
        )  # fmt: skip


class Stage:
    """The day as far as it was played. It only goes on; whoever wants to go back sets up another.

    Args:
        day: what is on record.

    """

    def __init__(self, day: Recorded) -> None:
        self.day = day
        self.at = day.since
        self.totals: dict[str, Totals] = {}
        self._facts: Sequence[Fact] = facts(day)
        self._next = 0
        self._calls: dict[str, _Standing] = {}
        self._operators: dict[int, PastState] = {}
        self._talks: dict[int, int] = {}
        self._queues: dict[str, Queue] = {}
        self._told_calls: set[str] = set()
        self._turned: dict[str, None] = {}
        self._stood: dict[int, None] = {}
        self._counted: dict[str, None] = {}
        self._there = frozenset(one.operator_id for one in day.states if one.state is not OperatorState.OFFLINE)
        self.ends = max(day.until, self._facts[-1].at) if self._facts else day.until

    @property
    def next_at(self) -> datetime | None:
        """Return when something will happen, or a figure change, next; None: nothing any more."""
        due = [one for queue in self._queues.values() if (one := queue.figures.next_deadline()) is not None]
        if self._next < len(self._facts):
            due.append(self._facts[self._next].at)
        return min(due, default=None)

    def play(self, until: datetime) -> list[News]:
        """Play up to and including a moment.

        Returns:
            What brings a screen from the last moment to this one: of everything that changed its last state, once.

        """
        while self._next < len(self._facts) and self._facts[self._next].at <= until:
            fact = self._facts[self._next]
            self._next += 1
            if isinstance(fact, CallTurned):
                self._turn(fact)
            else:
                self._stand(fact.stood)
        self.at = max(self.at, until)
        for name, queue in self._queues.items():
            if queue.figures.prune(self.at):
                self._counted[name] = None
        return list(self._drain())

    def floor(self) -> FloorView:
        """Return everything as it stands."""
        calls = sorted(self._calls.values(), key=lambda one: (one.contact.began_at, one.contact.call_id))
        operators = sorted(self._operators.values(), key=lambda one: own(one.operator_id))
        return FloorView(
            operators=tuple(self._operator(one) for one in operators),
            calls=tuple(one.view() for one in calls),
            queues=tuple(self._queues[name].view(name) for name in sorted(self._queues)),
            nodes={},
        )

    # --- calls --------------------------------------------------------------------------------------------------

    def _turn(self, fact: CallTurned) -> None:
        one, phase, call_id = fact.contact, fact.phase, fact.contact.call_id
        self._turned[call_id] = None
        if phase is CallPhase.ENDED:
            self._calls.pop(call_id, None)
            self._left(one)
            return
        known = self._calls.setdefault(call_id, _Standing(one, phase))
        known.phase, known.operator_id = phase, fact.operator_id
        known.held_since = fact.at if phase is CallPhase.HELD else None
        if phase is CallPhase.RINGING:
            known.offered_at = fact.at
        elif phase is CallPhase.TALKING and known.answered_at is None:
            known.answered_at = fact.at
            self._answered(one)
        elif phase is CallPhase.WAITING:
            self._waits(one)

    def _queue(self, name: str) -> Queue:
        self._counted[name] = None
        if name not in self._queues:
            self._queues[name] = Queue(Figures(self._threshold(name)))
        return self._queues[name]

    def _threshold(self, name: str) -> timedelta:
        return self.day.thresholds.get(name, self.day.threshold)

    def _waits(self, one: PastContact) -> None:
        if not one.inward or one.waiting_since is None:
            return
        queue, place = self._queue(one.queue), (one.waiting_since, CallId(one.call_id))
        if place not in queue.standing:
            insort(queue.standing, place)
            queue.figures.enter(one.call_id, one.waiting_since)
            self.totals.setdefault(one.queue, Totals()).offered += 1

    def _answered(self, one: PastContact) -> None:
        if not one.inward or one.waiting_since is None or one.answered_at is None:
            return
        queue, totals = self._queue(one.queue), self.totals[one.queue]
        self._steps_out(queue, one)
        queue.figures.answer(one.call_id, one.answered_at)
        totals.answered += 1
        totals.answered_in_time += in_time(one.answered_at - one.waiting_since, self._threshold(one.queue))

    def _left(self, one: PastContact) -> None:
        """Count how a visit to the queue ended, as reports do."""
        if not one.inward or one.waiting_since is None:
            return
        queue, totals = self._queue(one.queue), self.totals[one.queue]
        self._steps_out(queue, one)
        if one.answered_at is not None:
            queue.figures.leave(one.call_id, one.ended_at)
        elif one.outcome == "abandoned":
            queue.figures.leave(one.call_id, one.ended_at)
            totals.abandoned += 1
            totals.abandoned_short += is_short(one.ended_at - one.waiting_since)
        elif one.outcome == "served":
            queue.figures.keep(one.call_id)
            totals.offered -= 1
            totals.kept += 1
        else:
            queue.figures.forget(one.call_id)
            totals.exits += 1

    @staticmethod
    def _steps_out(queue: Queue, one: PastContact) -> None:
        place = (one.waiting_since, one.call_id)
        queue.standing = [other for other in queue.standing if other != place]

    # --- operators ----------------------------------------------------------------------------------------------

    def _stand(self, stood: PastState) -> None:
        who = stood.operator_id
        if who not in self._there:
            return
        before = self._operators.get(who)
        self._operators[who] = stood
        self._stood[who] = None
        if stood.state is OperatorState.TALKING and stood.at >= self.day.since:
            self._talks[who] = self._talks.get(who, 0) + (before is None or before.state is not stood.state)

    def _operator(self, stood: PastState) -> OperatorView:
        person = self.day.people.get(stood.operator_id, PastPerson(name="", extension=""))
        return OperatorView(
            operator_id=own(stood.operator_id), name=person.name, extension=person.extension, state=stood.state,
            reason=stood.reason, since=stood.at, until=None, phone_ok=True,
            call_id=None if stood.contact_id is None else f"{OWN}{stood.contact_id}",
            calls_today=self._talks.get(stood.operator_id, 0),
        )  # fmt: skip

    # --- telling ------------------------------------------------------------------------------------------------

    def _drain(self) -> Iterator[News]:
        for who in self._stood:
            yield OperatorChanged(operator=self._operator(self._operators[who]))
        for call_id in self._turned:
            standing = self._calls.get(call_id)
            if standing is not None:
                self._told_calls.add(call_id)
                yield CallChanged(call=standing.view())
            elif call_id in self._told_calls:
                self._told_calls.discard(call_id)
                yield CallGone(call_id=call_id, reason="ended")
        for name in self._counted:
            yield QueueChanged(queue=self._queues[name].view(name))
        self._stood, self._turned, self._counted = {}, {}, {}
