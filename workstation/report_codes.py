"""Codes in reports in words: what a state, a channel, a cause or an ending is called (pure).

Codes that people name themselves (queues, topics, kinds of applications) are not here: they stand as they are called.
"""

from __future__ import annotations

from collections.abc import Mapping

from workstation.campaign_words import OUTCOMES
from workstation.sentences import N_

_ENDINGS = {"queue": N_("To an operator"), "done": N_("Served by the menu"), "gone": N_("Hung up")}
_CHANNELS = {
    "phone": N_("Telephone"), "call": N_("Call"), "email": N_("E-mail"), "web": N_("Web"), "office": N_("Office"),
    "sms": N_("SMS"),
}  # fmt: skip
CODES: Mapping[str, Mapping[str, str]] = {
    "direction": {"in": N_("To us"), "out": N_("From us")},
    "channel": _CHANNELS,
    "payments.channel": {
        "bank": N_("Bank"), "post": N_("Post office"), "card": N_("Card"), "office": N_("Office"),
        "autopay": N_("Direct debit"), "reversal": N_("Reversal"),
    },
    "ending": _ENDINGS,
    "contacts.outcome": {
        "answered": N_("Answered"), "abandoned": N_("Gave up"), "served": N_("Served by the menu"),
        "failed": N_("Lost by our side"),
    },
    "visits.cause": {
        "closed": N_("Outside the hours"), "full": N_("The queue was full"), "nobody": N_("Nobody was signed in"),
        "late": N_("Waited too long"),
    },
    "offers.outcome": {"taken": N_("Answered"), "missed": N_("Missed"), "withdrawn": N_("The offer was withdrawn")},
    "offers.cause": {
        "no-answer": N_("Not answered"), "declined": N_("Declined"), "phone-failed": N_("The telephone failed"),
        "moved": N_("Another had the caller"), "caller-gone": N_("The caller hung up"),
    },
    "states.state": {
        "ready": N_("Ready"), "reserved": N_("Ringing"), "talking": N_("Talking"), "wrap_up": N_("Wrap-up"),
        "not_ready": N_("Not ready"),
    },
    "attempts.outcome": {str(code): text for code, text in OUTCOMES.items()},
    "attempts.mode": {
        "manual": N_("Dialled by hand"), "preview": N_("Preview"), "progressive": N_("Progressive"),
        "predictive": N_("Predictive"), "notice": N_("Voice notice"), "message": N_("Message"),
    },
    "promises.state": {
        "open": N_("Not yet over"), "kept": N_("Kept"), "part_kept": N_("Kept in part"), "broken": N_("Broken"),
        "rescheduled": N_("Put off"), "cancelled": N_("Called off"),
    },
    "promises.source": {"call": N_("In a call"), "office": N_("In the office"), "file": N_("With a file")},
    "readings.source": {
        "ivr": N_("Voice menu"), "operator": N_("Operator"), "web": N_("Web"), "bot": N_("Bot"),
        "inspector": N_("Inspector"), "verified": N_("Proved by the customer"), "amr": N_("Remote meter"),
        "office": N_("Estimated by a person"), "system": N_("Estimated by the house"),
        "prorated": N_("Worked out between two readings"), "forced": N_("Put in by force"), "agreed": N_("Agreed"),
        "exchange": N_("Exchange of the meter"),
    },
    "readings.quality": {
        "actual": N_("Actual"), "estimate": N_("Estimated"), "held": N_("Held"),
        "exchange": N_("Exchange of the meter"), "refused": N_("Refused"),
    },
    "applications.stage": {
        "filed": N_("Filed"), "accepted": N_("Accepted"), "in_work": N_("In work"), "waiting": N_("Waiting"),
        "done": N_("Done"), "refused": N_("Refused"), "reopened": N_("Reopened"),
    },
    "recordings.state": {
        "kept": N_("Can be heard"), "apart": N_("Kept apart"), "lost": N_("There is none"), "shredded": N_("Shredded"),
    },
    "recordings.fault": {
        "missing": N_("There is none"), "short": N_("Too short"), "silent": N_("Silent"),
        "unannounced": N_("The caller was not told"),
    },
    "callbacks.state": {
        "open": N_("Waits for its time"), "standing": N_("Stands in the queue"), "dialling": N_("Is being called"),
        "kept": N_("Kept"), "failed": N_("Not reached"), "cancelled": N_("Cancelled"), "came": N_("Called by himself"),
    },
    "tasks.kind": {
        "call": N_("Call"), "check": N_("Check"), "reminder": N_("Reminder"), "escalation": N_("Escalation"),
        "callback": N_("Call-back"), "other": N_("Other"),
    },
    "tasks.state": {
        "open": N_("Not yet over"), "in_work": N_("In work"), "done": N_("Done"), "cancelled": N_("Cancelled"),
    },
    "tasks.source": {
        "person": N_("A person"), "signal": N_("A signal"), "application": N_("An application"),
        "contact": N_("A contact"),
    },
}  # fmt: skip
"""By dimension, or by subject and dimension where a code means another thing there."""


def of(subject: str, dimension: str, code: str) -> str:
    """Return what a code is called in English, "" when it has no words of ours."""
    known = CODES.get(f"{subject}.{dimension}") or CODES.get(dimension) or {}
    return known.get(code, "")
