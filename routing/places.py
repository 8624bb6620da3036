"""Places held for callers whose node went away, by their number, and which nodes are away since when (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from routing.calls import Call
from telephony.events import Node

MOST = 20_000
"""Places held at once; more callers than that wait nowhere."""


class Place(NamedTuple):
    """Where somebody waited."""

    since: datetime
    until: datetime
    """Held for him so long."""
    node: Node


class Absent:
    """Nodes that are away since when, and the places of those who waited there, by their number."""

    def __init__(self) -> None:
        self.since: dict[Node, datetime] = {}
        self._places: dict[str, Place] = {}

    def keep(self, calls: Iterable[Call], node: Node, until: datetime) -> None:
        """Hold the places of callers; one who withholds his number cannot be known again."""
        for call in calls:
            if call.number and call.waiting_since is not None and len(self._places) < MOST:
                self._places[call.number] = Place(call.waiting_since, until, node)

    def claim(self, number: str, now: datetime) -> datetime | None:
        """Return since when somebody who calls again has been waiting; None when nothing is held for him. Once."""
        place = self._places.pop(number, None)
        return place.since if place is not None and now <= place.until else None

    def release(self, calls: Iterable[Call], node: Node) -> None:
        """Hold nothing for those who never were away."""
        for call in calls:
            if call.number in self._places and self._places[call.number].node == node:
                del self._places[call.number]

    def prune(self, now: datetime) -> None:
        """Forget places whose time is over."""
        self._places = {number: place for number, place in self._places.items() if now <= place.until}
