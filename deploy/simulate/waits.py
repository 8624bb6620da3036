"""`busbar simulate waits`: what waiting callers are told, held against how long they really waited (shell)."""

from __future__ import annotations

from deploy.figures import Figure, at_least
from deploy.simulate.centre import OURS, centre
from routing.policy import Policy
from routing.simulation import Scenario, alike, traffic
from routing.waits import Told, told

TRUE = 90.0
"""Per cent of what is told must be true: an end is missed by one in ten before it is rounded outward."""
WARM_UP = 500
PATIENCE = 600.0
MEAN_CALL = 180.0
DAYS = 5


def run(*, callers: int = 20_000, seed: int = 7) -> list[Figure]:
    """Simulate, and return the figures.

    Args:
        callers: in each centre, over five days.
        seed: the same seed makes the same figures.

    """
    cases: list[tuple[str, Scenario, Policy, bool]] = [
        ("6 alike operators at 95 %", _alike(6, 0.95), Policy(), True),
        ("12 alike operators at 90 %", _alike(12, 0.90), Policy(), True),
        ("12 alike operators at 130 %", _alike(12, 1.30), Policy(), True),
        ("40 of mixed skills at 38 erlangs", centre(38.0), OURS, False),
    ]
    figures: list[Figure] = []
    for number, (name, scenario, policy, bar) in enumerate(cases):
        print(f"  {name} …", flush=True)
        figures += _figures(name, _days(scenario, policy, callers, seed * 100 + number), bar=bar)
    return figures


def _alike(operators: int, load: float) -> Scenario:
    rate = operators * load / MEAN_CALL
    return Scenario(rate=rate, mean_call=MEAN_CALL, staff=alike(operators), patience=PATIENCE)


def _days(scenario: Scenario, policy: Policy, callers: int, seed: int) -> Told:
    whole = Told()
    each = callers // DAYS
    for day in range(DAYS):
        one = told(scenario, policy, traffic(scenario, each, seed * 10 + day), warm_up=min(WARM_UP, each // 2))
        whole.asked += one.asked
        whole.said += one.said
        whole.judged += one.judged
        whole.true += one.true
        whole.sooner += one.sooner
        whole.widths += one.widths
    return whole


def _figures(name: str, one: Told, *, bar: bool) -> list[Figure]:
    true, named = 100 * one.true / max(1, one.judged), f"{name}: told and true"
    return [
        at_least(named, true, "%", TRUE) if bar else Figure(name=named, value=true, unit="%"),
        Figure(name=f"{name}: served sooner", value=100 * one.sooner / max(1, one.judged), unit="%"),
        Figure(name=f"{name}: a time was named", value=100 * one.said / max(1, one.asked), unit="%"),
        Figure(name=f"{name}: width", value=sum(one.widths) / max(1, len(one.widths)), unit="minutes"),
        Figure(name=f"{name}: told", value=one.asked, unit="times"),
    ]
