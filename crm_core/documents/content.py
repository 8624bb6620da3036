"""What documents are made from: the facts of one card under the names that templates use (pure).

`content_of` is the one way from a card to a document. An arrangement is worked out here: equal instalments a month
apart, the last one takes what rounding left.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from crm_core import money
from crm_core.card import Card

MOST_PARTS = 36
SHOWN_INVOICES, SHOWN_PAYMENTS, SHOWN_ADJUSTMENTS, SHOWN_READINGS = 13, 13, 13, 26
"""A year and a month, readings of two registers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who the document is about."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Which account."""

    number: str
    address: str
    tariff: str
    currency: str
    balance: Decimal
    overdue: Decimal
    next_due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of what the document lists; `brought` + `invoiced` + `adjusted` - `paid` is the balance."""

    brought: Decimal
    """What was owed before the first of it."""
    invoiced: Decimal
    adjusted: Decimal
    paid: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice."""

    number: str
    period: date
    issued_on: date
    due_on: date
    amount: Decimal
    open_amount: Decimal
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment."""

    paid_on: date
    amount: Decimal
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One adjustment; what was written down about it is the house's own."""

    posted_on: date
    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What is owed of one age."""

    label: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading that counts."""

    taken_on: date
    register: str
    serial: str
    value: Decimal
    consumption: Decimal | None
    quality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One meter that is installed."""

    serial: str
    model: str
    installed_on: date
    verification_due: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """One part of an arrangement."""

    number: int
    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How somebody wants to pay off what is owed."""

    amount: Decimal | None = None
    """None: all that is overdue, or the balance where nothing is."""
    parts: int = 6
    first_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """An arrangement as a whole."""

    amount: Decimal
    parts: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything a template may name."""

    utility: str
    today: date
    made_by: str
    customer: Customer
    account: Account
    totals: Totals
    arrangement: Arrangement | None
    invoices: tuple[Invoice, ...]
    open_invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    adjustments: tuple[Adjustment, ...]
    debts: tuple[Debt, ...]
    readings: tuple[Reading, ...]
    meters: tuple[Meter, ...]
    instalments: tuple[Instalment, ...]


def content_of(card: Card, *, utility: str, made_by: str, today: date, wish: Wish | None = None) -> Content:
    """Return what a card says under the names of templates.

    Args:
        card: of the account.
        utility: name of the house.
        made_by: who makes the document.
        today: the date it bears.
        wish: an arrangement that is to be written down; None without one.

    """
    every = tuple(
        Invoice(
            number=one.number,
            period=one.period,
            issued_on=one.issued_on,
            due_on=one.due_on,
            amount=one.amount,
            open_amount=one.open_amount,
            status=one.status,
        )
        for one in card.invoices
    )
    invoices = tuple(sorted(every[:SHOWN_INVOICES], key=lambda one: one.period))
    open_invoices = tuple(sorted((one for one in every if one.open_amount), key=lambda one: one.period))
    payments = tuple(
        Payment(paid_on=one.paid_on, amount=one.amount, channel=one.channel)
        for one in reversed(card.payments[:SHOWN_PAYMENTS])
    )
    adjustments = tuple(
        Adjustment(posted_on=one.posted_on, kind=one.kind, amount=one.amount)
        for one in reversed(card.adjustments[:SHOWN_ADJUSTMENTS])
    )
    owed = owed_of(card) if wish is None or wish.amount is None else wish.amount
    instalments = () if wish is None else instalments_of(owed, wish.parts, wish.first_on)
    return Content(
        utility=utility,
        today=today,
        made_by=made_by,
        customer=Customer(name=card.customer, kind=card.kind),
        account=Account(
            number=card.account_number,
            address=card.address,
            tariff=card.tariff,
            currency=card.currency,
            balance=card.balance,
            overdue=card.overdue,
            next_due_on=card.next_due_on,
        ),
        totals=_totals(card.balance, invoices, adjustments, payments, open_invoices),
        arrangement=_arrangement(owed, instalments),
        invoices=invoices,
        open_invoices=open_invoices,
        payments=payments,
        adjustments=adjustments,
        debts=tuple(Debt(label=one.label, amount=one.amount) for one in card.debt),
        readings=_readings(card),
        meters=_meters(card),
        instalments=instalments,
    )


def owed_of(card: Card) -> Decimal:
    """Return what a notice or an arrangement is about: what is overdue, or the balance where nothing is."""
    return card.overdue if card.overdue > 0 else max(card.balance, money.ZERO)


def instalments_of(amount: Decimal, parts: int, first_on: date) -> tuple[Instalment, ...]:
    """Return equal parts of an amount, a month apart; they add up to it exactly.

    Args:
        amount: above zero, in whole cents.
        parts: how many, 1 to `MOST_PARTS`; as many as there are cents at most.
        first_on: when the first is due; the following on the same day of the month, or its last.

    """
    cents = int(money.rounded(amount) * 100)
    number = max(1, min(parts, MOST_PARTS, cents))
    each = Decimal(cents // number) / 100
    last = money.rounded(amount) - each * (number - 1)
    return tuple(
        Instalment(
            number=place + 1,
            due_on=months_after(first_on, place),
            amount=money.rounded(last if place == number - 1 else each),
        )
        for place in range(number)
    )


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def sample_wish(today: date) -> Wish:
    """Return the arrangement that a preview shows."""
    return Wish(parts=6, first_on=today + timedelta(10))


def _totals(
    balance: Decimal,
    invoices: tuple[Invoice, ...],
    adjustments: tuple[Adjustment, ...],
    payments: tuple[Payment, ...],
    open_invoices: tuple[Invoice, ...],
) -> Totals:
    invoiced = money.total(one.amount for one in invoices)
    adjusted = money.total(one.amount for one in adjustments)
    paid = money.total(one.amount for one in payments)
    return Totals(
        brought=balance - invoiced - adjusted + paid,
        invoiced=invoiced,
        adjusted=adjusted,
        paid=paid,
        open=money.total(one.open_amount for one in open_invoices),
    )


def _arrangement(owed: Decimal, instalments: tuple[Instalment, ...]) -> Arrangement | None:
    if not instalments:
        return None
    return Arrangement(
        amount=money.rounded(owed),
        parts=len(instalments),
        first_on=instalments[0].due_on,
        last_on=instalments[-1].due_on,
    )


def _readings(card: Card) -> tuple[Reading, ...]:
    counted = [one for one in card.readings if one.quality in {"actual", "estimate", "exchange"}]
    return tuple(
        Reading(
            taken_on=one.taken_on,
            register=one.register_code,
            serial=one.meter_serial,
            value=one.value,
            consumption=one.consumption,
            quality=one.quality,
        )
        for one in reversed(counted[:SHOWN_READINGS])
    )


def _meters(card: Card) -> tuple[Meter, ...]:
    return tuple(
        Meter(serial=one.serial, model=one.model, installed_on=one.installed_on, verification_due=one.verification_due)
        for one in card.meters
        if one.removed_on is None
    )
