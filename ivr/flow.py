"""Flows: what a caller may hear and choose, as data; parsed from YAML text and checked before a call is taken (pure).

The vocabulary is in docs/ivr.md. A step is one verb (`say`, `menu`, `collect` …) with its settings; a flow is
steps by name, where the caller starts and where he goes when an operator is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ivr.levels import Level
from ivr.services import (
    AnnounceStep,
    ApplicationStatusStep,
    CallbackStep,
    DebtStep,
    FileStep,
    LastReadingStep,
    NextDueStep,
    OutageStep,
    RecordStep,
    SendStep,
    SurveyStep,
    TariffStep,
)
from ivr.step import Case, Code, Key, Name, Rung, Seconds, Step, Tries

BAD_YAML = (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What the parser raises at hostile text: it reads dates and numbers itself, and goes as deep as the text does."""


class FlowError(ValueError):
    """A flow's text cannot be understood; the message says where and why."""


class SayStep(Step):
    """Say something and go on."""

    verb: ClassVar[str] = "say"
    waits: ClassVar[bool] = False
    say: Name
    interruptible: bool = True
    next: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """One prompt without values of its own."""
        return {self.say: frozenset()}

    def exits(self) -> tuple[str, ...]:
        """Go on."""
        return (self.next,)


class LanguageStep(Step):
    """Let the caller choose a language, each offered in itself; said only when there are several."""

    verb: ClassVar[str] = "language"
    waits: ClassVar[bool] = False
    language: Name
    tries: Tries = 2
    timeout: Seconds = 5
    next: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """The offer, which names the key to press."""
        return {self.language: frozenset({"key"})}

    def exits(self) -> tuple[str, ...]:
        """Go on, in the default language when nothing was chosen."""
        return (self.next,)


class LookUpStep(Step):
    """Recognise the account by the number that calls."""

    verb: ClassVar[str] = "look_up"
    waits: ClassVar[bool] = False
    look_up: Literal["caller"]
    one: Name
    several: Name
    nobody: Name
    failed: Name

    def exits(self) -> tuple[str, ...]:
        """By how many accounts the number has, or `failed` when the base did not answer."""
        return (self.one, self.several, self.nobody, self.failed)


class MenuStep(Step):
    """Offer choices, one key each; 0 is the operator unless chosen otherwise."""

    verb: ClassVar[str] = "menu"
    menu: Name
    choices: Mapping[Key, Name] = Field(min_length=1)
    interruptible: bool = True
    """A key ends the offer; else it is heard to its end first."""
    tries: Tries = 3
    timeout: Seconds = 6
    otherwise: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """The offer, and what is said to a wrong key or to silence."""
        return {self.menu: frozenset(), "not_understood": frozenset(), "not_heard": frozenset()}

    def exits(self) -> tuple[str, ...]:
        """The choices, and where the tries lead."""
        return (*dict.fromkeys(self.choices.values()), self.otherwise)


class CollectStep(Step):
    """Ask for digits: a proof of who calls, or a number that a later step needs."""

    verb: ClassVar[str] = "collect"
    collect: Name
    expect: Literal["account", "last_four", "meter", "pin", "last_payment", "digits"]
    wrong: Name
    interruptible: bool = True
    tries: Tries = 3
    timeout: Seconds = 8
    least: int = Field(1, ge=1, le=20)
    most: int = Field(12, ge=1, le=20)
    check: Literal["none", "account", "luhn"] = "none"
    """Check digit of `digits`: as account numbers have it, or Luhn's."""
    into: Name | None = None
    """Under which name `digits` are kept for later steps of this call."""
    next: Name
    otherwise: Name
    failed: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """The question, one answer to everything wrong, and silence."""
        return {self.collect: frozenset(), self.wrong: frozenset(), "not_heard": frozenset()}

    def exits(self) -> tuple[str, ...]:
        """Proved, not proved, base did not answer."""
        return (self.next, self.otherwise, self.failed)


IDENTITIES = ("confirmed", "verified", "recognised", "several", "unknown")
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
"""A case of `branch: time`."""
HOURS = ("open", "closed", "holiday")
CASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"identity": IDENTITIES, "hours": HOURS, "mass_event": ("yes", "no")}
)
"""What a branch can find, where that is a closed list."""


class BranchStep(Step):
    """Go on by what is known of the caller, silently."""

    verb: ClassVar[str] = "branch"
    waits: ClassVar[bool] = False
    branch: Literal["identity", "language", "hours", "mass_event", "flags", "segment", "time"]
    cases: Mapping[Case, Name] = Field(min_length=1)
    otherwise: Name

    def exits(self) -> tuple[str, ...]:
        """The cases and everything else."""
        return (*dict.fromkeys(self.cases.values()), self.otherwise)


class BalanceStep(Step):
    """Read the balance out; only to a caller who proved the account, everyone else goes to `unverified`."""

    verb: ClassVar[str] = "balance"
    waits: ClassVar[bool] = False
    balance: Name
    """Prefix of three prompts: `<prefix>_owed`, `<prefix>_credit`, `<prefix>_zero`."""
    next: Name
    level: Rung = Level.UNKNOWN
    unverified: Name
    failed: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """One prompt for each sign of the balance; a debt with and without a day to pay by."""
        amount = frozenset({"amount"})
        return {
            f"{self.balance}_owed": amount,
            f"{self.balance}_due": amount | {"due"},
            f"{self.balance}_credit": amount,
            f"{self.balance}_zero": frozenset(),
        }

    def exits(self) -> tuple[str, ...]:
        """Told, not allowed, base did not answer."""
        return (self.next, self.unverified, self.failed)


