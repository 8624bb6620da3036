"""What the database says of a card, and the card that is made of it (pure).

Works out what depends on the day: debt by age, the step of its path, states of bills and of a plan's parts, flags,
the price in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from msgspec.json import Decoder

from crm_core import debt, money
from crm_core.card import (
    AdjustmentRow,
    AgreementRow,
    AlikeRow,
    ApplicationRow,
    Candidate,
    Card,
    ConsentRow,
    DirectedRow,
    DisputeRow,
    DocumentRow,
    FieldRow,
    HeldRow,
    InteractionRow,
    InvoiceRow,
    LineRow,
    MergedRow,
    Meter,
    NoticeRow,
    OrderRow,
    PaymentRow,
    Person,
    PlanPart,
    PlanRow,
    PointRow,
    PriceRow,
    Promise,
    ReadingRow,
    SaidRow,
    TaskRow,
    UnreadRow,
)
from crm_core.ledger import path
from crm_core.ledger.plans import PlanRule, PlanState, Terms
from crm_core.ledger.promises import PromiseState


class InvoiceFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An invoice as the database says it; its state depends on the day, its number on the account."""

    period: date
    issued_on: date
    due_on: date
    amount: Decimal
    open_amount: Decimal
    disputed: bool


class ChargeFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A charge beside the bills that is not paid yet."""

    due_on: date
    amount: Decimal


class PlanFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A plan as the database says it; how its parts stand depends on the day."""

    plan_id: int
    amount: Decimal
    parts: int
    first_on: date
    paid: Decimal
    made_on: date
    status: str


class BucketFacts(Struct, frozen=True, kw_only=True, gc=False):
    """One step of a debt's age, as the rules in force have it."""

    most: int
    label: str


class StepFacts(Struct, frozen=True, kw_only=True, gc=False):
    """One step of a debt's path, as the rules in force have it."""

    step: path.Step
    from_day: int
    least: Decimal


class TierFacts(Struct, frozen=True, kw_only=True, gc=False):
    """Prices of a tariff up to an amount a month."""

    up_to: str | None
    prices: dict[str, str]


class Facts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What `CARD` answers: the parts of a card, before anything is worked out."""

    account_id: int
    account_number: str
    customer_id: int
    customer: str
    kind: str
    language: str
    status: str
    priority: str
    special_need: str
    tax_number: str
    customer_flags: tuple[str, ...]
    account_flags: tuple[str, ...]
    account_status: str
    opened_on: date
    closed_on: date | None
    billing_day: int | None
    bill_by: str
    contacts: tuple[Person, ...]
    consents: tuple[ConsentRow, ...]
    agreements: tuple[AgreementRow, ...]
    points: tuple[PointRow, ...]
    premises_id: int
    address: str
    time_zone: str
    residents: int | None
    area: Decimal | None
    latitude: Decimal | None
    longitude: Decimal | None
    tariff: str
    tariff_from: date
    tariff_to: date | None
    prices: dict[str, str]
    tiers: tuple[TierFacts, ...]
    vat: Decimal | None
    currency: str
    balance: Decimal
    ageing: tuple[BucketFacts, ...] | None
    plan_grace: int | None
    path: tuple[StepFacts, ...] | None
    other_accounts: tuple[Candidate, ...]
    meters: tuple[Meter, ...]
    readings: tuple[ReadingRow, ...]
    invoices: tuple[InvoiceFacts, ...]
    lines: tuple[LineRow, ...]
    payments: tuple[PaymentRow, ...]
    directed: tuple[DirectedRow, ...]
    promises: tuple[Promise, ...]
    plans: tuple[PlanFacts, ...]
    charges: tuple[ChargeFacts, ...]
    adjustments: tuple[AdjustmentRow, ...]
    disputes: tuple[DisputeRow, ...]
    orders: tuple[OrderRow, ...]
    notices: tuple[NoticeRow, ...]
    documents: tuple[DocumentRow, ...]
    fields: tuple[FieldRow, ...]
    tasks: tuple[TaskRow, ...]
    held: tuple[HeldRow, ...]
    unread: tuple[UnreadRow, ...]
    alike: tuple[AlikeRow, ...]
    merged: tuple[MergedRow, ...]
    applications: tuple[ApplicationRow, ...]
    interactions: tuple[InteractionRow, ...]
    said: tuple[SaidRow, ...]


FACTS: Final = Decoder(Facts)
SAME: Final = tuple(sorted({*Facts.__struct_fields__} & {*Card.__struct_fields__} - {"invoices", "plans", "prices"}))
"""What a card shows as the database says it."""


def card_from(answer: bytes | str, today: date) -> Card:
    """Check what the database said and build the card from it."""
    return card_of(FACTS.decode(answer), today)


def card_of(facts: Facts, today: date) -> Card:
    """Build the card from what the database said."""
    opened = [_opened(one) for one in facts.invoices if one.open_amount]
    opened += [debt.OpenInvoice(due_on=one.due_on, amount=one.amount) for one in facts.charges]
    owed = debt.count(opened, today, _ageing(facts.ageing))
    invoices = tuple(_invoice(one, facts.account_number, today) for one in facts.invoices)
    disputed = any(one.status == "disputed" for one in invoices)
    states = ("debt", owed.overdue > 0), ("dispute", disputed), ("cut_off", facts.account_status == "cut_off")
    raised = [name for name, is_so in states if is_so]
    same: dict[str, Any] = {name: getattr(facts, name) for name in SAME}
    flags = _once([*facts.customer_flags, *facts.account_flags, *raised])
    agreed = tuple(_plan(one, facts.plan_grace, today) for one in facts.plans)
    stage = _stage(facts, flags, today)
    return Card(
        **same,
        flags=flags,
        tariff_price=price(facts.prices),
        prices=_prices(facts),
        overdue=owed.overdue,
        debt=owed.buckets,
        next_due_on=owed.next_due_on,
        invoices=invoices,
        debt_stage=stage.step.value if stage.step else "",
        debt_rests=stage.rests,
        plans=agreed,
    )


def price(prices: Mapping[str, str]) -> str:
    """Return a tariff's price in words: `5.43`, or `day 6.24 / night 3.10`."""
    if set(prices) == {"single"}:
        return prices["single"]
    return " / ".join(f"{code} {amount}" for code, amount in sorted(prices.items()))


