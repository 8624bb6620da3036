"""Debtors, contacts and houses of the tests."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from outbound.gate import House, Wanted
from outbound.terms import Channel, Contacted, Debtor, Mode

OURS = "+74951110000"
NUMBER = "+79161234567"
MOSCOW = "Europe/Moscow"
HOUSE = House(country="RU", ours=frozenset({OURS}), caller_ids=frozenset({OURS}))


def at(when: str, zone: str = MOSCOW) -> datetime:
    """Return a moment by the clocks of a zone, in UTC."""
    return datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def debtor(**given: Any) -> Debtor:
    """Return a debtor in Moscow who owes something and is in nobody's way."""
    facts: dict[str, Any] = {
        "customer_id": 1,
        "account_id": 11,
        "number": NUMBER,
        "zones": (MOSCOW,),
        "open_debt": Decimal(100),
    }
    return Debtor(**(facts | given))


def contact(when: datetime, **given: Any) -> Contacted:
    """Return a call of ours that nobody answered."""
    facts: dict[str, Any] = {
        "at": when,
        "channel": Channel.CALL,
        "conversation": False,
        "customer_id": 1,
        "account_id": 11,
        "outcome": "no_answer",
    }
    return Contacted(**(facts | given))


def wanted(**given: Any) -> Wanted:
    """Return the wish to call him by hand."""
    facts: dict[str, Any] = {"debtor": debtor(), "mode": Mode.MANUAL, "caller_id": OURS}
    return Wanted(**(facts | given))
