"""Penalties for paying late: a rate a day after grace, by steps, as data (pure).

Default: Housing Code of the Russian Federation, art. 155 p. 14: from the 31st day after the due day 1/300, from the
91st day 1/130 of the key rate for each day, at the rate in force on the day of payment, to that day inclusive.
Until the end of 2026 the rate is 9.5 %, that of 27 February 2022 (decree 474 of 26 March 2022 as prolonged).
https://base.garant.ru/12138291/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from crm_core import money
from crm_core.card import Part

HUNDRED = Decimal(100)
NEVER = 10**6


class PenaltyStep(Part):
    """From this day of delay on, one part in so many of the yearly rate for each day."""

    from_day: Annotated[int, Field(ge=1, le=3650)]
    """The day after the due day is the first."""
    divisor: Annotated[int, Field(ge=1, le=100_000)]


class Rate(Part):
    """A yearly rate in percent, from a day on."""

    valid_from: date
    percent: Annotated[Decimal, Field(ge=0, le=1000)]


class PenaltyRule(Part):
    """How a penalty is counted; without steps there is none."""

    steps: Annotated[tuple[PenaltyStep, ...], Field(max_length=12)] = ()
    rates: Annotated[tuple[Rate, ...], Field(max_length=200)] = ()
    cap_percent: Annotated[Decimal, Field(ge=0, le=1000)] | None = None
    """At most so much of what was owed; None: no cap."""
    source: Annotated[str, Field(max_length=400)] = ""
    """The law or the contract that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A part of something owed, and the day it was paid; unpaid parts end on the day of counting."""

    amount: Decimal
    ended_on: date


def rate_on(rule: PenaltyRule, on: date) -> Decimal:
    """Return the yearly rate in percent on a day; zero before the first one."""
    known = [one for one in rule.rates if one.valid_from <= on]
    return max(known, key=lambda one: one.valid_from).percent if known else Decimal(0)


def days_by_step(rule: PenaltyRule, late_days: int) -> list[tuple[PenaltyStep, int]]:
    """Return how many days of a delay fall on each step."""
    steps = sorted(rule.steps, key=lambda one: one.from_day)
    ends = [after.from_day for _, after in pairwise(steps)] + [NEVER]
    return [(step, max(0, min(late_days, end - 1) - step.from_day + 1)) for step, end in zip(steps, ends, strict=False)]


def penalty(owed: Decimal, due_on: date, parts: Sequence[Late], rule: PenaltyRule) -> Decimal:
    """Return the penalty for one invoice, in cents, halves up.

    Args:
        owed: what was to be paid; the cap is a share of it.
        due_on: until when.
        parts: what was paid when, and what is still unpaid with the day of counting.
        rule: what is in force.
    """
    exact = sum((_of_part(part, due_on, rule) for part in parts), Decimal(0))
    if rule.cap_percent is not None:
        exact = min(exact, owed * rule.cap_percent / HUNDRED)
    return money.rounded(exact)


def _of_part(part: Late, due_on: date, rule: PenaltyRule) -> Decimal:
    late_days = (part.ended_on - due_on).days
    share = sum((Decimal(days) / step.divisor for step, days in days_by_step(rule, late_days)), Decimal(0))
    return part.amount * rate_on(rule, part.ended_on) / HUNDRED * share
