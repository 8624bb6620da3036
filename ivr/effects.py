"""What a session wants done and what comes back: frozen values between `session.py` and the telephone (pure).

Effects are wishes in the order in which they are to be done. A batch ends with exactly one effect that is answered
(`Collect`, `LookUp…`, `Fetch…`, `SaveReadings`) or with `Finish`; everything before it needs no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import get_args

from ivr.spoken import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One prompt in one language with the values that stand in it."""

    prompt: str
    language: str
    values: tuple[tuple[str, Value], ...] = ()


# --- effects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Say sentences; an interruptible one is cut short by the first key, which counts as the answer to what follows."""

    parts: tuple[Sentence, ...]
    interruptible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Take up to `digits` keys; ends at the last one, at the terminator, or after `timeout` seconds without a key."""

    digits: int
    timeout: float
    terminator: str = "#"


@dataclass(frozen=True, slots=True)
class LookUpCaller:
    """Which accounts belong to this telephone number? Answer: `Found` or `Unavailable`."""

    number: str


@dataclass(frozen=True, slots=True)
class LookUpAccount:
    """Which account has this number? Answer: `Found` (nobody as well when asked too often) or `Unavailable`."""

    digits: str


@dataclass(frozen=True, slots=True)
class NoteWrongProof:
    """The caller's proof of an account was wrong: counts against the number he calls from. Not answered."""


@dataclass(frozen=True, slots=True)
class FetchBalance:
    """Answer: `BalanceRead` or `Unavailable`."""

    account_id: int


@dataclass(frozen=True, slots=True)
class FetchRegisters:
    """Answer: `RegistersRead` or `Unavailable`."""

    account_id: int


@dataclass(frozen=True, slots=True)
class SaveReadings:
    """Store confirmed readings of all registers at once. Answer: `Judged` or `Unavailable`."""

    account_id: int
    values: tuple[tuple[int, Decimal], ...]
    """Register id and value."""
    taken_on: date


@dataclass(frozen=True, slots=True)
class LookUpMeter:
    """Which account has a meter whose number has these digits? Answered as `LookUpAccount`."""

    digits: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Is this the account's PIN, or what its last payment was? Answer: `Confirmed` or `Unavailable`."""

    account_id: int
    what: str
    """`pin` or `last_payment`."""
    digits: str


@dataclass(frozen=True, slots=True)
class FetchFacts:
    """Everything there is to tell of an account. Answer: `FactsRead` or `Unavailable`."""

    account_id: int


@dataclass(frozen=True, slots=True)
class FetchHours:
    """Is the house open? Answer: `HoursRead` or `Unavailable`."""


@dataclass(frozen=True, slots=True)
class FetchStanding:
    """Flags and segments of an account, and events at its address; without one: events of everybody.

    Answer: `StandingRead` or `Unavailable`.
    """

    account_id: int | None
    segments: tuple[int, ...] = ()
    """Those that the flow asks about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileApplication:
    """File an application. Answer: `Filed`, `NotFiled` or `Unavailable`."""

    account_id: int
    kind: str
    values: tuple[tuple[str, str], ...]
    step: str
    """One application a call and step, however often it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Record what the caller says and keep it. Answer: `Recorded`, `Silence` or `Unavailable`."""

    seconds: int
    silence: int
    team: str | None
    account_id: int | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNumber:
    """May we call back there? Answer: `NumberChecked`."""

    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckHour:
    """When can we call back at this hour of the day? Answer: `HourChecked` or `Unavailable`."""

    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCallback:
    """Take down that he wants to be called back. Answer: `CallbackKept`, `CallbackRefused` or `Unavailable`."""

    number: str
    account_id: int | None
    topic: str
    language: str
    at: datetime | None = None
    """The time he chose; None: as soon as his turn comes."""
    path: tuple[str, ...] = ()
    queue: str = "main"
    dialled: str = ""
    flags: tuple[str, ...] = ()
    waiting_since: datetime | None = None
    """Since when he waits in the queue, if he does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """Put a message into the outbox. Answer: `Queued`, `NoAddress` or `Unavailable`."""

    account_id: int
    channel: str
    what: str
    language: str


@dataclass(frozen=True, slots=True)
class KeepMark:
    """Keep a caller's mark. Answer: `Queued` or `Unavailable`."""

    question: str
    mark: int


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Set channel variables (docs/contracts.md); an operator finds them even if we die the next moment."""

    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the floor whose call this is, while the caller is still with us: the card is got ready meanwhile."""

    account_id: int
    language: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresee:
    """Get ready what he chose to hear, while he proves that he may: not a word of it is said before. Not answered."""

    account_id: int
    verb: str
    """`balance` or `last_payment`."""
    prefix: str
    """Of the step's prompts."""
    language: str
    utility: str


class Ending(StrEnum):
    """Last word of the IVR, value of `BUSBAR_IVR`."""

    QUEUE = "queue"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Finish:
    """The last effect of a session."""

    ending: Ending


Asking = (
    LookUpCaller
    | LookUpAccount
    | LookUpMeter
    | Confirm
    | FetchBalance
    | FetchRegisters
    | FetchFacts
    | FetchHours
    | FetchStanding
    | SaveReadings
    | FileApplication
    | CheckNumber
    | CheckHour
    | OfferCallback
    | SendMessage
    | KeepMark
)
"""What the house is asked."""
Effect = Say | Collect | Record | NoteWrongProof | SetVariables | Announce | Foresee | Finish | Asking
ANSWERED = (Collect, Record, *get_args(Asking))
"""Effects that are answered; at most one in a batch, always the last."""


