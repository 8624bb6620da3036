"""A queue's figures of the last half hour, kept up to date call by call (pure).

Definitions are DOMAIN.md B5, "strict": service level is answered within the threshold over offered less those who gave
up within the short limit; a call belongs to the moment it entered the queue. Only counts leave this module, so that
nobody averages percentages.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm_core.reports.formulas import SHORT, in_time, is_short

__all__ = ["SHORT", "WINDOW", "Figures", "Outcome"]

WINDOW = timedelta(minutes=30)


class Outcome(StrEnum):
    """How a stay in the queue ended."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    KEPT = "kept"
    """Left with his place kept: who is called back stands in the queue in his stead."""


@dataclass(slots=True)
class _Stay:
    entered: datetime
    outcome: Outcome = Outcome.WAITING
    counted: bool = True
    """Entered within the window."""
    quick: bool = False
    """Answered within the threshold, or abandoned within the short limit."""


class Figures:
    """One queue."""

    def __init__(self, threshold: timedelta, window: timedelta = WINDOW) -> None:
        self._threshold = threshold
        self._window = window
        self._stays: deque[_Stay] = deque()
        self._by_call: dict[str, _Stay] = {}
        self.offered = 0
        self.answered = 0
        self.answered_in_threshold = 0
        self.abandoned = 0
        self.abandoned_short = 0
        self.kept = 0

    def set_threshold(self, threshold: timedelta) -> None:
        """Judge answers from now on by another threshold."""
        self._threshold = threshold

    def forget(self, call_id: str) -> None:
        """Do not count a caller any more who was sent elsewhere before he was answered."""
        stay = self._by_call.pop(call_id, None)
        if stay is None:
            return
        if stay.counted:
            self.offered -= 1
            self._count(stay, -1)
        stay.counted = False

    def enter(self, call_id: str, at: datetime) -> None:
        """Count a caller who joined the queue; joining again changes nothing."""
        if call_id in self._by_call:
            return
        stay = _Stay(at)
        self._by_call[call_id] = stay
        # A restarted floor learns of its callers in any order; the oldest stays in front.
        insort(self._stays, stay, key=lambda one: one.entered)
        self.offered += 1

    def answer(self, call_id: str, at: datetime) -> None:
        """Count the answer: the caller hears an operator."""
        stay = self._by_call.get(call_id)
        if stay is not None and stay.outcome is Outcome.WAITING:
            stay.outcome, stay.quick = Outcome.ANSWERED, in_time(at - stay.entered, self._threshold)
            self._count(stay, 1)

    def leave(self, call_id: str, at: datetime) -> None:
        """Count the caller as gone: given up, unless he had been answered."""
        stay = self._by_call.pop(call_id, None)
        if stay is not None and stay.outcome is Outcome.WAITING:
            stay.outcome, stay.quick = Outcome.ABANDONED, is_short(at - stay.entered)
            self._count(stay, 1)

    def keep(self, call_id: str) -> None:
        """Count a caller who went to be called back: he gave up nothing, and it is his stand-in who is offered."""
        stay = self._by_call.pop(call_id, None)
        if stay is None or stay.outcome is not Outcome.WAITING:
            return
        stay.outcome = Outcome.KEPT
        if stay.counted:
            self.offered -= 1
            self._count(stay, 1)

    def prune(self, now: datetime) -> bool:
        """Forget stays that entered before the window; return whether a figure changed."""
        changed = False
        while self._stays and self._stays[0].entered <= now - self._window:
            stay = self._stays.popleft()
            if stay.counted:
                self.offered -= stay.outcome is not Outcome.KEPT
                self._count(stay, -1)
                changed = True
            stay.counted = False
        return changed

    def next_deadline(self) -> datetime | None:
        """Return when the oldest stay leaves the window."""
        return self._stays[0].entered + self._window if self._stays else None

    def _count(self, stay: _Stay, by: int) -> None:
        if not stay.counted:
            return
        if stay.outcome is Outcome.ANSWERED:
            self.answered += by
            self.answered_in_threshold += by * stay.quick
        elif stay.outcome is Outcome.ABANDONED:
            self.abandoned += by
            self.abandoned_short += by * stay.quick
        elif stay.outcome is Outcome.KEPT:
            self.kept += by
