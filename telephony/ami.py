"""AMI links to any number of Asterisk nodes: typed events out, commands in (shell).

Implements `telephony.switch.Switch`. panoramisk makes the actions' text and ids; the protocol is ours, because its own
loses letters, events and the link (tests/telephony/test_ami_defects.py has the list). What we promise instead: nothing
is ever sent twice, no command waits for ever, a dead link is noticed in about three seconds, and a slow reader makes
Asterisk wait instead of making us grow.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from telephony import actions, retry
from telephony.commands import AnyCommand
from telephony.errors import LoginRefused, NotConnected, OutcomeUnknown
from telephony.events import CallEvent, LinkLost, LinkUp, Node
from telephony.link import Link, Timing
from telephony.mailbox import Mailbox

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AmiConfig:
    """How to reach one Asterisk."""

    node: str
    """Its `systemname`; commands and events name it so."""
    host: str
    port: int
    user: str
    """A manager.conf user; must read `system`, or Asterisk never tells it that it is fully booted."""
    secret: str = field(repr=False)


class AmiSwitch:
    """Several nodes as one switch. Use as `async with`; leaving it closes every link and ends `events()`.

    Beyond `unread` events that nobody has read yet, the sockets are not read either.
    """

    def __init__(self, configs: Sequence[AmiConfig], timing: Timing | None = None, unread: int = 10_000) -> None:
        if len({config.node for config in configs}) != len(configs):
            raise ValueError("two nodes have the same name; give each Asterisk a systemname of its own")
        self._mailbox = Mailbox(high=unread, low=unread // 5)
        chosen = timing or Timing()
        self._keepers = {config.node: _Keeper(config, chosen, self._mailbox) for config in configs}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(k.keep(), name=f"ami {n}") for n, k in self._keepers.items()]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every link and stop every attempt to open one; safe to repeat."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._mailbox.close()

    def events(self) -> AsyncIterator[CallEvent]:
        """Every fact of every node, in each node's own order, for one reader at a time: the latest."""
        return self._mailbox.read()

    async def obey(self, command: AnyCommand) -> None:
        """Send one command; return when its node accepted it. Never sent again, whatever happens.

        Raises:
            HostileValue: a value that must not reach the wire; nothing was sent.
            NotConnected: the node's link is down or unknown; nothing was sent.
            SwitchRefused: the node said no.
            OutcomeUnknown: no answer in time, or the link broke while waiting.

        """
        wired = actions.wire(command)
        keeper = self._keepers.get(command.node)
        if keeper is None:
            raise NotConnected(f"there is no node called {command.node!r}")
        link = keeper.link
        if link is None:
            raise NotConnected(f"the link to {command.node} is down")
        for action in wired:
            await link.ask(action)


class _Keeper:
    """Keeps one node's link alive."""

    def __init__(self, config: AmiConfig, timing: Timing, mailbox: Mailbox) -> None:
        self._config = config
        self._node = Node(config.node)
        self._timing = timing
        self._mailbox = mailbox
        self._told: str | None = None
        """Last reason told since the link was up, so that an outage is told once, not at each attempt."""
        self.link: Link | None = None
        """The link while it is up, None otherwise."""

    async def keep(self) -> None:
        """Connect, serve, and connect again for ever; ended by cancellation."""
        attempt = 0
        while True:
            pause = None
            try:
                was_up, reason = await self._session()
            except LoginRefused as refused:
                was_up, reason = False, f"{refused.code}: {refused}"
                pause = self._timing.refused
            attempt = 0 if was_up else attempt
            self._tell_lost(reason)
            await asyncio.sleep(pause or self._delay(attempt))
            attempt += 1

    def _delay(self, attempt: int) -> float:
        return retry.delay(attempt, secrets.randbelow(1000) / 1000)

    def _tell_lost(self, reason: str) -> None:
        if reason != self._told:
            self._told = reason
            log.warning("link to %s lost: %s", self._config.node, reason)
            self._mailbox.tell(LinkLost(node=self._node, reason=reason))

    async def _session(self) -> tuple[bool, str]:
        """Live through one connection; return whether it was ever up, and why it ended."""
        config = self._config
        try:
            async with asyncio.timeout(self._timing.connect):
                _, link = await asyncio.get_running_loop().create_connection(self._new_link, config.host, config.port)
        except (OSError, TimeoutError) as error:
            return False, f"cannot connect to {config.host}:{config.port}: {str(error) or 'no answer'}"
        try:
            return await self._live(link)
        finally:
            self.link = None
            link.close("closed by us")
            self._mailbox.forget(link)
            await link.gone

    def _new_link(self) -> Link:
        return Link(self._node, self._timing, self._mailbox, self._came_up)

    def _came_up(self, link: Link) -> None:
        """Called by the link, in order with its events, once it is logged in and Asterisk fully booted."""
        self.link = link
        self._told = None
        log.info("link to %s is up", self._config.node)
        self._mailbox.put(LinkUp(node=self._node))

    async def _live(self, link: Link) -> tuple[bool, str]:
        try:
            await link.log_in(self._config.user, self._config.secret)
        except OutcomeUnknown as error:
            return False, link.lost.result() if link.lost.done() else f"login not answered: {error}"
        ends: set[asyncio.Future[Any]] = {link.up, link.lost}
        await asyncio.wait(ends, timeout=self._timing.boot, return_when=asyncio.FIRST_COMPLETED)
        if not link.up.done() and not link.lost.done():
            return False, "not fully booted in time (the manager user must be allowed to read `system`)"
        await asyncio.wait({link.lost})  # not the future itself: our cancellation would cancel it
        return link.up.done(), link.lost.result()
