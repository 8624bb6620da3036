"""What a session wants done and what comes back: frozen values between `session.py` and the telephone (pure).

Effects are wishes in the order in which they are to be done. A batch ends with exactly one effect that is answered
(`Collect`, `LookUp…`, `Fetch…`, `SaveReadings`) or with `Finish`; everything before it needs no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

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
class SetVariables:
    """Set channel variables (docs/contracts.md); an operator finds them even if we die the next moment."""

    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the floor whose call this is, while the caller is still with us: the card is got ready meanwhile."""

    account_id: int
    language: str
    path: str


class Ending(StrEnum):
    """Last word of the IVR, value of `BUSBAR_IVR`."""

    QUEUE = "queue"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Finish:
    """The last effect of a session."""

    ending: Ending


Effect = (
    Say
    | Collect
    | LookUpCaller
    | LookUpAccount
    | NoteWrongProof
    | FetchBalance
    | FetchRegisters
    | SaveReadings
    | SetVariables
    | Announce
    | Finish
)
ANSWERED = (Collect, LookUpCaller, LookUpAccount, FetchBalance, FetchRegisters, SaveReadings)
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


@dataclass(frozen=True, slots=True)
class Account:
    """An account found; the number serves to check the last digits, it is never said."""

    account_id: int
    number: str


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
class Unspeakable:
    """A sentence could not be made audible; the caller has heard nothing of the batch from there on."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone."""


Answer = Began | Pressed | Silence | Found | Unavailable | BalanceRead | RegistersRead | Judged | Unspeakable | HungUp
