"""Debt by age, as DOMAIN D3 counts it: from open invoices, by days past due (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm_core import money
from crm_core.card import DebtBucket

BUCKETS = (
    (0, "current"),
    (30, "1-30"),
    (60, "31-60"),
    (90, "61-90"),
    (180, "91-180"),
    (365, "181-365"),
    (1095, "366-1095"),
)
"""Most days past due, and the label; older than the last is `1096+`, where limitation may bar a claim."""
DISPUTED = "disputed"
"""Bucket of invoices in dispute: owed perhaps, but not dunned and not overdue."""


def oldest(most: int) -> str:
    """Return the label of what is older than the last bucket's days."""
    return f"{most + 1}+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """The buckets a utility counts in; data with a default (`ledger.rules.MoneyRules.buckets`)."""

    steps: tuple[tuple[int, str], ...] = BUCKETS
    """Most days past due, and the label; youngest first, never empty."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label, youngest first, disputes last."""
        return (*(label for _, label in self.steps), oldest(self.steps[-1][0]), DISPUTED)


AGEING = Ageing()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """What is left to pay of one invoice."""

    due_on: date
    amount: Decimal
    disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """An account's open invoices, summed up."""

    buckets: tuple[DebtBucket, ...]
    """Only those with something in them, youngest first."""
    overdue: Decimal
    next_due_on: date | None
    """When the next invoice that is not yet overdue must be paid."""
    oldest_due_on: date | None = None
    """Due day of the oldest that is overdue: the debt's age counts from it; None when nothing is."""
    barred: Decimal = money.ZERO
    """What is older than the last bucket: limitation may bar a claim."""


def label(due_on: date, today: date, ageing: Ageing = AGEING) -> str:
    """Return the bucket of an invoice; on its due day it is still `current`."""
    days = (today - due_on).days
    return next((name for most, name in ageing.steps if days <= most), oldest(ageing.steps[-1][0]))


def count(invoices: Iterable[OpenInvoice], today: date, ageing: Ageing = AGEING) -> Debt:
    """Sum up what is open by its age; the buckets add up to everything open, `overdue` leaves disputes out."""
    amounts: dict[str, Decimal] = {}
    overdue, next_due, oldest_due = money.ZERO, None, None
    for invoice in invoices:
        if not invoice.amount:
            continue
        name = DISPUTED if invoice.disputed else label(invoice.due_on, today, ageing)
        amounts[name] = amounts.get(name, money.ZERO) + invoice.amount
        if invoice.disputed:
            continue
        if invoice.due_on < today:
            overdue += invoice.amount
            oldest_due = min(oldest_due or invoice.due_on, invoice.due_on)
        elif next_due is None or invoice.due_on < next_due:
            next_due = invoice.due_on
    buckets = tuple(DebtBucket(label=name, amount=amounts[name]) for name in ageing.labels if name in amounts)
    barred = amounts.get(oldest(ageing.steps[-1][0]), money.ZERO)
    return Debt(buckets=buckets, overdue=overdue, next_due_on=next_due, oldest_due_on=oldest_due, barred=barred)


def invoice_status(invoice: OpenInvoice, today: date) -> str:
    """Return `paid`, `disputed`, `overdue` or `open`."""
    if invoice.amount <= 0:
        return "paid"
    if invoice.disputed:
        return "disputed"
    return "overdue" if invoice.due_on < today else "open"
