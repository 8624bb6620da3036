"""One call of a subscriber's telephone, from dialling or ringing to its end (shell; pyVoIP's VoIPCall, mended)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from telephony import g711, rtp, sip
from telephony.sip import Media, Message
from telephony.siprepair import RTP, VOIP, RtpClient, SipClient, SipMessage

State = VOIP.CallState
OFFERED: Final = {rtp.PCMU: RTP.PayloadType.PCMU, rtp.PCMA: RTP.PayloadType.PCMA, rtp.EVENT: RTP.PayloadType.EVENT}


class Ending(StrEnum):
    """Why a call is over."""

    NOT_YET = ""
    HUNG_UP = "hung up"
    """By us, while talking."""
    PARTED = "parted"
    """By the other side, while talking."""
    REFUSED = "refused"
    """Before anybody answered; `status` says how (486 busy, 404 no such number …)."""
    GIVEN_UP = "given up"
    """By us, before anybody answered."""
    WITHDRAWN = "withdrawn"
    """A call that came in and was cancelled by whoever called."""
    UNREACHABLE = "unreachable"
    """No SIP server answered."""


class Telephone(Protocol):
    """What a call needs of the telephone it is made on (`telephony.phone.Phone`)."""

    sockets: dict[int, socket.socket]

    def invitation(self, old: Message, call_id: str, session: str, port: int) -> str:
        """Return a second INVITE of one call."""

    def forget(self, call: PhoneCall) -> None:
        """Drop a call that is over."""


class PhoneCall(VOIP.VoIPCall):  # type: ignore[misc]  # Any by choice, see siprepair
    """One call. Made by `Phone.dial`, or taken from `Phone.incoming`."""

    phone: Telephone
    sip: SipClient
    request: SipMessage
    """The INVITE, as sent or as it came."""
    RTPClients: list[RtpClient]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._changed = threading.Condition()
        self.ending = Ending.NOT_YET
        self.status = 0
        """Final SIP status of a call that was not answered."""
        self.ringing = False
        """The far telephone rings."""
        self._tag = sip.token(40)
        self._accepted: SipMessage | None = None
        self._challenged = False
        self._provisional = False
        self._given_up = False
        super().__init__(*arguments, **named)

    def __del__(self) -> None:
        """Own nothing that needs freeing: sockets are closed when the call ends."""

    # --- what a subscriber does ------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        """Somebody answered and nobody hung up."""
        return bool(self.state == State.ANSWERED)

    @property
    def is_over(self) -> bool:
        """Nothing more will happen."""
        return bool(self.state == State.ENDED)

    def wait_answered(self, seconds: float) -> bool:
        """Wait until somebody answers; False when the call ended first or nobody did in time."""
        self._wait(lambda: self.is_up or self.is_over, seconds)
        return self.is_up

    def wait_over(self, seconds: float) -> bool:
        """Wait until the call is over; False when it is not by then."""
        return self._wait(lambda: self.is_over, seconds)

    def press(self, keys: str) -> None:
        """Press keys, one after the other, 0.2 s each.

        Raises:
            ValueError: a telephone has no such key.

        """
        for client in self.RTPClients:
            client.speaker.press(keys)

    def say(self, speech: bytes | Path) -> None:
        """Say mu-law audio, or a 16-bit WAV file of any rate, after what is being said."""
        audio = g711.from_wave(speech.read_bytes()) if isinstance(speech, Path) else speech
        for client in self.RTPClients:
            client.write(audio)

    @property
    def is_speaking(self) -> bool:
        """Something is left to say or to press."""
        return any(client.speaker.busy for client in self.RTPClients)

    @property
    def heard(self) -> rtp.Listener:
        """What came over the line: frames, loudness, keys."""
        return self.RTPClients[0].listener if self.RTPClients else rtp.Listener()

    def hang_up(self) -> None:
        """End the call, whatever its state; safe to repeat."""
        if self.state == State.ANSWERED:
            bye = self.sip.gen_bye(self._accepted) if self._accepted else self.sip.gen_bye_back(self.request, self._tag)
            self.sip.ask(bye, unanswered)
            self.finish(Ending.HUNG_UP)
        elif self.state == State.RINGING:
            self.reject()
        else:
            self.give_up()

    hangup = hang_up

    def give_up(self) -> None:
        """Hang up on a number that has not answered; the call is over when the other side has confirmed it."""
        with self.sip.lock:
            if self.state != State.DIALING or self._given_up:
                return
            self._given_up = True
            if self._provisional:  # RFC 3261, 9.1: not before the other side is known to have the INVITE
                self.sip.ask(self.sip.gen_cancel(self.request), self._unreachable)

    def answer(self) -> None:
        """Pick up a call that came in."""
        self._answer_with_session(self.request)
        for client in self.RTPClients:
            client.start()
        self._become(State.ANSWERED)

    def reject(self, status: int = 486, reason: str = "Busy Here") -> None:
        """Refuse a call that came in."""
        self.sip.reply(self.request, status, reason, self._tag)
        self.status = status
        self.finish(Ending.REFUSED)

    # --- what the line does ----------------------------------------------------------------------

    def invite(self) -> None:
        """Send the INVITE."""
        self.sip.ask(str(self.request.raw, "utf-8"), self._unreachable)

    def took(self, answer: SipMessage) -> None:
        """Take a response to our INVITE."""
        status = answer.plain.status
        if status < 200:
            self._provisional = True
            self._set_ringing(status)
            if self._given_up:
                self._given_up = False
                self.give_up()
            return
        self.sip.send(self.sip.gen_ack(answer))  # also when it comes again: our ACK was lost then
        if status < 300:
            self._was_answered(answer)
        elif status in (401, 407) and not self._challenged:
            self._authorise(answer)
        elif self.state == State.DIALING:
            self.status = status
            self.finish(Ending.GIVEN_UP if self._given_up else Ending.REFUSED)

    def _was_answered(self, answer: SipMessage) -> None:
        if self.state != State.DIALING:
            return
        self._accepted = answer
        media = sip.media(answer.plain.body)
        if media is None or self._given_up:  # answered in the very moment we gave up, or with nothing we can hear
            self.sip.ask(self.sip.gen_bye(answer), unanswered)
            self.finish(Ending.GIVEN_UP if self._given_up else Ending.REFUSED)
            return
        self._add_audio(self.port, media)
        self.RTPClients[0].start()
        self._become(State.ANSWERED)

    def _add_audio(self, port: int, media: Media) -> None:
        codecs = {media.kind: OFFERED[media.kind], media.event: OFFERED[rtp.EVENT]}
        client = RtpClient(codecs, self.myIP, port, media.address, media.port, self.sendmode)
        client.take_socket(self.phone.sockets.pop(port))
        self.RTPClients = [client]

    def create_rtp_clients(self, _codecs: Any, _ip: str, port: int, request: SipMessage, _baseport: int) -> None:
        """Make the audio of a call that came in (called by pyVoIP's constructor)."""
        media = sip.media(request.plain.body)
        if media is None:
            raise ValueError("no G.711 audio offered")
        self._add_audio(port, media)

    def _answer_with_session(self, request: SipMessage) -> None:
        port = self.RTPClients[0].inPort
        self.sip.reply(request, 200, "OK", self._tag, sip.describe(self.myIP, port, version=request.plain.number))

    def renegotiate(self, request: SipMessage) -> None:
        """Take a new offer within the call (the other side moved its audio, or holds)."""
        media = sip.media(request.plain.body)
        if media is not None:
            client = self.RTPClients[0]
            client.outIP, client.outPort = media.address, media.port
            client.speaker.kind, client.speaker.event = media.kind, media.event
        self._answer_with_session(request)

    def _authorise(self, challenge: SipMessage) -> None:
        """Send the INVITE again with an answer to the challenge."""
        self._challenged = True
        plain, old = challenge.plain, self.request.plain
        proxy = plain.status == 407
        asked = plain.get("proxy-authenticate" if proxy else "www-authenticate")
        address = old.first.split(" ")[1]
        answer = sip.authorise(asked, "INVITE", address, self.sip.username, self.sip.password)
        header = f"{'Proxy-' if proxy else ''}Authorization: {answer}\r\n"
        text = self.phone.invitation(old, self.call_id, self.session_id, self.port)
        self.request = SipMessage(text.replace("\r\nContent-Length", f"\r\n{header}Content-Length", 1).encode())
        self._provisional = False
        self.invite()

    def withdrawn(self, cancel: SipMessage) -> None:
        """Whoever called gave up."""
        self.sip.reply(cancel, 200, "OK", self._tag)
        if self.state == State.RINGING:
            self.sip.reply(self.request, 487, "Request Terminated", self._tag)
            self.finish(Ending.WITHDRAWN)

    def bye(self) -> None:
        """Take the other side's BYE."""
        self.finish(Ending.PARTED)

    def _unreachable(self) -> None:
        if not self.is_over:
            self.finish(Ending.UNREACHABLE)

    def finish(self, ending: Ending) -> None:
        """End here: stop the audio, free the port, tell whoever waits."""
        for client in self.RTPClients:
            client.stop()
        self.phone.forget(self)
        with self._changed:
            if self.ending is Ending.NOT_YET:
                self.ending = ending
            self.state = State.ENDED
            self._changed.notify_all()

    def _set_ringing(self, status: int) -> None:
        with self._changed:
            self.ringing = self.ringing or status in (180, 183)
            self._changed.notify_all()

    def _become(self, state: Any) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()

    def wait_ringing(self, seconds: float) -> bool:
        """Wait until the far telephone rings; False when it did not in time."""
        self._wait(lambda: self.ringing or self.is_over, seconds)
        return self.ringing

    def _wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, seconds)


def unanswered() -> None:
    """Nobody minds that a BYE or a REGISTER was not answered: the one side is gone, the other asks again."""
