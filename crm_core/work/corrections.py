"""Correcting a contact that is written up: who may, with what reason, and when a second pair of eyes is needed (pure).

SECURITY.md AC22 and AC44: what was written up is never changed, only added to. A note may be added to by whoever wrote
it, with a reason. Another result counts in somebody's figures, so the one who wrote it can only propose one: a
supervisor approves it, and never his own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crm_core.access import Action, may
from crm_core.work.lives import LEADS, Barred, Mover


class Entry(StrEnum):
    """What a line of a contact's history is."""

    WRITTEN = "written"
    """Written up for the first time."""
    CORRECTED = "corrected"
    """Shown from now on."""
    PROPOSED = "proposed"
    """Not shown until somebody else approves it."""
    APPROVED = "approved"
    """What was proposed is shown from now on."""
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """A contact as it is shown."""

    disposition: str
    writer_id: int | None
    """Who wrote what is shown."""
    operator_id: int | None
    """Who had the contact."""


def correct(now: Now, mover: Mover, disposition: str, reason: str) -> Entry | Barred:
    """Say what a correction becomes, or why it cannot be made."""
    own = mover.user_id in {now.operator_id, now.writer_id}
    if not may(mover.role, Action.CORRECT_CONTACT) or not (own or mover.role in LEADS):
        return Barred("not-your-contact")
    if not reason.strip():
        return Barred("reason-missing")
    if own and disposition != now.disposition:
        return Entry.PROPOSED
    return Entry.CORRECTED


def settle(proposer_id: int | None, now: Now, mover: Mover) -> Barred | None:
    """Say why somebody may not approve or decline a proposal; None when he may."""
    if mover.role not in LEADS or not may(mover.role, Action.CORRECT_CONTACT):
        return Barred("step-not-yours")
    if mover.user_id in {proposer_id, now.operator_id, now.writer_id}:
        return Barred("four-eyes")
    return None
