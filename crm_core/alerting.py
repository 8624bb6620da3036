"""Alerts on their way out of the house, by mail and to other programs: what is told, signed, tried again (pure).

Nothing of a person is ever told: a queue's, a node's or a trunk's name, and when it was. docs/lives/alert-delivery.md
is drawn from TRANSITIONS.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit


class Channel(StrEnum):
    """How an alert is told."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    """An HTTP POST to another program of the house."""


class Delivery(StrEnum):
    """Where a word about an alert stands."""

    WAITING = "waiting"
    SENT = "sent"
    """It lies in the outbox, or the other program has answered that it took it."""
    FAILED = "failed"


class DeliveryStep(StrEnum):
    """What happens to it."""

    SEND = "is taken"
    PUT_OFF = "is not taken, and tried again later"
    GIVE_UP = "was tried often enough"


TRANSITIONS: Final[Mapping[tuple[Delivery, DeliveryStep], Delivery]] = {
    (Delivery.WAITING, DeliveryStep.SEND): Delivery.SENT,
    (Delivery.WAITING, DeliveryStep.PUT_OFF): Delivery.WAITING,
    (Delivery.WAITING, DeliveryStep.GIVE_UP): Delivery.FAILED,
}
KINDS: Final = ("longest_wait", "service_level", "abandonment", "wrap_up", "node", "trunk", "recording", "import")
"""As `routing.alerts.Kind`."""
OF_PEOPLE: Final = frozenset({"wrap_up"})
"""Kinds whose subject is an operator: who it is stays in the house."""
PAUSES: Final = tuple(timedelta(seconds=one) for one in (20, 60, 300, 1200, 3600))
"""After each try that was in vain; the one after the last is the last try."""
ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
LONGEST_URL: Final = 300
SIGNATURE: Final = "Busbar-Signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word about an alert."""

    kind: str
    subject: str
    over: bool
    at: datetime
    """When it was raised, or over."""


def next_step(tries: int) -> tuple[DeliveryStep, timedelta | None]:
    """Return what follows when a try was in vain.

    Args:
        tries: how many were, this one too.

    """
    if tries > len(PAUSES):
        return DeliveryStep.GIVE_UP, None
    return DeliveryStep.PUT_OFF, PAUSES[tries - 1]


def body(word: Word, delivery_id: int) -> bytes:
    """Return what another program is sent: JSON, its keys in order."""
    said = {
        "id": delivery_id,
        "alert": word.kind,
        "subject": "" if word.kind in OF_PEOPLE else word.subject,
        "state": "over" if word.over else "raised",
        "at": word.at.isoformat(),
    }
    return json.dumps(said, sort_keys=True).encode()


def signature(secret: str, sent: bytes, at: datetime) -> str:
    """Return the value of the header: the second it was signed at, and HMAC-SHA256 over it, a dot and the body.

    Args:
        secret: of the way.
        sent: the body.
        at: when it is sent, UTC; the other side refuses what is old.

    """
    second = str(int(at.timestamp()))
    made = hmac.new(secret.encode(), second.encode() + b"." + sent, hashlib.sha256).hexdigest()
    return f"t={second},v1={made}"


def address_fault(channel: Channel, address: str, hosts: Collection[str]) -> str:
    """Return what is wrong with where an alert shall go: `email`, `url`, `host`, or "".

    Args:
        channel: how it goes there.
        address: as it was typed; hostile.
        hosts: `host:port` of the house's own network that may be called, without TLS too.

    """
    if channel is Channel.EMAIL:
        return "" if ADDRESS.fullmatch(address) else "email"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "url"
    plain = address.isascii() and address.isprintable() and " " not in address and len(address) <= LONGEST_URL
    if not plain or parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.fragment:
        return "url"
    if parts.scheme == "http" and f"{parts.hostname}:{port or 80}" not in hosts:
        return "host"
    return ""
