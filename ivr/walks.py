"""Walks: how callers went is kept after they left, those that end together in one transaction (shell)."""

from __future__ import annotations

import asyncio

import structlog

from crm_core.store.flows import Walk
from ivr.base import Base

log = structlog.get_logger(__name__)

MOST = 1000
"""Kept back while the base is slow; what comes beyond is not counted."""


class Walks:
    """One a process. While one transaction is under way, whoever leaves waits for the next."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._waiting: list[Walk] = []
        self._keeping: asyncio.Task[None] | None = None

    def keep(self, walk: Walk) -> None:
        """Have a walk kept soon."""
        if len(self._waiting) >= MOST:
            log.warning("walk_not_kept", call_id=walk.call_id)
            return
        self._waiting.append(walk)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())

    async def kept(self) -> None:
        """Wait until all that was told is kept, or given up."""
        if self._keeping is not None:
            await self._keeping

    async def _keep(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            await self._base.walked(together)
