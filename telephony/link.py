"""One AMI connection: bytes in, typed events into the mailbox, actions out, and a watch over its pulse (shell)."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from panoramisk.actions import Action

from telephony import actions, events, health, text
from telephony.errors import LoginRefused, NotConnected, OutcomeUnknown, SwitchRefused
from telephony.events import Node, Parser
from telephony.framing import EVENT, Headers, Kind, NotAmi, Sieve, event_name, kind
from telephony.mailbox import Mailbox

log = logging.getLogger(__name__)

BOOTED: Final = b"FullyBooted"
SHUTDOWN: Final = b"Shutdown"
PARSERS: Final = {**events.PARSERS, **health.PARSERS}
WANTED: Final = (*PARSERS, EVENT + BOOTED, EVENT + SHUTDOWN)
"""Events that are typed or tell of Asterisk itself; answers to actions come with them."""
ACCEPTED: Final = frozenset({"Success", "Follows", "Goodbye"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How patient a link is; seconds."""

    connect: float = 3.0
    """For TCP to connect."""
    action: float = 5.0
    """For an answer to an action."""
    boot: float = 60.0
    """For `FullyBooted` after the login."""
    tick: float = 0.8
    """Of the watchdog: silent for one tick, a ping is sent; silent for three, the link is dead."""
    refused: float = 60.0
    """Before the next login after a refused one: neither Asterisk's log nor a ban helps anybody."""


class Link(asyncio.BufferedProtocol):
    """A connection from connect to loss. `lost` resolves with the reason, `up` once Asterisk may be believed."""

    def __init__(self, node: Node, timing: Timing, mailbox: Mailbox, came_up: Callable[[Link], None]) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        self.up: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        """The socket is closed."""
        self._loop = loop
        self._node = node
        self._timing = timing
        self._mailbox = mailbox
        self._came_up = came_up
        self._sieve = Sieve(WANTED)
        self._transport: asyncio.Transport | None = None
        self._pending: dict[str, asyncio.Future[Headers]] = {}
        self._ids = itertools.count(1)
        self._login_id = ""
        self._logged_in = False
        self._booted = False
        self._shutting_down = False
        self._heard = False
        self._silent_ticks = 0
        self._paused = False
        self._watch: asyncio.TimerHandle | None = None

    # --- the transport's side --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say why, and answer everybody who waits that nobody will."""
        if self._shutting_down:
            self.close("Asterisk shut down")
        else:
            self.close(f"connection lost: {exc}" if exc else "connection closed by Asterisk")
        if not self.gone.done():
            self.gone.set_result(None)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the transport writes what it reads next."""
        del sizehint  # how much is read at a time is ours to say
        return self._sieve.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Pick what is wanted, type it, and put it into the mailbox; the hot path of the house."""
        self._heard = True
        try:
            picked = self._sieve.sift(nbytes)
        except NotAmi as error:
            self.close(str(error))
            return
        for line, frame in picked:
            parser = PARSERS.get(line) if line else None
            if parser is None:
                self._rare(frame)
            elif self._booted and self._logged_in:
                self._type(frame, parser)
        self._mailbox.settle(self)

    def pause(self) -> None:
        """Stop reading: the reader of the events is too slow."""
        self._paused = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        self._paused = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # --- what the messages mean ------------------------------------------------------------------

    def _type(self, frame: bytes, parser: Parser) -> None:
        try:
            event = parser(Headers(frame), self._node)
        except Exception:  # a bug in one event's typing must not cost the link and every other event
            log.exception("an event of %s could not be typed", self._node)
            return
        if event is not None:
            self._mailbox.put(event)

    def _rare(self, frame: bytes) -> None:
        """Everything but an ordinary event."""
        match kind(frame):
            case Kind.RESPONSE:
                self._answer(Headers(frame))
            case Kind.EVENT:
                name = event_name(frame)
                self._booted = self._booted or name == BOOTED
                self._shutting_down = self._shutting_down or name == SHUTDOWN
                self._check_up()
            case Kind.OTHER:
                pass

    def _answer(self, headers: Headers) -> None:
        action_id = headers.get("ActionID")
        if action_id and action_id == self._login_id and headers.get("Response") in ACCEPTED:
            self._logged_in = True
            self._check_up()
        waiting = self._pending.pop(action_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(headers)

    def _check_up(self) -> None:
        """Come up here and now, so that `LinkUp` stands exactly before the first event that counts."""
        if self._logged_in and self._booted and not self.up.done():
            self.up.set_result(None)
            self._came_up(self)

    # --- asking ----------------------------------------------------------------------------------

    async def log_in(self, user: str, secret: str) -> None:
        """Log in and start the watchdog.

        Raises:
            LoginRefused: wrong user or secret, or this address is not allowed.
            OutcomeUnknown: no answer.

        """
        self._login_id = f"login-{next(self._ids)}"
        fields = {"ActionID": self._login_id, "Username": user, "Secret": secret, "Events": "on"}
        try:
            await self.ask({"Action": "Login", **fields})
        except NotConnected as error:
            raise OutcomeUnknown(str(error)) from None
        except SwitchRefused as refused:
            raise LoginRefused(str(refused)) from None
        self._watch = self._loop.call_later(self._timing.tick, self._tick)

    async def ask(self, fields: actions.Fields) -> None:
        """Send one action and wait until it is accepted.

        Raises:
            HostileValue: a value that must not reach the wire; nothing was sent.
            NotConnected: the link is closed; nothing was sent.
            SwitchRefused: the answer was an error; its message is Asterisk's own.
            OutcomeUnknown: no answer in time, or the link broke while waiting.

        """
        action_id, waiting = self._send(fields)
        try:
            async with asyncio.timeout(self._timing.action):
                answer = await waiting
        except TimeoutError:
            raise OutcomeUnknown(f"{fields['Action']} not answered in {self._timing.action:g} s") from None
        finally:
            self._pending.pop(action_id, None)
        if answer.get("Response") not in ACCEPTED:
            raise SwitchRefused(text.tame(answer.get("Message")) or "refused without a reason")

    def _send(self, fields: actions.Fields) -> tuple[str, asyncio.Future[Headers]]:
        actions.check(fields)
        if self._transport is None or self._transport.is_closing() or self.lost.done():
            raise NotConnected(f"the link to {self._node} is down")
        action = Action({"ActionID": f"busbar-{next(self._ids)}", **fields})
        action_id: str = action["ActionID"]
        waiting: asyncio.Future[Headers] = action.future
        self._pending[action_id] = waiting
        self._transport.write(str(action).encode())
        return action_id, waiting

    # --- pulse and end ---------------------------------------------------------------------------

    def _tick(self) -> None:
        """Count silent ticks, not seconds: when our own loop stood still, unread bytes are not silence."""
        self._watch = self._loop.call_later(self._timing.tick, self._tick)
        if self._heard or self._paused:
            self._heard, self._silent_ticks = False, 0
            return
        self._silent_ticks += 1
        if self._silent_ticks >= 3:
            self.close("silent: three pings unanswered")
        elif self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"Action: Ping\r\n\r\n")

    def close(self, reason: str) -> None:
        """End the connection; everybody who waits for an answer learns that none will come. Safe to repeat."""
        if self.lost.done():
            return
        self.lost.set_result(reason)
        if self._watch is not None:
            self._watch.cancel()
        pending, self._pending = self._pending, {}
        for waiting in pending.values():
            if not waiting.done():
                waiting.set_exception(OutcomeUnknown(f"the link broke while waiting: {reason}"))
        if self._transport is not None:
            self._transport.abort()
