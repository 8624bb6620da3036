"""The rulebook: what managers have set, read from the base and from files, and told when it changes (shell).

Which rules are in force: those of the file `<run_dir>/routing/main.yaml` while there is one, else those published on
the page, else those we ship. Queues and what operators can do are always the base's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock
from crm_core import db as database
from crm_core.db import named_errors
from crm_core.errors import CrmError
from crm_core.store import dispatch as store
from crm_core.store import lines, working_time
from crm_core.versions import Text
from crm_core.work.forms import Site
from crm_core.work.sla import Span, WorkCalendar
from routing import policy as policies
from routing.charter import Charter
from routing.policy import Policy, PolicyError
from routing.skills import Profile, profile
from routing.terms import TO_QUEUE, Cause, Terms, TermsError, read_exit, read_span
from routing.views import OperatorId

SHIPPED = Path(__file__).resolve().parent / "policies"
LONGEST_WAIT = 5.0
"""Seconds between two attempts to hear of changes while the base is away."""

log = logging.getLogger(__name__)


class RulebookError(RuntimeError):
    """A policy that cannot be used; the message names the file and what to mend."""


# --- files ------------------------------------------------------------------------------------------------------------


def own_file(folder: Path, name: str = "main") -> Path | None:
    """Return the house's own file in its folder, which stands before everything published while it is there."""
    file = folder / f"{name}.yaml"
    return file if file.is_file() else None


def shipped(name: str = "main") -> str:
    """Return the text of the policy that comes with the software."""
    return (SHIPPED / f"{name}.yaml").read_text("utf-8")


def load(own: Path, name: str = "main") -> Policy:
    """Read and check a policy of the house's file, or the one we ship.

    Args:
        own: the house's folder, may be missing.
        name: of the policy.

    Raises:
        RulebookError: the file cannot be read or is no policy.

    """
    return read(own_file(own, name) or SHIPPED / f"{name}.yaml")


def read(file: Path) -> Policy:
    """Read and check the policy in a file.

    Raises:
        RulebookError: as `load`.

    """
    try:
        return policies.parse(file.read_text("utf-8"))
    except (PolicyError, OSError, UnicodeDecodeError) as error:
        raise RulebookError(f"the routing policy {file} cannot be used: {error}") from error


# --- the base ---------------------------------------------------------------------------------------------------------


async def ship(engine: AsyncEngine) -> None:
    """Put the rules we ship on record, where they are not yet."""
    async with database.transaction(engine) as db:
        await store.ship(db, shipped(), clock.now())


async def in_force(db: AsyncConnection, folder: Path) -> Policy:
    """Return the rules in force: the file's, the published ones, or those we ship.

    What was published and cannot be used (an older version of us wrote it) is said in the log; ours serve instead.

    Raises:
        RulebookError: the file cannot be used.

    """
    file = own_file(folder)
    if file is not None:
        return read(file)
    found = await store.published(db)
    if found is not None:
        try:
            return policies.parse(found.body)
        except PolicyError as error:
            log.error("version %d of the routing rules cannot be used: %s", found.version, error)  # noqa: TRY400
    return policies.parse(shipped())


