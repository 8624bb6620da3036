"""Calls of an invented utility, half hour by half hour, of which every cause is written down here (pure).

A forecast is measured on it: whoever knows these causes could not guess better than `rates`. The same seed makes the
same years.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from crm_core.workforce.almanac import Almanac
from crm_core.workforce.forecast import INTERVALS, Counts

USUAL = 1_400.0
"""Calls of an ordinary Wednesday."""
WEEK = (1.22, 1.06, 1.0, 0.97, 0.93, 0.46, 0.29)
HOLIDAY, EVE, AFTER = 0.55, 0.82, 1.25
"""A holiday has so much of a Sunday's calls, its eve and the day after it so much of their own."""
BILL = (1.35, 1.62, 1.45, 1.28, 1.18, 1.10, 1.06, 1.03)
"""From the day bills go out on."""
WINDOW, WINDOW_ENDS = 1.15, 1.38
"""In the reading window, and on its last three days instead."""
SWING, GROWTH = 0.12, 0.05
"""Winter above and summer below the year's mean; growth in a year."""
KEEPS, GUST = 0.75, 0.055
"""Weather: how much of a day's is there on the next, and how strong a new gust is."""
OUTAGES = 7
"""Days a year on which thousands call for one cause."""
LOST = 4
"""Days a year of which nothing was counted."""
EVENING = (24, 42)
"""Half hours in which an outage is called about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What was counted, and what lay behind it."""

    history: dict[date, Counts]
    rates: dict[date, Counts]
    """What was to be expected of each half hour by whoever knows everything but chance."""
    outages: frozenset[date]
    """Days that are marked as strange on record."""


def made(first: date, days: int, almanac: Almanac, seed: int) -> Year:
    """Make so many days from one on."""
    random = Random(seed)  # noqa: S311 -- chance that can be repeated is what is wanted
    every = [first + timedelta(days=number) for number in range(days)]
    outages = frozenset(random.sample(every, round(OUTAGES * days / 365)))
    lost = frozenset(random.sample(every, round(LOST * days / 365)))
    weather, rates = 0.0, {}
    for day in every:
        weather = KEEPS * weather + random.gauss(0.0, GUST)
        rates[day] = _rates(day, first, almanac, math.exp(weather), outages)
    history = {day: tuple(float(_poisson(random, rate)) for rate in rates[day]) for day in every if day not in lost}
    return Year(history=history, rates=rates, outages=outages)


def _rates(day: date, first: date, almanac: Almanac, weather: float, outages: Collection[date]) -> Counts:
    total = USUAL * WEEK[almanac.kind(day)] * weather
    if almanac.is_holiday(day):
        total *= HOLIDAY
    elif almanac.is_holiday(day + timedelta(days=1)):
        total *= EVE
    elif almanac.is_holiday(day - timedelta(days=1)):
        total *= AFTER
    since = almanac.since_bill(day)
    total *= BILL[since] if since < len(BILL) else 1.0
    if almanac.window_last - 3 < day.day <= almanac.window_last:
        total *= WINDOW_ENDS
    elif almanac.window_first <= day.day <= almanac.window_last:
        total *= WINDOW
    turn = 2 * math.pi * (day.timetuple().tm_yday - 15) / 365.25
    total *= 1.0 + SWING * math.cos(turn)
    total *= math.exp(GROWTH * (day - first).days / 365.25)
    rates = [total * share for share in _course(almanac.kind(day))]
    if day in outages:
        for number in range(*EVENING):
            rates[number] *= 4.0
    return tuple(rates)


def _course(kind: int) -> Counts:
    """Open from 8 to 20: a wave in the morning, a lower one after work; at weekends one, later."""
    peaks = ((25.0, 5.0, 1.0),) if kind >= 5 else ((20.0, 3.5, 1.0), (34.0, 3.0, 0.7))
    heights = [
        sum(high * math.exp(-(((number - middle) / width) ** 2)) for middle, width, high in peaks) + 0.08
        if 16 <= number < 40
        else 0.002
        for number in range(INTERVALS)
    ]
    whole = math.fsum(heights)
    return tuple(one / whole for one in heights)


def _poisson(random: Random, mean: float) -> int:
    """Draw a count (Knuth's product, in pieces so that nothing underflows)."""
    found = 0
    while mean > 30:
        # A sum of Poisson counts is one: take away what half the arrivals need (Ahrens and Dieter 1974).
        part = int(mean * 7 / 8)
        span = random.gammavariate(part, 1.0)
        if span > mean:
            return found + sum(random.random() < mean / span for _ in range(part - 1))
        found, mean = found + part, mean - span
    limit, product = math.exp(-mean), random.random()
    while product > limit:
        found, product = found + 1, product * random.random()
    return found
