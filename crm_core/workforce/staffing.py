"""How many operators a half hour needs: the fewest who keep the promise, by Erlang's formulas (pure).

Where operators cannot all do the same, the formulas promise too much: `extra` is what the simulation with the house's
own router says is needed besides (`routing.staffing`). Who is paid is not always at the telephone: `away` is that part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from crm_core.workforce.erlang import Expected, Unstable, erlang_a, erlang_c

MOST = 5_000
"""Operators; beyond it a forecast is broken, not busy."""
HALF_HOUR = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What callers are promised, and how work is."""

    share: float = 0.8
    """Of callers who are answered within the threshold."""
    threshold: float = 20.0
    """Seconds."""
    patience: float | None = None
    """Seconds until a caller gives up, on average; None: as if all waited for ever (Erlang C, the more careful one)."""
    busiest: float = 0.88
    """Share of his time that an operator may talk and write up; more of it makes people ill and slow."""
    extra: float = 0.0
    """Operators needed besides, as a share, since not everybody can do everything."""
    away: float = 0.0
    """Share of planned time that goes to illness, training, meetings; breaks are planned and are none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a half hour needs."""

    operators: int
    """To be planned."""
    working: int
    """Of them at the telephone at any moment, if all could do everything."""
    expected: Expected | None
    """What callers meet with those; None: nobody calls."""


def needed(calls: float, handle: float, promise: Promise, seconds: float = HALF_HOUR) -> Need:
    """Return the fewest operators who keep the promise.

    Args:
        calls: in the time, on average.
        handle: seconds that a call takes with its writing up.
        promise: what is to be kept.
        seconds: how long the time is.

    """
    load = calls * handle / seconds
    if load <= 0:
        return Need(operators=0, working=0, expected=None)
    low = max(1, math.ceil(load / promise.busiest - 1e-9))
    high = low
    while not _keeps(load, high, handle, promise) and high < MOST:
        low, high = high + 1, high * 2
    while low < high:
        middle = (low + high) // 2
        if _keeps(load, middle, handle, promise):
            high = middle
        else:
            low = middle + 1
    planned = math.ceil(low * (1.0 + promise.extra) / (1.0 - promise.away) - 1e-9)
    return Need(operators=planned, working=low, expected=_expected(load, low, handle, promise))


def _keeps(load: float, operators: int, handle: float, promise: Promise) -> bool:
    found = _expected(load, operators, handle, promise)
    return found is not None and found.service_level >= promise.share


def _expected(load: float, operators: int, handle: float, promise: Promise) -> Expected | None:
    if promise.patience is not None:
        return erlang_a(load, operators, handle, promise.threshold, promise.patience)
    try:
        return erlang_c(load, operators, handle, promise.threshold)
    except Unstable:
        return None


def needs(calls: Sequence[float], handle: float, promise: Promise) -> tuple[int, ...]:
    """Return how many operators each half hour needs."""
    # Many half hours of three weeks are alike: each is worked out once.
    known: dict[float, int] = {}
    found = []
    for one in calls:
        rounded = round(one, 1)
        if rounded not in known:
            known[rounded] = needed(rounded, handle, promise).operators
        found.append(known[rounded])
    return tuple(found)
