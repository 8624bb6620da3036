"""Words that everything outbound shares: modes, outcomes, reasons for a no, and what the law is asked with (pure).

The values of the enumerations are stable codes: they stand in the base, in the API and in exports, and each has one
sentence in the workstation's words. A value is retired, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


class Mode(StrEnum):
    """How a debtor is called, or reminded."""

    MANUAL = "manual"
    """An operator dials by hand, from the card or the list."""
    PREVIEW = "preview"
    """An operator reads first; the call goes out when he says so, or when the time to read is over."""
    PROGRESSIVE = "progressive"
    """One call for one idle operator."""
    PREDICTIVE = "predictive"
    """As many calls as the pacing says."""
    NOTICE = "notice"
    """A recorded or spoken voice without operators."""
    MESSAGE = "message"
    """SMS or e-mail through the outbox."""


class Channel(StrEnum):
    """By what a debtor is reached."""

    CALL = "call"
    SMS = "sms"
    EMAIL = "email"


class Outcome(StrEnum):
    """How one attempt ended; exactly one of each attempt that ended (outbound/outcome.py)."""

    TALKED = "talked"
    """An operator talked with whoever answered; the disposition says with whom."""
    NOTICE_HEARD = "notice_heard"
    """A voice notice was heard to its end."""
    NOTICE_CUT = "notice_cut"
    """A voice notice began, and he hung up before its end."""
    ABANDONED = "abandoned"
    """Somebody answered and no operator was there within the grace; the safe-harbour message was played."""
    MACHINE = "machine"
    """An answering machine, a fax, or dead air."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    """He, his telephone or his network declined this call."""
    BAD_NUMBER = "bad_number"
    """No such number, or it has changed: it is not dialled again."""
    UNREACHABLE = "unreachable"
    """Switched off, out of reach, or a fault on the far side."""
    CONGESTION = "congestion"
    """Ours: the trunk had no room for the call. It never rang anywhere."""
    FAILED = "failed"
    """A fault of our own side or of its settings; a person should look."""
    CANCELLED = "cancelled"
    """By us before it was answered: paid, campaign stopped, operator gone."""
    UNKNOWN = "unknown"
    """It may have left us, and nobody knows what became of it: never retried blindly."""


class Reason(StrEnum):
    """Why the answer is no. A law, a bar, or a rule of ours; several may hold at once."""

    HOURS = "hours"
    """Outside the hours when he may be called, in his own zone."""
    HOLIDAY = "holiday"
    """Outside the hours of a weekend or a holiday, which are shorter, or there are none."""
    ATTEMPTS = "attempts"
    """As many attempts as may be in a day, week or month have been made."""
    CONVERSATIONS = "conversations"
    """As many conversations as may be in a day, week or month have been had."""
    WAITING_TIME = "waiting_time"
    """Too soon after what was last: a conversation, or an abandoned call."""
    NO_CONSENT = "no_consent"
    """This way of reaching him needs his consent, and it is missing or withdrawn."""
    DO_NOT_CALL = "do_not_call"
    """He, or his number, is not to be called (cease contact included)."""
    DISPUTE = "dispute"
    """He disputes the debt."""
    REPRESENTED = "represented"
    """Somebody represents him: it is he who is to be spoken to."""
    DECEASED = "deceased"
    BANKRUPT = "bankrupt"
    """Insolvency has been filed for; claims go to the trustee."""
    LIFE_SUPPORT = "life_support"
    """Somebody's life depends on the supply: a person writes to him, a dialler does not call."""
    MINOR = "minor"
    """He is a minor or under guardianship."""
    PAID = "paid"
    """Nothing is owed any more."""
    HOLD = "hold"
    """Legal hold: nobody contacts him until it is lifted."""
    NO_NUMBER = "no_number"
    """There is no number, or none that has not been tried in vain."""
    WRONG_NUMBER = "wrong_number"
    """Somebody else lives at this number."""
    NUMBER_NOT_ALLOWED = "number_not_allowed"
    """Premium rate, short, satellite, emergency, foreign or our own: never dialled (crm_core/outward.py)."""
    CALLER_ID = "caller_id"
    """The number that would be shown is not one of ours."""
    BUSY_NOW = "busy_now"
    """A call to or from this debtor is open."""
    CAPS = "caps"
    """As many calls as may go out have gone out: per operator, number, trunk or day (docs/contact-law.md)."""
    CAMPAIGN = "campaign"
    """The campaign does not run, or it is out of its schedule."""
    ZONE_UNKNOWN = "zone_unknown"
    """Nobody knows in which zone he lives, and it is not a permitted hour in every one of those that are possible."""
    CHANNEL = "channel"
    """The profile does not let this channel be used at all."""
    UNSETTLED = "unsettled"
    """An earlier attempt has an unknown end; a person decides (`Outcome.UNKNOWN`)."""


class Klass(StrEnum):
    """Where a row of a campaign's list stands; exactly one at every moment, and their counts sum to the list."""

    WAITING = "waiting"
    """May be called, now or later."""
    IN_WORK = "in_work"
    """An attempt is open."""
    REACHED_RIGHT_PARTY = "reached_right_party"
    REACHED_THIRD_PARTY = "reached_third_party"
    NOT_REACHED = "not_reached"
    """Every attempt that the rules allow was made."""
    BLOCKED_BY_LAW = "blocked_by_law"
    PAID = "paid"
    BAD_NUMBER = "bad_number"
    REMOVED = "removed"
    """By hand, with a reason."""
    EXPIRED = "expired"
    """The campaign ended before he was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacted:
    """One earlier attempt, message or talk, of any campaign, hand or channel."""

    at: datetime
    """When it was dialled or sent, or when it came in; UTC."""
    channel: Channel
    conversation: bool
    """Somebody talked with him (by telephone)."""
    customer_id: int
    account_id: int | None
    """About which debt; None: nobody knows, so it counts for each of his debts."""
    outcome: str
    """An `Outcome`'s value, of a message `sent`, "" while it is open."""
    by_us: bool = True
    """False: he called or wrote of his own accord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """What the law must know of whom we want to reach, at one number and about one debt."""

    customer_id: int
    account_id: int
    number: str
    """E.164, or an e-mail address for `Channel.EMAIL`; "" when there is none."""
    zones: tuple[str, ...]
    """IANA zones where he may be: one when his premises are known, every possible one else; () is every one of the
    profile."""
    bars: frozenset[Reason] = frozenset()
    """What stands against any contact now: dispute, do-not-call, deceased …, of him, his debt or his number."""
    consents: frozenset[str] = frozenset()
    """What he consents to now, in the words of crm_core.parties.ConsentKind: `calls`, `sms`, `email` …"""
    open_debt: Decimal = Decimal(0)
    """What is owed, in the house's currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """He may be reached."""

    until: datetime | None
    """First moment when the answer would be no if only time passes; None: not before the end of what is looked at."""
    policy: str
    """`code@version` of the profile that said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """He may not be reached now."""

    reasons: tuple[Reason, ...]
    """All that hold, in the order of `Reason`; never empty."""
    next_at: datetime | None
    """First moment when the answer would be yes if only time passes; None: not before something else changes."""
    policy: str
    """`code@version` of the profile that said so."""


Answer: TypeAlias = Allowed | Blocked
