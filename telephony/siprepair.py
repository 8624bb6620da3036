"""pyVoIP 1.6.8's SIP and RTP with their defects mended, by subclassing (shell).

Mended here: an ACK that Asterisk recognises (else it cuts every call at 32 s), unique Call-IDs, every final response,
401 and 407, CANCEL both ways, branches of their own for BYE, repetition of unanswered requests, answers to methods
pyVoIP does not know, G.711 A-law, wrapping RTP counters, keys sent as RFC 4733 events, threads that block instead of
polling and end when told to. tests/telephony/test_phone_asterisk.py holds each against a real Asterisk.
"""

from __future__ import annotations

import importlib
import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from telephony import rtp, sip

log = logging.getLogger(__name__)
VOIP: Any = importlib.import_module("pyVoIP.VoIP.VoIP")
"""pyVoIP, imported from its top: its modules import each other and fail in any other order. Its types are not right."""
SIP: Any = VOIP.SIP
RTP: Any = VOIP.RTP

FIRST_REPEAT: Final = 0.5
"""RFC 3261 timer T1: when an unanswered request is sent again; doubled each time."""
PATIENCE: Final = 8.0
"""Shorter than the RFC's 32 s: here the server is away then, not slow."""
METHODS: Final = ("OPTIONS", "NOTIFY", "INFO", "UPDATE", "MESSAGE", "REFER", "SUBSCRIBE", "PRACK")
"""Requests pyVoIP would throw away unanswered."""


class SipMessage(SIP.SIPMessage):  # type: ignore[misc]  # Any by choice, see VOIP
    """A message of any method, which keeps its text in our own reading beside pyVoIP's."""

    SIPCompatibleMethods: list[str]

    def parse(self, data: bytes) -> None:
        """Read the datagram."""
        self.plain = sip.Message.parse(data)
        self.SIPCompatibleMethods = [*self.SIPCompatibleMethods, *METHODS]
        super().parse(data)


@dataclass(slots=True)
class Unanswered:
    """A request on its way."""

    text: str
    due: float
    interval: float
    gives_up: float
    failed: Callable[[], None]


