"""What the routes of the ledger answer with (pure)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from crm_core import money
from crm_core.ledger.path import Step
from crm_core.ledger.posting import Outcome, State
from workstation.errors import AgainstRule

KEY = {"ge": 1, "lt": 2**31}
Amount = Annotated[
    Decimal,
    Field(gt=-money.LARGEST, lt=money.LARGEST, max_digits=14, decimal_places=2),
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
]
Value = Annotated[
    Decimal,
    Field(ge=0, lt=Decimal(10) ** 11, max_digits=14, decimal_places=3),
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
]
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class Body(BaseModel):
    """What is sent; nothing beyond what is named."""

    model_config = ConfigDict(extra="forbid")


class OutcomeOut(BaseModel):
    """What became of a posting."""

    state: State
    """`posted`; `known`: it was there before; `waiting`: a second person must agree."""
    rule: str
    """Why a second person must agree, "" otherwise."""
    key: str
    """Where it is: a payment's day and place `2026-11-29.0`, else a number; of a waiting one the approval's."""


class BucketOut(BaseModel):
    """Debt of one age."""

    label: str
    amount: Amount


class StageOut(BaseModel):
    """Where a debt is on its path."""

    step: Step | None
    """What is due by the rules, null when nothing is or when the path rests."""
    since: date | None
    rests: str
    """Why the path rests: a flag of the customer, `plan` or `promise`; "" when it does not."""


class RestrictionOut(BaseModel):
    """Whether supply may be restricted for the debt."""

    rule: str
    """Code of the rule that forbids it, "" when it may be."""
    possible_on: date | None
    """From which day on, once a warning arrived."""
    above: Amount
    """The debt must be more than this."""


class LedgerOut(BaseModel):
    """How an account stands."""

    account_id: int
    account_number: str
    currency: str
    status: str
    balance: Amount
    """Above zero: the customer owes."""
    credit: Amount
    overdue: Amount
    next_due_on: date | None
    undisputed: Amount
    """Open and not in dispute: what may be promised."""
    debt: list[BucketOut]
    oldest_due_on: date | None
    """Due day of the oldest bill that is overdue."""
    barred: Amount
    """So old that limitation may bar a claim."""
    path: StageOut
    restriction: RestrictionOut


class EntryOut(BaseModel):
    """One line of the statement."""

    on: date
    what: str
    key: str
    kind: str
    amount: Amount
    balance: Amount
    period: date | None
    due_on: date | None
    open_amount: Amount
    disputed: bool
    reference: str
    reason: str
    taken_back: bool


class LineOut(BaseModel):
    """What a bill is made of."""

    what: str
    quantity: str
    price: str
    amount: Amount


class PaidOut(BaseModel):
    """What paid a part of a bill."""

    source: str
    """A payment `2026-11-29.0`, or the number of an adjustment."""
    amount: Amount
    directed: bool


class BillOut(BaseModel):
    """An invoice with its lines and what paid it."""

    period: date
    issued_on: date
    due_on: date
    amount: Amount
    open_amount: Amount
    status: str
    lines: list[LineOut]
    paid_by: list[PaidOut]


class PromiseOut(BaseModel):
    """A promise to pay."""

    promise_id: int
    amount: Amount
    due_on: date
    status: str
    made_on: date
    paid: Amount | None
    settled_at: datetime | None


class InstalmentOut(BaseModel):
    """One part of a plan."""

    number: int
    due_on: date
    amount: Amount


class PlanOut(BaseModel):
    """A plan of instalments."""

    plan_id: int
    amount: Amount
    parts: int
    first_on: date
    status: str
    made_on: date
    paid: Amount
    """What came in for it."""
    met: int
    """Instalments paid in full."""
    instalments: list[InstalmentOut]
    settled_at: datetime | None


class DisputeOut(BaseModel):
    """A dispute about an invoice."""

    dispute_id: int
    period: date
    amount: Amount
    reason: str
    status: str
    raised_at: datetime
    settled_at: datetime | None
    settlement: str


class NoticeOut(BaseModel):
    """A notice to who owes."""

    notice_id: int
    kind: str
    channel: str
    amount: Amount
    status: str
    sent_at: datetime
    told_at: datetime | None
    note: str


class ApprovalOut(BaseModel):
    """What waits for a second person."""

    approval_id: int
    account_id: int
    account_number: str
    what: str
    amount: Amount
    rule: str
    reason: str
    asked_by: str
    asked_at: datetime


def outcome_out(outcome: Outcome) -> OutcomeOut:
    """Return the answer to a posting.

    Raises:
        AgainstRule: a rule refused it.
    """
    if outcome.state is State.REFUSED:
        raise AgainstRule(outcome.rule)
    return OutcomeOut(state=outcome.state, rule=outcome.rule, key=outcome.key)


def source_name(source: tuple[date, int] | int) -> str:
    """Write what paid something: a payment's day and place, or the number of an adjustment."""
    return str(source) if isinstance(source, int) else f"{source[0]}.{source[1]}"
