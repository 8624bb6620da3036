"""A town of telephones on one SIP port: debtors who behave as they were told to, operators who answer at once (shell).

It stands where a trunk leads, and registers operators' telephones besides. Every call is noted with what it was told to
do and when it rang, was answered, heard the first sound and ended, so that what the house believes can be held against
what happened. Usage:

    async with Town(("127.0.0.1", 5060), port=5090) as town:
        town.behave("+79160000001", Behaviour.BUSY)
        await town.register("desk101", password)
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self, cast

from telephony import g711, rtp, sip

ADDRESS: Final = "127.0.0.1"
FRAME_SECONDS: Final = 0.02
HELLO: Final = g711.tone(440, 0.6)
GREETING: Final = g711.tone(440, 6.0)
VOICE: Final = g711.tone(520, 1.0)


class Behaviour(StrEnum):
    """What a telephone does when it is called."""

    HUMAN = "human"
    """Rings, answers, says hello, listens; hangs up after a while."""
    MACHINE = "machine"
    """Rings, answers, talks for six seconds without a pause."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    BAD_NUMBER = "bad_number"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    CONGESTION = "congestion"
    OPERATOR = "operator"
    """Answers at once, is silent while there is nobody, and then talks."""


REFUSALS: Final = {
    Behaviour.BUSY: (486, "Busy Here"),
    Behaviour.BAD_NUMBER: (404, "Not Found"),
    Behaviour.REJECTED: (603, "Decline"),
    Behaviour.UNREACHABLE: (480, "Temporarily Unavailable"),
    Behaviour.CONGESTION: (503, "Service Unavailable"),
}


@dataclass(slots=True)
class Habit:
    """How one number behaves."""

    behaviour: Behaviour
    rings: float = 0.3
    """Seconds until it answers or refuses."""
    stays: float = 3.0
    """Seconds until a human who answered hangs up."""
    keys: tuple[tuple[float, str], ...] = ()
    """What he presses, and so many seconds after he answered."""


@dataclass(slots=True)
class Rung:
    """One call that came, as the telephone saw it; moments by the monotonic clock, 0.0 for never."""

    number: str
    shown: str
    """Who it said was calling."""
    behaviour: Behaviour
    rang_at: float = 0.0
    answered_at: float = 0.0
    heard_at: float = 0.0
    """The first sound after he answered."""
    ended_at: float = 0.0
    invite: sip.Message | None = None
    headers: dict[str, str] = field(default_factory=dict)
    by_us: bool = False
    """The telephone ended it, not the house."""


class _Audio(asyncio.DatagramProtocol):
    def __init__(self, rung: Rung) -> None:
        self.rung = rung
        self.speaker = rtp.Speaker(source=secrets.randbits(31))
        self.listener = rtp.Listener()
        self.transport: asyncio.DatagramTransport | None = None
        self.heard = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        if self.rung.heard_at == 0.0 and self.rung.answered_at:
            self.listener.take(data)
            if self.listener.audible:
                self.rung.heard_at = time.monotonic()
                self.heard.set()

    @property
    def port(self) -> int:
        return int(self.transport.get_extra_info("sockname")[1]) if self.transport is not None else 0


