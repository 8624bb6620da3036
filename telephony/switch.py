"""The switch as the rest of the house sees it: events out, commands in (port), with the fake beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Protocol

from telephony.commands import AnyCommand
from telephony.events import CallEvent


class Switch(Protocol):
    """One or several Asterisk nodes."""

    def events(self) -> AsyncIterator[CallEvent]:
        """Every fact of every node, in each node's own order; `LinkUp`/`LinkLost` included."""
        ...

    async def obey(self, command: AnyCommand) -> None:
        """Send one command.

        Returns when the node accepted it.

        Raises:
            SwitchRefused: the node said no (the channel is gone, the device unknown).
            OutcomeUnknown: no answer in time or the link broke; it may or may not have happened.

        """
        ...


class FakeSwitch:
    """Plays a script of events and remembers what it was told; for unit tests of pure speed."""

    def __init__(self, script: Iterable[CallEvent] = ()) -> None:
        self.script = list(script)
        self.obeyed: list[AnyCommand] = []

    async def events(self) -> AsyncIterator[CallEvent]:
        """Yield the script once."""
        for event in self.script:
            yield event

    async def obey(self, command: AnyCommand) -> None:
        """Remember the command."""
        self.obeyed.append(command)
