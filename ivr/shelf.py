"""The shelf: which flow the next caller is served, of those the office published (shell).

A call is served to its end by the flow it began with. What cannot be served (it does not parse, a prompt is gone) is
said once in the log, and the last good one is served. `ivr.published` says when to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock
from crm_core import db as database
from crm_core.errors import CrmError
from crm_core.store import flows as store
from ivr import flow as flows
from ivr import inspection
from ivr.flow import Flow
from ivr.library import SHIPPED, Library

log = structlog.get_logger(__name__)

MAIN = "main"
BROKEN = (CrmError, SQLAlchemyError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A flow in which callers are served."""

    flow: Flow
    version_id: int | None = None
    """None: a file of the house, or the one we ship."""


def shipped(name: str = MAIN) -> str:
    """Return the text of a flow that comes with the software."""
    return (SHIPPED / "flows" / f"{name}.yaml").read_text("utf-8")


async def ship(engine: AsyncEngine) -> None:
    """Put the flow we ship on record, where it is not yet."""
    async with database.transaction(engine) as db:
        await store.ship(db, MAIN, shipped(), clock.now())


def own_file(run_dir: Path, name: str = MAIN) -> Path | None:
    """Return the house's own file, which stands before everything published while it is there."""
    file = run_dir / "ivr" / f"{name}.yaml"
    return file if file.is_file() else None


class Shelf:
    """Hands out the flow of the next call. One a process."""

    def __init__(self, books: Library, *, pinned: bool) -> None:
        """Begin with the flow of `books`; `pinned`: it is the house's file and stays."""
        self._books = books
        self._pinned = pinned
        self._looked_at = 0
        """Key of the version last looked at, good or not."""
        self.served = Served(flow=books.flow)
        """What a caller who is here now is served in."""

    async def read(self, db: AsyncConnection) -> None:
        """Take what is published now, if it can be served and no file stands before it."""
        found = None if self._pinned else await store.published(db, MAIN, unless=self._looked_at)
        if isinstance(found, store.Text):
            self._looked_at = found.version_id
            self._take(found)

    def _take(self, found: store.Text) -> None:
        """Serve a version from now on, if it can be served."""
        try:
            flow = flows.parse(found.body)
        except flows.FlowError as error:
            log.warning("flow_refused", version=found.version, reason=str(error)[:300])
            return
        problems = inspection.check(flow, self._books.wordings)
        if problems:
            said = "; ".join(f"{problem.where}: {problem.sentence}" for problem in problems[:5])
            log.warning("flow_refused", version=found.version, reason=said)
            return
        self.served = Served(flow=flow, version_id=found.version_id)
        log.info("flow_taken", version=found.version)
