"""How a load is cut into chunks, and what its figures say (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from crm_core.sample import numbers
from crm_core.sample.oddities import RESERVED

CHUNK = 20_000
"""Accounts of one transaction; a multiple of four, so that nobody's accounts lie in two chunks."""
LARGE = 50_000
"""From here on indexes are built after the load, and two connections work side by side."""
REFERENCE = 6_200_000
"""Subscribers of the base the house is measured against."""
RICH = 5_000
"""Accounts that get invoice lines, payment references and many earlier contacts."""
SHORTEST, LONGEST = 12, 60


class Impossible(ValueError):
    """The wished sample cannot be made; the text says why in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One sample base: the same plan makes the same base."""

    subscribers: int
    months: int
    seed: int
    currency: str
    today: date
    chunk: int = CHUNK
    """Accounts of one transaction; the base is the same whatever it is."""
    aside_from: int = LARGE
    """Subscribers from which indexes are set aside during the load."""

    def __post_init__(self) -> None:
        if not RESERVED <= self.subscribers <= numbers.PHONE_PLACES:
            raise Impossible(f"--subscribers must lie between {RESERVED} and {numbers.PHONE_PLACES}")
        if not SHORTEST <= self.months <= LONGEST:
            raise Impossible(f"--months must lie between {SHORTEST} and {LONGEST}")
        if self.chunk < 1 or self.chunk % 4:
            raise Impossible("a chunk must be a multiple of four accounts")

    @property
    def large(self) -> bool:
        """Whether it pays to build indexes afterwards."""
        return self.subscribers >= self.aside_from

    def chunks(self, done: Collection[int] = ()) -> Iterator[tuple[int, int, int]]:
        """Give chunk number, first and last account of every chunk that is not done."""
        for number, low in enumerate(range(1, self.subscribers + 1, self.chunk)):
            if number not in done:
                yield number, low, min(low + self.chunk - 1, self.subscribers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a load came to."""

    subscribers: int
    """Subscribers in the base."""
    fresh: int
    """Of them made by this run."""
    rows: int
    """Rows written by this run."""
    seconds: float
    load_seconds: float
    """Of them before the indexes were built."""
    bytes: int
    """Size of the sample's tables with their indexes."""
    client_bytes: int
    """Largest memory of this process."""

    def figures(self) -> list[tuple[str, float, str]]:
        """Name, value and unit of everything measured."""
        pace = self.fresh / self.seconds if self.seconds else 0.0
        found = [
            ("subscribers", self.subscribers, ""),
            ("made by this run", self.fresh, ""),
            ("time", round(self.seconds, 1), "s"),
            ("of it loading", round(self.load_seconds, 1), "s"),
            ("rows", self.rows, ""),
            ("rows per second", round(self.rows / self.seconds) if self.seconds else 0, "1/s"),
            ("subscribers per second", round(pace), "1/s"),
            ("size", self.bytes, "B"),
            ("size as PostgreSQL counts", round(self.bytes / 2**30, 1), "GiB"),
            ("size per subscriber", round(self.bytes / self.subscribers), "B"),
            ("memory of this process", self.client_bytes, "B"),
        ]
        if LARGE <= self.fresh == self.subscribers < REFERENCE:
            found += [
                ("reference base at this pace", round(REFERENCE / pace / 60, 1), "min"),
                ("reference base at this size", round(REFERENCE * self.bytes / self.subscribers / 2**30, 1), "GiB"),
            ]
        return found
