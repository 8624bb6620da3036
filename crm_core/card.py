"""The subscriber's card as values: what an operator sees at once (pure). Money is `Decimal`, never float.

Shape after CIM IEC 61968-9 / DOMAIN D1: customer, account, premises, meters with registers, readings,
invoices, payments, debt by age, promises, disputes, applications, interactions.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from crm_core.card_money import (
    AdjustmentRow,
    DebtBucket,
    DirectedRow,
    DisputeRow,
    InvoiceRow,
    LineRow,
    NoticeRow,
    OrderRow,
    Part,
    PaymentRow,
    PlanPart,
    PlanRow,
    PriceRow,
    Promise,
)

__all__ = [
    "AdjustmentRow",
    "AgreementRow",
    "AlikeRow",
    "ApplicationRow",
    "Candidate",
    "Card",
    "ConsentRow",
    "DebtBucket",
    "DirectedRow",
    "DisputeRow",
    "DocumentRow",
    "FieldRow",
    "HeldRow",
    "InteractionRow",
    "InvoiceRow",
    "LineRow",
    "MergedRow",
    "Meter",
    "NoticeRow",
    "OrderRow",
    "Part",
    "PaymentRow",
    "Person",
    "PersonNumber",
    "PlanPart",
    "PlanRow",
    "PointRow",
    "PriceRow",
    "Promise",
    "ReadingRow",
    "Register",
    "SaidRow",
    "TaskRow",
    "UnreadRow",
]


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
    """A `crm_core.tariffs.Zone`."""
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
    sealed_on: date | None = None
    amr: bool = False
    """It reads itself."""
    virtual: bool = False
    """It is worked out from other meters."""
    point_id: int | None = None
    """The service point it measures, when that was written down."""
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
    tariff: str = ""
    """When it is another one than the account's."""
    shut_off_on: date | None = None


class PointRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A service point of the account."""

    point_id: int
    service: str
    phases: int
    max_kw: Decimal | None
    node: str


class DocumentRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A document that was made for the customer."""

    document_id: int
    title: str
    format: str
    made_at: datetime


class FieldRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a field of the utility's own says of this customer, account, premises or one of the meters."""

    of: str
    """A `crm_core.fields.Entity`."""
    type: str
    """A `crm_core.fields.Type`: how the value is written for a reader."""
    title: str
    value: str
    meter_serial: str = ""


class TaskRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Something that somebody is to do about this account."""

    task_id: int = 0
    title: str
    kind: str
    owner: str
    state: str
    due_at: datetime | None


class HeldRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A reading that a rule holds until somebody decides."""

    held_id: int
    taken_on: date
    register_code: str
    meter_serial: str
    value: Decimal
    rule: str
    least: Decimal | None
    most: Decimal | None
    """Between these it would have been taken."""
    source: str


class SaidRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What was answered to something that was advised or offered (`crm_core.advice`)."""

    rule: str
    offer_id: int | None
    answer: str
    on: date


class UnreadRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A visit that brought no reading."""

    taken_on: date
    meter_serial: str
    why: str
    note: str


class AlikeRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A customer on record who may be the same one."""

    pair_id: int
    customer_id: int
    customer: str


class MergedRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Another record of the same customer that was merged into this one."""

    merge_id: int
    customer: str
    merged_at: datetime


class ApplicationRow(Part, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A request of the customer with its stage and deadline."""

    application_id: int = 0
    number: str
    kind: str
    title: str
    stage: str
    filed_on: date
    due_on: date | None
    late: bool
    files: int = 0
    """Attached."""


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
    recorded: bool = False
    """It can be heard, by who may."""


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
    tax_number: str = ""
    account_status: str = "active"
    opened_on: date | None = None
    closed_on: date | None = None
    billing_day: int | None = None
    """Of the month, None for the day of everybody."""
    bill_by: str = ""
    """A `crm_core.parties.Channel` by which bills come, "" when nothing was agreed."""
    contacts: tuple[Person, ...]
    consents: tuple[ConsentRow, ...] = ()
    agreements: tuple[AgreementRow, ...] = ()
    """Newest first."""
    points: tuple[PointRow, ...] = ()
    premises_id: int = 0
    address: str
    time_zone: str
    residents: int | None = None
    area: Decimal | None = None
    """Square metres that are heated."""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    tariff: str
    """The version that holds today."""
    tariff_price: str
    tariff_from: date | None = None
    tariff_to: date | None = None
    prices: tuple[PriceRow, ...] = ()
    vat: Decimal | None = None
    """Per cent that prices include, None when not said."""
    currency: str
    balance: Decimal
    """Positive: the customer owes."""
    overdue: Decimal
    debt: tuple[DebtBucket, ...]
    debt_stage: str = ""
    """A `crm_core.ledger.path.Step` that is due by the rules, "" for none."""
    debt_rests: str = ""
    """Why its path rests: a flag, `plan` or `promise`."""
    next_due_on: date | None
    other_accounts: tuple[Candidate, ...]
    meters: tuple[Meter, ...]
    readings: tuple[ReadingRow, ...]
    """Newest first, at most 24 months."""
    invoices: tuple[InvoiceRow, ...]
    lines: tuple[LineRow, ...] = ()
    """Of invoices of the last year."""
    payments: tuple[PaymentRow, ...]
    directed: tuple[DirectedRow, ...] = ()
    promises: tuple[Promise, ...]
    plans: tuple[PlanRow, ...] = ()
    """Newest first, at most 3."""
    adjustments: tuple[AdjustmentRow, ...] = ()
    disputes: tuple[DisputeRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    notices: tuple[NoticeRow, ...] = ()
    documents: tuple[DocumentRow, ...] = ()
    fields: tuple[FieldRow, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    """Only those that are open."""
    held: tuple[HeldRow, ...] = ()
    unread: tuple[UnreadRow, ...] = ()
    alike: tuple[AlikeRow, ...] = ()
    merged: tuple[MergedRow, ...] = ()
    applications: tuple[ApplicationRow, ...]
    interactions: tuple[InteractionRow, ...]
    """Newest first, at most 50; older ones page in."""
    said: tuple[SaidRow, ...] = ()
    """Answers to advice and offers, newest first."""
