"""What is published: read once and kept, read again when the base says that it changed (shell).

A call asks nothing of this: it is served what is in memory. The base notifies at the commit (`NOTIFY` by trigger), so a
publication is heard by the next call. A link that broke is made anew, and then everything is read anew: what was
published meanwhile is not lost. Until then the last that was read is served. Nothing is asked for by the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock
from crm_core import db as database
from crm_core.errors import CrmError
from crm_core.standing import segments_asked
from crm_core.store import dispatch, mass_events, recording_rules, working_time
from crm_core.work.forms import Site
from ivr.board import Board
from ivr.overrides import Overrides
from ivr.shelf import Shelf

log = structlog.get_logger(__name__)

CHANNEL: Final = "busbar_menus"
"""Where the base notifies; what it says is the table that changed (migration 0021)."""
TAKING_SECONDS = 5.0
"""For a reading; recordings that are new here are in it."""
WAITED_SECONDS = 0.5
"""A caller waits at most so long for a reading that is under way."""
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds between two attempts to hear of changes while the base is away."""
BROKEN = (CrmError, SQLAlchemyError, psycopg.Error, OSError, TimeoutError)
"""A base that is away or does not answer."""


class Published:
    """Keeps the shelf, the overrides and the board those of the office. One a process.

    Args:
        engine: the base.
        site: where the utility is.
        shelf: flows.
        overrides: words and voices.
        board: everything else that a call asks for.

    """

    def __init__(self, engine: AsyncEngine, site: Site, shelf: Shelf, overrides: Overrides, board: Board) -> None:
        self.shelf, self.overrides, self.board = shelf, overrides, board
        self._engine, self._site = engine, site
        self._readers: Mapping[str, Callable[[AsyncConnection], Awaitable[None]]] = {
            "flow_versions": shelf.read,
            "prompt_versions": overrides.read,
            "recording_rules": self._rules,
            "mass_events": self._events,
            "work_hours": self._calendar,
            "work_days": self._calendar,
            "routing_versions": self._segments,
        }
        self._wait = FIRST_WAIT
        self._settled = asyncio.Event()
        """Nothing was told that is not read yet."""

    async def settled(self) -> None:
        """Wait for what is being read, a moment at most; a silent base keeps nobody waiting."""
        if not self._settled.is_set():
            try:
                async with asyncio.timeout(WAITED_SECONDS):
                    await self._settled.wait()
            except TimeoutError:
                # Whoever comes next does not wait for what this one waited for in vain.
                self._settled.set()

    async def run(self) -> None:
        """Read everything, and again whatever changes, for ever."""
        while True:
            try:
                await self._heed()
            except BROKEN as error:
                log.warning("publications_not_heard", reason=f"{type(error).__name__}: {error}"[:200])
            self._settled.set()
            await asyncio.sleep(self._wait)
            self._wait = min(self._wait * 2, LONGEST_WAIT)

    async def _heed(self) -> None:
        """Listen until the link breaks."""
        connection = await self._engine.connect()
        try:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(f"listen {CHANNEL}"))
            await self.read()
            self._wait = FIRST_WAIT
            link = (await connection.get_raw_connection()).driver_connection
            assert isinstance(link, psycopg.AsyncConnection)  # noqa: S101 - the driver we open pools with
            async for told in link.notifies():
                await self.read(told.payload)
        finally:
            # It listens: nobody else may be given it.
            await connection.invalidate()
            await connection.close()

    async def read(self, table: str = "") -> None:
        """Read what a table holds, or everything; what can be read is, whatever becomes of the rest.

        Raises:
            CrmError, SQLAlchemyError, OSError, TimeoutError: something was not read; what was known of it stays.

        """
        self._settled.clear()
        failed: Exception | None = None
        for reader in dict.fromkeys(self._readers[one] for one in self._readers if table in {"", one}):
            try:
                async with asyncio.timeout(TAKING_SECONDS), database.reading(self._engine) as db:
                    await reader(db)
            except BROKEN as error:
                failed = failed or error
        self._settled.set()
        if failed is not None:
            raise failed

    async def _rules(self, db: AsyncConnection) -> None:
        self.board.rules = tuple(one.rule for one in await recording_rules.standing(db))

    async def _events(self, db: AsyncConnection) -> None:
        self.board.events = tuple(await mass_events.to_tell(db, clock.now()))

    async def _calendar(self, db: AsyncConnection) -> None:
        self.board.calendar = await working_time.calendar(db, self._site)

    async def _segments(self, db: AsyncConnection) -> None:
        found = await dispatch.published(db)
        self.board.segments = segments_asked(found.body) if found is not None else ()
