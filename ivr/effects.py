"""What a session wants done: frozen values from `session.py` to the telephone; `answers.py` has what comes back (pure).

Effects are wishes in the order in which they are to be done. A batch ends with exactly one effect that is answered
(`Collect`, `LookUp…`, `Fetch…`, `SaveReadings`) or with `Finish`; everything before it needs no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import get_args

from ivr.spoken import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One prompt in one language with the values that stand in it."""

    prompt: str
    language: str
    values: tuple[tuple[str, Value], ...] = ()


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
