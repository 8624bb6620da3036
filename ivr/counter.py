"""The counter: what the house does for a caller beyond his readings, over the stores of `crm_core` (shell)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock, outward
from crm_core import db as database
from crm_core.callback_desk import CallbackDesk, CallbackWish, Kept, NoDesk
from crm_core.callbacks import Limits, next_hour
from crm_core.card import Card
from crm_core.errors import NoSuchKind
from crm_core.outward import MayCall
from crm_core.store import applications, cards, kinds, phone_service
from crm_core.store.applications import Filing, Unfit
from crm_core.store.phone_service import NewLetter, NewMessage
from crm_core.work.fields import FieldKind
from crm_core.work.forms import Site
from crm_core.work.kinds import Kind
from ivr.answers import (
    CallbackKept,
    CallbackRefused,
    Confirmed,
    FactsRead,
    Filed,
    HourChecked,
    HoursRead,
    LastReading,
    NoAddress,
    NotFiled,
    NumberChecked,
    Queued,
    Recorded,
    Requested,
    Unavailable,
)
from ivr.base import Base
from ivr.board import Board
from ivr.effects import Confirm, FileApplication, KeepMark, OfferCallback, Record, SendMessage
from ivr.letters import letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose wish it is."""

    call_id: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Does what callers ask for."""

    base: Base
    site: Site
    utility: str
    board: Board = field(default_factory=Board)
    desk: CallbackDesk = field(default_factory=NoDesk)
    countries: tuple[str, ...] = ()
    """Whose numbers are called; empty: the utility's own country."""
    ours: frozenset[str] = frozenset()
    """Our own numbers."""

    async def confirm(self, wish: Confirm, today: date) -> Confirmed | Unavailable:
        """Whether what was keyed is the PIN, or the whole amount of the last payment."""
        if wish.what == "pin":

            async def ask() -> Confirmed:
                async with database.transaction(self.base.engine) as db:
                    return Confirmed(await phone_service.is_pin(db, wish.account_id, wish.digits))

            return await self.base.within(ask)
        card = await self.base.read(lambda db: cards.load_card(db, wish.account_id, today))
        if isinstance(card, Unavailable) or card is None:
            return Unavailable()
        last = max(card.payments, key=lambda payment: payment.paid_on, default=None)
        return Confirmed(last is not None and int(last.amount) == int(wish.digits))

    async def facts(self, account_id: int, today: date) -> FactsRead | Unavailable:
        """Everything there is to tell, in one round trip."""
        card = await self.base.read(lambda db: cards.load_card(db, account_id, today))
        return Unavailable() if isinstance(card, Unavailable) or card is None else _facts(card)

    def hours(self, now: datetime) -> HoursRead | Unavailable:
        """Whether the house is open, by the working time that the office keeps."""
        calendar = self.board.calendar
        if calendar is None:
            return Unavailable()
        today = calendar.local(now)
        if any(opens <= now < closes for opens, closes in calendar.spans(today)):
            return HoursRead("open")
        # A day of the week that is never worked is merely closed; a working weekday off is a holiday.
        return HoursRead("holiday" if calendar.week.get(today.weekday()) and not calendar.works(today) else "closed")

    async def file(self, wish: FileApplication, caller: Caller) -> Filed | NotFiled | Unavailable:
        """File an application; what its form wants besides is what a telephone knows by itself."""

        async def submit() -> Filed | NotFiled:
            now = clock.now()
            async with database.transaction(self.base.engine) as db:
                try:
                    _, kind = await kinds.current(db, wish.kind)
                except NoSuchKind:
                    return NotFiled("no-such-kind")
                filing = Filing(
                    account_id=wish.account_id,
                    kind=wish.kind,
                    values=await self._values(db, kind, wish, caller),
                    channel="ivr",
                    call_id=caller.call_id,
                    once=f"ivr {_mark(caller.call_id, wish.step, wish.account_id)}",
                )
                done = await applications.file(db, filing, self.site, now)
            if isinstance(done, Unfit):
                return NotFiled(", ".join(sorted(done.faults)))
            due = None if done.due_at is None else self.site.today(done.due_at)
            return Filed(number=done.number, due_on=due, again=done.again)

        return await self.base.within(submit)

    async def _values(
        self, db: AsyncConnection, kind: Kind, wish: FileApplication, caller: Caller
    ) -> dict[str, object]:
        values: dict[str, object] = dict(wish.values)
        for one in kind.fields:
            if one.code in values:
                continue
            if one.kind is FieldKind.PHONE and caller.number:
                values[one.code] = caller.number
            elif one.kind is FieldKind.METER:
                serials = await phone_service.serials(db, wish.account_id)
                values |= {one.code: serials[0]} if len(serials) == 1 else {}
        return values

    async def keep_message(self, wish: Record, caller: Caller, file: str, seconds: int) -> Recorded | Unavailable:
        """Put a message on record, with the task to hear it."""
        new = NewMessage(
            call_id=caller.call_id,
            account_id=wish.account_id,
            number=caller.number,
            language=wish.language,
            file=file,
            seconds=seconds,
            team=wish.team,
        )

        async def keep() -> Recorded:
            async with database.transaction(self.base.engine) as db:
                await phone_service.keep_message(db, new, clock.now())
            return Recorded(seconds)

        return await self.base.within(keep)

    def check(self, keys: str) -> NumberChecked:
        """Read a number as it was keyed, in the utility's country; one that we never call is none."""
        found = outward.judge(keys, self.site.country, self.countries, self.ours)
        return NumberChecked(found.number if isinstance(found, MayCall) else "")

    def hour(self, keys: str, now: datetime) -> HourChecked | Unavailable:
        """When we can call back at an hour of the day, within the house's working time."""
        if self.board.calendar is None:
            return Unavailable()
        known = keys.isascii() and keys.isdigit()
        return HourChecked(next_hour(self.board.calendar, int(keys), now, Limits()) if known else None)

    async def calls_back(self) -> bool:
        """Return whether a caller may be asked whether he wants to be called back; not while the base is away."""
        return await self.base.within(self.desk.calls) is True

    async def callback(self, wish: OfferCallback, caller: Caller) -> CallbackKept | CallbackRefused | Unavailable:
        """Leave the wish with the call-back desk."""
        wanted = CallbackWish(
            call_id=caller.call_id,
            number=wish.number,
            account_id=wish.account_id,
            topic=wish.topic,
            language=wish.language,
            at=wish.at,
            caller=caller.number,
            queue=wish.queue,
            dialled=wish.dialled,
            flags=wish.flags,
            path=wish.path,
            waiting_since=wish.waiting_since,
        )
        answer = await self.base.within(lambda: self.desk.offer(wanted))
        if isinstance(answer, Unavailable):
            return answer
        return CallbackKept() if isinstance(answer, Kept) else CallbackRefused(answer.reason)

    async def send(self, wish: SendMessage, caller: Caller, today: date) -> Queued | NoAddress | Unavailable:
        """Put a message into the outbox, for the first contact who has such an address and does not mind."""
        card = await self.base.read(lambda db: cards.load_card(db, wish.account_id, today))
        if isinstance(card, Unavailable) or card is None:
            return Unavailable()
        address = _address(card, wish.channel)
        if not address:
            return NoAddress()
        owed = max(card.balance, Decimal(0))
        values = {
            "utility": self.utility, "account": card.account_number, "owed": f"{owed:.2f}", "currency": card.currency,
        }  # fmt: skip
        subject, body = letter(wish.what, wish.language, values)
        new = NewLetter(
            channel=wish.channel,
            address=address,
            subject=subject,
            body=body,
            language=wish.language,
            account_id=wish.account_id,
            call_id=caller.call_id,
            once=f"ivr {_mark(caller.call_id, wish.what, wish.channel)}",
        )

        async def queue() -> Queued:
            async with database.transaction(self.base.engine) as db:
                await phone_service.send_later(db, new)
            return Queued()

        return await self.base.within(queue)

    async def mark(self, wish: KeepMark, caller: Caller) -> Queued | Unavailable:
        """Keep a mark with the call."""

        async def keep() -> Queued:
            async with database.transaction(self.base.engine) as db:
                await phone_service.keep_mark(db, caller.call_id, wish.question, wish.mark)
            return Queued()

        return await self.base.within(keep)


