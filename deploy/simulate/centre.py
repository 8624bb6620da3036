"""A centre of mixed skills, and three policies to compare in it (pure).

Forty operators for six kinds of callers: some can do everything, most two things, a few one. An operator who lacks the
skill takes a third longer, whoever sent him the caller. Callers give up after three minutes on average.
"""

from __future__ import annotations

from routing.policy import Asked, parse
from routing.simulation import Kind, Scenario
from routing.skills import profile

RULES = """
rules:
  - {name: payments, when: {topics: [payment]}, needs: {payments: 1}}
  - {name: disputes, when: {topics: [dispute]}, needs: {payments: 3}}
  - {name: meters, when: {topics: [reading]}, needs: {meters: 1}}
  - {name: kazakh, when: {languages: [kk]}, language: needed}
"""
LONGEST_IDLE = parse(f"name: longest-idle-first\n{RULES}")
"""Who waited longest, to the longest idle of those who have the skill."""

STATIC = parse(f"""
name: static-priorities
{RULES}
  - {{name: vip, when: {{flags: [vip]}}, head_start: 80000}}
  - {{name: first, when: {{topics: [dispute]}}, head_start: 60000}}
  - {{name: second, when: {{topics: [payment]}}, head_start: 40000}}
  - {{name: third, when: {{topics: [reading]}}, head_start: 20000}}
""")
"""A class goes before the next whatever anybody has waited, as queues with weights do."""

OURS = parse("""
name: busbar
weights: {spare_level: 60, lesser_skill: 120}
rules:
  - {name: vip, when: {flags: [vip]}, head_start: 30}
  - name: payments
    when: {topics: [payment]}
    needs: {payments: 1}
    steps: [{after: 12, needs: {}}]
  - name: disputes
    when: {topics: [dispute]}
    head_start: 15
    needs: {payments: 3}
    steps: [{after: 12, needs: {payments: 1}}]
  - name: meters
    when: {topics: [reading]}
    needs: {meters: 1}
    steps: [{after: 12, needs: {}}]
  - {name: kazakh, when: {languages: [kk]}, language: needed, head_start: 15}
""")
"""Needs that relax, skills that are spared, head starts that end."""


def kinds() -> tuple[Kind, ...]:
    """Return who calls."""
    payments, disputes, meters = ({"payments": 1}, {"payments": 3}, {"meters": 1})
    return (
        Kind(name="general", share=0.32),
        Kind(name="vip", share=0.05, asked=Asked(flags=frozenset({"vip"}))),
        Kind(name="payments", share=0.27, asked=Asked(topic="payment"), skilled=frozenset(payments.items())),
        Kind(name="disputes", share=0.08, asked=Asked(topic="dispute"), skilled=frozenset(disputes.items())),
        Kind(name="meters", share=0.18, asked=Asked(topic="reading"), skilled=frozenset(meters.items())),
        Kind(name="kazakh", share=0.10, asked=Asked(language="kk")),
    )


def centre(load: float = 36.0) -> Scenario:
    """Return the centre; `load` is in erlangs of skilled talk."""
    two, three = ("ru",), ("ru", "kk")
    staff = (
        *[profile(["general"], two)] * 10,
        *[profile(["payments:1"], two)] * 9,
        *[profile(["meters:2"], two)] * 6,
        *[profile(["payments:3"], two)] * 4,
        *[profile(["payments:1", "meters:1"], three)] * 5,
        *[profile(["general"], three)] * 4,
        *[profile(["payments:3", "meters:2"], three)] * 2,
    )
    return Scenario(
        rate=load / 200.0,
        mean_call=200.0,
        staff=staff,
        kinds=kinds(),
        patience=180.0,
        unskilled=4 / 3,
    )
