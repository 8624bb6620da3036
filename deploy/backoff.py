"""How long to wait before a process that died is started again (pure)."""

from __future__ import annotations

SHORTEST = 0.2
"""Seconds before the first try."""
LONGEST = 5.0
"""Seconds between tries when nothing helps."""
HEALTHY_AFTER = 5.0
"""A process that ran this many seconds before it died was well: counting starts anew. What cannot start dies sooner."""


def next_delay(previous: float, ran_seconds: float) -> float:
    """Return the seconds to wait now.

    Args:
        previous: what was waited before the start that just failed; 0 for none.
        ran_seconds: how long the process then ran.

    """
    if previous <= 0 or ran_seconds >= HEALTHY_AFTER:
        return SHORTEST
    return min(previous * 2, LONGEST)
