"""The card: everything about one account in one round trip (shell).

PostgreSQL puts the card together as JSON, from a handful of index ranges; numbers travel as text, so that money
stays exact. psycopg prepares the statement once per connection.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.json import Decoder
from psycopg.types.numeric import Int8
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import debt
from crm_core.card import (
    AdjustmentRow,
    AgreementRow,
    ApplicationRow,
    Candidate,
    Card,
    ConsentRow,
    DisputeRow,
    DocumentRow,
    FieldRow,
    InteractionRow,
    InvoiceRow,
    LineRow,
    Meter,
    NoticeRow,
    PaymentRow,
    Person,
    PointRow,
    Promise,
    ReadingRow,
    TaskRow,
)
from crm_core.db import read_value, value
from crm_core.hotline import HotLines
from crm_core.store.card_statement import CARD

TIMELINE = 50
"""Interactions on a card; older ones page in (`store.interactions.timeline`)."""

HURRIED = (
    CARD.replace("%(account_id)s", "$1::bigint").replace("%(today)s", "$2::date").replace("%(timeline)s", "$3::bigint")
)
"""The same statement as a hot line prepares it."""


class InvoiceFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An invoice as the database says it; its state depends on the day, its number on the account."""

    period: date
    issued_on: date
    due_on: date
    amount: Decimal
    open_amount: Decimal
    disputed: bool


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
    customer_flags: tuple[str, ...]
    account_flags: tuple[str, ...]
    account_status: str
    opened_on: date
    closed_on: date | None
    contacts: tuple[Person, ...]
    consents: tuple[ConsentRow, ...]
    agreements: tuple[AgreementRow, ...]
    points: tuple[PointRow, ...]
    address: str
    time_zone: str
    tariff: str
    tariff_from: date
    tariff_to: date | None
    prices: dict[str, str]
    currency: str
    balance: Decimal
    other_accounts: tuple[Candidate, ...]
    meters: tuple[Meter, ...]
    readings: tuple[ReadingRow, ...]
    invoices: tuple[InvoiceFacts, ...]
    lines: tuple[LineRow, ...]
    payments: tuple[PaymentRow, ...]
    promises: tuple[Promise, ...]
    adjustments: tuple[AdjustmentRow, ...]
    disputes: tuple[DisputeRow, ...]
    notices: tuple[NoticeRow, ...]
    documents: tuple[DocumentRow, ...]
    fields: tuple[FieldRow, ...]
    tasks: tuple[TaskRow, ...]
    applications: tuple[ApplicationRow, ...]
    interactions: tuple[InteractionRow, ...]


FACTS: Final = Decoder(Facts)


async def load_card(db: AsyncConnection, account_id: int, today: date) -> Card | None:
    """Return the whole card, None when there is no such account.

    Args:
        db: a connection, `reading` will do.
        account_id: key of the account.
        today: the date at the utility; decides what is overdue and late.
    """
    found = await value(db, CARD, _parameters(account_id, today))
    return None if found is None else card_from(found, today)


def hot_lines(url: URL, today: Callable[[], date], *, name: str) -> HotLines[Card | None]:
    """Return lines on which `ask_card` asks; nothing is connected yet.

    Args:
        url: of the customer base.
        today: the date at the utility.
        name: `application_name`, what `pg_stat_activity` shows.

    """

    def make(answer: bytes | None) -> Card | None:
        return None if answer is None else card_from(answer, today())

    return HotLines(url, HURRIED, make, name=name)


def ask_card(lines: HotLines[Card | None], account_id: int, today: date) -> Future[Card | None] | None:
    """Ask for what `load_card` returns, at once: for a telephone that rings; None when no line is free.

    The future raises what `read_card` does.
    """
    return lines.ask((str(account_id).encode(), today.isoformat().encode(), str(TIMELINE).encode()))


async def read_card(engine: AsyncEngine, account_id: int, today: date) -> Card | None:
    """Return what `load_card` does over a connection of its own: where no hot line is free.

    Raises:
        DatabaseUnavailable: the server is away.
        DatabaseTooSlow: it took too long.

    """
    found = await read_value(engine, CARD, _parameters(account_id, today))
    return None if found is None else card_from(found, today)


def _parameters(account_id: int, today: date) -> dict[str, object]:
    # psycopg takes the type of a number from its size, and each type would be another statement to plan.
    return {"account_id": Int8(account_id), "today": today, "timeline": TIMELINE}


def card_from(answer: bytes | str, today: date) -> Card:
    """Check what the database said and build the card from it."""
    return card_of(FACTS.decode(answer), today)


def card_of(facts: Facts, today: date) -> Card:
    """Build the card from what the database said; works out debt, invoice states, flags and the price in words."""
    owed = debt.count([_opened(one) for one in facts.invoices if one.open_amount], today)
    invoices = tuple(_invoice(one, facts.account_number, today) for one in facts.invoices)
    disputed = any(one.status == "disputed" for one in invoices)
    states = ("debt", owed.overdue > 0), ("dispute", disputed), ("cut_off", facts.account_status == "cut_off")
    raised = [name for name, is_so in states if is_so]
    return Card(
        account_id=facts.account_id,
        account_number=facts.account_number,
        customer_id=facts.customer_id,
        customer=facts.customer,
        kind=facts.kind,
        language=facts.language,
        status=facts.status,
        priority=facts.priority,
        special_need=facts.special_need,
        flags=_once([*facts.customer_flags, *facts.account_flags, *raised]),
        account_status=facts.account_status,
        opened_on=facts.opened_on,
        closed_on=facts.closed_on,
        contacts=facts.contacts,
        consents=facts.consents,
        agreements=facts.agreements,
        points=facts.points,
        address=facts.address,
        time_zone=facts.time_zone,
        tariff=facts.tariff,
        tariff_price=price(facts.prices),
        tariff_from=facts.tariff_from,
        tariff_to=facts.tariff_to,
        currency=facts.currency,
        balance=facts.balance,
        overdue=owed.overdue,
        debt=owed.buckets,
        next_due_on=owed.next_due_on,
        other_accounts=facts.other_accounts,
        meters=facts.meters,
        readings=facts.readings,
        invoices=invoices,
        lines=facts.lines,
        payments=facts.payments,
        promises=facts.promises,
        adjustments=facts.adjustments,
        disputes=facts.disputes,
        notices=facts.notices,
        documents=facts.documents,
        fields=facts.fields,
        tasks=facts.tasks,
        applications=facts.applications,
        interactions=facts.interactions,
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


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
