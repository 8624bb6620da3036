"""`busbar simulate queues`: the floor's own router against queueing theory and against simpler policies (shell).

First a centre of alike operators whose callers wait for ever, where Erlang C knows every figure: each must lie within
the simulation's confidence interval, and the interval must be narrow enough to say something. Then a centre of mixed
skills, where our policy, longest-idle-first and static priorities meet the very same callers.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crm_core.workforce.erlang import erlang_c
from deploy.figures import Figure, at_least, at_most
from deploy.simulate.centre import LONGEST_IDLE, OURS, STATIC, centre
from routing.policy import Policy
from routing.simulation import Outcome, Scenario, alike, simulate, traffic

REPLICATIONS = 20
STUDENT = 3.883
"""Student's t, 19 degrees of freedom, 99.9 % two-sided: in a hundred runs one of the nine is outside by chance."""
WARM_UP = 500
MEAN_CALL, THRESHOLD, LOAD = 180.0, 20.0, 10.0
OPERATORS = (12, 13, 14)
WIDEST = 0.25
"""Half an interval, as a share of the value: a wider one would hold whatever the router did."""
USUAL, BUSY = 34.0, 38.0
"""Erlangs in the mixed centre of forty: as it should be staffed, and on a bad day."""

Measure = Callable[[Outcome], float]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over replications, and how far off it may be by chance."""

    mean: float
    half: float


def interval(values: Sequence[float]) -> Interval:
    """Return the confidence interval of 20 independent values."""
    return Interval(statistics.fmean(values), STUDENT * statistics.stdev(values) / math.sqrt(len(values)))


def run(*, callers: int = 20_000, seed: int = 7) -> list[Figure]:
    """Simulate, and return the figures.

    Args:
        callers: in each replication; there are 20 of each case, and of the mixed centre they are half as long.
        seed: the same seed makes the same figures.

    """
    print(f"  a centre of alike operators, {LOAD:g} erlangs …", flush=True)
    figures = [one for operators in OPERATORS for one in golden(operators, callers, seed)]
    print(f"  a centre of mixed skills, {USUAL:g} and {BUSY:g} erlangs …", flush=True)
    return [*figures, *mixed(USUAL, callers // 2, seed, bars=True), *mixed(BUSY, callers // 2, seed, bars=False)]


def golden(operators: int, callers: int, seed: int) -> list[Figure]:
    """Return what Erlang C knows beside what the router makes of it."""
    scenario = Scenario(rate=LOAD / MEAN_CALL, mean_call=MEAN_CALL, staff=alike(operators), threshold=THRESHOLD)
    outcomes = replications(scenario, (Policy(),), callers, seed)[0]
    expected = erlang_c(LOAD, operators, MEAN_CALL, THRESHOLD)
    wanted: list[tuple[str, str, float, Measure]] = [
        ("callers who wait", "share", expected.waits, lambda one: one.total.waited / one.total.offered),
        ("answered within 20 s", "share", expected.service_level, lambda one: one.total.service_level),
        ("mean wait", "s", expected.mean_wait, lambda one: one.total.mean_wait),
    ]
    figures = []
    for name, unit, value, measure in wanted:
        found = interval([measure(one) for one in outcomes])
        figures += [
            Figure(
                name=f"{operators} operators: {name}",
                value=found.mean,
                unit=unit,
                bar=f"{value:.4f} +- {found.half:.4f}",
                held=abs(found.mean - value) <= found.half,
            ),
            at_most(f"{operators} operators: half the interval of {name}", found.half / value, "of the value", WIDEST),
        ]
    return figures


def mixed(load: float, callers: int, seed: int, *, bars: bool) -> list[Figure]:
    """Return what three policies make of the same callers; bars are on ours being better than either."""
    policies = (OURS, LONGEST_IDLE, STATIC)
    ours, *others = replications(centre(load), policies, callers, seed)
    wanted: list[tuple[str, str, Measure]] = [
        ("service level", "%", lambda one: one.total.service_level * 100),
        ("service level of the worst served kind", "%", lambda one: one.worst_service_level * 100),
        ("wait that 1 % exceed", "s", lambda one: one.total.longest(0.01)),
        ("given up", "%", lambda one: one.total.abandoned / one.total.offered * 100),
        ("occupancy", "%", lambda one: one.occupancy * 100),
    ]
    figures = [
        Figure(name=f"{load:g} erlangs, {policy.name}: {name}", value=interval([*map(measure, runs)]).mean, unit=unit)
        for name, unit, measure in wanted
        for policy, runs in zip(policies, (ours, *others), strict=True)
    ]
    for policy, runs in zip(policies[1:], others, strict=True):
        for name, _, measure in wanted[:2]:
            gain = interval([measure(mine) - measure(theirs) for mine, theirs in zip(ours, runs, strict=True)])
            named = f"{load:g} erlangs, at least so much better than {policy.name}: {name}"
            surely = gain.mean - gain.half
            figures.append(
                at_least(named, surely, "points", 0.0) if bars else Figure(name=named, value=surely, unit="points")
            )
    return figures


def replications(scenario: Scenario, policies: Sequence[Policy], callers: int, seed: int) -> list[list[Outcome]]:
    """Return what each policy made of 20 independent days; all policies meet the same days."""
    days = [traffic(scenario, callers, seed * 1_000 + number) for number in range(REPLICATIONS)]
    warm_up = min(WARM_UP, callers // 2)
    return [[simulate(scenario, policy, day, warm_up=warm_up) for day in days] for policy in policies]
