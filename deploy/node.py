"""The keeper beside an Asterisk: what is on record comes into effect there, calls or no calls (shell).

The database tells when something changed (`LISTEN`); the keeper writes the files anew and has Asterisk load again what
they belong to, over the console socket that only Asterisk's own user may open. A call that is up stays up. While the
database is away Asterisk keeps what it has; afterwards everything is looked at once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
import signal
from collections.abc import Mapping

import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, db, logs
from crm_core.errors import DatabaseTooSlow, DatabaseUnavailable
from crm_core.settings import Settings
from crm_core.store import lines
from crm_core.trunks import Wanted
from deploy import pbx
from telephony import retry

log = logging.getLogger(__name__)

RELOADS: Mapping[str, str] = {
    "pjsip_lines.conf": "module reload res_pjsip.so",
    "extensions_lines.conf": "dialplan reload",
    # Members are the floor's and stay; `queue reload all` would take them away.
    "queues_lines.conf": "queue reload parameters",
}
"""What has Asterisk take a file in."""
REGISTRATIONS = "module reload res_pjsip_outbound_registration.so"
SETTLE_SECONDS = 5.0
"""Within it everything of the record must be known to Asterisk after it was told to load it."""
GATHER_SECONDS = 0.05
"""Changes that come together are taken together."""
ENDPOINT = re.compile(r"^ Endpoint:  ([^/\s]+)", re.MULTILINE)


class NotTaken(RuntimeError):
    """Asterisk did not take what is on record; the message says what it lacks."""


def main(settings: Settings) -> None:
    """Keep this machine's Asterisk as the record says, until SIGTERM or Ctrl-C."""
    logs.begin()
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Keep, say `ready: node` once, and go on until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = db.engine(settings, name="busbar node", size=2)
    keeper = Keeper(pbx.Pbx(settings, pbx.find()), engine)
    keeping = asyncio.create_task(keeper.keep())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({keeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()
    finally:
        for task in (keeping, stopping):
            task.cancel()
        await asyncio.gather(keeping, stopping, return_exceptions=True)
        await engine.dispose()


class Keeper:
    """Keeps one Asterisk as the record says."""

    def __init__(self, plan: pbx.Pbx, engine: AsyncEngine) -> None:
        self._plan = plan
        self._engine = engine
        self._ready = False

    async def keep(self) -> None:
        """Look at the record at once, and again whenever it changes, for ever; ended by cancellation."""
        attempt = 0
        while True:
            try:
                async with db.reading(self._engine) as connection, contextlib.aclosing(lines.told(connection)) as told:
                    async for _ in told:
                        await self.apply()
                        attempt = 0
            except (DatabaseUnavailable, DatabaseTooSlow) as error:
                log.warning("%s: %s", error.code, error)
            await asyncio.sleep(retry.delay(attempt, 0.5))
            attempt += 1

    async def apply(self) -> None:
        """Bring what is on record into effect, and write down whether that went well."""
        await asyncio.sleep(GATHER_SECONDS)
        async with db.reading(self._engine) as connection:
            wanted = await lines.wanted(connection)
        digest = hashlib.sha256("\n".join(self._plan.lines_files(wanted).values()).encode()).hexdigest()
        trouble = ""
        try:
            await self.take(wanted)
        except (NotTaken, pbx.NotForConfiguration, OSError) as error:
            trouble = str(error)
            log.warning("not in effect: %s", error)
        async with db.transaction(self._engine) as connection:
            await lines.applied(connection, self._plan.settings.node, digest, trouble, clock.now())
        if not self._ready:
            self._ready = True
            print("ready: node", flush=True)

    async def take(self, wanted: Wanted) -> None:
        """Write the files and have Asterisk load what changed.

        Raises:
            NotForConfiguration: something of it would change the meaning of a file; nothing was written.
            NotTaken: Asterisk lacks something of it afterwards.
            OSError: Asterisk's console is not there; it will read the files when it starts.

        """
        changed = self._plan.write_lines(wanted)
        for name in sorted(changed):
            await self._plan.ask(RELOADS[name])
            if name == "pjsip_lines.conf":
                await self._plan.ask(REGISTRATIONS)
        if changed:
            log.info("in effect: %s", ", ".join(sorted(changed)))
        await self._known(wanted)

    async def _known(self, wanted: Wanted) -> None:
        """See that Asterisk has every endpoint of the record, and no telephone that is not on it."""
        mine = wanted.of_node(self._plan.settings.node)
        expected = {f"op{one.extension}" for one in mine.telephones if one.browser}
        expected |= {f"desk{one.extension}" for one in mine.telephones if one.desk}
        expected |= {one.endpoint for one in mine.trunks}
        difference = expected
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while difference:
                    said = await self._plan.ask("pjsip show endpoints")
                    found = {name for name in ENDPOINT.findall(said) if name.startswith(("op", "desk", "trunk-"))}
                    difference = expected ^ found
                    if difference:
                        await asyncio.sleep(0.2)
        if difference:
            raise NotTaken(f"Asterisk did not take: {', '.join(sorted(difference)[:5])}")
