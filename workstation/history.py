"""The long lists of a card as one block of JSON, which the browser makes into rows and charts (pure).

A card has a hundred readings, bills and payments, and one of their three tables is looked at in one call of ten.
Written as HTML they were two thirds of what a pop cost; as data they are written in a stroke, and the browser writes
numbers and days itself, as text and never as HTML.
"""

from __future__ import annotations

from typing import Final

from markupsafe import Markup
from msgspec import Struct
from msgspec.json import Encoder

from crm_core.card import Card, InvoiceRow, PaymentRow, ReadingRow


class History(Struct, frozen=True, kw_only=True, gc=False):
    """The lists, as the page's script reads them (`assets/src/history.ts`)."""

    readings: tuple[ReadingRow, ...]
    invoices: tuple[InvoiceRow, ...]
    payments: tuple[PaymentRow, ...]


HISTORY: Final = Encoder(decimal_format="string")


def data_block(card: Card) -> Markup:
    """Return readings, invoices and payments as JSON that may stand inside `<script type="application/json">`.

    What could end the element or begin a comment (`<`, `>`, `&`) is written as an escape of JSON; all else of a
    customer is data to the HTML parser. Money stays the exact text it is.
    """
    lists = History(readings=card.readings, invoices=card.invoices, payments=card.payments)
    text = HISTORY.encode(lists).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 -- see above
