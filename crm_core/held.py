"""The life of a reading that a rule held: one table (pure). docs/lives/held-reading.md draws it.

It waits until a person confirms it with a reason or refuses it, or until it is overtaken: the same value given a second
time, or a later reading that was accepted.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class HeldState(StrEnum):
    """Where a held reading is in its life."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


class HeldEvent(StrEnum):
    """What becomes of it."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    OVERTAKE = "overtake"


TRANSITIONS: Final[dict[tuple[HeldState, HeldEvent], HeldState]] = {
    (HeldState.WAITING, HeldEvent.CONFIRM): HeldState.CONFIRMED,
    (HeldState.WAITING, HeldEvent.REFUSE): HeldState.REFUSED,
    (HeldState.WAITING, HeldEvent.OVERTAKE): HeldState.OVERTAKEN,
}


def advance(state: HeldState, event: HeldEvent) -> HeldState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))
