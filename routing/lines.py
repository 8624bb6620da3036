"""A line: who is first by a moment, joined and left in O(log n), nobody looked at who does not matter (pure)."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Any, Generic, TypeVar

Who = TypeVar("Who", bound=Any)
"""An id; ids are put in order where moments are equal."""

SLACK = 16
"""So many left behind are nothing; more than those who stand, and the line is drawn up anew."""


class Line(Generic[Who]):
    """Ids by a moment, earliest first. Who left stays in the heap until he would be first (lazy deletion)."""

    __slots__ = ("_heap", "_moments")

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, Who]] = []
        self._moments: dict[Who, datetime] = {}

    def __len__(self) -> int:
        return len(self._moments)

    def __iter__(self) -> Any:
        return iter(list(self._moments))

    def put(self, who: Who, moment: datetime) -> None:
        """Let somebody join, or stand elsewhere from now on."""
        self._moments[who] = moment
        heapq.heappush(self._heap, (moment, who))
        self._tidy()

    def drop(self, who: Who) -> None:
        """Let somebody leave, if he stands here."""
        if self._moments.pop(who, None) is not None:
            self._tidy()

    def head(self) -> tuple[datetime, Who] | None:
        """Return who is first, and his moment."""
        heap, moments = self._heap, self._moments
        while heap and moments.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0] if heap else None

    def _tidy(self) -> None:
        if len(self._heap) > 2 * len(self._moments) + SLACK:
            self._heap = [(moment, who) for who, moment in self._moments.items()]
            heapq.heapify(self._heap)
