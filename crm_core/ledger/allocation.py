"""What paid what: a rule over everything owed and all the money that came in (pure).

Nothing is stored of it but what somebody directed: the rest follows from the rule, so it is always whole. Money never
lies idle while something undisputed is open, whatever the order; hence

    sum(open amounts) - credit = invoices + adjustments - payments
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from crm_core.card import Part
from crm_core.ledger.kinds import INVOICE
from crm_core.money import ZERO

Target = date | int
"""An invoice by its month, a charge by the number of its adjustment."""
Source = tuple[date, int] | int
"""A payment by its day and place on that day, a credit by the number of its adjustment."""


class Order(StrEnum):
    """What is paid first."""

    OLDEST = "oldest"
    """What fell due first, of whatever kind (DOMAIN D3)."""
    PRIORITY = "priority"
    """Kind by kind, within a kind what fell due first."""


class AllocationRule(Part):
    """How money without a direction is spread."""

    order: Order = Order.OLDEST
    priority: tuple[str, ...] = ()
    """Kinds in their order (`invoice` and those of `kinds.Kind`); what is not named comes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An invoice or a charge."""

    key: Target
    kind: str
    due_on: date
    amount: Decimal
    """Above zero."""
    disputed: bool = False
    """Waits until the dispute is settled, unless money was directed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Money that covers what is owed: a payment, or a credit. Below zero: it was given back."""

    key: Source
    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """Somebody said what a payment is for; below zero takes it back."""

    source: Source
    target: Target
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """So much of this paid so much of that."""

    source: Source
    target: Target
    amount: Decimal
    directed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What became of the money."""

    parts: tuple[Paid, ...]
    open: Mapping[Target, Decimal]
    """What is left of each thing owed; nothing is left out."""
    credit: Decimal
    """Money that found nothing to pay. Below zero only when more was given back than had come in."""


def rank(owed: Owed, rule: AllocationRule) -> tuple[int, date, int, int]:
    """Return the place of something owed in the order of being paid."""
    first = 0
    if rule.order is Order.PRIORITY:
        first = rule.priority.index(owed.kind) if owed.kind in rule.priority else len(rule.priority)
    number = owed.key if isinstance(owed.key, int) else owed.key.toordinal()
    return first, owed.due_on, int(owed.kind != INVOICE), number


def allocate(
    owed: Sequence[Owed], covers: Sequence[Cover], directions: Sequence[Direction], rule: AllocationRule
) -> Allocation:
    """Spread all money over all that is owed.

    Args:
        owed: everything the account was ever charged.
        covers: everything that ever came in, and what was given back.
        directions: what somebody directed; as much of it as both sides bear is done first.
        rule: how the rest is spread.
    """
    left = {one.key: one.amount for one in owed}
    money = _after_giving_back(covers)
    parts = _directed(directions, left, money)
    waiting = sorted((one for one in owed if not one.disputed), key=lambda one: rank(one, rule))
    purse = [key for key in money if money[key] > 0]
    for one in waiting:
        while purse and left[one.key] > 0:
            amount = _move(purse[0], one.key, money[purse[0]], left, money)
            parts.append(Paid(source=purse[0], target=one.key, amount=amount, directed=False))
            if not money[purse[0]]:
                purse.pop(0)
    credit = sum((one.amount for one in covers), ZERO) - sum((part.amount for part in parts), ZERO)
    return Allocation(parts=tuple(parts), open=left, credit=credit)


def _after_giving_back(covers: Sequence[Cover]) -> dict[Source, Decimal]:
    """Return the money there is, oldest first: what was given back is taken from the newest."""
    ordered = sorted((one for one in covers if one.amount > 0), key=lambda one: (one.on, isinstance(one.key, int)))
    money = {one.key: one.amount for one in ordered}
    back = -sum((one.amount for one in covers if one.amount < 0), ZERO)
    for key in reversed(money):
        taken = min(back, money[key])
        money[key] -= taken
        back -= taken
    return money


def _directed(directions: Sequence[Direction], left: dict[Target, Decimal], money: dict[Source, Decimal]) -> list[Paid]:
    wanted: dict[tuple[Source, Target], Decimal] = {}
    for one in directions:
        key = (one.source, one.target)
        wanted[key] = wanted.get(key, ZERO) + one.amount
    parts = []
    for (source, target), amount in wanted.items():
        if amount > 0 and source in money and target in left:
            moved = _move(source, target, amount, left, money)
            if moved:
                parts.append(Paid(source=source, target=target, amount=moved, directed=True))
    return parts


def _move(
    source: Source, target: Target, amount: Decimal, left: dict[Target, Decimal], money: dict[Source, Decimal]
) -> Decimal:
    moved = min(amount, money[source], left[target])
    money[source] -= moved
    left[target] -= moved
    return moved
