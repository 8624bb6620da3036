"""The customer base as the IVR asks it: a question, an answer of `answers.py`, always within a time limit (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import db as database
from crm_core import readings as rules
from crm_core.card import Card
from crm_core.errors import CrmError
from crm_core.store import cards, flows, readings
from ivr import shelf
from ivr.answers import BalanceRead, Dial, Judged, Judgement, RegistersRead, Unavailable, Verdict
from ivr.effects import SaveReadings

log = structlog.get_logger(__name__)

SECONDS = 3.0
"""A caller in silence hangs up; after this he is told and passed on to a person."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Base:
    """Asks the base over an engine of `crm_core.db`."""

    engine: AsyncEngine
    seconds: float = SECONDS

    async def balance(self, account_id: int, today: date) -> BalanceRead | Unavailable:
        """What is owed, until when, and the last payment."""
        card = await self.read(lambda db: cards.load_card(db, account_id, today))
        return card if isinstance(card, Unavailable) else _balance(card)

    async def registers(self, account_id: int) -> RegistersRead | Unavailable:
        """All registers of the account's present meters."""
        found = await self.read(lambda db: readings.registers(db, account_id))
        return found if isinstance(found, Unavailable) else RegistersRead(tuple(map(_dial, found)))

    async def save(self, wanted: SaveReadings, call_id: str) -> Judged | Unavailable:
        """Store confirmed readings, all or none; the day they are judged by is the one the caller was asked on."""

        async def submit() -> list[rules.Verdict]:
            async with database.transaction(self.engine) as db:
                return await readings.submit(
                    db,
                    wanted.account_id,
                    dict(wanted.values),
                    "ivr",
                    wanted.taken_on,
                    None,
                    call_id=call_id,
                    today=wanted.taken_on,
                )

        verdicts = await self.within(submit)
        return (
            verdicts
            if isinstance(verdicts, Unavailable)
            else Judged(tuple(_verdict(one, wanted.taken_on) for one in verdicts))
        )

    async def ship(self) -> None:
        """Put the flow that comes with the software on record; without a base it is done at another start."""
        try:
            async with asyncio.timeout(self.seconds):
                await shelf.ship(self.engine)
        except shelf.BROKEN as error:
            log.warning("flow_not_on_record", reason=f"{type(error).__name__}: {error}"[:200])

    async def walked(self, walks: Sequence[flows.Walk]) -> None:
        """Keep how callers went; a base that is away loses the count, never a caller."""

        async def keep() -> None:
            async with database.transaction(self.engine) as db:
                await flows.walked(db, *walks)

        await self.within(keep)

    async def read(self, question: Callable[[AsyncConnection], Awaitable[T]]) -> T | Unavailable:
        """Ask over a connection that only reads."""

        async def ask() -> T:
            async with database.reading(self.engine) as db:
                return await question(db)

        return await self.within(ask)

    async def within(self, work: Callable[[], Awaitable[T]]) -> T | Unavailable:
        """Do something within the time a caller will wait; `Unavailable` when it could not be done."""
        try:
            async with asyncio.timeout(self.seconds):
                return await work()
        except (CrmError, SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("base_unavailable", reason=f"{type(error).__name__}: {error}"[:200])
            return Unavailable()


def _dial(state: rules.RegisterState) -> Dial:
    return Dial(register_id=state.register_id, code=state.code, digits=state.digits, serial=state.serial)


REASONS: Mapping[str, str] = MappingProxyType(
    {
        "went-down": "lower",
        "too-many-digits": "digits",
        "too-many-decimals": "digits",
        "negative": "digits",
        "in-future": "date",
        "before-last-reading": "date",
        "before-installation": "date",
        "before-seal": "date",
        "meter-removed": "date",
        "account-closed": "date",
        "outside-window": "date",
    }
)
"""Rules of `crm_core.readings` that refuse, in words for a caller (`flow.REFUSALS`)."""


def _verdict(verdict: rules.Verdict, taken_on: date) -> Verdict:
    match verdict.decision:
        case rules.Decision.REFUSED:
            return Verdict(verdict.register_id, Judgement.REFUSED, REASONS.get(verdict.rule, "other"))
        case rules.Decision.HELD:
            return Verdict(verdict.register_id, Judgement.HELD)
        case rules.Decision.ACCEPTED:
            # The month it counts for begins after the day it was read: the window of this month is over.
            late = verdict.period is not None and verdict.period > taken_on
            return Verdict(verdict.register_id, Judgement.NEXT_MONTH if late else Judgement.STORED)


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
