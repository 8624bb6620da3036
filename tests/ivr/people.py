"""A caller of paper for tests of the session: answers what he is asked, remembers what he heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_core.accounts import is_account_number, with_check_digit
from ivr import library
from ivr.answers import (
    Account,
    Answer,
    BalanceRead,
    Began,
    CallbackKept,
    Confirmed,
    Dial,
    FactsRead,
    Filed,
    Found,
    HoursRead,
    Judged,
    Judgement,
    LastReading,
    NumberChecked,
    Pressed,
    Queued,
    Recorded,
    RegistersRead,
    Requested,
    Silence,
    StandingRead,
    Verdict,
)
from ivr.effects import (
    ANSWERED,
    CheckNumber,
    Collect,
    Confirm,
    Effect,
    Ending,
    FetchBalance,
    FetchFacts,
    FetchHours,
    FetchRegisters,
    FetchStanding,
    FileApplication,
    Finish,
    KeepMark,
    LookUpAccount,
    LookUpCaller,
    LookUpMeter,
    OfferCallback,
    Record,
    SaveReadings,
    Say,
    SendMessage,
    SetVariables,
)
from ivr.flow import Flow
from ivr.session import Session
from ivr.talk import Rules

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OURS = Account(7, with_check_digit("700000012"))
THEIRS = Account(8, with_check_digit("800000034"))
NUMBER = "+74955550101"
BOOKS = library.load(("en", "ru"), Path("/nonexistent"))
RULES = Rules(
    languages=("en", "ru"),
    utility="Sample Energy",
    zone=ZoneInfo("Europe/Moscow"),
    is_account_number=is_account_number,
    account_digits=10,
)
SINGLE = (Dial(register_id=1, code="single", digits=6, serial="M-1234"),)
TWO_RATES = (
    Dial(register_id=1, code="day", digits=6, serial="M-1234"),
    Dial(register_id=2, code="night", digits=6, serial="M-1234"),
)
PIN = "2580"
FACTS = FactsRead(
    currency="RUB",
    balance=Decimal("1021.50"),
    overdue=Decimal("300.00"),
    due_on=date(2026, 12, 5),
    readings=(
        LastReading(code="day", value=Decimal("12034.000"), taken_on=date(2026, 10, 20)),
        LastReading(code="T3", value=Decimal(77), taken_on=date(2026, 10, 20)),
    ),
    prices=(("single", Decimal("5.43")),),
    applications=(
        Requested(number="A-2026-000042", stage="in_work", filed_on=date(2026, 11, 2), due_on=date(2026, 11, 25)),
        Requested(number="A-2026-000007", stage="done", filed_on=date(2026, 10, 2), due_on=None),
    ),
)
SILENT = None
"""What a caller "presses" who says nothing."""


class World:
    """What the house answers."""

    def __init__(
        self,
        *,
        known: tuple[Account, ...] = (OURS,),
        exist: tuple[Account, ...] = (OURS, THEIRS),
        balance: Answer | None = None,
        dials: tuple[Dial, ...] = SINGLE,
        verdicts: Iterable[Answer] = (),
        broken: type[Effect] | None = None,
        answers: Mapping[type[Effect], Answer] | None = None,
    ) -> None:
        self.known = known
        self.exist = exist
        self.balance = balance or BalanceRead(
            balance=Decimal("1021.50"), currency="RUB", due_on=date(2026, 12, 5),
            last_payment=Decimal(700), last_payment_on=date(2026, 11, 2),
        )  # fmt: skip
        self.dials = dials
        self.verdicts = list(verdicts)
        self.broken = broken
        self.saved: list[SaveReadings] = []
        self.done: list[Effect] = []
        """Everything that was kept, filed or sent."""
        self.answers: dict[type[Effect], Answer] = {
            FetchFacts: FACTS,
            FetchHours: HoursRead("open"),
            FetchStanding: StandingRead(),
            FileApplication: Filed(number="A-2026-000042", due_on=date(2026, 11, 25)),
            Record: Recorded(7),
            OfferCallback: CallbackKept(),
            SendMessage: Queued(),
            KeepMark: Queued(),
            Confirm: Confirmed(right=False),
            **(answers or {}),
        }

    def answer(self, effect: Effect) -> Answer:  # noqa: PLR0911 - one line a question
        """Answer anything but a question to the caller."""
        match effect:
            case LookUpCaller():
                return Found(self.known)
            case LookUpAccount(digits) | LookUpMeter(digits):
                return Found(tuple(account for account in self.exist if account.number == digits))
            case CheckNumber(keys=keys):
                return NumberChecked(f"+{keys}" if len(keys) == 11 else "")
            case Confirm(digits=digits) if digits == PIN:
                return Confirmed(right=True)
            case FetchBalance():
                return self.balance
            case FetchRegisters():
                return RegistersRead(self.dials)
            case SaveReadings():
                self.saved.append(effect)
                if self.verdicts:
                    return self.verdicts.pop(0)
                return Judged(tuple(Verdict(register, Judgement.STORED) for register, _ in effect.values))
            case FileApplication() | Record() | OfferCallback() | SendMessage() | KeepMark():
                self.done.append(effect)
        return self.answers[type(effect)]


class Caller:
    """Presses what the script says, then nothing more."""

    def __init__(
        self, *presses: str | None, world: World | None = None, number: str = NUMBER, flow: Flow = BOOKS.flow
    ) -> None:
        self.presses = list(presses)
        self.world = world or World()
        self.session = Session(flow, RULES, number=number, now=NOW)
        self.heard: list[str] = []
        self.languages: list[str] = []
        self.variables: dict[str, str] = {}
        self.ending: Ending | None = None
        self.asked = 0
        self.now = NOW
        self.batches: list[list[Effect]] = []

    def call(self) -> Caller:
        """Run the call to its end."""
        effects = self.session.receive(Began(), self.now)
        while not self.session.over:
            effects = self.session.receive(self.do(effects), self.now)
        self.do(effects)
        return self

    def do(self, effects: list[Effect]) -> Answer:
        """Live through a batch and answer its last effect."""
        self.batches.append(effects)
        for effect in effects:
            match effect:
                case Say(parts):
                    self.heard += [part.prompt for part in parts]
                    self.languages += [part.language for part in parts]
                case SetVariables(values):
                    self.variables.update(values)
                case Finish(ending):
                    self.ending = ending
                case Collect():
                    self.asked += 1
                    self.now += timedelta(seconds=3)
                    pressed = self.presses.pop(0) if self.presses else SILENT
                    return Silence() if pressed is None else Pressed(pressed)
                case effect if isinstance(effect, ANSWERED):
                    return self.world.answer(effect)
                case _:
                    pass
        return Silence()


def values_of(caller: Caller, prompt: str) -> Mapping[str, object]:
    """Values of the last sentence of this prompt that was said."""
    for effects in reversed(caller.batches):
        for effect in effects:
            if isinstance(effect, Say):
                for part in effect.parts:
                    if part.prompt == prompt:
                        return dict(part.values)
    raise AssertionError(f"{prompt} was not said")
