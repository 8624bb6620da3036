"""The life of a message that waits to be sent: one table, and nothing else changes its state (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Sending(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    """A sender has it; one that died gives it back."""
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SendingStep(StrEnum):
    """What happens to a message."""

    TAKE = "a sender takes it"
    GIVE_BACK = "its sender died"
    SEND = "is sent"
    FAIL = "is refused for good"
    CANCEL = "is cancelled"


TRANSITIONS: Mapping[tuple[Sending, SendingStep], Sending] = {
    (Sending.WAITING, SendingStep.TAKE): Sending.TAKEN,
    (Sending.WAITING, SendingStep.CANCEL): Sending.CANCELLED,
    (Sending.TAKEN, SendingStep.GIVE_BACK): Sending.WAITING,
    (Sending.TAKEN, SendingStep.SEND): Sending.SENT,
    (Sending.TAKEN, SendingStep.FAIL): Sending.FAILED,
}
