"""A caller of paper for tests of the session: answers what he is asked, remembers what he heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_core.accounts import is_account_number, with_check_digit
from ivr import library
from ivr.effects import (
    ANSWERED,
    Account,
    Answer,
    BalanceRead,
    Began,
    Collect,
    Dial,
    Effect,
    Ending,
    FetchBalance,
    FetchRegisters,
    Finish,
    Found,
    Judged,
    Judgement,
    LookUpAccount,
    LookUpCaller,
    Pressed,
    RegistersRead,
    SaveReadings,
    Say,
    SetVariables,
    Silence,
    Verdict,
)
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

    def answer(self, effect: Effect) -> Answer:
        """Answer anything but a question to the caller."""
        match effect:
            case LookUpCaller():
                return Found(self.known)
            case LookUpAccount(digits):
                return Found(tuple(account for account in self.exist if account.number == digits))
            case FetchBalance():
                return self.balance
            case FetchRegisters():
                return RegistersRead(self.dials)
            case SaveReadings():
                self.saved.append(effect)
                if self.verdicts:
                    return self.verdicts.pop(0)
                return Judged(tuple(Verdict(register, Judgement.STORED) for register, _ in effect.values))
            case _:
                raise AssertionError(effect)


class Caller:
    """Presses what the script says, then nothing more."""

    def __init__(self, *presses: str | None, world: World | None = None, number: str = NUMBER) -> None:
        self.presses = list(presses)
        self.world = world or World()
        self.session = Session(BOOKS.flow, RULES, number=number, now=NOW)
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
