"""`busbar simulate dialler`: the real pacing beside the rules of other diallers, in front of the same debtors (shell).

A day is a shift of eight hours that begins with everybody idle and nothing known. Every law meets the same chance: each
call's answer, each talk. Occupancy is talk and wrap-up over the time operators were there. The reference table was
measured on eight hours after half an hour of warm-up: its days are so here too, with both occupancies, and the cap
holds for all of the day.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import repeat

from deploy.figures import Figure, at_least
from outbound.abandonment import Cap
from outbound.simulation.ours import Ours
from outbound.simulation.peers import Adaptive, Controller, Ratio
from outbound.simulation.scenario import HOUR, Scenario
from outbound.simulation.shift import Law, Outcome, Shift

BARS = {5: 78.9, 10: 83.6, 20: 88.5, 50: 93.5, 100: 96.1}
"""Occupancy, per cent, of a binomial quantile with a daily-cap guard, tuned for each number of operators."""
TUNED_RATIO = {5: 1.30, 10: 1.83, 20: 2.75, 50: 4.30, 100: 5.59}
"""Calls for each idle operator at which 3 % were abandoned on average when it was measured beforehand; for five, where
all hangs on how parts of a call are rounded, the ratio that has the occupancy measured beforehand with our rounding."""
TUNED_MOST = {5: 1.1, 10: 1.1, 20: 1.2, 50: 1.35, 100: 1.4}
"""The most that a VICIdial-like level may be, best of a grid with at most 3 % abandoned."""
FIXED = 2.0
NORMAL_95 = 1.96
KEPT = 99.0
"""Days of a hundred on which the cap must be kept."""
WARM_UP = HOUR / 2
STROKE = 4 * HOUR
"""When half of the operators go."""
AFTER = 900.0

Map = Callable[[Scenario, "Entry", Sequence[int]], list[Outcome]]
"""Lives through a law's days, each from a seed of its own."""


class Rule(StrEnum):
    """By what is dialled."""

    OURS = "ours"
    RATIO = "ratio"
    LEVEL = "level"
    CONTROLLER = "controller"


@dataclass(frozen=True, slots=True)
class Entry:
    """A law as it is told to another process, and the one number it is set to."""

    rule: Rule
    number: float = 1.0
    """Ours: the believed over the true answer rate; calls for each idle operator; the most of a level."""

    @property
    def ours(self) -> bool:
        """Whether it is held to the bars."""
        return self.rule is Rule.OURS

    def law(self, scenario: Scenario, seconds: float | None = None) -> Law:
        """Return it, knowing nothing yet; ours knows when the shift ends, as from a schedule."""
        match self.rule:
            case Rule.OURS:
                ends = scenario.seconds if seconds is None else seconds
                return Ours(Cap(share=scenario.cap), self.number, ends)
            case Rule.RATIO:
                return Ratio(self.number)
            case Rule.LEVEL:
                return Adaptive(self.number)
            case Rule.CONTROLLER:
                return Controller()


OURS = Entry(Rule.OURS)


