"""What `bench pop` measured, and the figures that come of it (pure).

The bar is the promise of the card's quickness: from the bytes of the event that the operator's telephone rings to the
card at the operator's websocket in at most twice the time of the bare query and echo, at p50 and at p99. Both kinds of
pop are held to it by the harder clock too, from the event that the caller waits.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from deploy.bench import pop_legs
from deploy.figures import Figure, at_most

RATIO = 2.0
"""What we promise: at most so many times the bare query and echo, at p50 and p99."""
PREPARED, UNKNOWN = "card prepared in the menu", "nothing known before"
RANG, WAITED = "from the ringing event", "from the waiting event"
RENDER_MS = 1.2
PLACES = {place for start, end, _ in pop_legs.READING for place in (start, end)} - {"written", "framed"}


class Popped(NamedTuple):
    """Moments of one pop, in nanoseconds of the machine's monotonic clock."""

    waited: int
    """The event that the caller waits was about to be written."""
    rang: int
    """The event that the operator's telephone rings was about to be written."""
    arrived: int
    """The card was at the operator's websocket."""


@dataclass
class Samples:
    """Pops by call, and the bare queries beside them in milliseconds."""

    prepared: dict[str, Popped] = field(default_factory=dict)
    unknown: dict[str, Popped] = field(default_factory=dict)
    bare: list[float] = field(default_factory=list)
    accounts: dict[str, int] = field(default_factory=dict)
    """Whose card, by call."""

    def add(self, call_id: str, account: int, popped: Popped, echoed: float, *, known: bool) -> None:
        """Note one pop and the bare query beside it."""
        self.accounts[call_id] = account
        (self.prepared if known else self.unknown)[call_id] = popped
        self.bare.append(echoed)


def figures(samples: Samples) -> list[Figure]:
    """Return p50, p95 and p99 of both kinds of pop by both clocks, and what the bar is held against."""
    spent = {(kind, clock): _spent(pops, clock) for kind, pops in _kinds(samples) for clock in (RANG, WAITED)}
    found = []
    for share in (50, 95, 99):
        found.append(Figure(name=f"bare query and echo p{share}", value=percentile(samples.bare, share), unit="ms"))
        for (kind, clock), times in spent.items():
            found.append(Figure(name=f"pop, {kind}, {clock}, p{share}", value=percentile(times, share), unit="ms"))
    for share in (50, 99):
        floor = percentile(samples.bare, share)
        for (kind, clock), times in spent.items():
            # A card that was there before the telephone rang took no time at all.
            name, value = f"pop, {kind}, {clock}, against bare, p{share}", max(0.0, percentile(times, share)) / floor
            found.append(at_most(name, value, "times", RATIO))
    there = _spent(samples.prepared, RANG) + _spent(samples.unknown, RANG)
    found.append(
        Figure(name="cards that were there before it rang", value=_share(there, 0.0), unit="% of pops"),
    )
    return found


def legs(samples: Samples, stamps: pop_legs.Stamps) -> list[Figure]:
    """Return medians of the legs of both kinds of pop, from the waiting event; they overlap where the work does."""
    seen = dict(stamps)
    for _, pops in _kinds(samples):
        for call, popped in pops.items():
            seen |= {(call, "written"): popped.waited, (call, "rang"): popped.rang, (call, "arrived"): popped.arrived}
    for call, account in samples.accounts.items():
        seen |= {(call, place): stamps[str(account), place] for place in PLACES if (str(account), place) in stamps}
    found = []
    for kind, pops in _kinds(samples):
        for start, end, what in pop_legs.LEGS + (pop_legs.READING if kind == UNKNOWN else ()):
            spent = [
                (seen[call, end] - seen[call, start]) / 1e6
                for call in pops
                if (call, start) in seen and (call, end) in seen
            ]
            if spent:
                found.append(Figure(name=f"{kind}: {what}, p50", value=statistics.median(spent), unit="ms"))
    return found


def alone(render: tuple[float, float]) -> list[Figure]:
    """Return what reading and rendering a card take where nothing else is to do, in milliseconds."""
    return [
        Figure(name="reading a card, alone, p50", value=render[0], unit="ms"),
        at_most("rendering a card, alone, p50", render[1], "ms", RENDER_MS),
    ]


def percentile(values: Sequence[float], share: int) -> float:
    """Return the value that `share` per cent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def _kinds(samples: Samples) -> tuple[tuple[str, Mapping[str, Popped]], ...]:
    return ((PREPARED, samples.prepared), (UNKNOWN, samples.unknown))


def _spent(pops: Mapping[str, Popped], clock: str) -> list[float]:
    """Return milliseconds from a clock's event to the card; below 0 where the card was there first."""
    return [(one.arrived - (one.rang if clock == RANG else one.waited)) / 1e6 for one in pops.values()]


def _share(values: Sequence[float], limit: float) -> float:
    return 100 * sum(value <= limit for value in values) / len(values)
