"""Whether supply may be restricted for debt, and from which day (pure).

Default: rules of supply of decree 354 of 6 May 2011, p. 117-121: the debt is above two monthly charges at the
normative, 20 days have passed since a warning provably arrived, and no agreement to pay it off stands. Never
restricted: life support, a disputed debt, a moratorium, a customer who died (DOMAIN D3).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from crm_core.strict import Strict

SHIELDS: Mapping[str, str] = {
    "life_support": "restriction-life-support",
    "dispute": "restriction-dispute",
    "moratorium": "restriction-moratorium",
    "deceased": "restriction-deceased",
}
"""Flags of an account or its customer that forbid restricting, with the refusal's code."""


class RestrictionRule(Strict):
    """What must be so before supply is restricted, and what putting it back may cost."""

    months: Annotated[Decimal, Field(ge=0, le=36, max_digits=6, decimal_places=2)] = Decimal(2)
    """The debt is above so many monthly charges."""
    monthly_charge: Annotated[Decimal, Field(gt=0, le=Decimal(10) ** 9, max_digits=12, decimal_places=2)] | None = None
    """A month at the normative; None: the average of what was billed in the last twelve months."""
    notice_days: Annotated[int, Field(ge=0, le=365)] = 20
    """So many whole days pass after the day the warning arrived."""
    reconnection_cap: Annotated[Decimal, Field(gt=0, le=Decimal(10) ** 9, max_digits=12, decimal_places=2)] | None = (
        Decimal("5000.00")
    )
    """What a reconnection costs at most; None: no cap. Decree 2075: from 27 December 2025 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """What an account looks like to somebody who collects."""

    owed: Decimal
    """Overdue and not in dispute, charges left out."""
    monthly: Decimal
    """What a month costs, as the rule says."""
    since: date | None = None
    """Due day of the oldest of it."""
    flags: Collection[str] = ()
    """Of the account and its customer; an open dispute is the flag `dispute`."""
    warned_on: date | None = None
    """When the last warning of restriction provably arrived."""
    has_plan: bool = False
    """A plan to pay it off stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """Whether supply may be restricted."""

    rule: str
    """Code of the rule that forbids it, "" when it may be."""
    possible_on: date | None = None
    """From which day on, when a warning arrived in time."""
    above: Decimal
    """The debt must be more than this."""


def threshold(debtor: Debtor, rule: RestrictionRule) -> Decimal:
    """Return what the debt must be above."""
    return debtor.monthly * rule.months


def warning_refusal(debtor: Debtor, rule: RestrictionRule) -> str:
    """Return the code of what forbids even a warning, "" for nothing."""
    for flag, code in SHIELDS.items():
        if flag in debtor.flags:
            return code
    if debtor.has_plan:
        return "restriction-plan"
    return "" if debtor.owed > threshold(debtor, rule) else "restriction-small-debt"


def judge(debtor: Debtor, rule: RestrictionRule, today: date) -> Restriction:
    """Return whether supply may be restricted on a day.

    A warning counts for a debt that was there when it arrived: one from before the oldest due day is about another.
    """
    above = threshold(debtor, rule)
    no = warning_refusal(debtor, rule)
    if no:
        return Restriction(rule=no, above=above)
    if debtor.warned_on is None or (debtor.since is not None and debtor.warned_on <= debtor.since):
        return Restriction(rule="restriction-not-warned", above=above)
    possible_on = debtor.warned_on + timedelta(rule.notice_days + 1)
    code = "restriction-too-early" if today < possible_on else ""
    return Restriction(rule=code, possible_on=possible_on, above=above)