class SipClient(SIP.SIPClient):  # type: ignore[misc]  # Any by choice, see VOIP
    """One SIP socket with one thread, for any number of calls."""

    patience = PATIENCE
    """Seconds until an unanswered request has failed."""
    myPort: int  # noqa: N815 - pyVoIP's name

    def start(self) -> None:
        """Bind and listen. `myPort` 0 becomes the port that was given."""
        self.s = self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind((self.myIP, self.myPort))
        self.myPort = self.s.getsockname()[1]
        self.lock = threading.RLock()
        self.unanswered: dict[str, Unanswered] = {}
        self.NSD = True
        self._thread = threading.Thread(target=self.recv_loop, name=f"sip {self.myPort}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; the thread is gone when this returns."""
        if not self.NSD:
            return
        self.NSD = False
        self.wake()
        self._thread.join(5)
        self.s.close()

    def wake(self) -> None:
        """Make the thread look around: an empty datagram to itself ends its waiting."""
        self.s.sendto(b"", (self.myIP, self.myPort))

    def recv_loop(self) -> None:
        """Wait for datagrams and for the next repetition that is due."""
        while self.NSD:
            self.s.settimeout(self._repeat())
            try:
                data = self.s.recv(sip.LARGEST)
            except TimeoutError:
                continue
            except OSError as error:  # an ICMP answer to something we sent; the next datagram may be fine
                log.debug("SIP socket: %s", error)
                continue
            if data.strip(b"\0\r\n "):
                self._take(data)

    def _repeat(self) -> float | None:
        """Repeat what is due; return the seconds until something is due again, None for never."""
        now = time.monotonic()
        with self.lock:
            for branch, request in list(self.unanswered.items()):
                if request.gives_up <= now:
                    del self.unanswered[branch]
                    request.failed()
                elif request.due <= now:
                    self.send(request.text)
                    request.interval *= 2
                    request.due = now + request.interval
            soonest = min((min(one.due, one.gives_up) for one in self.unanswered.values()), default=None)
        return None if soonest is None else max(0.001, soonest - now)

    def _take(self, data: bytes) -> None:
        try:
            with self.lock:
                self.parse_message(SipMessage(data))
        except Exception:  # pyVoIP's parser raises whatever it likes on what it does not know
            log.debug("a SIP message could not be used", exc_info=True)

    def send(self, text: str) -> None:
        """Send one message to the server."""
        self.s.sendto(text.encode(), (self.server, self.port))

    def ask(self, text: str, failed: Callable[[], None]) -> None:
        """Send a request and repeat it until something answers; call `failed` when nothing does."""
        branch = _branch(sip.Message.parse(text.encode()))
        now = time.monotonic()
        with self.lock:
            self.unanswered[branch] = Unanswered(text, now + FIRST_REPEAT, FIRST_REPEAT, now + self.patience, failed)
        self.send(text)
        self.wake()

    # --- what comes in ---------------------------------------------------------------------------

    def parse_message(self, message: SipMessage) -> None:
        """Give a message to the call it belongs to."""
        plain = message.plain
        if plain.status:
            self.unanswered.pop(_branch(plain), None)
            self.phone.responded(message)
        elif plain.method != "ACK":
            self.phone.requested(message)

    def reply(self, to: SipMessage, status: int, reason: str, tag: str, body: str = "") -> None:
        """Answer a request."""
        plain = to.plain
        via = "".join(f"Via: {value}\r\n" for value in plain.every("via"))
        target = plain.get("to") if sip.tag(plain.get("to")) else f"{plain.get('to')};tag={tag}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.send(
            f"SIP/2.0 {status} {reason}\r\n{via}From: {plain.get('from')}\r\nTo: {target}\r\n"
            f"Call-ID: {plain.get('call-id')}\r\nCSeq: {plain.get('cseq')}\r\nContact: {self.contact}\r\n"
            f"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n{kind}Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )

    # --- what goes out ---------------------------------------------------------------------------

    @property
    def contact(self) -> str:
        """Where requests within our calls shall come."""
        return f"<sip:{self.username}@{self.myIP}:{self.myPort}>"

    def gen_call_id(self) -> str:
        """Return a Call-ID that no other call, process or machine has."""
        return sip.token()

    def gen_branch(self) -> str:
        """Return a fresh branch."""
        return "z9hG4bK" + sip.token()

    def gen_invite(  # noqa: PLR0913, PLR0917 - pyVoIP's signature
        self, number: str, sess_id: str, ms: Any, sendtype: str, branch: str, call_id: str
    ) -> str:
        """Return an INVITE as the caller that `call_id` was announced with (`identities`)."""
        text: str = super().gen_invite(number, sess_id, ms, sendtype, branch, call_id)
        lines = text.split("\r\n")
        identity = self.phone.identities.get(call_id, f"<sip:{self.username}@{self.myIP}>")
        for index, line in enumerate(lines):
            if line.startswith("From:"):
                lines[index] = f"From: {identity};tag={self.tagLibrary[call_id]}"
            elif line.startswith("Via:"):
                lines[index] = f"{line};rport"
        return "\r\n".join(lines)

    def gen_ack(self, request: SipMessage) -> str:
        """Return the ACK for a final response: the far end's own tag, and for a refusal the INVITE's branch."""
        plain = request.plain
        if 200 <= plain.status < 300:
            branch, address = self.gen_branch(), sip.uri(plain.get("contact"))
        else:
            branch, address = _branch(plain), sip.uri(plain.get("to"))
        return self._within(f"ACK {address}", plain, (plain.get("from"), plain.get("to")), plain.number, branch)

    def gen_bye(self, request: SipMessage) -> str:
        """Return the BYE of a call we dialled; `request` is the final response that answered it."""
        plain = request.plain
        first = f"BYE {sip.uri(plain.get('contact'))}"
        return self._within(first, plain, (plain.get("from"), plain.get("to")), plain.number + 1, self.gen_branch())

    def gen_bye_back(self, invite: SipMessage, tag: str) -> str:
        """Return the BYE of a call that came in: From and To change places."""
        plain = invite.plain
        ends = (f"{plain.get('to')};tag={tag}", plain.get("from"))
        return self._within(f"BYE {sip.uri(plain.get('contact'))}", plain, ends, 1, self.gen_branch())

    def gen_cancel(self, invite: SipMessage) -> str:
        """Return the CANCEL of an INVITE: the same branch, number and address."""
        plain = invite.plain
        first = f"CANCEL {plain.first.split(' ')[1]}"
        return self._within(first, plain, (plain.get("from"), plain.get("to")), plain.number, _branch(plain))

    def _within(self, first: str, plain: sip.Message, ends: tuple[str, str], number: int, branch: str) -> str:
        """Return a request in the call of `plain`: method and address, From and To, CSeq number, branch."""
        return (
            f"{first} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.myIP}:{self.myPort};branch={branch};rport\r\nMax-Forwards: 70\r\n"
            f"From: {ends[0]}\r\nTo: {ends[1]}\r\nCall-ID: {plain.get('call-id')}\r\n"
            f"CSeq: {number} {first.partition(' ')[0]}\r\nContact: {self.contact}\r\nContent-Length: 0\r\n\r\n"
        )


def _branch(message: sip.Message) -> str:
    via = message.get("via")
    return via.partition("branch=")[2].split(";")[0].split(",")[0].strip()


class RtpClient(RTP.RTPClient):  # type: ignore[misc]  # Any by choice, see VOIP
    """One call's audio: one thread that sends every 20 ms and listens in between."""

    def take_socket(self, bound: socket.socket) -> None:
        """Use a socket that is bound already, so that the port we announced is ours."""
        self.sin = self.sout = bound
        event = next((kind for kind, name in self.assoc.items() if str(name) == "telephone-event"), rtp.EVENT)
        self.speaker = rtp.Speaker(
            secrets.randbits(31), secrets.randbits(16), secrets.randbits(32), int(self.preference), event
        )
        self.listener = rtp.Listener(rtp.EVENT, remember_frames=250)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start talking and listening; safe to repeat."""
        if self._thread is None:
            self._thread = threading.Thread(target=self.recv, name=f"rtp {self.inPort}", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop; the thread is gone and the port free when this returns."""
        self.NSD = False
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)
        self.sin.close()

    def recv(self) -> None:
        """Send when 20 ms have passed, wait for packets otherwise."""
        due = time.monotonic()
        while self.NSD:
            wait = due - time.monotonic()
            if wait <= 0:
                self.trans()
                due = max(due + 0.02, time.monotonic() - 0.1)  # after a standstill, catch up on no more than 0.1 s
                continue
            self.sin.settimeout(wait)
            try:
                self.listener.take(self.sin.recv(2048))
            except OSError:  # nothing came, or an ICMP answer to a packet of ours
                continue

    def trans(self) -> None:
        """Send what is due now."""
        for packet in self.speaker.tick():
            try:
                self.sout.sendto(packet, (self.outIP, self.outPort))
            except OSError as error:
                log.debug("audio not sent: %s", error)

    def write(self, data: bytes) -> None:
        """Say mu-law audio."""
        self.speaker.say(data)

    def encode_packet(self, payload: bytes) -> bytes:
        """Return audio in the codec that was agreed, A-law included."""
        coded: bytes = self.encode_pcma(payload) if int(self.preference) == rtp.PCMA else self.encode_pcmu(payload)
        return coded
