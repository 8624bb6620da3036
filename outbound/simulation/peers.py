"""Rules of other diallers, written from descriptions of what they do, not from their code (pure).

Each knows what it is said to know: the operators it may call for, the calls it has running, what was abandoned today.
"""

from __future__ import annotations

import math
from collections import deque

from outbound.simulation.shift import Hall


class Deaf:
    """A law that needs to hear nothing."""

    name = ""
    every = 1.0

    def answered(self, now: float, seconds: float, /) -> None:
        """Nothing is made of it."""

    def failed(self, now: float, seconds: float, /) -> None:
        """Nothing is made of it."""

    def connected(self, now: float, who: int, /) -> None:
        """Nothing is made of it."""

    def talked(self, now: float, who: int, /) -> None:
        """Nothing is made of it."""

    def wrapped(self, now: float, who: int, /) -> None:
        """Nothing is made of it."""

    def abandoned(self, now: float, /) -> None:
        """Nothing is made of it."""


class Ratio(Deaf):
    """So many calls for each idle operator; the part of a call is made up over time."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.name = "progressive" if ratio == 1.0 else f"{ratio:g} calls an idle operator"
        self._idle, self._rest = 0, 0.0

    def place(self, hall: Hall, _now: float, /) -> int:
        """Return how many calls to place."""
        if hall.idle != self._idle:
            self._idle, self._rest = hall.idle, (self._rest + hall.idle * (self.ratio - 1.0)) % 1.0
        wanted = math.floor(hall.idle * self.ratio + (self._rest if self.ratio > 1.0 else 0.0) + 1e-9)
        return max(0, wanted - len(hall.ringing) - len(hall.waiting))


class Adaptive(Deaf):
    """A level that follows who was idle of late, and falls to 1 when too many of the day were abandoned.

    As VICIdial is described: calls placed are level x operators less the calls there are, talks among them, every
    2.5 s, of operators those who are not paused, and who writes up is; the level is changed every 15 s by the mean of
    idle operators less waiting people, over the operators, kept between 1 and a most; 1 while more than the cap is
    abandoned today (of more than 50 calls), half of itself when more than half of the last minute's answers (of more
    than 20) were abandoned. Not a measurement of that product.
    """

    every = 0.5

    def __init__(self, most: float = 3.0, cap: float = 0.03) -> None:
        self.most, self.cap = most, cap
        self.name = "VICIdial-like" if most == 3.0 else f"VICIdial-like, at most {most:g}"
        self.level = 1.0
        self._ticks = 0
        self._samples: list[tuple[int, int]] = []
        self._today = [0, 0, 0]
        """Calls, answers, abandoned."""
        self._seen = (0, 0)
        """Answers and abandoned as counted at the last full minute."""
        self._minute: deque[tuple[float, bool]] = deque()

    def answered(self, now: float, _seconds: float, /) -> None:
        """Count it."""
        self._today[1] += 1
        self._minute.append((now, False))

    def abandoned(self, now: float, /) -> None:
        """Count it."""
        self._today[2] += 1
        self._minute.append((now, True))

    def place(self, hall: Hall, now: float, /) -> int:
        """Return how many calls to place."""
        self._ticks += 1
        if self._ticks % 120 == 1:
            self._seen = (self._today[1], self._today[2])
        if self._ticks % 2 == 0:
            self._samples.append((hall.idle - len(hall.waiting), hall.idle + len(hall.talking)))
        if len(self._samples) == 15:
            self._adapt(now)
            self._samples = []
        if self._ticks % 5:
            return 0
        running = len(hall.ringing) + len(hall.waiting) + len(hall.talking)
        more = max(0, round(self.level * (hall.idle + len(hall.talking))) - running)
        self._today[0] += more
        return more

    def _adapt(self, now: float) -> None:
        idle, operators = (sum(column) / 15.0 for column in zip(*self._samples, strict=True))
        self.level = min(self.most, max(1.0, self.level * (1.0 + idle / max(1.0, operators))))
        while self._minute and self._minute[0][0] < now - 60.0:
            self._minute.popleft()
        lost = sum(one[1] for one in self._minute)
        heard = len(self._minute) - lost
        if heard > 20 and lost > heard / 2:
            self.level = max(1.0, self.level / 2)
        answers, abandoned = self._seen
        if self._today[0] > 50 and abandoned > self.cap * answers:
            self.level = 1.0


class Controller(Deaf):
    """Free and nearly free operators over the share that is answered, less those that ring, by a controlled factor.

    As OMniLeads' predictive mode is described: (free + expected - ringing x hit) / hit x factor each second; a talk is
    nearly over by 1 - exp(-ring / (mean talk - elapsed)); hit and drops are moving averages (0.1), so that one of about
    nineteen counts; the factor falls from 1 to 0.2 between half the cap and the cap; after five seconds above it calls
    progressively until under four fifths; the first 50 answers too. Not a measurement of that product.
    """

    name = "OMniLeads-like"

    def __init__(self, cap: float = 0.03, ring: float = 15.0) -> None:
        self.cap, self.ring = cap, ring
        self._hit, self._drops, self._talk = 0.3, 0.0, 120.0
        self._since: dict[int, float] = {}
        self._answers = self._above = 0
        self._held = False

    def answered(self, _now: float, _seconds: float, /) -> None:
        """Move the averages."""
        self._answers += 1
        self._hit += 0.1 * (1.0 - self._hit)

    def failed(self, _now: float, _seconds: float, /) -> None:
        """Move the average of hits."""
        self._hit = max(0.05, self._hit - 0.1 * self._hit)

    def connected(self, now: float, who: int, /) -> None:
        """Somebody was served: no drop."""
        self._drops -= 0.1 * self._drops
        self._since[who] = now

    def talked(self, now: float, who: int, /) -> None:
        """Move the average of talks."""
        self._talk += 0.1 * (now - self._since.pop(who, now) - self._talk)

    def abandoned(self, _now: float, /) -> None:
        """Move the average of drops."""
        self._drops += 0.1 * (1.0 - self._drops)

    def place(self, hall: Hall, now: float, /) -> int:
        """Return how many calls to place."""
        self._above = self._above + 1 if self._drops > self.cap else 0
        self._held = self._above > 5 or (self._held and self._drops > 0.8 * self.cap)
        if self._held or self._answers < 50:
            return max(0, hall.idle - len(hall.ringing) - len(hall.waiting))
        expected = sum(
            1.0 - math.exp(-self.ring / max(1.0, self._talk - (now - since))) for since in hall.talking.values()
        )
        over = min(1.0, max(0.0, (self._drops - self.cap / 2) / (self.cap / 2)))
        free = hall.idle - len(hall.waiting) + expected - len(hall.ringing) * self._hit
        return max(0, math.floor(free / self._hit * (1.0 - 0.8 * over)))
