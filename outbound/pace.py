"""How many calls a campaign places now: what the dialler asks (port), and the plainest answer beside it (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from outbound.history import Fact
from outbound.terms import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What a campaign has to go by at this moment; only operators who will take its next calls."""

    campaign_id: int
    mode: Mode
    cap: float
    """Of answered calls, how many may be abandoned; 0 … 1."""
    days: int = 1
    """Over how many days the cap holds."""
    left: float | None = None
    """Seconds that it still calls in the window; None: nobody knows."""
    idle: int
    """Operators who stand ready and nobody else is meant for."""
    talking: tuple[float, ...] = ()
    """Seconds each has talked."""
    wrapping: tuple[float, ...] = ()
    """Seconds each has written up."""
    ringing: tuple[float, ...] = ()
    """Seconds since each call was dialled that nobody has answered."""
    waiting: int = 0
    """People who answered and have no operator yet."""
    lines: int
    """That may still be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """So many calls, and why; `why` is kept with each attempt and replays the decision."""

    calls: int
    why: Mapping[str, Any] = field(default_factory=dict)


class Pace(Protocol):
    """Decides how many calls are placed, and learns from what becomes of them."""

    def calls(self, lot: Lot, now: datetime) -> Placing:
        """Return how many calls a campaign places now, never below 0 nor above its lines."""
        ...

    def knows(self, campaign_id: int) -> bool:
        """Whether a campaign's past was read."""
        ...

    def remember(self, campaign_id: int, facts: Iterable[Fact]) -> None:
        """Begin a campaign's history with what is on record."""
        ...

    def saw(self, campaign_id: int, what: str, seconds: float, now: datetime, operator_id: int | None) -> None:
        """Learn what became of a call of a campaign.

        Args:
            campaign_id: whose.
            what: `answered`, `unanswered`, `machine`, `abandoned`, `connected`, `talked`, `wrapped`.
            seconds: since it was dialled.
            now: UTC.
            operator_id: whose talk, for the last three.

        """
        ...


class Progressive:
    """One call for each operator who stands ready and whom no call is out for: nobody is abandoned but by his going."""

    def calls(self, lot: Lot, now: datetime) -> Placing:  # noqa: ARG002 - as the port has it
        """Return how many operators have no call yet."""
        free = lot.idle - len(lot.ringing) - lot.waiting
        calls = max(0, min(free, lot.lines))
        why = {"code": "progressive", "idle": lot.idle, "ringing": len(lot.ringing), "waiting": lot.waiting}
        return Placing(calls=calls, why=why)

    def knows(self, campaign_id: int) -> bool:  # noqa: ARG002 - as the port has it
        """There is nothing to know."""
        return True

    def remember(self, campaign_id: int, facts: Iterable[Fact]) -> None:
        """Nothing that was before changes it."""

    def saw(self, campaign_id: int, what: str, seconds: float, now: datetime, operator_id: int | None) -> None:
        """Nothing that was before changes it."""
