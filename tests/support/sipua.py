"""A SIP telephone for tests, on the test's own event loop: registers, dials, rings, answers, holds, hangs up.

Deterministic: it does what the test says and nothing by itself but ring, acknowledge and send 20 ms frames while a
call is up. Usage:

    async with SipUa("desk101", asterisk.sip, password) as phone:
        await phone.register()
        call = await phone.incoming()
        call.answer()
        await call.reaches("up")
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from typing import Self

from telephony import g711, rtp, sip
from tests.support.lineaudio import LineAudio
from tests.support.waiting import eventually

STATES = ("dialing", "ringing", "up", "held", "ended")
"""Life of a call here; `held` is up with our hold on it."""


class SipCall:
    """One call of a telephone, in or out."""

    def __init__(self, phone: SipUa, invite: sip.Message | None = None) -> None:
        self.phone = phone
        self.invite = invite
        """The INVITE that came, None for a call we dialled."""
        self.call_id = invite.get("call-id") if invite else sip.token()
        self.state = "ringing" if invite else "dialing"
        self.status = 0
        """Final status of a call that was refused, or 0."""
        self.audio = LineAudio()
        self._own_tag = sip.token(40)
        self._their_tag = sip.tag(invite.get("from")) if invite else ""
        self._target = sip.uri(invite.get("contact")) if invite else ""
        self._remote = sip.uri(invite.get("from")) if invite else ""
        self._identity = f"<sip:{phone.user}@127.0.0.1>"
        self._sequence = secrets.randbelow(1000) + 1
        self._branch = ""
        self._version = 1
        self._modes: deque[str] = deque()
        """Holds and resumes to offer one after the other; the first is on its way."""
        self._last_answer = ""
        self._invite_number = 0
        self._news = asyncio.Event()

    # --- what a test does ------------------------------------------------------------------------

    def answer(self) -> None:
        """Pick up."""
        self._offer_taken(self._invite())
        self._last_answer = self.phone.reply(
            self._invite(), 200, "OK", self._own_tag, sip.describe("127.0.0.1", self.audio.port)
        )
        self._becomes("up")

    def reject(self, status: int = 486, reason: str = "Busy Here") -> None:
        """Refuse a ringing call."""
        self._last_answer = self.phone.reply(self._invite(), status, reason, self._own_tag)
        self._ends(status)

    def hang_up(self) -> None:
        """End the call in whatever way its state asks for."""
        if self.state in ("up", "held"):
            self._request("BYE")
            self._ends(0)
        elif self.invite is not None and self.state == "ringing":
            self.reject()
        elif self.state != "ended":
            self._request("CANCEL", number=self._invite_number, branch=self._branch)

    def hold(self) -> None:
        """Put the other side on hold."""
        self._offer("sendonly")
        self._becomes("held")

    def resume(self) -> None:
        """Take the other side back."""
        self._offer("sendrecv")
        self._becomes("up")

    def transfer(self, number: str) -> None:
        """Transfer the other side blindly."""
        target = f"sip:{sip.user_part(number)}@127.0.0.1:{self.phone.server[1]}"
        self._request("REFER", f"Refer-To: <{target}>\r\nReferred-By: {self._identity}\r\n")

    def press(self, keys: str) -> None:
        """Press keys (RFC 4733)."""
        self.audio.speaker.press(keys)

    def say(self, mu_law: bytes | None = None) -> None:
        """Talk: a second of tone, or this audio."""
        self.audio.speaker.say(g711.tone(440, 1.0) if mu_law is None else mu_law)

    def vanish(self) -> None:
        """Be gone without a word, as a telephone whose plug was pulled."""
        self._ends(0)

    def header(self, name: str) -> str:
        """A header of the INVITE that came."""
        return self._invite().get(name)

    @property
    def heard(self) -> rtp.Listener:
        """What came over the line."""
        return self.audio.listener

    async def reaches(self, *states: str, seconds: float = 10) -> None:
        """Wait until the call is in one of `states`."""
        assert set(states) <= set(STATES), states
        try:
            async with asyncio.timeout(seconds):
                while self.state not in states:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"the call is {self.state} ({self.status}), not {states}") from None

    async def hears(self, frames: int = 10, seconds: float = 10) -> None:
        """Wait until `frames` more frames with sound came."""
        enough = self.heard.audible + frames
        await eventually(lambda: self.heard.audible >= enough, seconds, f"{frames} more frames with sound")

    # --- what the line does ----------------------------------------------------------------------

    def _invite(self) -> sip.Message:
        assert self.invite is not None, "this call went out"
        return self.invite

    def _becomes(self, state: str) -> None:
        self.state = state
        self._news.set()

    def _ends(self, status: int) -> None:
        if self.state != "ended":
            self.status = status
            self.audio.close()
            self._becomes("ended")

    def _offer_taken(self, message: sip.Message) -> None:
        media = sip.media(message.body)
        if media is not None:
            self.audio.aim(media)

    def _offer(self, mode: str) -> None:
        """Offer a new mode when the one before is settled: crossing offers are refused (491)."""
        self._modes.append(mode)
        if len(self._modes) == 1:
            self._reinvite(mode)

    def _settled(self, message: sip.Message) -> None:
        if self._modes and message.number == self._sequence and message.number != self._invite_number:
            self._modes.popleft()
            if self._modes:
                self._reinvite(self._modes[0])

    def _reinvite(self, mode: str) -> None:
        self._version += 1
        self._branch = "z9hG4bK" + sip.token()
        body = sip.describe("127.0.0.1", self.audio.port, mode, self._version)
        self._sequence += 1
        self._request("INVITE", body=body, number=self._sequence, branch=self._branch)

    def dial(self, number: str, caller: str, name: str, extra: str = "") -> None:
        """Send the INVITE; `_remote` and the identity stay for the dialog."""
        self._remote = f"sip:{sip.user_part(number)}@127.0.0.1:{self.phone.server[1]}"
        self._identity = f"{sip.display(name)}<sip:{sip.user_part(caller)}@127.0.0.1>"
        self._again(extra)

    def _again(self, extra: str) -> None:
        self._sequence += 1
        self._invite_number = self._sequence
        self._branch = "z9hG4bK" + sip.token()
        body = sip.describe("127.0.0.1", self.audio.port)
        self._request("INVITE", extra, body, number=self._sequence, branch=self._branch)

    def _request(self, method: str, extra: str = "", body: str = "", number: int = 0, branch: str = "") -> None:
        if not number:
            self._sequence += 1
        tag = f";tag={self._their_tag}" if self._their_tag else ""
        phone = self.phone
        kind = "Content-Type: application/sdp\r\n" if body else ""
        phone.send(
            f"{method} {self._target or self._remote} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{phone.port};branch={branch or 'z9hG4bK' + sip.token()};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {self._identity};tag={self._own_tag}\r\nTo: <{self._remote}>{tag}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {number or self._sequence} {method}\r\n"
            f"Contact: <sip:{phone.user}@127.0.0.1:{phone.port}>\r\n{extra}{kind}"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )

    def response(self, message: sip.Message) -> None:
        """Take a response to one of our requests."""
        if message.method != "INVITE":
            return
        if message.status < 200:
            self._offer_taken(message)
            if message.status in (180, 183) and self.state == "dialing":
                self._becomes("ringing")
        elif message.status < 300:
            self._accepted(message)
        else:
            self._refused(message)

    def _accepted(self, message: sip.Message) -> None:
        self._their_tag, self._target = sip.tag(message.get("to")), sip.uri(message.get("contact"))
        self._request("ACK", number=message.number)
        self._offer_taken(message)
        if self.state in ("dialing", "ringing"):
            self._becomes("up")
        self._settled(message)

    def _refused(self, message: sip.Message) -> None:
        kept, self._their_tag = self._their_tag, sip.tag(message.get("to"))
        self._request("ACK", number=message.number, branch=self._branch)
        self._their_tag = kept
        if message.status in (401, 407) and self.state == "dialing" and message.number == self._invite_number:
            header = "Authorization" if message.status == 401 else "Proxy-Authorization"
            challenge = message.get("www-authenticate") or message.get("proxy-authenticate")
            answer = sip.authorise(challenge, "INVITE", self._remote, self.phone.user, self.phone.password)
            self._again(f"{header}: {answer}\r\n")
        elif self.state in ("dialing", "ringing"):
            self._ends(message.status)
        self._settled(message)

    def request(self, message: sip.Message) -> None:
        """Take a request within this call."""
        match message.method:
            case "INVITE":
                self._invited_again(message)
            case "BYE":
                self.phone.reply(message, 200, "OK", self._own_tag)
                self._ends(0)
            case "CANCEL":
                self.phone.reply(message, 200, "OK", self._own_tag)
                if self.state == "ringing":
                    self.reject(487, "Request Terminated")
            case "ACK":
                pass
            case _:
                self.phone.reply(message, 200, "OK", self._own_tag)

    def _invited_again(self, message: sip.Message) -> None:
        """A repetition gets the same answer, a new offer a new one."""
        if self.invite is not None and message.number == self.invite.number:
            if self._last_answer:
                self.phone.send(self._last_answer)
            return
        self._offer_taken(message)
        self._version += 1
        body = sip.describe("127.0.0.1", self.audio.port, version=self._version)
        self.phone.reply(message, 200, "OK", self._own_tag, body)


class SipUa(asyncio.DatagramProtocol):
    """A telephone. `server` is Asterisk's SIP address; leave `password` empty for a caller nobody knows."""

    def __init__(self, user: str, server: tuple[str, int], password: str = "", port: int = 0) -> None:
        self.port = port
        """Where it listens; 0: wherever there is room."""
        self.user = user
        self.server = server
        self.password = password
        self.calls: dict[str, SipCall] = {}
        self.said: list[str] = []
        """Everything sent, for tests that look at the wire."""
        self._arrived: asyncio.Queue[SipCall] = asyncio.Queue()
        self._answers: dict[tuple[str, int], asyncio.Future[sip.Message]] = {}
        self._registration = (sip.token(), sip.token(40))
        self._registrations = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))
        self.transport = transport
        self.port = int(transport.get_extra_info("sockname")[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in list(self.calls.values()):
            call.hang_up()
            call.audio.close()
        await asyncio.sleep(0)
        self.transport.close()

    async def register(self, seconds: int = 300) -> None:
        """Register at the server; `seconds=0` takes the registration back."""
        extra = ""
        for _ in range(2):
            answer = await self._registered(seconds, extra)
            if answer.status == 200:
                return
            assert answer.status == 401, answer.first
            value = sip.authorise(answer.get("www-authenticate"), "REGISTER", "sip:127.0.0.1", self.user, self.password)
            extra = f"Authorization: {value}\r\n"
        raise AssertionError(f"{self.user} was not let in")

    async def _registered(self, seconds: int, extra: str) -> sip.Message:
        self._registrations += 1
        call_id, tag = self._registration
        key = (call_id, self._registrations)
        self._answers[key] = asyncio.get_running_loop().create_future()
        self.send(
            f"REGISTER sip:127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{sip.token()};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{self.user}@127.0.0.1>;tag={tag}\r\nTo: <sip:{self.user}@127.0.0.1>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {self._registrations} REGISTER\r\n"
            f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>\r\nExpires: {seconds}\r\n{extra}"
            f"Content-Length: 0\r\n\r\n"
        )
        try:
            return await asyncio.wait_for(self._answers[key], 5)
        finally:
            del self._answers[key]

    async def dial(self, number: str, caller: str = "", name: str = "") -> SipCall:
        """Call a number, as `caller` (our user when empty)."""
        call = await self._with_audio(SipCall(self))
        call.dial(number, caller or self.user, name)
        return call

    async def incoming(self, seconds: float = 10) -> SipCall:
        """The next call that rings here."""
        try:
            return await asyncio.wait_for(self._arrived.get(), seconds)
        except TimeoutError:
            raise AssertionError(f"{self.user} did not ring within {seconds} s") from None

    async def _with_audio(self, call: SipCall) -> SipCall:
        self.calls[call.call_id] = call
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: call.audio, local_addr=("127.0.0.1", 0))
        return call

    async def _ring(self, invite: sip.Message) -> None:
        call = await self._with_audio(SipCall(self, invite))
        self.reply(invite, 180, "Ringing", call._own_tag)
        self._arrived.put_nowait(call)

    def send(self, message: str) -> None:
        """Send one message to the server."""
        self.said.append(message)
        self.transport.sendto(message.encode(), self.server)

    def reply(self, to: sip.Message, status: int, reason: str, tag: str, body: str = "") -> str:
        """Answer a request and return the answer."""
        via = "".join(f"Via: {value}\r\n" for value in to.every("via"))
        target = to.get("to") if sip.tag(to.get("to")) else f"{to.get('to')};tag={tag}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        answer = (
            f"SIP/2.0 {status} {reason}\r\n{via}From: {to.get('from')}\r\nTo: {target}\r\n"
            f"Call-ID: {to.get('call-id')}\r\nCSeq: {to.get('cseq')}\r\n"
            f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>\r\n{kind}"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )
        self.send(answer)
        return answer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.Message.parse(data)
        call = self.calls.get(message.get("call-id"))
        if message.status:
            waiting = self._answers.get((message.get("call-id"), message.number))
            if waiting is not None and message.status >= 200 and not waiting.done():
                waiting.set_result(message)
            elif call is not None:
                call.response(message)
        elif call is not None:
            call.request(message)
        elif message.method == "INVITE":
            task = asyncio.create_task(self._ring(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif message.method != "ACK":
            self.reply(message, 200 if message.method == "OPTIONS" else 481, "OK", sip.token(40))
