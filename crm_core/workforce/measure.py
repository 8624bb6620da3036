"""How far forecasts were off: error and bias, beside what needs no forecast at all (pure)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crm_core.workforce.forecast import Counts, History

Guess = Callable[[date], Counts | None]
"""Calls of a day by half hours; None: nothing to go by."""
WEEK = timedelta(days=7)
SAME_WEEKDAY_LAST_YEAR = timedelta(days=364)
AVERAGED = 4
"""Weeks of the moving average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """How far guesses were off what came."""

    wape: float
    """Absolute errors over what came: a share of the calls (weighted absolute percentage error)."""
    bias: float
    """Guessed less came, over what came: above 0 is too much."""
    counted: int


def error(pairs: Iterable[tuple[float, float]]) -> Error:
    """Return how far guesses were off.

    Args:
        pairs: what was guessed, and what came.

    """
    known = list(pairs)
    came = math.fsum(one for _, one in known)
    if came <= 0:
        return Error(wape=0.0, bias=0.0, counted=len(known))
    return Error(
        wape=math.fsum(abs(guess - one) for guess, one in known) / came,
        bias=math.fsum(guess - one for guess, one in known) / came,
        counted=len(known),
    )


def by_interval(guess: Guess, history: History, days: Sequence[date]) -> Error:
    """Return the error over half hours of days."""
    return error(
        pair for day in days if (own := guess(day)) is not None for pair in zip(own, history[day], strict=True)
    )


def by_day(guess: Guess, history: History, days: Sequence[date]) -> Error:
    """Return the error over whole days."""
    return error((math.fsum(own), math.fsum(history[day])) for day in days if (own := guess(day)) is not None)


def last_year(history: History, origin: date) -> Guess:
    """Guess the same weekday of last year; where nothing was counted then, as `last_week`."""
    nearer = last_week(history, origin)
    return lambda day: history.get(day - SAME_WEEKDAY_LAST_YEAR) or nearer(day)


def last_week(history: History, origin: date) -> Guess:
    """Guess the last such weekday that was known at the origin."""
    return lambda day: next(iter(_known(history, origin, day)), None)


def moving_average(history: History, origin: date, weeks: int = AVERAGED) -> Guess:
    """Guess the mean of the last such weekdays that were known at the origin."""

    def guess(day: date) -> Counts | None:
        found = _known(history, origin, day)[:weeks]
        if not found:
            return None
        return tuple(math.fsum(column) / len(found) for column in zip(*found, strict=True))

    return guess


def _known(history: History, origin: date, day: date) -> list[Counts]:
    """Return the counts of the same weekday up to the origin, newest first."""
    back = day - WEEK * (((day - origin).days + 6) // 7) if day > origin else day - WEEK
    return [history[one] for one in (back - WEEK * number for number in range(8)) if one in history]


def covered(history: History, bounds: Mapping[date, tuple[Counts, Counts]]) -> float:
    """Return the share of half hours with calls that lay within their bounds."""
    held = [
        low <= came <= high
        for day, (lows, highs) in bounds.items()
        for low, came, high in zip(lows, history[day], highs, strict=True)
        if high > 0
    ]
    return sum(held) / max(1, len(held))
