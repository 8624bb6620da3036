"""How good the forecast of calls is, beside three guesses that cost nothing, on weeks it has not seen (pure).

Two and a half invented years, of which every cause is written down in `crm_core/workforce/sample.py`. The forecast is
made again and again, three weeks ahead each time, over the last year; nothing it is judged by was known to it. The days
of outages are left out for all of them, and the guesses, too, know nothing of these days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import holidays

from crm_core.workforce import forecast, measure, sample
from crm_core.workforce.almanac import Almanac
from crm_core.workforce.forecast import Counts, History
from crm_core.workforce.measure import Guess
from deploy.figures import Figure, at_most

FIRST, DAYS = date(2024, 7, 1), 900
TRIED_FROM = 535
"""Day of the first forecast: a year and a half is known."""
AHEAD = 21
OURS, ORACLE = "forecast", "who knows every cause"
PROMISED, PROMISED_LOW = 0.94, 0.86
"""Nine of ten half hours lie within the bounds; so far may the share be off."""
Pairs = list[tuple[float, float]]


@dataclass(slots=True)
class Tally:
    """What one way of guessing said, and what came."""

    halves: Pairs = field(default_factory=list)
    whole: Pairs = field(default_factory=list)

    def add(self, guess: Guess, history: History, days: list[date]) -> None:
        """Take in the days of one forecast."""
        for day in days:
            own = guess(day)
            if own is not None:
                self.halves += zip(own, history[day], strict=True)
                self.whole.append((sum(own), sum(history[day])))


def run(seeds: int = 3) -> list[Figure]:
    """Make years from so many seeds, forecast them, and return the figures.

    Args:
        seeds: how many pairs of years.

    """
    almanac = Almanac(holidays=frozenset(holidays.country_holidays("RU", years=range(2024, 2028))))
    tallies: dict[str, Tally] = {}
    held: list[tuple[float, int]] = []
    for seed in range(1, seeds + 1):
        held += _judged(sample.made(FIRST, DAYS, almanac, seed), almanac, tallies)
    return _figures(tallies, sum(share * days for share, days in held) / sum(days for _, days in held))


def _judged(year: sample.Year, almanac: Almanac, tallies: dict[str, Tally]) -> list[tuple[float, int]]:
    usual = {day: counts for day, counts in year.history.items() if day not in year.outages}
    held = []
    for start in range(TRIED_FROM, DAYS - AHEAD, AHEAD):
        origin = FIRST + timedelta(days=start)
        known = {day: counts for day, counts in usual.items() if day <= origin}
        model = forecast.learn(known, almanac)
        if model is None:
            raise AssertionError("a year and a half is enough to learn from")
        made = {one.day: one for one in forecast.ahead(model, origin + timedelta(days=1), AHEAD)}
        days = [day for day in made if day in usual]
        guesses: Mapping[str, Guess] = {
            OURS: lambda day, made=made: made[day].calls,  # type: ignore[misc]
            "last year's weekday": measure.last_year(known, origin),
            "last week": measure.last_week(known, origin),
            "mean of four weeks": measure.moving_average(known, origin),
            ORACLE: year.rates.get,
        }
        for name, guess in guesses.items():
            tallies.setdefault(name, Tally()).add(guess, usual, days)
        bounds: dict[date, tuple[Counts, Counts]] = {day: (made[day].low, made[day].high) for day in days}
        held.append((measure.covered(usual, bounds), len(days)))
    return held


def _figures(tallies: Mapping[str, Tally], covered: float) -> list[Figure]:
    halves = {name: measure.error(one.halves) for name, one in tallies.items()}
    whole = {name: measure.error(one.whole) for name, one in tallies.items()}
    bars = {
        id(errors): min(one.wape for name, one in errors.items() if name not in {OURS, ORACLE})
        for errors in (halves, whole)
    }
    found = []
    for said, errors in (("half hours", halves), ("days", whole)):
        for name, one in errors.items():
            title, bar = f"error over {said} (WAPE), {name}", bars[id(errors)]
            percent = 100 * one.wape
            found.append(
                at_most(title, percent, "%", round(100 * bar - 0.01, 2))
                if name == OURS
                else Figure(name=title, value=percent, unit="%")
            )
    found += [Figure(name=f"bias, {name}", value=100 * one.bias, unit="%") for name, one in whole.items()]
    share = Figure(
        name="half hours within the bounds of nine in ten",
        value=100 * covered,
        unit="%",
        bar=f"{100 * PROMISED_LOW:g} to {100 * PROMISED:g}",
        held=PROMISED_LOW <= covered <= PROMISED,
    )
    return [*found, share, Figure(name="half hours compared", value=halves[OURS].counted, unit="")]
