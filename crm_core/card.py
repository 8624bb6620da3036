"""The subscriber's card as values: what an operator sees at once (pure). Money is `Decimal`, never float.

Shape after CIM IEC 61968-9 / DOMAIN D1: customer, account, premises, meters with registers, readings,
invoices, payments, debt by age, promises, disputes, applications, interactions.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A frozen part of the card."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Candidate(Part):
    """One account in a chooser or a search result; nothing that needs verification."""

    account_id: int
    account_number: str
    customer: str
    kind: str
    """`person` or `organisation`."""
    contact: str = ""
    """Who of the organisation the number belongs to."""
    address: str
    balance: Decimal
    why: str
    """What matched: `phone`, `account`, `name`, `address`, `meter`; `customer` for another account of the same one."""


class Person(Part):
    """A contact of the customer; an organisation has many."""

    name: str
    role: str
    phone: str
    email: str
    verified: bool


class Register(Part):
    """One register of a meter."""

    register_id: int
    code: str
    """`single`, `day` or `night`."""
    last_value: Decimal | None
    last_on: date | None


class Meter(Part):
    """A meter at the premises."""

    meter_id: int
    serial: str
    model: str
    digits: int
    decimals: int
    installed_on: date
    removed_on: date | None
    verification_due: date | None
    registers: tuple[Register, ...]


class ReadingRow(Part):
    """One reading; `doubt` names the rule that held it, "" when fine."""

    taken_on: date
    register_code: str
    meter_serial: str
    value: Decimal
    consumption: Decimal | None
    source: str
    quality: str
    """`actual`, `estimate`, `held`, `exchange`."""
    doubt: str = ""


class InvoiceRow(Part):
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


class PaymentRow(Part):
    """One payment."""

    paid_on: date
    amount: Decimal
    channel: str
    reference: str


class DebtBucket(Part):
    """Debt by days past due (DOMAIN D3)."""

    label: str
    amount: Decimal


class Promise(Part):
    """A promise to pay."""

    amount: Decimal
    due_on: date
    status: str


class ApplicationRow(Part):
    """A request of the customer with its stage and deadline."""

    number: str
    kind: str
    title: str
    stage: str
    filed_on: date
    due_on: date | None
    late: bool


class InteractionRow(Part):
    """One contact on any channel in the timeline."""

    interaction_id: int
    call_id: str
    at: datetime
    channel: str
    direction: str
    number: str
    operator: str
    disposition: str
    note: str
    seconds: int
    path: tuple[str, ...] = ()


class Card(Part):
    """Everything about one account, one database round trip."""

    account_id: int
    account_number: str
    customer_id: int
    customer: str
    kind: str
    language: str
    flags: tuple[str, ...]
    """`vip`, `life_support`, `dispute`, `do_not_call`, `debt`, `legal` (in court)…"""
    contacts: tuple[Person, ...]
    address: str
    time_zone: str
    tariff: str
    tariff_price: str
    currency: str
    balance: Decimal
    """Positive: the customer owes."""
    overdue: Decimal
    debt: tuple[DebtBucket, ...]
    next_due_on: date | None
    other_accounts: tuple[Candidate, ...]
    meters: tuple[Meter, ...]
    readings: tuple[ReadingRow, ...]
    """Newest first, at most 24 months."""
    invoices: tuple[InvoiceRow, ...]
    payments: tuple[PaymentRow, ...]
    promises: tuple[Promise, ...]
    applications: tuple[ApplicationRow, ...]
    interactions: tuple[InteractionRow, ...]
    """Newest first, at most 50; older ones page in."""