# --- answers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Began:
    """The call is here and answered."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys, without the terminator; may be empty when only the terminator was pressed."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """No key in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """How an account stood when the call was recognised."""

    place: str
    """Words of its address, as areas of events have them."""
    flags: frozenset[str]
    """Its own and its customer's."""
    open: frozenset[str]
    """With those that the base works out, and the segments that rules of routing ask for."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account found; the number serves to check the last digits, it is never said."""

    account_id: int
    number: str
    pinned: bool = False
    """It has a PIN."""
    known: Opened | None = None
    """What the base told with it, when it was the only one."""


@dataclass(frozen=True, slots=True)
class Found:
    """Accounts found, none at all included."""

    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The base did not answer in time, or failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRead:
    """Balance of an account; positive: the customer owes."""

    balance: Decimal
    currency: str
    due_on: date | None
    last_payment: Decimal | None = None
    last_payment_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One register of a meter as a caller sees it on the wall."""

    register_id: int
    code: str
    """`single`, `day` or `night`; anything else is asked for by its code."""
    digits: int
    """Digits before the decimal point."""
    serial: str


@dataclass(frozen=True, slots=True)
class RegistersRead:
    """All registers of all meters in use, in the order to be asked."""

    dials: tuple[Dial, ...]


class Judgement(StrEnum):
    """What became of one reading."""

    STORED = "stored"
    NEXT_MONTH = "next_month"
    """Stored, but it came too late for this month's bill."""
    HELD = "held"
    """Stored for the office to look at: it is unusual."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Judgement on one register; `reason` is one of `flow.REFUSALS` where refused."""

    register_id: int
    judgement: Judgement
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts on a submission; nothing of it is stored when any of them is `REFUSED`."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Whether it was right; a caller who guesses too much is never."""

    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReading:
    """The newest reading of a register."""

    code: str
    value: Decimal
    taken_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """An application, as far as its owner is told by telephone."""

    number: str
    stage: str
    filed_on: date
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsRead:
    """What there is to tell of an account."""

    currency: str
    balance: Decimal
    overdue: Decimal
    due_on: date | None
    readings: tuple[LastReading, ...]
    prices: tuple[tuple[str, Decimal], ...]
    """Of a kilowatt-hour, by register."""
    applications: tuple[Requested, ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class HoursRead:
    """One of `flow.HOURS`."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event that a caller is told of."""

    texts: tuple[tuple[str, str], ...]
    """By language."""
    restored_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRead:
    """How an account stands."""

    flags: frozenset[str] = frozenset()
    segments: frozenset[int] = frozenset()
    events: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """An application is on record."""

    number: str
    due_on: date | None
    again: bool = False
    """It was before."""


@dataclass(frozen=True, slots=True)
class NotFiled:
    """This kind cannot be filed by telephone: its form wants more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message is kept."""

    seconds: int


@dataclass(frozen=True, slots=True)
class NumberChecked:
    """The number in E.164, "" when there is no calling it."""

    number: str


@dataclass(frozen=True, slots=True)
class HourChecked:
    """The next moment of that hour when the house works; None when there is none."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class CallbackKept:
    """He will be called back."""


@dataclass(frozen=True, slots=True)
class CallbackRefused:
    """He will not; the reason is for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Queued:
    """It is kept."""


@dataclass(frozen=True, slots=True)
class NoAddress:
    """We know no address to send it to."""


@dataclass(frozen=True, slots=True)
class Unspeakable:
    """A sentence could not be made audible; the caller has heard nothing of the batch from there on."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone."""


Answer = (
    Began
    | Pressed
    | Silence
    | Found
    | Unavailable
    | Confirmed
    | BalanceRead
    | RegistersRead
    | FactsRead
    | HoursRead
    | StandingRead
    | Judged
    | Filed
    | NotFiled
    | Recorded
    | NumberChecked
    | HourChecked
    | CallbackKept
    | CallbackRefused
    | Queued
    | NoAddress
    | Unspeakable
    | HungUp
)
EXPECTED: Mapping[type[Effect] | None, tuple[type[Answer], ...]] = MappingProxyType(
    {
        None: (Began,),
        Collect: (Pressed, Silence),
        Record: (Recorded, Silence, Unavailable),
        LookUpCaller: (Found, Unavailable),
        LookUpAccount: (Found, Unavailable),
        LookUpMeter: (Found, Unavailable),
        Confirm: (Confirmed, Unavailable),
        FetchBalance: (BalanceRead, Unavailable),
        FetchRegisters: (RegistersRead, Unavailable),
        FetchFacts: (FactsRead, Unavailable),
        FetchHours: (HoursRead, Unavailable),
        FetchStanding: (StandingRead, Unavailable),
        SaveReadings: (Judged, Unavailable),
        FileApplication: (Filed, NotFiled, Unavailable),
        CheckNumber: (NumberChecked,),
        CheckHour: (HourChecked, Unavailable),
        OfferCallback: (CallbackKept, CallbackRefused, Unavailable),
        SendMessage: (Queued, NoAddress, Unavailable),
        KeepMark: (Queued, Unavailable),
    }
)
"""Which answers an effect may have; `HungUp` and `Unspeakable` may come at any time."""
