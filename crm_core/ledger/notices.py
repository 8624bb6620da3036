"""Notices to who owes: kinds, channels, and the life of one as a table (pure). docs/lives/notice.md draws it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class NoticeKind(StrEnum):
    """What a notice says; the path of DOMAIN D3."""

    REMINDER = "reminder"
    DEBT = "debt"
    RESTRICTION_WARNING = "restriction_warning"
    """Supply may be restricted 20 days after this one provably arrived (government decree 354)."""
    RESTRICTION = "restriction"
    COURT = "court"


class NoticeChannel(StrEnum):
    """How it went."""

    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"
    PHONE = "phone"
    HAND = "hand"


class NoticeState(StrEnum):
    """What is known of a notice."""

    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class NoticeEvent(StrEnum):
    """What comes back."""

    ARRIVED = "arrived"
    CAME_BACK = "came back"


TRANSITIONS: Final[dict[tuple[NoticeState, NoticeEvent], NoticeState]] = {
    (NoticeState.SENT, NoticeEvent.ARRIVED): NoticeState.DELIVERED,
    (NoticeState.SENT, NoticeEvent.CAME_BACK): NoticeState.FAILED,
}


def advance(state: NoticeState, event: NoticeEvent) -> NoticeState | None:
    """Return the state after an event, None when it may not happen in this one."""
    return TRANSITIONS.get((state, event))
