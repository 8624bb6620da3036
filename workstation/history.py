"""The long lists of a card as one block of JSON, which the browser makes into rows and charts (pure).

A card has a hundred readings, bills and payments, and one of their three tables is looked at in one call of ten.
Written as HTML they were two thirds of what a pop cost; as data they are written by pydantic in a stroke, and the
browser writes numbers and days itself, as text and never as HTML.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from crm_core.card import Card

LISTS: Any = {
    "readings": {
        "__all__": {"taken_on", "register_code", "value", "consumption", "source", "quality", "doubt"},
    },
    "invoices": {"__all__": {"number", "period", "due_on", "amount", "open_amount", "status"}},
    "payments": {"__all__": True},
}


def data_block(card: Card) -> Markup:
    """Return readings, invoices and payments as JSON that may stand inside `<script type="application/json">`.

    What could end the element or begin a comment (`<`, `>`, `&`) is written as an escape of JSON; all else of a
    customer is data to the HTML parser. Money stays the exact text it is.
    """
    text = card.model_dump_json(include=LISTS)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 -- see above
