"""The call-back desk: where the IVR leaves a caller's wish to be called back (port), and the desk of our house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock, outward
from crm_core.callbacks import Ending, Limits, Refusal, Retries, judge_time, opening, promised_until
from crm_core.db import Writing, reading, transaction
from crm_core.errors import NeverWorked
from crm_core.outward import MayCall
from crm_core.settings import Settings
from crm_core.store import callbacks, lines, working_time
from crm_core.store.callbacks import NewCallback
from crm_core.work.forms import Site
from crm_core.work.sla import WorkCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackWish:
    """A caller wants to be called back."""

    call_id: str
    number: str
    """E.164, validated; whether it is of a kind we call is the desk's to decide (AC05, AC12)."""
    account_id: int | None
    topic: str
    language: str
    at: datetime | None = None
    """When; None: as soon as his place in the queue comes up."""
    caller: str = ""
    """The number he calls from, E.164, "" when withheld."""
    queue: str = "main"
    dialled: str = ""
    flags: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    waiting_since: datetime | None = None
    """Since when he waits, if he does: his place in the queue."""


@dataclass(frozen=True, slots=True)
class Kept:
    """It is on record; he will be called."""


@dataclass(frozen=True, slots=True)
class Refused:
    """He will not be called; the reason is a code."""

    reason: str


class CallbackDesk(Protocol):
    """Takes wishes; the same call's wish twice is one."""

    async def offer(self, wish: CallbackWish) -> Kept | Refused:
        """Keep a wish or refuse it.

        Raises:
            crm_core.errors.CrmError: the base did not answer.

        """
        ...

    async def calls(self) -> bool:
        """Return whether this house calls anybody back at all: whom nobody can call is not asked.

        Raises:
            crm_core.errors.CrmError: the base did not answer.

        """
        ...


class NoDesk:
    """Takes nothing down: callers go on to where the flow leads those who are refused."""

    async def calls(self) -> bool:
        """Return that it calls nobody."""
        return False

    async def offer(self, wish: CallbackWish) -> Kept | Refused:  # noqa: ARG002 - the port's signature
        """Refuse."""
        return Refused("no-desk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A wish that may be kept, with its times."""

    number: str
    due_at: datetime
    until: datetime


class HouseDesk:
    """Takes wishes down in the base.

    Args:
        engine: the base.
        settings: whom we call, and when.
        limits: against abuse.

    """

    def __init__(self, engine: AsyncEngine, settings: Settings, limits: Limits | None = None) -> None:
        self._engine, self._settings = engine, settings
        self._limits = limits or Limits()
        self._site = Site(country=settings.country, time_zone=settings.time_zone)

    async def offer(self, wish: CallbackWish) -> Kept | Refused:
        """Keep a wish or refuse it, in a transaction of its own."""
        async with transaction(self._engine) as db:
            answer = await self.ask(db, wish)
        return Refused(answer.value) if isinstance(answer, Refusal | outward.NoCall) else Kept()

    async def calls(self) -> bool:
        """Return whether there is a way to the public network."""
        async with reading(self._engine) as db:
            return await reaches(db, self._settings)

    async def ask(
        self, db: Writing, wish: CallbackWish, *, by: int | None = None, note: str = ""
    ) -> int | Refusal | outward.NoCall:
        """Promise a call-back within a caller's transaction; returns its key, or why it is not promised.

        Args:
            db: a transaction.
            wish: what is asked.
            by: the person of ours who asks for a subscriber; the limits are not for them.
            note: what it is about.

        """
        if not await reaches(db, self._settings):
            return Refusal.NO_LINE
        now = clock.now()
        calendar = await working_time.calendar(db, self._site)
        promise = judge(wish, self._settings, calendar, now, self._limits)
        if not isinstance(promise, Promise):
            return promise
        new = NewCallback(
            call_id=wish.call_id,
            number=promise.number,
            caller=wish.caller,
            account_id=wish.account_id,
            queue=wish.queue,
            language=wish.language,
            topic=wish.topic,
            dialled=wish.dialled,
            flags=wish.flags,
            path=wish.path,
            waiting_since=wish.waiting_since or wish.at or now,
            wanted_at=wish.at,
            due_at=promise.due_at,
            promised_until=promise.until,
            note=note,
            asked_by=by,
        )
        return await callbacks.ask(db, new, self._limits, now)


async def reaches(db: AsyncConnection, settings: Settings) -> bool:
    """Return whether this house calls numbers of the public network, by trunks on record or the one of the settings."""
    nodes = [one.node for one in settings.nodes]
    way = await lines.outward(db, nodes, simple=bool(settings.outward_uri), number=settings.outward_number)
    return bool(way.nodes)


def judge(
    wish: CallbackWish, settings: Settings, calendar: WorkCalendar, now: datetime, limits: Limits
) -> Promise | Refusal | outward.NoCall:
    """Say whether and when a number may be called back, whoever asked how often (pure)."""
    ours = frozenset({settings.outward_number}) - {""}
    may = outward.judge(wish.number, settings.country, settings.outward_countries, ours)
    if not isinstance(may, MayCall):
        return may
    if wish.at is not None:
        refused = judge_time(wish.at, now, calendar, limits)
        if refused is not None:
            return refused
    window = timedelta(minutes=settings.callback_window_minutes)
    try:
        due = opening(calendar, wish.at or now)
        return Promise(number=may.number, due_at=due, until=promised_until(calendar, due, window))
    except NeverWorked:
        return Refusal.NOT_OPEN


def retries(settings: Settings) -> Retries:
    """Return when this house tries again."""
    soon, later = (
        timedelta(seconds=one) for one in (settings.callback_busy_seconds, settings.callback_no_answer_seconds)
    )
    waits = {**Retries().waits, Ending.BUSY: soon, Ending.FAULT: soon, Ending.NO_ANSWER: later}
    return Retries(tries=settings.callback_tries, waits=waits)


async def is_working(db: AsyncConnection, site: Site, now: datetime) -> datetime | None:
    """Return when the house opens next, None when it is open."""
    opens = opening(await working_time.calendar(db, site), now)
    return None if opens <= now else opens
