"""The life of a pair that may be one customer, as a table (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class PairState(StrEnum):
    """What was decided about a pair."""

    OPEN = "open"
    """Found; nobody has looked at it."""
    LATER = "later"
    """Somebody looked and put it off."""
    DIFFERENT = "different"
    """Two customers; not proposed again."""
    MERGED = "merged"


TRANSITIONS: Mapping[PairState, frozenset[PairState]] = {
    PairState.OPEN: frozenset({PairState.LATER, PairState.DIFFERENT, PairState.MERGED}),
    PairState.LATER: frozenset({PairState.OPEN, PairState.DIFFERENT, PairState.MERGED}),
    # Who finds out better looks at it again.
    PairState.DIFFERENT: frozenset({PairState.OPEN}),
    # Undoing the merge puts the pair before people again.
    PairState.MERGED: frozenset({PairState.OPEN}),
}
DECISIONS = frozenset({PairState.LATER, PairState.DIFFERENT, PairState.OPEN})
"""What a person may say about a pair; `merged` comes of merging alone."""


def before(state: PairState) -> frozenset[PairState]:
    """Return the states that a pair may come from into `state`."""
    return frozenset(old for old, following in TRANSITIONS.items() if state in following)
