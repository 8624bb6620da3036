"""How many will call in each half hour of the coming weeks, and how far that may be off (pure).

A day's calls are what its causes explain (`almanac`, `fitting`), times how the last weeks differ from that; they are
spread over the day by the course that its weekday has taken lately. How far it may be off is read from weeks that the
forecast had not seen: it is made once as if today were some weeks ago, and compared with what came.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crm_core.workforce.almanac import Almanac
from crm_core.workforce.fitting import expected, fit

INTERVALS = 48
"""Half hours of a day, by the utility's clock."""
MINUTES = 30
LEAST_DAYS = 28
"""With fewer days of history there is no forecast."""
RECENT = 28
"""Days of which the level is taken."""
HALF_LIFE = 56.0
"""Days after which a day's course counts half."""
TRIED = 42
"""Days at the end of the history that the bounds are read from."""
LOW, HIGH = 0.05, 0.95
"""Shares of what came that lie below each bound."""
Counts = tuple[float, ...]
"""One number for each half hour."""
History = Mapping[date, Counts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far calls of a half hour scatter, in roots of what was expected."""

    low: float = -1.645
    high: float = 1.645


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What was learned."""

    almanac: Almanac
    origin: date
    weights: Mapping[str, float]
    level: float
    """How much more than explained the last weeks had."""
    courses: Mapping[int, Counts]
    """Share of each half hour in a day, by weekday."""
    bounds: Bounds = Bounds()

    def total(self, day: date) -> float:
        """Return how many calls a day will have."""
        return expected(self.weights, self.almanac.causes(day, self.origin)) * self.level

    def day(self, day: date) -> Forecast:
        """Return the forecast of a day."""
        total = self.total(day)
        calls = tuple(total * share for share in self.courses[self.almanac.kind(day)])
        low = tuple(max(0.0, one + self.bounds.low * math.sqrt(one)) for one in calls)
        high = tuple(one + self.bounds.high * math.sqrt(one) for one in calls)
        return Forecast(day=day, calls=calls, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a day is expected to bring."""

    day: date
    calls: Counts
    low: Counts
    high: Counts
    """Of ten such half hours nine lie between the two."""

    @property
    def total(self) -> float:
        """Calls of the whole day."""
        return math.fsum(self.calls)


def learn(history: History, almanac: Almanac, strange: Collection[date] = frozenset()) -> Model | None:
    """Learn from history; None when it is too short.

    Args:
        history: calls of each day; a day that is missing was not counted.
        almanac: the utility's calendar.
        strange: days that say nothing about others: outages, a dead line.

    """
    known = sorted(day for day in history if day not in strange)
    if len(known) < LEAST_DAYS:
        return None
    model = _learned(history, known, almanac)
    earlier, tried = known[:-TRIED], known[-TRIED:]
    if len(earlier) < LEAST_DAYS:
        return model
    return _bounded(model, scatter(_learned(history, earlier, almanac), history, tried))


def _bounded(model: Model, scatters: Sequence[float]) -> Model:
    if not scatters:
        return model
    ordered = sorted(scatters)
    bounds = Bounds(low=quantile(ordered, LOW), high=quantile(ordered, HIGH))
    return Model(
        almanac=model.almanac, origin=model.origin, weights=model.weights, level=model.level, courses=model.courses,
        bounds=bounds,
    )  # fmt: skip


def scatter(model: Model, history: History, days: Sequence[date]) -> list[float]:
    """Return how far each half hour came out from what was expected, in roots of that."""
    return [
        (came - thought) / math.sqrt(thought)
        for day in days
        for came, thought in zip(history[day], model.day(day).calls, strict=True)
        if thought > 0.05
    ]


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share of ordered values lies."""
    return ordered[min(len(ordered) - 1, max(0, math.floor(share * len(ordered))))]


def _learned(history: History, known: Sequence[date], almanac: Almanac) -> Model:
    origin = known[-1]
    totals = [math.fsum(history[day]) for day in known]
    rows = [almanac.causes(day, origin) for day in known]
    weights = fit(rows, totals)
    explained = [expected(weights, row) for row in rows]
    return Model(
        almanac=almanac,
        origin=origin,
        weights=weights,
        level=_level(totals[-RECENT:], explained[-RECENT:]),
        courses=_courses(history, known, almanac),
    )


def _level(came: Sequence[float], explained: Sequence[float]) -> float:
    """Return by how much the last weeks differ, halved: half of a difference is gone again by when it is needed."""
    ratios = sorted(math.log(max(one, 0.5) / thought) for one, thought in zip(came, explained, strict=True))
    # The middle half, so that one wild day moves nothing.
    middle = ratios[len(ratios) // 4 : max(len(ratios) // 4 + 1, len(ratios) - len(ratios) // 4)]
    return math.exp(0.5 * math.fsum(middle) / len(middle))


def _courses(history: History, known: Sequence[date], almanac: Almanac) -> dict[int, Counts]:
    """Return the share of each half hour by weekday; who has few days of his own leans on the whole week."""
    sums = {kind: [0.0] * INTERVALS for kind in range(7)}
    whole = [0.0] * INTERVALS
    last = known[-1]
    for day in known:
        total = math.fsum(history[day])
        if total <= 0:
            continue
        weight = 0.5 ** ((last - day).days / HALF_LIFE)
        own = sums[almanac.kind(day)]
        for number, calls in enumerate(history[day]):
            # Each day counts as itself, not by its calls: a wave of bills must not set the course of all Mondays.
            own[number] += weight * calls / total
            whole[number] += weight * calls / total
    common = _shares(whole)
    return {
        kind: _shares([one + 0.5 * two for one, two in zip(own, common, strict=True)]) for kind, own in sums.items()
    }


def _shares(values: Sequence[float]) -> Counts:
    total = math.fsum(values)
    if total <= 0:
        return (1.0 / INTERVALS,) * INTERVALS
    return tuple(value / total for value in values)


def ahead(model: Model, first: date, days: int) -> list[Forecast]:
    """Return the forecast of so many days from one on."""
    return [model.day(first + timedelta(days=number)) for number in range(days)]
