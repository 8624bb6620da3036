"""Queues of last resort: whose operators serve a queue's callers when nobody of its own can, in order (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LONGEST = 4
"""Queues of last resort one behind the other; each is tried for twenty seconds."""


def chain(queue: str, resorts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the queues whose operators are tried, the caller's own first; none where no last resort is set.

    Args:
        queue: in which the caller stands.
        resorts: the queue of last resort of each queue that has one; one that leads round ends before it does.

    """
    found: list[str] = []
    here = queue if resorts.get(queue) else ""
    while here and here not in found and len(found) <= LONGEST:
        found.append(here)
        here = resorts.get(here, "")
    return tuple(found)


def fault(queue: str, resorts: Mapping[str, str]) -> str:
    """Return what is wrong with the last resort of a queue: `round`, `long`, or ""."""
    here, passed = resorts.get(queue, ""), 0
    while here and here != queue and passed < len(resorts):
        here, passed = resorts.get(here, ""), passed + 1
    if here:
        return "round"
    return "long" if passed > LONGEST else ""


def needed(resorts: Mapping[str, str]) -> frozenset[str]:
    """Return the queues that need one of Asterisk's own, with their operators in it."""
    return frozenset(_both(resorts.items()))


def _both(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    for queue, resort in pairs:
        if resort:
            yield from (queue, resort)
