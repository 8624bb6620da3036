"""Where a pop's time goes, for `bench pop`: the real floor and web, with a stamp taken at each door (shell).

Stamps are of the machine's one monotonic clock, kept in memory and told when the process ends: a pop pays about a
microsecond for each. Nothing of what is measured is changed or left out.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from datetime import date
from functools import wraps
from multiprocessing.connection import Connection
from typing import Any

from crm_core.card import Card
from crm_core.settings import Settings
from crm_core.store import cards as card_store
from routing import process as floor_process
from routing.bus import Publisher
from routing.herald import Herald
from routing.line import Line
from routing.news import CallChanged
from routing.views import CallPhase
from telephony.events import CallMarked, Mark
from workstation import process as web_process
from workstation.cards import Cards
from workstation.hub import Hub
from workstation.messages import ScreenPop
from workstation.reader import Reader

LEGS = (
    ("written", "received", "AMI bytes to the floor's decision begins"),
    ("received", "told", "the floor decides"),
    ("told", "sent", "news made into a transaction of Valkey and answered"),
    ("told", "heard", "news from the floor's tongue to the web's ear"),
    ("heard", "framed", "card taken or read, and framed"),
    ("framed", "arrived", "frame to the operator's socket and read there"),
    ("written", "rang", "AMI bytes to the telephone's ringing"),
)
"""From stamp, to stamp, what it is."""
READING = (
    ("written", "foretold", "AMI bytes to the herald's mouth"),
    ("foretold", "expected", "from the herald's mouth to the reader's ear"),
    ("expected", "asked", "reading begins"),
    ("asked", "answered", "PostgreSQL asked and its answer here"),
    ("answered", "read", "answer made into a card"),
    ("read", "rendered", "card rendered, its news being there by then"),
    ("rendered", "framed", "card framed"),
)
"""What happens beside the legs above when nothing was known before."""

Stamps = dict[tuple[str, str], int]
"""Nanoseconds by call, or by account where no call is known, and place; the first stamp of a place stands."""


def floor(settings: Settings, told: Connection) -> None:
    """Run the floor, stamped; tells its stamps at the end."""
    stamps: Stamps = {}
    _before(Herald, "cry", lambda _, coming: _stamp(stamps, str(coming.account_id), "foretold"))
    _before(Line, "receive", lambda _, event: _stamp(stamps, _waiting(event), "received"))
    _before(Publisher, "tell", lambda _, news, *_a, **_k: _stamp(stamps, _popping(news), "told"))
    popped: list[str] = []
    _before(Publisher, "tell", lambda _, news, *_a, **_k: popped.append(_popping(news)))

    written = Publisher._write  # noqa: SLF001 - a door, not a rule

    async def write(publisher: Publisher, *, whole: bool = False) -> None:
        mine = list(popped)
        popped.clear()
        await written(publisher, whole=whole)
        for call_id in mine:
            _stamp(stamps, call_id, "sent")

    setattr(Publisher, written.__name__, write)
    try:
        floor_process.main(settings)
    finally:
        told.send(stamps)


def web(settings: Settings, told: Connection) -> None:
    """Run the web, stamped; tells its stamps at the end."""
    # The server gives the signal that ended it on to whoever started it: we still have something to say.
    signal.signal(signal.SIGTERM, lambda *_: None)
    stamps: Stamps = {}
    _before(Hub, "hear", lambda _, envelope: _stamp(stamps, _popping(envelope.news), "heard"))
    _before(Reader, "begin", lambda _, account: _stamp(stamps, str(account), "expected"))
    _before(card_store, "ask_card", lambda _, account, *_a: _stamp(stamps, str(account), "asked"))
    made = card_store.card_from  # type: ignore[attr-defined]  # where it is called from

    def card_from(answer: bytes | str, today: date) -> Card:
        answered = time.monotonic_ns()
        card = made(answer, today)
        stamps.setdefault((str(card.account_id), "answered"), answered)
        _stamp(stamps, str(card.account_id), "read")
        return card

    card_store.card_from = card_from  # type: ignore[attr-defined]
    _after(Cards, "_card", lambda _, card, *_a: _stamp(stamps, str(card.account_id), "rendered"))
    _after(ScreenPop, "frame", lambda _epoch, _number, call, _card: _stamp(stamps, call.call_id, "framed"))
    try:
        web_process.main(settings)
    finally:
        told.send(stamps)


def _stamp(stamps: Stamps, call_id: str, place: str) -> None:
    if call_id:
        stamps.setdefault((call_id, place), time.monotonic_ns())


def _waiting(event: object) -> str:
    return event.leg if isinstance(event, CallMarked) and event.mark is Mark.WAITING else ""


def _popping(news: object) -> str:
    return news.call.call_id if isinstance(news, CallChanged) and news.call.phase is CallPhase.RINGING else ""


def _before(owner: object, name: str, look: Callable[..., object]) -> None:
    inner = getattr(owner, name)

    @wraps(inner)
    def outer(*arguments: Any, **options: Any) -> Any:
        look(*arguments, **options)
        return inner(*arguments, **options)

    setattr(owner, name, outer)


def _after(owner: object, name: str, look: Callable[..., object]) -> None:
    inner = getattr(owner, name)

    @wraps(inner)
    def outer(*arguments: Any, **options: Any) -> Any:
        result = inner(*arguments, **options)
        look(*arguments, **options)
        return result

    setattr(owner, name, outer)
