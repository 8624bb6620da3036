"""One screen's line of work: news, snapshots and joins in strict order, one after the other (shell).

An operator's desk and the supervisors' gallery are both stations. News that needs no waiting is passed on at
once; a card that must be read first holds back what comes after it, so numbers never run backwards.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from routing.news import Envelope
from workstation.client import Client
from workstation.messages import PhoneMessage, Resume

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Join:
    """A page opened, or came back."""

    client: Client
    resume: Resume


@dataclass(frozen=True, slots=True)
class Refresh:
    """Everybody (or one page that fell behind) needs a snapshot."""

    client: Client | None = None


Job = Envelope | Join | Refresh


class Station(ABC):
    """Serial work for one or several pages that show the same."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        """In the order they came; the last one is the newest."""
        self._jobs: deque[Job] = deque()
        self._work: asyncio.Task[None] | None = None

    def take(self, job: Job) -> None:
        """Take one job in: done at once when it can be and nothing waits before it."""
        if self._work is None and isinstance(job, Envelope) and self.pass_on(job):
            return
        self._jobs.append(job)
        if self._work is None:
            self._work = asyncio.create_task(self._drain())

    def leave(self, client: Client) -> None:
        """Forget a page; the newest of the remaining ones holds the telephone."""
        if client in self.clients:
            self.clients.remove(client)
            self.tell_holders()

    def tell_holders(self) -> None:
        """Tell each page whether it holds the telephone, where that changed."""
        for client in self.clients:
            holder = client is self.clients[-1]
            if client.holds_phone is not holder:
                client.holds_phone = holder
                client.mailbox.put(PhoneMessage(holder=holder).model_dump_json())

    async def stop(self) -> None:
        """End the work in hand."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    @abstractmethod
    def pass_on(self, envelope: Envelope) -> bool:
        """Pass news on without waiting; False when it needs `work_on`."""

    @abstractmethod
    def work_on(self, job: Job) -> Coroutine[Any, Any, None]:
        """Do a job that has to wait for something."""

    async def _drain(self) -> None:
        try:
            while self._jobs:
                job = self._jobs.popleft()
                if isinstance(job, Envelope) and self.pass_on(job):
                    continue
                try:
                    await self.work_on(job)
                except Exception:  # noqa: BLE001 -- the loop must live on
                    # One broken page must not silence the station: it is told the truth anew with the next snapshot.
                    await log.aexception("station.job_failed", job=type(job).__name__)
        finally:
            self._work = None
