"""Recognising: which accounts a call may be about, and how they stand, asked of the base once a call (shell).

Everything that a menu asks of an account comes with it in one round trip; what managers publish is in memory. Only
segments, when a flow or the rules of routing ask for them, cost another question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.store import callers
from crm_core.store import standing as open_now
from crm_core.store.callers import Known
from crm_core.work.forms import Site
from ivr.answers import Account, Found, Opened, StandingRead, Unavailable
from ivr.base import Base
from ivr.board import Board
from ivr.effects import FetchStanding

Question = Callable[[AsyncEngine, str, datetime, Site, str], Awaitable[Sequence[Known]]]


@dataclass(slots=True, kw_only=True)
class Recognising:
    """Of one call; remembers what it was told."""

    base: Base
    board: Board
    site: Site
    call_id: str
    _known: dict[int, Account] = field(default_factory=dict)

    async def by_caller(self, number: str, now: datetime) -> Found | Unavailable:
        """Accounts of whoever is reached under an E.164 number."""
        return await self._ask(callers.by_phone, number, now)

    async def by_account(self, digits: str, now: datetime) -> Found | Unavailable:
        """The account of this number, if there is one; what this call was told already is not asked again."""
        for one in self._known.values():
            if one.number == digits and one.known is not None:
                return Found((one,))
        return await self._ask(callers.by_account, digits, now)

    async def by_meter(self, digits: str, now: datetime) -> Found | Unavailable:
        """The account that a meter belongs to; a number that two accounts have belongs to nobody."""
        return await self._ask(callers.by_meter, digits, now)

    async def by_key(self, account_id: int, now: datetime) -> Found | Unavailable:
        """The account of this key, if there is one."""
        return await self._ask(lambda engine, _, *rest: callers.by_key(engine, account_id, *rest), "", now)

    def told(self, account_id: int) -> Opened | None:
        """How an account stands, when this call was told already."""
        known = self._known.get(account_id)
        return known.known if known is not None else None

    async def open_for(self, account_id: int, now: datetime) -> frozenset[str]:
        """Flags of an account for the rules of routing; none when the base does not answer: he is served anyway."""
        found = await self._opened(account_id, now)
        return found.open if isinstance(found, Opened) else frozenset()

    async def standing(self, wish: FetchStanding, now: datetime) -> StandingRead | Unavailable:
        """Flags, segments, and events at the address."""
        found = None if wish.account_id is None else await self._opened(wish.account_id, now)
        if isinstance(found, Unavailable):
            return found
        events = self.board.told("" if found is None else found.place, now)
        if events is None:
            return Unavailable()
        if wish.account_id is None or found is None:
            return StandingRead(events=events)
        held = await self._holding(wish.segments, wish.account_id, now)
        if isinstance(held, Unavailable):
            return held
        return StandingRead(flags=found.flags, segments=held, events=events)

    async def _opened(self, account_id: int, now: datetime) -> Opened | Unavailable | None:
        """How an account stands; None when there is none such."""
        if told := self.told(account_id):
            return told
        found = await self.by_key(account_id, now)
        if isinstance(found, Unavailable):
            return found
        return found.accounts[0].known if found.accounts else None

    async def _ask(self, question: Question, wanted: str, now: datetime) -> Found | Unavailable:
        async def ask() -> Found:
            said = await question(self.base.engine, wanted, now, self.site, self.call_id)
            return Found(tuple([await self._account(one, now) for one in said]))

        found = await self.base.within(ask)
        if isinstance(found, Found):
            self._known.update({one.account_id: one for one in found.accounts})
        return found

    async def _account(self, one: Known, now: datetime) -> Account:
        if one.open is None:
            return Account(one.account_id, one.number, one.pinned)
        held = await self._holding(self.board.segments, one.account_id, now)
        more = frozenset() if isinstance(held, Unavailable) else frozenset(f"segment_{key}" for key in held)
        known = Opened(place=one.place, flags=one.flags, open=one.open | more)
        return Account(one.account_id, one.number, one.pinned, known)

    async def _holding(self, wanted: Sequence[int], account_id: int, now: datetime) -> frozenset[int] | Unavailable:
        if not wanted:
            return frozenset()
        found = await self.base.read(lambda db: open_now.holding(db, wanted, account_id, self.site, now))
        if isinstance(found, Unavailable):
            return found
        return frozenset(int(flag.removeprefix("segment_")) for flag in found)
