"""What comes back for an effect: frozen values from the telephone to `session.py`; which effect has which (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from ivr.effects import (
    CheckHour,
    CheckNumber,
    Collect,
    Confirm,
    Effect,
    FetchBalance,
    FetchFacts,
    FetchHours,
    FetchRegisters,
    FetchStanding,
    FileApplication,
    KeepMark,
    LookUpAccount,
    LookUpCaller,
    LookUpMeter,
    OfferCallback,
    Record,
    SaveReadings,
    SendMessage,
)


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
