"""The subscriber's card as values: what an operator sees at once (pure). Money is `Decimal`, never float.

Shape after CIM IEC 61968-9 / DOMAIN D1: customer, account, premises, meters with registers, readings,
invoices, payments, debt by age, promises, disputes, applications, interactions.
"""

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


class Candidate(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
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


class PersonNumber(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Another number of a contact."""

    number: str
    label: str
    verified: bool


class Person(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A contact of the customer; an organisation has many."""

    contact_id: int = 0
    name: str
    role: str
    phone: str
    email: str
    verified: bool
    """Whether the number was tried and is his."""
    verified_at: datetime | None = None
    language: str = ""
    channel: str = ""
    """How he wants to be reached, "" when he did not say."""
    opt_out: tuple[str, ...] = ()
    """Channels that he does not want."""
    numbers: tuple[PersonNumber, ...] = ()
    """Others than `phone`."""


class Register(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One register of a meter."""

    register_id: int
    code: str
    """`single`, `day` or `night`."""
    last_value: Decimal | None
    last_on: date | None


class Meter(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A meter at the premises."""

    meter_id: int
    serial: str
    model: str
    digits: int
    decimals: int
    multiplier: int = 1
    """What a unit of the register counts, by its transformers."""
    installed_on: date
    removed_on: date | None
    verified_on: date | None = None
    verification_due: date | None
    seal: str = ""
    amr: bool = False
    """It reads itself."""
    registers: tuple[Register, ...]


class ReadingRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
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


class ConsentRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What holds of one kind of consent."""

    kind: str
    given: bool
    """False: withdrawn."""
    at: datetime
    how: str


class AgreementRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An agreement of the account."""

    agreement_id: int
    number: str
    supply: str
    """`connected`, `restricted`, `cut_off`, `ended`."""
    started_on: date
    ended_on: date | None
    prepay: bool
    budget_bill: bool


class PointRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A service point of the account."""

    point_id: int
    service: str
    phases: int
    max_kw: Decimal | None
    node: str


class AdjustmentRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A change of the balance that is neither an invoice nor a payment; penalties are among them."""

    kind: str
    amount: Decimal
    """Above zero: the customer owes more."""
    posted_on: date
    reason: str


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


class DocumentRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A document that was made for the customer."""

    document_id: int
    title: str
    format: str
    made_at: datetime


class FieldRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a field of the utility's own says of this customer, account or premises."""

    title: str
    value: str


class TaskRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Something that somebody is to do about this account."""

    title: str
    kind: str
    owner: str
    state: str
    due_at: datetime | None


class PaymentRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One payment."""

    paid_on: date
    amount: Decimal
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


class ApplicationRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A request of the customer with its stage and deadline."""

    number: str
    kind: str
    title: str
    stage: str
    filed_on: date
    due_on: date | None
    late: bool


class InteractionRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
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


class Card(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Everything about one account, one database round trip."""

    account_id: int
    account_number: str
    customer_id: int
    customer: str
    kind: str
    language: str
    status: str = "active"
    priority: str = "normal"
    special_need: str = ""
    flags: tuple[str, ...]
    """`vip`, `life_support`, `dispute`, `do_not_call`, `debt`, `legal` (in court)…"""
    account_status: str = "active"
    opened_on: date | None = None
    closed_on: date | None = None
    contacts: tuple[Person, ...]
    consents: tuple[ConsentRow, ...] = ()
    agreements: tuple[AgreementRow, ...] = ()
    """Newest first."""
    points: tuple[PointRow, ...] = ()
    address: str
    time_zone: str
    tariff: str
    tariff_price: str
    tariff_from: date | None = None
    tariff_to: date | None = None
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
    lines: tuple[LineRow, ...] = ()
    """Of invoices of the last year."""
    payments: tuple[PaymentRow, ...]
    promises: tuple[Promise, ...]
    adjustments: tuple[AdjustmentRow, ...] = ()
    disputes: tuple[DisputeRow, ...] = ()
    notices: tuple[NoticeRow, ...] = ()
    documents: tuple[DocumentRow, ...] = ()
    fields: tuple[FieldRow, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    """Only those that are open."""
    applications: tuple[ApplicationRow, ...]
    interactions: tuple[InteractionRow, ...]
    """Newest first, at most 50; older ones page in."""