def _invoice(facts: InvoiceFacts, account_number: str, today: date) -> InvoiceRow:
    return InvoiceRow(
        number=f"{account_number}-{facts.period.year}{facts.period.month:02}",
        period=facts.period,
        issued_on=facts.issued_on,
        due_on=facts.due_on,
        amount=facts.amount,
        open_amount=facts.open_amount,
        status=debt.invoice_status(_opened(facts), today) if facts.open_amount else "paid",
    )


def _opened(facts: InvoiceFacts) -> debt.OpenInvoice:
    return debt.OpenInvoice(due_on=facts.due_on, amount=facts.open_amount, disputed=facts.disputed)


def _ageing(steps: tuple[BucketFacts, ...] | None) -> debt.Ageing:
    return debt.AGEING if steps is None else debt.Ageing(steps=tuple((one.most, one.label) for one in steps))


def _prices(facts: Facts) -> tuple[PriceRow, ...]:
    """Return the tariff's prices, tier by tier; what is no price is left out."""
    tiers = facts.tiers or (TierFacts(up_to=None, prices=facts.prices),)
    return tuple(
        PriceRow(zone=zone, price=Decimal(amount), up_to=None if one.up_to is None else Decimal(one.up_to))
        for one in tiers
        for zone, amount in one.prices.items()
    )


def _stage(facts: Facts, flags: Iterable[str], today: date) -> path.Stage:
    """Return where the debt is on its path, counted as the ledger does: bills that are overdue and not in dispute."""
    late = [one for one in facts.invoices if one.open_amount and not one.disputed and one.due_on < today]
    agreed = ""
    if any(one.status == PlanState.OPEN for one in facts.plans):
        agreed = "plan"
    elif any(one.status == PromiseState.OPEN for one in facts.promises):
        agreed = "promise"
    return path.stage(
        money.total(one.open_amount for one in late),
        min((one.due_on for one in late), default=None),
        today,
        path.DELIVERED if facts.path is None else _steps(facts.path),
        flags={*flags, facts.status},
        agreed=agreed,
    )


@lru_cache(maxsize=8)
def _steps(steps: tuple[StepFacts, ...]) -> tuple[path.PathStep, ...]:
    return tuple(path.PathStep(step=one.step, from_day=one.from_day, least=one.least) for one in steps)


def _plan(facts: PlanFacts, grace: int | None, today: date) -> PlanRow:
    """Return a plan and how each of its instalments stands: money counts for the first that is not met yet."""
    days = timedelta(PlanRule().grace_days if grace is None else grace)
    left, parts = max(facts.paid, money.ZERO), []
    for one in Terms(amount=facts.amount, parts=facts.parts, first_on=facts.first_on).instalments:
        got = min(left, one.amount)
        left -= got
        state = "paid" if got == one.amount else "missed" if today > one.due_on + days else "due"
        parts.append(PlanPart(number=one.number, due_on=one.due_on, amount=one.amount, paid=got, state=state))
    return PlanRow(
        plan_id=facts.plan_id,
        amount=facts.amount,
        paid=facts.paid,
        made_on=facts.made_on,
        status=facts.status,
        parts=tuple(parts),
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