class LastPaymentStep(Step):
    """Say when the last payment came and how much it was; guarded as the balance is."""

    verb: ClassVar[str] = "last_payment"
    waits: ClassVar[bool] = False
    last_payment: Name
    """Prefix of two prompts: `<prefix>_known`, `<prefix>_none`."""
    next: Name
    level: Rung = Level.UNKNOWN
    unverified: Name
    failed: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """With and without a payment."""
        return {
            f"{self.last_payment}_known": frozenset({"amount", "day"}),
            f"{self.last_payment}_none": frozenset(),
        }

    def exits(self) -> tuple[str, ...]:
        """Told, not allowed, base did not answer."""
        return (self.next, self.unverified, self.failed)


REFUSALS = ("lower", "digits", "date", "other")
"""Why a reading is refused, in words for a caller; other reasons are explained as `other`."""


class ReadingStep(Step):
    """Take the reading of every register, read it back, have it confirmed, store all at once."""

    verb: ClassVar[str] = "take_reading"
    take_reading: Name
    """Prefix of its prompts, see `prompts`."""
    tries: Tries = 3
    timeout: Seconds = 10
    next: Name
    held: Name | None = None
    """Where a reading leads that the rules held; else as `next`."""
    no_meter: Name
    unverified: Name
    otherwise: Name
    failed: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """Questions by register, the meter's name when there are several, reading back, and every verdict."""
        prefix = self.take_reading
        plain = ("single", "day", "night", "wrong", "saved", "next_month", "held", "again", "unsaved", "unsure")
        return {
            **{f"{prefix}_{word}": frozenset() for word in plain},
            **{f"{prefix}_refused_{reason}": frozenset() for reason in REFUSALS},
            f"{prefix}_meter": frozenset({"serial"}),
            f"{prefix}_register": frozenset({"code"}),
            f"{prefix}_confirm": frozenset({"digits"}),
            f"{prefix}_unusual": frozenset({"digits"}),
            "not_heard": frozenset(),
        }

    def exits(self) -> tuple[str, ...]:
        """Stored, nothing to read, account not known, given up, base did not answer."""
        held = (self.held,) if self.held else ()
        return (self.next, *held, self.no_meter, self.unverified, self.otherwise, self.failed)


class TransferStep(Step):
    """Say it and pass the caller on to the operators' queue."""

    verb: ClassVar[str] = "transfer"
    transfer: Name
    queue: Code | None = None
    flags: tuple[Code, ...] = Field((), max_length=5)
    """What operators and rules of routing should know (`BUSBAR_FLAGS`)."""
    survey: bool = False
    """Whether the caller is asked for a mark after the talk (`BUSBAR_SURVEY`)."""

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """One prompt."""
        return {self.transfer: frozenset()}


class HangUpStep(Step):
    """Say it and end the call: the caller has what he wanted."""

    verb: ClassVar[str] = "hang_up"
    hang_up: Name

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """One prompt."""
        return {self.hang_up: frozenset()}


STEPS: tuple[type[Step], ...] = (
    SayStep,
    LanguageStep,
    LookUpStep,
    MenuStep,
    CollectStep,
    BranchStep,
    BalanceStep,
    LastPaymentStep,
    ReadingStep,
    LastReadingStep,
    NextDueStep,
    TariffStep,
    DebtStep,
    ApplicationStatusStep,
    OutageStep,
    FileStep,
    RecordStep,
    CallbackStep,
    SendStep,
    SurveyStep,
    AnnounceStep,
    TransferStep,
    HangUpStep,
)
VERBS: Mapping[str, type[Step]] = MappingProxyType({step.verb: step for step in STEPS})


class Flow(BaseModel):
    """A whole flow. `operator` is where 0, giving up and every failure lead."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    name: Name
    start: Name
    operator: Name
    steps: Mapping[str, Step]

    def prompts(self) -> Iterator[tuple[str, str, frozenset[str]]]:
        """Yield every prompt the flow says: name of the step, prompt, values it is given."""
        for name, step in self.steps.items():
            for prompt, values in step.prompts().items():
                yield name, prompt, values


def parse(text: str) -> Flow:
    """Read a flow from YAML.

    Raises:
        FlowError: in one sentence, where the text is not a flow.
    """
    try:
        data = yaml.safe_load(text)
    except BAD_YAML as error:
        raise FlowError(f"not YAML: {' '.join(str(error).split())[:300]}") from error
    if not isinstance(data, dict) or not isinstance(data.get("steps"), dict):
        raise FlowError("a flow is a mapping with name, start, operator and steps")
    steps = {str(name): _parse_step(str(name), body) for name, body in data["steps"].items()}
    try:
        return Flow(**{**data, "steps": steps})
    except (ValidationError, TypeError) as error:
        raise FlowError(_sentence("flow", error)) from error


def _parse_step(name: str, body: object) -> Step:
    # `survey: true` is a setting of a transfer; a verb names its prompt.
    verbs = [verb for verb in VERBS if isinstance(body, dict) and verb in body and body[verb] is not True]
    if len(verbs) != 1 or not isinstance(body, dict):
        raise FlowError(f"step {name}: exactly one of {', '.join(VERBS)} is wanted")
    try:
        return VERBS[verbs[0]].model_validate(body)
    except ValidationError as error:
        raise FlowError(_sentence(f"step {name}", error)) from error


def _sentence(where: str, error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return f"{where}: {error}"
    first = error.errors()[0]
    return f"{where}: {'.'.join(str(part) for part in first['loc'])}: {first['msg'].lower()}"