@dataclass(slots=True)
class Rulebook:
    """Reads the charter, and again whenever the base tells that something of it changed."""

    engine: AsyncEngine
    site: Site
    folder: Path
    """The house's own files."""
    nodes: tuple[str, ...] = ()
    simple: bool = False
    """The settings name a trunk, which serves while none is on record."""
    _file: Policy | None = None
    _version: int = 0
    _policy: Policy | None = None

    async def open(self) -> Charter:
        """Read the charter for the first time.

        Raises:
            RulebookError: the house's file cannot be used.
            CrmError: the base did not answer.

        """
        file = own_file(self.folder)
        if file is not None:
            self._file = read(file)
            log.info("the house's own file %s stands before published routing rules", file)
        return await self.read()

    async def read(self) -> Charter:
        """Read what is set now; rules that cannot be used leave those in force as they are."""
        async with database.reading(self.engine) as db:
            found = None if self._file is not None else await store.published(db)
            queues = await store.every_queue(db)
            people = await store.operators(db)
            outward = await lines.outward(db, self.nodes, simple=self.simple)
            calendar = await working_time.calendar(db, self.site)
        return Charter(
            policy=self._file or self._parsed(found),
            terms=every_terms(queues, calendar),
            able={OperatorId(one.operator_id): _able(one) for one in people},
            outward=outward.nodes if self.nodes else None,
        )

    def _parsed(self, found: Text | None) -> Policy | None:
        if found is None:
            return self._policy or policies.parse(shipped())
        if found.version_id != self._version:
            self._version = found.version_id
            try:
                self._policy = policies.parse(found.body)
                log.info("routing rules: version %d is in force", found.version)
            except PolicyError as error:
                log.error("version %d of the routing rules cannot be used: %s", found.version, error)  # noqa: TRY400
        return self._policy or policies.parse(shipped())

    async def charters(self) -> AsyncGenerator[Charter, None]:
        """Yield the charter once the base listens to us, and anew after each change, for ever.

        A base that is away is asked again; what was changed meanwhile is read when it is back.
        """
        wait = 0.1
        while True:
            try:
                async for charter in self._heard():
                    wait = 0.1
                    yield charter
            except (CrmError, SQLAlchemyError, psycopg.Error, OSError) as error:
                log.warning("changes of routing are not heard: %s", error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _heard(self) -> AsyncGenerator[Charter, None]:
        connection = await self.engine.connect()
        try:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(f"listen {store.CHANNEL}"))
            await connection.execute(text(f"listen {lines.CHANNEL}"))
            # Not while a floor takes over: until they are on record, the rules we ship are read from their file.
            await ship(self.engine)
            yield await self.read()
            link = (await connection.get_raw_connection()).driver_connection
            assert isinstance(link, psycopg.AsyncConnection)  # noqa: S101 - the driver we open pools with
            with named_errors():
                async for _ in link.notifies():
                    yield await self.read()
        finally:
            # It listens: nobody else may be given it.
            await connection.invalidate()
            await connection.close()


def _able(one: store.Able) -> Profile:
    return profile(one.skills, one.languages)


def every_terms(queues: Sequence[store.Queue], utility: WorkCalendar) -> Mapping[str, Terms]:
    """Return what queues' records say; one that says nothing that can be is told in the log and left out."""
    found = {}
    for one in queues:
        try:
            found[one.code] = terms(one, utility)
        except TermsError as error:
            log.error("queue %s is as if nothing was set of it: %s", one.code, error)  # noqa: TRY400
    return found


def terms(queue: store.Queue, utility: WorkCalendar) -> Terms:
    """Return what a queue's record says.

    Args:
        queue: as it is set.
        utility: the utility's working time, holidays and days of its own.

    Raises:
        TermsError: a field says nothing that can be.

    """
    ways = {
        Cause.CLOSED: ("when_closed", queue.when_closed),
        Cause.FULL: ("when_full", queue.when_full),
        Cause.NOBODY: ("when_nobody", queue.when_nobody),
        Cause.LATE: ("when_late", queue.when_late),
    }
    exits = {cause: way for cause, (field, said) in ways.items() if (way := read_exit(field, said))}
    resort = queue.last_resort
    if resort:
        # Nobody of its own is signed in and nothing else is said: the last resort it is.
        exits.setdefault(Cause.NOBODY, read_exit("last_resort", f"{TO_QUEUE}{resort}"))
    return Terms(
        name=queue.code,
        threshold=_seconds(queue.threshold),
        calendar=_calendar(queue, utility),
        most=queue.most_waiting,
        after=_seconds(queue.overflow_after),
        exits=exits,
        resort=resort,
    )


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)


def _calendar(queue: store.Queue, utility: WorkCalendar) -> WorkCalendar | None:
    if queue.opening == "always":
        return None
    if queue.opening == "utility":
        return utility
    week: dict[int, tuple[Span, ...]] = {}
    for day, opens, closes in queue.hours:
        week[day] = (*week.get(day, ()), read_span(day, opens, closes))
    return replace(utility, week=week)
