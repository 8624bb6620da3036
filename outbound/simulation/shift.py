"""One shift, event by event: calls ring, people answer, operators talk, write up, come and go (pure)."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from outbound.simulation.scenario import Chance, Scenario

Handler = Callable[[float, int], None]


class Hall:
    """What a law may look at."""

    __slots__ = ("idle", "lines", "ringing", "talking", "waiting", "wrapping")

    def __init__(self, idle: int, lines: int) -> None:
        self.idle = idle
        self.lines = lines
        self.ringing: dict[int, float] = {}
        """Since when each call rings."""
        self.talking: dict[int, float] = {}
        """Since when each operator talks who will take another call."""
        self.wrapping: dict[int, float] = {}
        self.waiting: deque[int] = deque()
        """People who answered and have nobody yet."""

    @property
    def operators(self) -> int:
        """Who is at work and will take another call."""
        return self.idle + len(self.talking) + len(self.wrapping)


class Law(Protocol):
    """A rule of how many calls to place."""

    name: str
    every: float
    """Seconds between decisions."""

    def place(self, hall: Hall, now: float, /) -> int:
        """Return how many calls to place."""
        ...

    def answered(self, now: float, seconds: float, /) -> None:
        """A call was answered after so many seconds."""
        ...

    def failed(self, now: float, seconds: float, /) -> None:
        """A call ended without an answer after so many seconds."""
        ...

    def connected(self, now: float, who: int, /) -> None:
        """A talk began."""
        ...

    def talked(self, now: float, who: int, /) -> None:
        """A talk ended."""
        ...

    def wrapped(self, now: float, who: int, /) -> None:
        """A wrap-up ended."""
        ...

    def abandoned(self, now: float, /) -> None:
        """Somebody answered and nobody came within the grace."""
        ...


@dataclass(slots=True)
class Outcome:
    """What became of a shift."""

    dialled: int = 0
    answered: int = 0
    abandoned: int = 0
    talked: float = 0.0
    wrapped: float = 0.0
    staffed: float = 0.0
    """Operators' seconds."""
    busy_settled: float = 0.0
    """Of talk and wrap-up, what was after the warm-up."""
    staffed_settled: float = 0.0
    waits: list[float] = field(default_factory=list)
    """Seconds of those who answered, had to wait, and were served."""
    heard: list[tuple[float, bool]] = field(default_factory=list)
    """Every answer: when, and whether it was abandoned."""

    @property
    def occupancy(self) -> float:
        """Talk and wrap-up of the operators' time."""
        return (self.talked + self.wrapped) / max(1.0, self.staffed)

    @property
    def settled(self) -> float:
        """The same, after the warm-up."""
        return self.busy_settled / max(1.0, self.staffed_settled)

    @property
    def share(self) -> float:
        """Abandoned of answered."""
        return self.abandoned / max(1, self.answered)