class Line:
    """One call of the town."""

    def __init__(self, town: Town, invite: sip.Message, habit: Habit) -> None:
        self.town, self.invite, self.habit = town, invite, habit
        self.own_tag = sip.token(40)
        self.over = False
        number = _user(invite.first.split(" ")[1])
        self.rung = Rung(number=number, shown=_user(sip.uri(invite.get("from"))), behaviour=habit.behaviour)
        self.rung.invite = invite
        self.audio = _Audio(self.rung)
        self.answer = ""
        self.task: asyncio.Task[None] | None = None

    async def live(self) -> None:
        """Do what the telephone does, from the first ring to the end."""
        habit, rung = self.habit, self.rung
        self.town.reply(self.invite, 180, "Ringing", self.own_tag)
        rung.rang_at = time.monotonic()
        if habit.behaviour is Behaviour.NO_ANSWER:
            return
        await asyncio.sleep(habit.rings)
        if habit.behaviour in REFUSALS:
            self.answer = self.town.reply(self.invite, *REFUSALS[habit.behaviour], self.own_tag)
            self.end(by_us=True)
            return
        await self._pick_up()
        await self._talk()
        if not self.over:
            self.hang_up()

    async def _pick_up(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self.audio, local_addr=(ADDRESS, 0))
        self.answer = self.town.reply(self.invite, 200, "OK", self.own_tag, sip.describe(ADDRESS, self.audio.port))
        self.rung.answered_at = time.monotonic()

    async def _talk(self) -> None:
        media = sip.media(self.invite.body)
        transport, speaker = self.audio.transport, self.audio.speaker
        if media is None or transport is None:
            return
        speaker.kind, speaker.event = media.kind, media.event
        operator = self.habit.behaviour is Behaviour.OPERATOR
        if operator:
            await self.audio.heard.wait()
        speaker.say(GREETING if self.habit.behaviour is Behaviour.MACHINE else HELLO)
        began = due = time.monotonic()
        keys = list(self.habit.keys)
        while not self.over and not transport.is_closing():
            now = time.monotonic()
            if not operator and now - began > max(self.habit.stays, 0.0):
                return
            if operator and not speaker.busy:
                speaker.say(VOICE)
            if keys and now - began > keys[0][0]:
                speaker.press(keys.pop(0)[1])
            for packet in speaker.tick():
                transport.sendto(packet, (media.address, media.port))
            due = max(due + FRAME_SECONDS, now - 0.1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def hang_up(self) -> None:
        """End an answered call."""
        self.town.bye(self)
        self.end(by_us=True)

    def end(self, *, by_us: bool) -> None:
        """Note that it is over."""
        if not self.over:
            self.over = True
            self.rung.ended_at, self.rung.by_us = time.monotonic(), by_us
            self.audio.heard.set()
            if self.audio.transport is not None:
                self.audio.transport.close()


class Town(asyncio.DatagramProtocol):
    """Telephones behind one port."""

    def __init__(self, server: tuple[str, int], port: int = 0) -> None:
        self.server, self.port = server, port
        self.habits: dict[str, Habit] = {}
        self.default = Habit(Behaviour.BAD_NUMBER, rings=0.0)
        self.rung: list[Rung] = []
        """Every call that came, in order."""
        self.lines: dict[str, Line] = {}
        self.news = asyncio.Event()
        """Set whenever something happened to a call."""
        self._answers: dict[tuple[str, int], asyncio.Future[sip.Message]] = {}
        self._sequence = 1
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(ADDRESS, self.port))
        self.transport = transport
        self.port = int(transport.get_extra_info("sockname")[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        for line in list(self.lines.values()):
            if not line.over and line.rung.answered_at:
                line.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.transport.close()

    # --- what a bench does ---------------------------------------------------------------------------------------

    def behave(self, number: str, behaviour: Behaviour, **more: float | str) -> None:
        """Have a number behave so from now on."""
        self.habits[number] = Habit(behaviour, **more)  # type: ignore[arg-type]

    def press(self, number: str, *keys: tuple[float, str]) -> None:
        """Have a number press keys, each so many seconds after it answered."""
        self.habits[number].keys = keys

    async def register(self, user: str, password: str, seconds: int = 600) -> None:
        """Register a telephone that lives here; an operator's."""
        self.habits[user] = Habit(Behaviour.OPERATOR, rings=0.0)
        call_id, tag, extra = sip.token(), sip.token(40), ""
        for _ in range(2):
            answer = await self._registered(user, call_id, tag, seconds, extra)
            if answer.status == 200:
                return
            value = sip.authorise(answer.get("www-authenticate"), "REGISTER", f"sip:{ADDRESS}", user, password)
            extra = f"Authorization: {value}\r\n"
        raise RuntimeError(f"{user} was not let in: {answer.first}")

    async def until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Wait until the calls fulfil a condition.

        Raises:
            TimeoutError: they did not.

        """
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise TimeoutError(f"not within {seconds:g} s: {what}") from None

    def hang_up(self, number: str) -> None:
        """Have a number hang up whatever call it has."""
        for line in self.lines.values():
            if line.rung.number == number and line.rung.answered_at and not line.over:
                line.hang_up()

    # --- what the line does --------------------------------------------------------------------------------------

    async def _registered(self, user: str, call_id: str, tag: str, seconds: int, extra: str) -> sip.Message:
        self._sequence += 1
        key = (call_id, self._sequence)
        self._answers[key] = asyncio.get_running_loop().create_future()
        self.send(
            f"REGISTER sip:{ADDRESS} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {ADDRESS}:{self.port};branch=z9hG4bK{sip.token()};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{user}@{ADDRESS}>;tag={tag}\r\nTo: <sip:{user}@{ADDRESS}>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {self._sequence} REGISTER\r\n"
            f"Contact: <sip:{user}@{ADDRESS}:{self.port}>\r\nExpires: {seconds}\r\n{extra}Content-Length: 0\r\n\r\n"
        )
        try:
            return await asyncio.wait_for(self._answers[key], 5)
        finally:
            del self._answers[key]

    def send(self, message: str) -> None:
        """Send one message to the server."""
        self.transport.sendto(message.encode(), self.server)

    def reply(self, to: sip.Message, status: int, reason: str, tag: str, body: str = "") -> str:
        """Answer a request; return the answer."""
        via = "".join(f"Via: {value}\r\n" for value in to.every("via"))
        target = to.get("to") if sip.tag(to.get("to")) else f"{to.get('to')};tag={tag}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        answer = (
            f"SIP/2.0 {status} {reason}\r\n{via}From: {to.get('from')}\r\nTo: {target}\r\n"
            f"Call-ID: {to.get('call-id')}\r\nCSeq: {to.get('cseq')}\r\n"
            f"Contact: <sip:town@{ADDRESS}:{self.port}>\r\n{kind}Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )
        self.send(answer)
        return answer

    def bye(self, line: Line) -> None:
        """End a call that was answered."""
        self._sequence += 1
        invite = line.invite
        self.send(
            f"BYE {sip.uri(invite.get('contact'))} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {ADDRESS}:{self.port};branch=z9hG4bK{sip.token()};rport\r\nMax-Forwards: 70\r\n"
            f"From: {invite.get('to')};tag={line.own_tag}\r\nTo: {invite.get('from')}\r\n"
            f"Call-ID: {invite.get('call-id')}\r\nCSeq: {self._sequence} BYE\r\nContent-Length: 0\r\n\r\n"
        )

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        """Take one message of the house."""
        message = sip.Message.parse(data)
        line = self.lines.get(message.get("call-id"))
        if message.status:
            waiting = self._answers.get((message.get("call-id"), message.number))
            if waiting is not None and message.status >= 200 and not waiting.done():
                waiting.set_result(message)
        elif message.method == "INVITE":
            self._invited(message, line)
        elif line is not None and message.method in {"BYE", "CANCEL"}:
            self.reply(message, 200, "OK", line.own_tag)
            if message.method == "CANCEL" and not line.rung.answered_at and not line.over:
                self.reply(line.invite, 487, "Request Terminated", line.own_tag)
                if line.task is not None:
                    line.task.cancel()
            line.end(by_us=False)
        elif message.method != "ACK":
            self.reply(message, 200 if message.method == "OPTIONS" or line else 481, "OK", sip.token(40))
        self.news.set()

    def _invited(self, message: sip.Message, line: Line | None) -> None:
        """A call, or the repetition of what began or changed one, which gets an answer alike."""
        if line is None:
            habit = self.habits.get(_user(message.first.split(" ")[1]), self.default)
            line = self.lines[message.get("call-id")] = Line(self, message, habit)
            self.rung.append(line.rung)
            line.task = asyncio.create_task(line.live())
            self._tasks.add(line.task)
            line.task.add_done_callback(self._done)
        elif message.number != line.invite.number and not line.over:
            self.reply(message, 200, "OK", line.own_tag, sip.describe(ADDRESS, line.audio.port, version=2))
        elif line.answer:
            self.send(line.answer)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.news.set()


def _user(address: str) -> str:
    found = re.match(r"sips?:([^@;>]+)@", address)
    return found[1].replace("%2B", "+") if found else ""
