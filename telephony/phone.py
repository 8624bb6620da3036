"""A subscriber's telephone: dials, talks, presses keys, listens and hangs up (shell; pyVoIP 1.6.8, mended).

One `Phone` is one SIP port and one thread; each call adds one thread for its audio. Callers need no account: Asterisk
takes them as the public network, under whatever number they say they have.

    with Phone("127.0.0.1", 5060) as phone:
        call = phone.dial("100", caller="+79990000001", name="Ivanov")
        if call.wait_answered(10):
            call.press("1234#")
            call.say(Path("hello.wav"))
            call.hang_up()
"""

from __future__ import annotations

import queue
import socket
import time
from typing import Self

from telephony import sip
from telephony.phonecall import OFFERED, Ending, PhoneCall, State, unanswered
from telephony.sip import Message
from telephony.siprepair import VOIP, SipClient, SipMessage

__all__ = ["Ending", "Phone", "PhoneCall"]


class Phone(VOIP.VoIPPhone):  # type: ignore[misc]  # Any by choice, see siprepair
    """A telephone, or a whole street of them: every call may have a caller of its own."""

    sip: SipClient
    calls: dict[str, PhoneCall]

    def __init__(
        self, server: str, port: int, user: str = "subscriber", password: str = "", ip: str = "127.0.0.1"
    ) -> None:
        super().__init__(server, port, user, password, myIP=ip, sipPort=0)
        self.sip = SipClient(server, port, user, password, phone=self, myIP=ip, myPort=0)
        self.incoming: queue.SimpleQueue[PhoneCall] = queue.SimpleQueue()
        """Calls that ring here."""
        self.identities: dict[str, str] = {}
        """From header by Call-ID."""
        self.sockets: dict[int, socket.socket] = {}
        """Bound audio sockets that no call uses yet, by port."""
        self._answers: queue.SimpleQueue[SipMessage] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Be reachable; without registering, which only `register` does."""
        self.sip.start()
        self.NSD = True

    def stop(self) -> None:
        """Hang up every call and leave no thread and no socket behind."""
        for call in list(self.calls.values()):
            call.hang_up()
        for call in list(self.calls.values()):
            if not call.wait_over(1.0):
                call.finish(Ending.GIVEN_UP)
        self.sip.stop()
        for left in self.sockets.values():
            left.close()
        self.sockets.clear()
        self.NSD = False

    def dial(self, number: str, caller: str = "", name: str = "") -> PhoneCall:
        """Call `number` as `caller` (this phone's user when empty). Returns at once.

        Raises:
            ValueError: `number` or `caller` cannot stand in a SIP address.

        """
        identity = f"{sip.display(name)}<sip:{sip.user_part(caller or self.username)}@{self.myIP}>"
        number = sip.user_part(number)
        port = self.request_port()
        call_id = self.sip.gen_call_id()
        session = str(port)
        with self.sip.lock:
            self.identities[call_id] = identity
            text = self.sip.gen_invite(number, session, {port: OFFERED}, "sendrecv", self.sip.gen_branch(), call_id)
            call = PhoneCall(
                self, State.DIALING, SipMessage(text.encode()), int(session), self.myIP, {port: OFFERED}, "sendrecv"
            )
            self.calls[call_id] = call
        call.invite()
        return call

    call = dial

    def invitation(self, old: Message, call_id: str, session: str, port: int) -> str:
        """Return a second INVITE of one call: same caller, number and session, fresh branch and CSeq."""
        number = sip.uri(old.get("to")).partition(":")[2].partition("@")[0]
        kept = self.sip.tagLibrary[call_id]
        text: str = self.sip.gen_invite(number, session, {port: OFFERED}, "sendrecv", self.sip.gen_branch(), call_id)
        fresh = self.sip.tagLibrary[call_id]
        self.sip.tagLibrary[call_id] = kept
        return text.replace(f"tag={fresh}", f"tag={kept}", 1)

    def register(self, seconds: float = 5.0, expires: int = 600) -> bool:
        """Register with user and password; True when the server took it. `expires=0` takes it back."""
        extra = ""
        call_id = sip.token()
        deadline = time.monotonic() + seconds
        for number in (1, 2):
            self.sip.ask(self._registration(call_id, number, expires, extra), unanswered)
            try:
                answer = self._answers.get(timeout=max(0.01, deadline - time.monotonic())).plain
            except queue.Empty:
                return False
            if answer.status not in (401, 407):
                return answer.status == 200
            kind = (
                ("WWW-Authenticate", "Authorization")
                if answer.status == 401
                else (
                    "Proxy-Authenticate",
                    "Proxy-Authorization",
                )
            )
            value = sip.authorise(answer.get(kind[0]), "REGISTER", f"sip:{self.server}", self.username, self.password)
            extra = f"{kind[1]}: {value}\r\n"
        return False

    def _registration(self, call_id: str, number: int, expires: int, extra: str) -> str:
        me = f"<sip:{self.username}@{self.server}>"
        return (
            f"REGISTER sip:{self.server} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.myIP}:{self.sip.myPort};branch={self.sip.gen_branch()};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {me};tag={sip.token(40)}\r\nTo: {me}\r\nCall-ID: {call_id}\r\n"
            f"CSeq: {number} REGISTER\r\nContact: {self.sip.contact}\r\nExpires: {expires}\r\n{extra}"
            f"Content-Length: 0\r\n\r\n"
        )

    # --- what the SIP thread tells ---------------------------------------------------------------

    def responded(self, message: SipMessage) -> None:
        """Take a response."""
        method = message.plain.method
        call = self.calls.get(message.plain.get("call-id"))
        if method == "REGISTER" and message.plain.status >= 200:
            self._answers.put(message)
        elif method == "INVITE" and call is not None:
            call.took(message)
        elif method == "INVITE" and message.plain.status >= 200:
            self.sip.send(self.sip.gen_ack(message))  # a repetition for a call that is over here

    def requested(self, message: SipMessage) -> None:
        """Take a request."""
        plain = message.plain
        call = self.calls.get(plain.get("call-id"))
        if call is None:
            self._take_strange(message)
        elif plain.method == "INVITE":
            if call.state == State.ANSWERED:  # else it is repeated while it rings
                call.renegotiate(message)
        elif plain.method == "CANCEL":
            call.withdrawn(message)
        else:
            self.sip.reply(message, 200, "OK", sip.token(40))
            if plain.method == "BYE":
                call.bye()

    def _take_strange(self, message: SipMessage) -> None:
        """Take a request that belongs to no call of ours."""
        match message.plain.method:
            case "INVITE":
                self._callback_MSG_Invite(message)
            case "OPTIONS":
                self.sip.reply(message, 200, "OK", sip.token(40))
            case _:
                self.sip.reply(message, 481, "Call/Transaction Does Not Exist", sip.token(40))

    def _callback_MSG_Invite(self, request: SipMessage) -> None:  # noqa: N802 - pyVoIP's name
        """Ring at once: pyVoIP would wait a second before telling anybody."""
        if sip.media(request.plain.body) is None:
            self.sip.reply(request, 488, "Not Acceptable Here", sip.token(40))
            return
        call = PhoneCall(self, State.RINGING, request, 1, self.myIP, None, "sendrecv")
        self.calls[call.call_id] = call
        self.sip.reply(request, 180, "Ringing", call._tag)  # noqa: SLF001 - one dialog, two classes
        self.incoming.put(call)

    def request_port(self) -> int:
        """Return a port that is ours: its socket is bound before anybody is told."""
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind((self.myIP, 0))
        port = int(bound.getsockname()[1])
        self.sockets[port] = bound
        return port

    def release_ports(self, call: PhoneCall | None = None) -> None:
        """Sockets are closed by the calls that own them."""

    def forget(self, call: PhoneCall) -> None:
        """Drop a call that is over, and the socket it never used."""
        self.calls.pop(call.call_id, None)
        self.identities.pop(call.call_id, None)
        self.sip.tagLibrary.pop(call.call_id, None)
        unused = self.sockets.pop(getattr(call, "port", -1), None)
        if unused is not None:
            unused.close()
