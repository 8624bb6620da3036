"""The card: everything about one account in one round trip (shell).

PostgreSQL puts the card together as JSON, from a handful of index ranges; numbers travel as text, so that money
stays exact. psycopg prepares the statement once per connection.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable
from datetime import date

from psycopg.types.numeric import Int8
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core.card import Card
from crm_core.card_facts import card_from
from crm_core.db import read_value, value
from crm_core.hotline import HotLines
from crm_core.store.card_statement import CARD

TIMELINE = 50
"""Interactions on a card; older ones page in (`store.interactions.timeline`)."""

HURRIED = (
    CARD.replace("%(account_id)s", "$1::bigint").replace("%(today)s", "$2::date").replace("%(timeline)s", "$3::bigint")
)
"""The same statement as a hot line prepares it."""


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
