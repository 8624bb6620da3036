"""Who saw and did what: rows of `access_log`, written behind the answer so that nobody waits for them (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.asking import asking
from crm_core.db import transaction
from crm_core.errors import CrmError
from crm_core.store import access_log
from crm_core.store.access_log import DONE, REFUSED, Entry
from crm_core.text import one_line

log = structlog.get_logger(__name__)

KEPT = 10_000
"""Rows kept while the database is away; then the oldest go to the process's log alone."""
RETRY_SECONDS = 1.0
GATHER_SECONDS = 0.05
"""Rows wait this long: what was shown is on its way to its reader before anything is written about it."""


class AccessLog:
    """Collects rows and writes them in batches; holds them while the database is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._rows: list[Entry] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def note(  # noqa: PLR0913 -- one row, column by column
        self,
        user_id: int | None,
        action: str,
        what: str = "",
        *,
        reason: str = "",
        ip: str = "",
        session: str = "",
        fields: Iterable[str] = (),
        contact_id: str = "",
    ) -> None:
        """Write one row soon; role, session and address of the request in hand come with it.

        Args:
            user_id: who, None when nobody was signed in.
            action: `thing.done`, at most 40 characters; what is `refused`, or ends so, is logged as refused.
            what: the object, `account 17`.
            reason: why it was allowed or refused.
            ip: address it came from; of the request in hand when "".
            session: of the person, where no request is in hand.
            fields: names of the fields that were shown or changed.
            contact_id: the call it was done for.

        """
        by = asking.get()
        row = Entry(
            at=clock.now(),
            user_id=user_id,
            action=one_line(action, 40),
            object=one_line(what, 80),
            reason=one_line(reason, 500),
            ip=one_line(ip or by.ip, 45),
            role=by.role,
            session=session or by.session,
            fields=one_line(",".join(fields), 200),
            contact_id=one_line(contact_id, 80),
            result=REFUSED if action.endswith(REFUSED) else DONE,
        )
        if len(self._rows) >= KEPT:
            lost = self._rows.pop(0)
            log.error("access_log.overflow", at=lost.at.isoformat(), user_id=lost.user_id, action=lost.action)
        self._rows.append(row)
        self._wake.set()

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what is left, and end."""
        if self._task is not None:
            # Who is stopped while he commits cannot know whether he did: the rows would be written twice.
            with suppress(TimeoutError):
                async with asyncio.timeout(2), self._writing:
                    self._task.cancel()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._rows:
            try:
                async with asyncio.timeout(2):
                    await self._write()
            except (CrmError, TimeoutError) as error:
                await log.aerror("access_log.lost", rows=len(self._rows), error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            try:
                await self._write()
            except Exception as error:  # noqa: BLE001 -- the loop must live on
                # Whatever it is, rows that tell who saw what are kept and tried again.
                await log.awarning("access_log.waits", rows=len(self._rows), error=str(error)[:200])
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()

    async def _write(self) -> None:
        async with self._writing:
            rows, self._rows = self._rows, []
            if not rows:
                return
            try:
                async with transaction(self._engine) as db:
                    await access_log.record_many(db, rows)
            except BaseException:
                self._rows = rows + self._rows
                raise
