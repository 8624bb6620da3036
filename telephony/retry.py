"""When to try a broken link again (pure)."""

from __future__ import annotations

FIRST = 0.2
"""Seconds before the first new attempt."""
LAST = 5.0
"""Seconds that the waiting never exceeds."""


def delay(attempt: int, chance: float, first: float = FIRST, last: float = LAST) -> float:
    """Seconds to wait before attempt number `attempt` (from 0), doubling from `first` to `last`.

    `chance` in [0, 1) spreads it over the upper half, so that many clients of one restarted node do not come back
    in the same instant ("equal jitter").
    """
    whole = min(last, first * 2.0 ** min(attempt, 30))
    return float(whole * (0.5 + chance / 2))
