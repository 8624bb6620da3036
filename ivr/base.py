"""The customer base as the IVR asks it: a question, an answer of `effects.py`, always within a time limit (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import db as database
from crm_core.card import Candidate, Card
from crm_core.errors import CrmError
from crm_core.store import cards, subscribers
from ivr.effects import Account, BalanceRead, Found, Unavailable

log = structlog.get_logger(__name__)

SECONDS = 3.0
"""A caller in silence hangs up; after this he is told and passed on to a person."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Base:
    """Asks the base over an engine of `crm_core.db`."""

    engine: AsyncEngine
    seconds: float = SECONDS

    async def by_caller(self, number: str) -> Found | Unavailable:
        """Accounts of whoever is reached under an E.164 number."""
        found = await self._read(lambda db: subscribers.by_phone(db, number))
        return found if isinstance(found, Unavailable) else Found(tuple(map(_account, found)))

    async def by_account(self, digits: str) -> Found | Unavailable:
        """The account of this number, if there is one."""
        found = await self._read(lambda db: subscribers.by_account_number(db, digits))
        if isinstance(found, Unavailable):
            return found
        return Found((_account(found),) if found else ())

    async def balance(self, account_id: int, today: date) -> BalanceRead | Unavailable:
        """What is owed, until when, and the last payment."""
        card = await self._read(lambda db: cards.load_card(db, account_id, today))
        return card if isinstance(card, Unavailable) else _balance(card)

    async def _read(self, question: Callable[[AsyncConnection], Awaitable[T]]) -> T | Unavailable:
        async def ask() -> T:
            async with database.reading(self.engine) as db:
                return await question(db)

        return await self._within(ask)

    async def _within(self, work: Callable[[], Awaitable[T]]) -> T | Unavailable:
        try:
            async with asyncio.timeout(self.seconds):
                return await work()
        except (CrmError, SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("base_unavailable", reason=f"{type(error).__name__}: {error}"[:200])
            return Unavailable()


def _account(candidate: Candidate) -> Account:
    return Account(candidate.account_id, candidate.account_number)


def _balance(card: Card | None) -> BalanceRead | Unavailable:
    if card is None:
        return Unavailable()
    last = max(card.payments, key=lambda payment: payment.paid_on, default=None)
    return BalanceRead(
        balance=card.balance,
        currency=card.currency,
        due_on=card.next_due_on,
        last_payment=last.amount if last else None,
        last_payment_on=last.paid_on if last else None,
    )
