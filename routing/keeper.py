"""The keeper of call-backs: claims what is due, writes into the book before anything is dialled (shell).

It decides nothing: the floor says what is to be written, the base whether it may be.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.callback_desk import is_working, retries
from crm_core.callbacks import Ending, Retries, Standing
from crm_core.db import transaction
from crm_core.errors import CrmError
from crm_core.settings import Settings
from crm_core.store import callbacks
from crm_core.work.forms import Site
from routing.callbacks import Alive, BackNews, Booked, Claimed
from routing.effects import BackDialled, BackEnded, Entry
from telephony.events import Node

AGAIN_SECONDS = 1.0
"""Between attempts to reach a base that is away."""
BOOK_SECONDS = 5.0
"""An operator waits for this with the card before him: a base that does not answer by then said no."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What the house has settled about call-backs."""

    site: Site
    retries: Retries
    most: int
    """Stand-ins at once."""


def promises(settings: Settings) -> Promises:
    """Return what the settings say."""
    site = Site(country=settings.country, time_zone=settings.time_zone)
    return Promises(site=site, retries=retries(settings), most=settings.callbacks_standing)


class Keeper:
    """Between the floor and the book.

    Args:
        engine: the base.
        rules: what the house has settled.
        places: nodes where a stand-in may be made now, and how many stand already.

    """

    def __init__(
        self,
        engine: AsyncEngine,
        rules: Promises,
        places: Callable[[], tuple[Sequence[Node], int]],
    ) -> None:
        self._engine, self._rules, self._places = engine, rules, places
        self.heed: Callable[[BackNews], None] = lambda _: None
        """Tells the floor; set when the two are joined."""
        self._entries: deque[Entry] = deque()
        """At most two for each attempt under way."""
        self._written = asyncio.Event()
        self._wake = asyncio.Event()
        self._turn = 0

    def write(self, entry: Entry) -> None:
        """Take an entry; it is written soon, in order."""
        self._entries.append(entry)
        self._written.set()

    def wake(self) -> None:
        """Look for what is due: a node is there, or somebody asked."""
        self._wake.set()

    async def run(self) -> None:
        """Keep the book for ever."""
        await asyncio.gather(self._write_all(), self._claim_all(), self._listen())

    # --- writing ------------------------------------------------------------------------------------------------

    async def _write_all(self) -> None:
        while True:
            await self._written.wait()
            self._written.clear()
            while self._entries:
                entry = self._entries.popleft()
                match entry:
                    case BackDialled():
                        self.heed(Booked(entry=entry, done=await self._dialled(entry)))
                    case BackEnded():
                        await self._ended(entry)
            self._wake.set()

    async def _dialled(self, entry: BackDialled) -> bool:
        """Write that a number is called; False when it must not be, or nobody knows whether that is on record."""
        try:
            async with asyncio.timeout(BOOK_SECONDS), transaction(self._engine) as db:
                now = clock.now()
                opens = await is_working(db, self._rules.site, now)
                if opens is not None:
                    await callbacks.end(
                        db, entry.callback_id, entry.attempt, Ending.CLOSED, self._rules.retries, now, not_before=opens
                    )
                    return False
                return await callbacks.dial(db, entry.callback_id, entry.attempt, entry.operator_id, now)
        except (CrmError, SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("a call-back is not dialled: %s", error)
            return False

    async def _ended(self, entry: BackEnded) -> None:
        while True:
            try:
                async with transaction(self._engine) as db:
                    now = clock.now()
                    await callbacks.end(db, entry.callback_id, entry.attempt, entry.ending, self._rules.retries, now)
            except (CrmError, SQLAlchemyError, OSError) as error:
                log.warning("the end of a call-back is not written yet: %s", error)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    # --- claiming -----------------------------------------------------------------------------------------------

    async def _claim_all(self) -> None:
        while True:
            self._wake.clear()
            pause: float | None = AGAIN_SECONDS
            try:
                pause = await self._claim()
            except (CrmError, SQLAlchemyError, OSError) as error:
                log.warning("call-backs cannot be looked up: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)

    async def _claim(self) -> float | None:
        """Let stand what is due; return in how many seconds to look again, None for when we are woken."""
        nodes, standing = self._places()
        room = self._rules.most - standing
        claimed: list[Standing] = []
        async with transaction(self._engine) as db:
            now = clock.now()
            alive = await callbacks.standing(db)
            due = await callbacks.next_due(db)
            if nodes and room > 0 and due is not None and due <= now:
                opens = await is_working(db, self._rules.site, now)
                if opens is None:
                    self._turn += 1
                    claimed = await callbacks.claim(db, nodes[self._turn % len(nodes)], room, now)
                else:
                    await callbacks.postpone(db, opens, now)
                due = await callbacks.next_due(db)
        self.heed(Alive(attempts=frozenset((one.callback_id, one.attempt) for one in alive)))
        for one in claimed:
            self.heed(Claimed(standing=one))
        if due is None or not nodes or room <= len(claimed):
            return None
        return max(0.0, (due - clock.now()).total_seconds())

    async def _listen(self) -> None:
        """Be told by the base itself when somebody asks; one that was away may have been asked meanwhile."""
        while True:
            try:
                async with self._engine.connect() as connection:
                    quick = await connection.execution_options(isolation_level="AUTOCOMMIT")
                    await quick.execute(callbacks.LISTEN)
                    self.wake()
                    driver = (await connection.get_raw_connection()).driver_connection
                    try:
                        async for _ in driver.notifies():  # type: ignore[union-attr]
                            self.wake()
                    finally:
                        await connection.invalidate()
            except (SQLAlchemyError, OSError, CrmError, callbacks.DriverError) as error:
                log.warning("call-backs are not announced for now: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)
