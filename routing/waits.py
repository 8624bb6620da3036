"""What waiting callers of a simulated centre would be told, and whether it came true (pure).

The very `Flow` and `span` of the floor, fed by the simulation's contacts: a caller is told when he begins to wait and
every so often after, and each time what he was told is held against how long he really waited from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from routing.expectation import Flow, Span, holds, span
from routing.pairs import Offer
from routing.policy import Policy
from routing.simulation import Arrival, Day, Scenario
from telephony.events import CallId

EVERY = 45.0
"""Seconds, as `Settings.waiting_seconds`."""


@dataclass(slots=True)
class Told:
    """What was told in one day."""

    asked: int = 0
    said: int = 0
    """A time could be named."""
    judged: int = 0
    """Of them, those of which the truth is known: who gives up within what he was told, proves nothing."""
    true: int = 0
    sooner: int = 0
    """Served before the least that was told."""
    widths: list[int] = field(default_factory=list)
    """Minutes from the least to the most, where there is a most."""


class Telling(Day):
    """A day whose callers are told how long it takes."""

    def __init__(self, scenario: Scenario, policy: Policy, arrivals: Sequence[Arrival], warm_up: int) -> None:
        super().__init__(scenario, policy, arrivals, warm_up)
        self.told = Told()
        self.flow = Flow()
        self._begun: dict[int, float] = {}
        self._open: dict[int, list[tuple[float, Span]]] = {}

    def comes(self, now: float, number: int) -> None:
        """A caller comes; one who waits is told."""
        super().comes(now, number)
        if CallId(f"{number:09}") in self.waiting:
            self.tell(now, number)

    def tell(self, now: float, number: int) -> None:
        """Tell a caller how long it takes from now on, if he still waits."""
        if CallId(f"{number:09}") not in self.waiting:
            return
        self.plan(now + EVERY, self.tell, number)
        if number < self.warm_up:
            return
        place = sum(other <= number for other in self.waiting.values())
        self.told.asked += 1
        said = span(self.flow.bounds(place, len(self.scenario.staff)))
        if said is not None:
            self.told.said += 1
            if said.most is not None:
                self.told.widths.append(said.most - said.least)
            self._open.setdefault(number, []).append((now, said))

    def talks(self, offer: Offer, now: float) -> None:
        """He is served: now it is known whether what he was told was true."""
        number = self.waiting[offer.call_id]
        for at, said in self._open.pop(number, ()):
            self.told.judged += 1
            self.told.true += holds(said, now - at)
            self.told.sooner += now - at < said.least * 60
        self._begun[offer.operator_id] = now
        super().talks(offer, now)

    def ready(self, now: float, number: int) -> None:
        """An operator is free: how long his contact kept him is measured."""
        if number in self._begun:
            self.flow.note_seconds(now - self._begun.pop(number))
        super().ready(now, number)

    def gives_up(self, now: float, number: int) -> None:
        """He gives up; that he waited longer than he was told is known all the same."""
        if CallId(f"{number:09}") in self.waiting:
            for at, said in self._open.pop(number, ()):
                self.told.judged += said.most is not None and now - at > said.most * 60
        super().gives_up(now, number)


def told(scenario: Scenario, policy: Policy, arrivals: Sequence[Arrival], *, warm_up: int) -> Told:
    """Let the arrivals come, and return what they were told and how often it was true."""
    day = Telling(scenario, policy, arrivals, warm_up)
    day.run()
    return day.told