def _mark(*parts: object) -> str:
    """What makes a wish one wish, however often it is sent."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:40]


def _address(card: Card, channel: str) -> str:
    for one in card.contacts:
        found = one.phone if channel == "sms" else one.email
        if found and channel not in one.opt_out:
            return found
    return ""


def _facts(card: Card) -> FactsRead:
    meters = [meter for meter in card.meters if meter.removed_on is None]
    return FactsRead(
        currency=card.currency,
        balance=card.balance,
        overdue=card.overdue,
        due_on=card.next_due_on,
        readings=tuple(
            LastReading(code=register.code, value=register.last_value, taken_on=register.last_on)
            for meter in meters
            for register in meter.registers
            if register.last_value is not None and register.last_on is not None
        ),
        prices=_prices(card.tariff_price),
        applications=tuple(
            Requested(number=one.number, stage=one.stage, filed_on=one.filed_on, due_on=one.due_on)
            for one in card.applications
        ),
    )


def _prices(written: str) -> tuple[tuple[str, Decimal], ...]:
    """Read prices as `crm_core.store.cards.price` writes them: `5.43`, or `day 6.24 / night 3.10`."""
    found = []
    for part in filter(None, written.split(" / ")):
        code, _, amount = part.rpartition(" ")
        found.append((code or "single", Decimal(amount)))
    return tuple(found)
