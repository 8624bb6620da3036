"""`busbar simulate dialler`: the real pacing beside the rules of other diallers, in front of the same debtors (shell).

A day is a shift of eight hours that begins with everybody idle and nothing known; all of it is counted. Every law meets
the same chance: each call's answer, each talk. Occupancy is talk and wrap-up over the time operators were there.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from deploy.figures import Figure, at_least
from outbound.abandonment import Cap
from outbound.simulation.ours import Ours
from outbound.simulation.peers import Adaptive, Controller, Ratio
from outbound.simulation.scenario import HOUR, Scenario
from outbound.simulation.shift import Law, Outcome, Shift

BARS = {5: 78.9, 10: 83.6, 20: 88.5, 50: 93.5, 100: 96.1}
"""Occupancy, per cent, of a binomial quantile with a daily-cap guard, tuned for each number of operators."""
TUNED_RATIO = {5: 1.08, 10: 1.83, 20: 2.75, 50: 4.30, 100: 5.59}
"""Calls for each idle operator at which 3 % were abandoned on average when it was measured beforehand."""
TUNED_MOST = {5: 1.1, 10: 1.1, 20: 1.2, 50: 1.35, 100: 1.4}
"""The most that a VICIdial-like level may be, best of a grid with at most 3 % abandoned."""
FIXED = 2.0
NORMAL_95 = 1.96
KEPT = 99.0
"""Days of a hundred on which the cap must be kept."""
STROKE = 4 * HOUR
"""When half of the operators go."""
AFTER = 900.0

Make = Callable[[Scenario], Law]


@dataclass(frozen=True, slots=True)
class Entry:
    """A law, and whether it is ours."""

    make: Make
    ours: bool = False


def ours(believed: float = 1.0) -> Entry:
    """Return our law; it knows when the shift ends, as from a schedule."""
    return Entry(lambda one: Ours(Cap(share=one.cap, grace=one.grace), believed, one.seconds), ours=True)


def peers(operators: int) -> list[Entry]:
    """Return the others."""
    laws: list[Callable[[], Law]] = [
        lambda: Ratio(1.0),
        lambda: Ratio(FIXED),
        lambda: Ratio(TUNED_RATIO.get(operators, FIXED)),
        Adaptive,
        lambda: Adaptive(TUNED_MOST.get(operators, 1.2)),
        Controller,
    ]
    return [Entry(lambda _, make=make: make()) for make in laws]  # type: ignore[misc]


CASES = ("table", "mistaken", "drift", "heavy", "coming", "halved")


def run(*, days: int = 20, seed: int = 7, operators: Sequence[int] = tuple(BARS), case: str = "table") -> list[Figure]:
    """Simulate, and return the figures.

    Args:
        days: of each law; peers get a quarter of them.
        seed: the same seed makes the same figures.
        operators: numbers of operators.
        case: one of `CASES`.

    """
    figures: list[Figure] = []
    for many in operators:
        print(f"  {many} operators, {case} …", flush=True)
        figures += _CASES[case](many, days, seed)
    return figures


def _table(many: int, days: int, seed: int) -> list[Figure]:
    scenario = Scenario(operators=many)
    entries = [ours(), *peers(many)]
    return _compare(scenario, entries, days, seed, f"{many}", bar=BARS.get(many))


def _mistaken(many: int, days: int, seed: int) -> list[Figure]:
    scenario = Scenario(operators=many)
    return [
        figure
        for factor in (0.8, 1.25)
        for figure in _compare(scenario, [ours(factor)], days, seed, f"{many}, believed answer rate x {factor:g}")
    ]


def _drift(many: int, days: int, seed: int) -> list[Figure]:
    points = ((0.0, 0.35), (2 * HOUR, 0.20), (5 * HOUR, 0.28), (7 * HOUR, 0.40), (8 * HOUR, 0.40))
    scenario = Scenario(operators=many, answered=points)
    return _compare(scenario, [ours(), *peers(many)], days, seed, f"{many}, answers from 20 to 40 %")


def _heavy(many: int, days: int, seed: int) -> list[Figure]:
    scenario = Scenario(operators=many, talk_variation=1.5)
    return _compare(scenario, [ours(), *peers(many)], days, seed, f"{many}, talks of variation 1.5")


def _coming(many: int, days: int, seed: int) -> list[Figure]:
    shares = ((0.5, 0.7), (1.5, 1.0), (3.0, 0.6), (3.5, 1.0), (5.0, 0.8), (5.5, 1.0), (7.0, 0.5))
    staff = tuple((hours * HOUR, float(max(1, round(many * share)))) for hours, share in shares)
    scenario = Scenario(operators=many, staff=staff)
    return _compare(scenario, [ours(), *peers(many)], days, seed, f"{many}, coming and going")


def _halved(many: int, days: int, seed: int) -> list[Figure]:
    scenario = Scenario(operators=many, seconds=STROKE + AFTER, staff=((STROKE, float(many // 2)),))
    figures = []
    for entry in [ours(), *peers(many)]:
        whole = replace(scenario, seconds=8 * HOUR)
        outcomes = [Shift(scenario, entry.make(whole), seed * 1_000 + day).run() for day in range(days)]
        after = [lost for one in outcomes for at, lost in one.heard if at >= STROKE]
        named = f"{many}, half of them gone, {entry.make(whole).name}: abandoned of the next 15 minutes' answers"
        figures.append(Figure(name=named, value=100.0 * sum(after) / max(1, len(after)), unit="%"))
    return figures


_CASES: dict[str, Callable[[int, int, int], list[Figure]]] = {
    "table": _table,
    "mistaken": _mistaken,
    "drift": _drift,
    "heavy": _heavy,
    "coming": _coming,
    "halved": _halved,
}


def _compare(  # noqa: PLR0913
    scenario: Scenario, entries: Sequence[Entry], days: int, seed: int, named: str, *, bar: float | None = None
) -> list[Figure]:
    figures = []
    for entry in entries:
        many = days if entry.ours else max(4, days // 4)
        outcomes = [Shift(scenario, entry.make(scenario), seed * 1_000 + day).run() for day in range(many)]
        name = f"{named}: {entry.make(scenario).name}"
        figures += _figures(name, outcomes, scenario.cap, bar=bar if entry.ours else None, ours=entry.ours)
    return figures


def _figures(name: str, days: Sequence[Outcome], cap: float, *, bar: float | None, ours: bool) -> list[Figure]:
    answered = sum(one.answered for one in days)
    share = 100.0 * sum(one.abandoned for one in days) / max(1, answered)
    kept = 100.0 * sum(one.share <= cap for one in days) / len(days)
    staffed = sum(one.staffed for one in days) / HOUR
    occupancy = 100.0 * statistics.fmean(one.occupancy for one in days)
    served = sorted(wait for one in days for wait in one.waits)
    late = answered - sum(one.abandoned for one in days) - len(served)
    rank = round(0.95 * (late + len(served))) - late
    return [
        Figure(name=f"{name}: occupancy", value=occupancy, unit="%")
        if bar is None
        else at_least(f"{name}: occupancy", occupancy, "%", bar),
        Figure(name=f"{name}: occupancy, half the interval", value=_half([one.occupancy for one in days]), unit="%"),
        Figure(name=f"{name}: abandoned", value=share, unit="%"),
        Figure(name=f"{name}: abandoned, half the interval", value=_half([one.share for one in days]), unit="%"),
        at_least(f"{name}: days within the cap", kept, "%", KEPT)
        if ours
        else Figure(name=f"{name}: days within the cap", value=kept, unit="%"),
        Figure(name=f"{name}: talks", value=(answered * (1 - share / 100.0)) / staffed, unit="an operator's hour"),
        Figure(name=f"{name}: dialled", value=sum(one.dialled for one in days) / staffed, unit="an operator's hour"),
        Figure(name=f"{name}: debtors' wait", value=sum(served) / max(1, answered), unit="s, mean"),
        Figure(
            name=f"{name}: debtors' wait that 5 % exceed",
            value=served[rank] if 0 <= rank < len(served) else 0.0,
            unit="s",
        ),
    ]


def _half(values: Sequence[float]) -> float:
    """Return half the 95 % confidence interval of a mean, in per cent."""
    return 100.0 * NORMAL_95 * statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