class Shift:
    """One run."""

    def __init__(self, scenario: Scenario, law: Law, seed: int) -> None:
        self.scenario, self.law, self.chance = scenario, law, Chance(scenario, seed)
        self.hall = Hall(scenario.operators, scenario.lines)
        self.outcome = Outcome()
        self.events: list[tuple[float, int, Handler, int]] = []
        self.serial = count(1)
        self.leaving: dict[int, tuple[bool, float]] = {}
        """Operators who go after this contact."""
        self.due: dict[int, tuple[float, float]] = {}
        """Of each call that rings, whatever is to come: (when dialled, after how long)."""
        self.staffed_since = 0.0
        self.staffed = scenario.operators
        self.marks: dict[int, int] = {}
        """Of each person who waits: which entry of `heard` is his."""

    def run(self) -> Outcome:
        """Let the whole shift go by."""
        end, events = self.scenario.seconds, self.events
        for at, operators in self.scenario.staff:
            self.plan(at, self.staff_is, int(operators))
        self.plan(0.0, self.decide, 0)
        while events and events[0][0] < end:
            now, _, happens, number = heapq.heappop(events)
            happens(now, number)
        self.count_staff(end, 0)
        return self.outcome

    def plan(self, at: float, happens: Handler, number: int) -> None:
        """Have something happen."""
        heapq.heappush(self.events, (at, next(self.serial), happens, number))

    def decide(self, now: float, _: int) -> None:
        """Ask the law, and dial."""
        hall = self.hall
        more = min(self.law.place(hall, now), hall.lines)
        for _ in range(more):
            answered, after = self.chance.call(now)
            number = next(self.serial)
            hall.ringing[number] = now
            self.due[number] = (now, after)
            self.plan(now + after, self.answers if answered else self.fails, number)
        hall.lines -= max(0, more)
        self.outcome.dialled += max(0, more)
        self.plan(now + self.law.every, self.decide, 0)

    def fails(self, now: float, number: int) -> None:
        """A call ends without an answer."""
        del self.hall.ringing[number]
        self.hall.lines += 1
        self.law.failed(now, self.due.pop(number)[1])

    def answers(self, now: float, number: int) -> None:
        """Somebody answers."""
        hall = self.hall
        del hall.ringing[number]
        self.outcome.answered += 1
        self.law.answered(now, self.due.pop(number)[1])
        if hall.idle:
            hall.idle -= 1
            self.outcome.heard.append((now, False))
            self.talk(now, number)
        else:
            hall.waiting.append(number)
            self.due[number] = (now, 0.0)
            self.plan(now + self.scenario.grace, self.gives_up, number)

    def talk(self, now: float, number: int) -> None:
        """An operator and somebody are connected."""
        seconds = self.chance.talk()
        self.hall.talking[number] = now
        self.law.connected(now, number)
        self.outcome.talked += self.count_busy(now, seconds)
        self.plan(now + seconds, self.hangs_up, number)

    def hangs_up(self, now: float, number: int) -> None:
        """A talk ends; the operator writes up."""
        self.hall.lines += 1
        if self.hall.talking.pop(number, None) is not None:
            self.hall.wrapping[number] = now
        self.law.talked(now, number)
        seconds = self.chance.wrap()
        self.outcome.wrapped += self.count_busy(now, seconds)
        self.plan(now + seconds, self.writes_up, number)

    def writes_up(self, now: float, number: int) -> None:
        """A wrap-up ends; the operator takes who waits, or is idle, or goes."""
        hall = self.hall
        self.law.wrapped(now, number)
        if hall.wrapping.pop(number, None) is None:
            del self.leaving[number]
            self.count_staff(now, self.staffed - 1)
        elif hall.waiting:
            waited = hall.waiting.popleft()
            wait = now - self.due.pop(waited)[0]
            self.outcome.waits.append(wait)
            self.outcome.heard.append((now - wait, False))
            self.talk(now, waited)
        else:
            hall.idle += 1

    def gives_up(self, now: float, number: int) -> None:
        """The grace is over."""
        if number in self.hall.waiting:
            self.hall.waiting.remove(number)
            self.hall.lines += 1
            self.outcome.abandoned += 1
            self.outcome.heard.append((self.due.pop(number)[0], True))
            self.law.abandoned(now)

    def staff_is(self, now: float, wanted: int) -> None:
        """Operators come or go at a stroke, idle and busy alike; who is busy goes when he has written up."""
        hall = self.hall
        more = wanted - hall.operators
        if more >= 0:
            hall.idle += more
            self.count_staff(now, self.staffed + more)
            return
        everybody = [0] * hall.idle + list(hall.talking) + list(hall.wrapping)
        for number in self.chance.leaving.sample(everybody, -more):
            if number == 0:
                hall.idle -= 1
                self.count_staff(now, self.staffed - 1)
            else:
                talks = number in hall.talking
                (hall.talking if talks else hall.wrapping).pop(number)
                self.leaving[number] = (talks, now)

    def count_busy(self, now: float, seconds: float) -> float:
        """Return how much of what begins now is within the shift, and add up what of it is after the warm-up."""
        ends = min(now + seconds, self.scenario.seconds)
        self.outcome.busy_settled += max(0.0, ends - max(now, self.scenario.warm))
        return max(0.0, ends - now)

    def count_staff(self, now: float, operators: int) -> None:
        """Add up the operators' time until now."""
        since = max(self.staffed_since, self.scenario.warm)
        self.outcome.staffed_settled += self.staffed * max(0.0, now - since)
        self.outcome.staffed += self.staffed * (now - self.staffed_since)
        self.staffed, self.staffed_since = operators, now