def peers(operators: int) -> list[Entry]:
    """Return the others."""
    return [
        Entry(Rule.RATIO),
        Entry(Rule.RATIO, FIXED),
        Entry(Rule.RATIO, TUNED_RATIO.get(operators, FIXED)),
        Entry(Rule.LEVEL, 3.0),
        Entry(Rule.LEVEL, TUNED_MOST.get(operators, 1.2)),
        Entry(Rule.CONTROLLER),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is simulated, and by whom."""

    days: int
    seed: int
    live: Map

    def lived(self, scenario: Scenario, entry: Entry) -> list[Outcome]:
        """Live through a law's days: all of ours, a quarter of the others, four at least."""
        many = self.days if entry.ours else max(4, self.days // 4)
        return self.live(scenario, entry, [self.seed * 1_000 + day for day in range(many)])


def day(scenario: Scenario, entry: Entry, seed: int) -> Outcome:
    """Live through one day; a process does this."""
    # Of a shift that is cut short after a stroke, the schedule still has the whole day.
    return Shift(scenario, entry.law(scenario, max(scenario.seconds, 8 * HOUR)), seed).run()


def run(
    *,
    days: int = 20,
    seed: int = 7,
    operators: Sequence[int] = tuple(BARS),
    case: str = "table",
    processes: int | None = None,
) -> list[Figure]:
    """Simulate, and return the figures.

    Args:
        days: of each law; peers get a quarter of them.
        seed: the same seed makes the same figures, on however many processes.
        operators: numbers of operators.
        case: one of `CASES`.
        processes: that simulate; None: one for each core, 1: this one.

    """
    figures: list[Figure] = []
    with _living(processes or os.cpu_count() or 1) as live:
        work = Work(days=days, seed=seed, live=live)
        for one in _CASES if case == ALL else (case,):
            for many in operators:
                print(f"  {many} operators, {one} …", flush=True)
                figures += _CASES[one](many, work)
    return figures


@contextmanager
def _living(processes: int) -> Iterator[Map]:
    if processes == 1:
        yield lambda scenario, entry, seeds: [day(scenario, entry, seed) for seed in seeds]
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield lambda scenario, entry, seeds: list(pool.map(day, repeat(scenario), repeat(entry), seeds))


def _table(many: int, work: Work) -> list[Figure]:
    scenario = Scenario(operators=many, seconds=WARM_UP + 8 * HOUR, warm=WARM_UP)
    return _compare(scenario, [OURS, *peers(many)], work, f"{many}", bar=BARS.get(many))


def _mistaken(many: int, work: Work) -> list[Figure]:
    return [
        figure
        for factor in (0.8, 1.25)
        for figure in _compare(
            Scenario(operators=many), [Entry(Rule.OURS, factor)], work, f"{many}, believed answer rate x {factor:g}"
        )
    ]


def _drift(many: int, work: Work) -> list[Figure]:
    points = ((0.0, 0.35), (2 * HOUR, 0.20), (5 * HOUR, 0.28), (7 * HOUR, 0.40), (8 * HOUR, 0.40))
    scenario = Scenario(operators=many, answered=points)
    return _compare(scenario, [OURS, *peers(many)], work, f"{many}, answers from 20 to 40 %")


def _heavy(many: int, work: Work) -> list[Figure]:
    scenario = Scenario(operators=many, talk_variation=1.5)
    return _compare(scenario, [OURS, *peers(many)], work, f"{many}, talks of variation 1.5")


def _coming(many: int, work: Work) -> list[Figure]:
    shares = ((0.5, 0.7), (1.5, 1.0), (3.0, 0.6), (3.5, 1.0), (5.0, 0.8), (5.5, 1.0), (7.0, 0.5))
    staff = tuple((hours * HOUR, float(max(1, round(many * share)))) for hours, share in shares)
    scenario = Scenario(operators=many, staff=staff)
    return _compare(scenario, [OURS, *peers(many)], work, f"{many}, coming and going")


def _halved(many: int, work: Work) -> list[Figure]:
    scenario = Scenario(operators=many, seconds=STROKE + AFTER, staff=((STROKE, float(many // 2)),))
    figures = []
    for entry in [OURS, *peers(many)]:
        after = [lost for one in work.lived(scenario, entry) for at, lost in one.heard if at >= STROKE]
        share = 100.0 * sum(after) / max(1, len(after))
        name = f"{many}, half of them gone, {entry.law(scenario).name}: abandoned of the next 15 minutes' answers"
        print(f"    {entry.law(scenario).name}: {share:.1f} %", flush=True)
        figures.append(Figure(name=name, value=share, unit="%"))
    return figures


_CASES: dict[str, Callable[[int, Work], list[Figure]]] = {
    "table": _table,
    "mistaken": _mistaken,
    "drift": _drift,
    "heavy": _heavy,
    "coming": _coming,
    "halved": _halved,
}
ALL = "all"
CASES = (*_CASES, ALL)


def _compare(
    scenario: Scenario, entries: Sequence[Entry], work: Work, named: str, *, bar: float | None = None
) -> list[Figure]:
    figures = []
    for entry in entries:
        outcomes, name = work.lived(scenario, entry), entry.law(scenario).name
        mine = _figures(f"{named}: {name}", outcomes, scenario.cap, bar=bar if entry.ours else None, ours=entry.ours)
        occupied, give, lost, _, kept, cold = (one.value for one in mine[:6])
        print(
            f"    {name}: occupancy {occupied:.1f} ± {give:.1f} % (from the first second {cold:.1f} %), "
            f"abandoned {lost:.2f} %, "
            f"within the cap on {kept:.0f} % of {len(outcomes)} days",
            flush=True,
        )
        figures += mine
    return figures


def _figures(name: str, days: Sequence[Outcome], cap: float, *, bar: float | None, ours: bool) -> list[Figure]:
    answered = sum(one.answered for one in days)
    share = 100.0 * sum(one.abandoned for one in days) / max(1, answered)
    kept = 100.0 * sum(one.share <= cap for one in days) / len(days)
    staffed = sum(one.staffed for one in days) / HOUR
    occupancy = 100.0 * statistics.fmean(one.settled for one in days)
    cold = Figure(
        name=f"{name}: occupancy from the first second on",
        value=100.0 * statistics.fmean(one.occupancy for one in days),
        unit="%",
    )
    served = sorted(wait for one in days for wait in one.waits)
    late = answered - sum(one.abandoned for one in days) - len(served)
    rank = round(0.95 * (late + len(served))) - late
    return [
        Figure(name=f"{name}: occupancy", value=occupancy, unit="%")
        if bar is None
        else at_least(f"{name}: occupancy", occupancy, "%", bar),
        Figure(name=f"{name}: occupancy, half the interval", value=_half([one.settled for one in days]), unit="%"),
        Figure(name=f"{name}: abandoned", value=share, unit="%"),
        Figure(name=f"{name}: abandoned, half the interval", value=_half([one.share for one in days]), unit="%"),
        at_least(f"{name}: days within the cap", kept, "%", KEPT)
        if ours
        else Figure(name=f"{name}: days within the cap", value=kept, unit="%"),
        cold,
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
