"""What is done when a deadline has come that somebody set with `Hall.alarm` (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from routing import (
    absent,
    callbacks,
    cards,
    consults,
    debtors,
    fallback,
    helping,
    offers,
    overflow,
    recording,
    resync,
    secondline,
    standing,
    talks,
)
from routing.hall import Hall
from routing.views import OperatorId
from telephony.events import CallId, LegId

ALARMS: Mapping[str, Callable[[Hall, str, datetime], None]] = {
    "offer": lambda hall, key, now: offers.expired(hall, LegId(key), now),
    "consult": lambda hall, key, now: consults.expired(hall, LegId(key), now),
    helping.ALARM: lambda hall, key, now: helping.expired(hall, LegId(key), now),
    "came-back": lambda hall, key, now: secondline.given_back(hall, CallId(key), now),
    "rejoin": lambda hall, key, now: offers.rejoin(hall, CallId(key), now),
    "wrap-up": lambda hall, key, now: talks.wrap_up_ended(hall, OperatorId(int(key)), now),
    "settled": lambda hall, key, _: offers.settled(hall, OperatorId(int(key))),
    "held-back": lambda hall, key, _: hall.lineup.let_go(CallId(key)),
    overflow.ALARM: lambda hall, key, now: overflow.due(hall, CallId(key), now),
    fallback.ALARM: lambda hall, *_: fallback.rejoin(hall),
    "node-gone": lambda hall, key, now: absent.gone(hall, next(node for node in hall.nodes if node == key), now),
    "back-stand": lambda hall, key, now: callbacks.woken(hall, "back-stand", CallId(key), now),
    "back-dial": lambda hall, key, now: callbacks.woken(hall, "back-dial", CallId(key), now),
    "back-ring": lambda hall, key, now: callbacks.woken(hall, "back-ring", CallId(key), now),
    debtors.ALARM: lambda hall, key, now: debtors.due(hall, LegId(key), now),
    cards.ALARM: lambda hall, key, now: cards.due(hall, LegId(key), now),
    standing.ALARM: lambda hall, key, now: standing.due(hall, OperatorId(int(key)), now),
    "pause": lambda hall, key, now: recording.forgotten(hall, CallId(key), now),
    "snapshot": lambda hall, key, _: resync.ask_again(hall, next(node for node in hall.nodes if node == key)),
}
"""What is done when a deadline has come that somebody set with `Hall.alarm`."""
