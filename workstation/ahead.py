"""Ahead: cards of callers who are still in the menu or in the queue, made while nobody waits for them (shell).

A caller is recognised seconds before a telephone rings for him. In that time his card is read and rendered, in the
kinds of screens that are open; the pop then takes it. What is bounded here: how many callers are looked after,
how many cards a second are made, and that one is made at a time and none while a pop waits for the customer base. A
card that was not made in time costs nothing but the old way.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

import structlog

from crm_core.errors import CrmError
from routing.views import CallPhase, CallView
from workstation import screenpop
from workstation.cards import FRESH_SECONDS, Cards, Screen
from workstation.screenpop import ShowCard

log = structlog.get_logger(__name__)

LOOKED_AFTER = 200
"""Callers at once; the longest known are given up first."""
PAUSE_SECONDS = 0.05
"""Between two cards: twenty a second at most, whatever calls there are."""
AGAIN_SECONDS = FRESH_SECONDS * 0.75
"""A caller who still waits has his card read again before it is too old to be shown."""
COMING = frozenset({CallPhase.IVR, CallPhase.WAITING, CallPhase.FALLBACK})


@dataclass(slots=True)
class _Caller:
    call: CallView
    due: float
    """When his card is to be made (again), on the loop's clock."""


class Ahead:
    """One per process.

    Args:
        cards: makes and keeps them.
        screens: kinds of those of the desks that are open now.

    """

    def __init__(self, cards: Cards, screens: Callable[[], Collection[Screen]]) -> None:
        self._cards = cards
        self._screens = screens
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        self._wake = asyncio.Event()
        self.made = 0
        """Cards read so far."""

    def __len__(self) -> int:
        return len(self._callers)

    def hear(self, call: CallView) -> None:
        """Take in how a call stands now."""
        known = self._callers.get(call.call_id)
        if call.phase is CallPhase.RINGING:
            return  # The next operator may need the card that is there; a new one would come too late.
        if call.phase not in COMING or not isinstance(screenpop.first_look(call), ShowCard):
            self._callers.pop(call.call_id, None)
            return
        if known is not None and screenpop.pop_key(known.call) == screenpop.pop_key(call):
            # The menu says again whose call it is when it has stored a reading: the card shows readings.
            moved_on = call.phase is CallPhase.IVR and known.call.path != call.path
            known.call = call
            if not moved_on:
                return
            self._cards.forget_call(call.call_id)
            if call.account_id is not None:
                self._cards.reader.forget(call.account_id)
        self._callers[call.call_id] = _Caller(call, asyncio.get_running_loop().time())
        self._callers.move_to_end(call.call_id)
        while len(self._callers) > LOOKED_AFTER:
            self._callers.popitem(last=False)
        self._wake.set()

    def gone(self, call_id: str) -> None:
        """Forget a call that left the floor."""
        self._callers.pop(call_id, None)
        self._cards.forget_call(call_id)

    def changed(self, account_id: int) -> None:
        """Make the cards of callers anew whose account changed while they wait."""
        self._cards.forget_account(account_id)
        now = asyncio.get_running_loop().time()
        for caller in self._callers.values():
            if caller.call.account_id == account_id:
                caller.due = now
                self._wake.set()

    async def run(self) -> None:
        """Make cards for ever, the one that is due longest first."""
        while True:
            caller = await self._next()
            await self._cards.at_leisure.wait()
            screens = sorted(set(self._screens()))
            caller.due = asyncio.get_running_loop().time() + AGAIN_SECONDS
            try:
                if screens:
                    await self._cards.prepare(caller.call, screens)
                    self.made += 1
            except (CrmError, TimeoutError) as error:
                await log.ainfo("ahead.not_made", call_id=caller.call.call_id, error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _next(self) -> _Caller:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            first = min(self._callers.values(), key=lambda one: one.due, default=None)
            if first is not None and first.due <= loop.time():
                return first
            with suppress(TimeoutError):
                async with asyncio.timeout(None if first is None else first.due - loop.time()):
                    await self._wake.wait()
