"""SIP in small pieces: a message taken apart, a session described, a challenge answered (pure). RFC 3261, 4566."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from telephony import rtp, text

LARGEST: Final = 65_535
PAIR: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))')
COMPACT: Final = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


def token(bits: int = 80) -> str:
    """Return a fresh tag, branch or Call-ID: unique across restarts and machines."""
    return secrets.token_hex(bits // 8)


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response, with headers in order and names in lower case."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> Message:
        """Read a datagram; whatever it holds, something comes out."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers.append((COMPACT.get(name, name), value.strip()))
        return cls(first, tuple(headers), body)

    def get(self, name: str) -> str:
        """First value of a header, "" when absent."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def every(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def status(self) -> int:
        """Status of a response, 0 for a request."""
        found = re.match(r"SIP/2\.0 (\d{3})", self.first)
        return int(found[1]) if found else 0

    @property
    def method(self) -> str:
        """Method of the request, or of the request a response answers."""
        return self.get("cseq").partition(" ")[2].strip() if self.status else self.first.partition(" ")[0]

    @property
    def number(self) -> int:
        """CSeq number, 0 when there is none."""
        digits = self.get("cseq").partition(" ")[0]
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 11 else 0


def tag(header: str) -> str:
    """Tag of a From or To header."""
    found = re.search(r";\s*tag=([^;\s>]+)", header)
    return found[1] if found else ""


def uri(header: str) -> str:
    """Address in a From, To or Contact header."""
    found = re.search(r"<([^>]+)>", header)
    return found[1] if found else header.partition(";")[0].strip()


def describe(
    address: str, port: int, mode: str = "sendrecv", version: int = 1, codecs: Iterable[int] = (rtp.PCMU, rtp.PCMA)
) -> str:
    """Return a session description for G.711 and keys."""
    kinds = tuple(codecs)
    names = {rtp.PCMU: "PCMU", rtp.PCMA: "PCMA"}
    return "\r\n".join(
        [
            "v=0",
            f"o=- {port} {version} IN IP4 {address}",
            "s=-",
            f"c=IN IP4 {address}",
            "t=0 0",
            f"m=audio {port} RTP/AVP {' '.join(map(str, kinds))} {rtp.EVENT}",
            *(f"a=rtpmap:{kind} {names[kind]}/8000" for kind in kinds),
            f"a=rtpmap:{rtp.EVENT} telephone-event/8000",
            f"a=fmtp:{rtp.EVENT} 0-15",
            "a=ptime:20",
            f"a={mode}",
            "",
        ]
    )


@dataclass(frozen=True, slots=True)
class Media:
    """Where and how the other side wants audio."""

    address: str
    port: int
    kind: int
    """Payload type of audio."""
    event: int
    """Payload type of keys."""
    mode: str


def media(description: str) -> Media | None:
    """Read a session description; None when it has no G.711 audio."""
    audio = re.search(r"^m=audio (\d{1,5}) \S+ ([\d ]+)", description, re.MULTILINE)
    address = re.search(r"^c=IN IP4 ([\d.]+)", description, re.MULTILINE)
    if audio is None or address is None:
        return None
    kind = next((int(kind) for kind in audio[2].split() if int(kind) in (rtp.PCMU, rtp.PCMA)), None)
    event = re.search(r"^a=rtpmap:(\d{1,3}) telephone-event/8000", description, re.MULTILINE)
    mode = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", description, re.MULTILINE)
    if kind is None or not 0 < int(audio[1]) < 65536:
        return None
    return Media(
        address[1], int(audio[1]), kind, int(event[1]) if event else rtp.EVENT, mode[1] if mode else "sendrecv"
    )


def authorise(challenge: str, method: str, address: str, user: str, password: str) -> str:
    """Return the value of an Authorization header that answers a digest challenge (MD5, with or without qop)."""
    asked = {name.lower(): quoted or plain for name, quoted, plain in PAIR.findall(challenge)}
    realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
    secret = _md5(f"{user}:{realm}:{password}")
    what = _md5(f"{method}:{address}")
    fields = [f'username="{user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{address}"', "algorithm=MD5"]
    if "auth" in asked.get("qop", ""):
        own = token(64)
        response = _md5(f"{secret}:{nonce}:00000001:{own}:auth:{what}")
        fields += ["qop=auth", "nc=00000001", f'cnonce="{own}"']
    else:
        response = _md5(f"{secret}:{nonce}:{what}")
    if "opaque" in asked:
        fields.append(f'opaque="{asked["opaque"]}"')
    return "Digest " + ", ".join([*fields, f'response="{response}"'])


def _md5(value: str) -> str:
    return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()  # RFC 2617 knows no other


def user_part(number: str) -> str:
    """Return a number as the user part of a SIP address.

    Raises:
        ValueError: it holds what would end the address or the line.

    """
    if not re.fullmatch(r"[A-Za-z0-9+*#._-]{1,64}", number):
        raise ValueError("this is not a number or name that can be dialled")
    return number.replace("#", "%23")


def display(name: str) -> str:
    """Return a display name, quoted, with a space behind; "" for none."""
    tamed = re.sub(r'[\\"<>]', "", text.tame(name, text.NAME_LIMIT))
    return f'"{tamed}" ' if tamed else ""
