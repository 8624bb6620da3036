"""The lists of a card as one block of JSON, which the browser makes into rows and charts (pure).

A card has a hundred readings, bills and payments and a dozen shorter lists, and most of them stand behind tabs that one
call in ten opens. Written as HTML they were more than half of what a pop cost; as data they are written in a stroke,
and the browser writes numbers and days itself, as text and never as HTML.
"""

from __future__ import annotations

from typing import Final

from markupsafe import Markup
from msgspec import Struct
from msgspec.json import Encoder

from crm_core.card import (
    AdjustmentRow,
    AgreementRow,
    AlikeRow,
    ApplicationRow,
    Card,
    ConsentRow,
    DebtBucket,
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
    PlanRow,
    PointRow,
    PriceRow,
    Promise,
    ReadingRow,
    TaskRow,
    UnreadRow,
)

NEWEST = 12
"""Contacts that come with the card; older ones are asked for."""


class History(Struct, frozen=True, kw_only=True, gc=False):
    """The lists, as the page's script reads them (`assets/src/history.ts`)."""

    readings: tuple[ReadingRow, ...]
    invoices: tuple[InvoiceRow, ...]
    lines: tuple[LineRow, ...]
    payments: tuple[PaymentRow, ...]
    directed: tuple[DirectedRow, ...]
    debt: tuple[DebtBucket, ...]
    promises: tuple[Promise, ...]
    plans: tuple[PlanRow, ...]
    applications: tuple[ApplicationRow, ...]
    interactions: tuple[InteractionRow, ...]
    meters: tuple[Meter, ...]
    people: tuple[Person, ...]
    consents: tuple[ConsentRow, ...]
    agreements: tuple[AgreementRow, ...]
    points: tuple[PointRow, ...]
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
    prices: tuple[PriceRow, ...]


HISTORY: Final = Encoder(decimal_format="string")
SAME: Final = tuple(name for name in History.__struct_fields__ if name not in {"interactions", "people"})
"""Lists that travel as they stand on the card."""


def data_block(card: Card) -> Markup:
    """Return the lists as JSON that may stand inside `<script type="application/json">`.

    What could end the element or begin a comment (`<`, `>`, `&`) is written as an escape of JSON; all else of a
    customer is data to the HTML parser. Money stays the exact text it is.
    """
    lists = History(
        **{name: getattr(card, name) for name in SAME},
        interactions=card.interactions[:NEWEST],
        people=card.contacts,
    )
    text = HISTORY.encode(lists).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 -- see above
