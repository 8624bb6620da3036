"""What of a card is about money: bills, payments, debt, promises, plans (pure)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A frozen part of the card.

    Structs, as the switch's events are (docs/adr/0008): what PostgreSQL answers is checked and made into them in one
    stroke, while nobody who waits for a card can do anything else. What comes from files and people is judged before
    it is stored, not here.
    """


class InvoiceRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One invoice."""

    number: str
    period: date
    """First day of the month billed."""
    issued_on: date
    due_on: date
    amount: Decimal
    open_amount: Decimal
    status: str
    """`paid`, `open`, `overdue`, `disputed`."""


class LineRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One line of an invoice."""

    period: date
    """Of the invoice."""
    what: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


class AdjustmentRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A change of the balance that is neither an invoice nor a payment; penalties are among them."""

    kind: str
    amount: Decimal
    """Above zero: the customer owes more."""
    posted_on: date
    reason: str
    open_amount: Decimal = Decimal(0)
    """Of what the customer owes more."""


class DisputeRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A bill that the customer disputes, or disputed."""

    period: date
    amount: Decimal
    reason: str
    status: str
    raised_at: datetime


class NoticeRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A notice of debt that was sent."""

    kind: str
    channel: str
    amount: Decimal
    status: str
    sent_at: datetime


class OrderRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An order to restrict supply."""

    kind: str
    """A `crm_core.ledger.orders.OrderKind`."""
    status: str
    planned_on: date
    amount: Decimal
    """Owed when it was given."""
    reason: str


class PlanPart(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One part of a plan, and how it stands."""

    number: int
    due_on: date
    amount: Decimal
    paid: Decimal
    state: str
    """`paid`, `due`, `missed`: the grace after its day is over."""


class PlanRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A plan to pay a debt off in parts."""

    plan_id: int
    amount: Decimal
    paid: Decimal
    """What came in since it was made."""
    made_on: date
    status: str
    """A `crm_core.ledger.plans.PlanState`."""
    parts: tuple[PlanPart, ...]


class PriceRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A price of the tariff."""

    zone: str
    """A `crm_core.tariffs.Zone`."""
    price: Decimal
    up_to: Decimal | None = None
    """Units a month up to which it holds; None where it has no end."""


class DirectedRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What somebody said a payment is for; everything else follows from the rule."""

    paid_on: date
    seq: int
    period: date | None
    """The month billed, None for a charge."""
    amount: Decimal


class PaymentRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One payment."""

    paid_on: date
    seq: int = 0
    amount: Decimal
    """Below zero: an earlier one was taken back."""
    channel: str
    reference: str


class DebtBucket(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Debt by days past due (DOMAIN D3)."""

    label: str
    amount: Decimal


class Promise(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A promise to pay."""

    amount: Decimal
    due_on: date
    status: str
