"""Talk: what is known of one caller and the few things a step can do with him: say, ask, note, wish (pure).

Steps are generators: they yield a batch of effects and are resumed with the answer, so that a conversation reads
from top to bottom although nothing here waits for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar

from ivr.answers import Account, Answer, Pressed, Silence
from ivr.effects import Announce, Collect, Effect, Say, Sentence, SetVariables
from ivr.levels import Info, Level, needed
from ivr.spoken import Value, Words

T = TypeVar("T")
Steps = Generator[list[Effect], Answer, T]
"""A piece of conversation that ends with a `T`."""

IDENTITY = {
    Level.UNKNOWN: "unknown", Level.RECOGNISED: "recognised", Level.PROVED: "verified", Level.CONFIRMED: "confirmed"
}  # fmt: skip
"""A branch's case for each rung."""
MOST_STEPS_NOTED = 40
"""Longer paths keep their last steps: an operator wants to know how it ended."""


class OperatorWanted(Exception):
    """The caller pressed 0, or has been here too long: unwinds a step, never leaves the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a utility decides about the conversation."""

    languages: tuple[str, ...]
    """First is the default."""
    utility: str
    zone: tzinfo
    """In which a reading's day is meant."""
    is_account_number: Callable[[str], bool]
    """Length and check digit."""
    account_digits: int = 12
    """Longest account number there is."""
    most_questions: int = 40
    most_time: timedelta = timedelta(seconds=270)
    """The dialplan cuts the IVR off after 300 s; leave before, with a word."""
    most_candidates: int = 9


@dataclass(slots=True, kw_only=True)
class Talk:
    """One caller. Only the session and its steps touch it."""

    rules: Rules
    number: str
    """Number that calls, "" when withheld."""
    language: str
    now: datetime
    began: datetime
    account: Account | None = None
    level: Level = Level.UNKNOWN
    several: bool = False
    topic: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    """Digits that a step keyed `into` a name."""
    questions: int = 0
    path: list[str] = field(default_factory=list)
    _said: list[Say] = field(default_factory=list)
    _asides: list[Effect] = field(default_factory=list)
    _variables: dict[str, str] = field(default_factory=dict)
    _news: bool = False
    """Something became of the account that its card shows, and the floor was not told yet."""

    @property
    def step(self) -> str:
        """Name of the present step."""
        return self.path[-1].partition("=")[0]

    @property
    def identity(self) -> str:
        """One of `flow.IDENTITIES`."""
        if self.account is not None:
            return IDENTITY[self.level]
        return "several" if self.several else "unknown"

    def may(self, info: Info, asked: Level = Level.UNKNOWN) -> bool:
        """Whether the caller stands high enough for what he wants."""
        pinned = self.account is not None and self.account.pinned
        return self.account is not None and self.level >= needed(info, pinned=pinned, asked=asked)

    @property
    def today(self) -> date:
        """The caller's calendar day."""
        return self.now.astimezone(self.rules.zone).date()

    def set(self, **variables: str) -> None:
        """Have channel variables set with the next batch, before anything else in it."""
        self._variables.update(variables)

    def announce(self) -> None:
        """Have the floor told with the next batch whose call this is, or that something changed for the account."""
        self._news = True

    def enter(self, step: str) -> None:
        """Note that a step begins."""
        self.path.append(step)
        self._publish_path()

    def note(self, answer: str) -> None:
        """Note how the present step went (`menu=1`); never what somebody keyed to prove himself."""
        self.path[-1] = f"{self.path[-1].partition('=')[0]}={answer}"
        self._publish_path()

    def _publish_path(self) -> None:
        self.set(BUSBAR_PATH=self._path())

    def _path(self) -> str:
        return ";".join(self.path[-MOST_STEPS_NOTED:])

    def sentence(self, prompt: str, language: str = "", **values: Value) -> Sentence:
        """Return a prompt in the caller's language (or another) with its values and the utility's name."""
        everything: dict[str, Value] = {"utility": Words(self.rules.utility), **values}
        return Sentence(prompt=prompt, language=language or self.language, values=tuple(sorted(everything.items())))

    def say(self, *parts: Sentence, interruptible: bool = True) -> None:
        """Have sentences said before the next question, or before the call leaves us."""
        self._said.append(Say(parts, interruptible))

    def hush(self) -> None:
        """Forget what was to be said."""
        self._said.clear()

    def aside(self, effect: Effect) -> None:
        """Have something done with the next batch that nobody answers."""
        self._asides.append(effect)

    def batch(self, effect: Effect, *, speak: bool) -> list[Effect]:
        """Return what is due: variables (if `speak`) and the floor first, then what is to be said, then the effect.

        Each variable is a round trip to Asterisk and news to everybody who listens to it: those that change while the
        house is asked wait until the caller is spoken to, a few milliseconds later.
        """
        effects = list(self._asides)
        self._asides.clear()
        if self._variables and speak:
            effects.append(SetVariables(dict(self._variables)))
            self._variables.clear()
        if self._news and self.account is not None:
            self._news = False
            effects.append(Announce(self.account.account_id, self.language, self._path()))
        if speak:
            effects.extend(self._said)
            self._said.clear()
        return [*effects, effect]

    def wish(self, effect: Effect) -> Steps[Answer]:
        """Have something done in the house; what is to be said waits, the caller hears it together."""
        return (yield self.batch(effect, speak=False))

    def spend(self) -> timedelta:
        """Count a question and return how long the caller may still be here.

        Raises:
            OperatorWanted: there were too many, or the time is up.
        """
        self.questions += 1
        left = self.rules.most_time - (self.now - self.began)
        if self.questions > self.rules.most_questions or left < timedelta():
            raise OperatorWanted
        return left

    def ask(self, *, digits: int, timeout: float) -> Steps[str | None]:
        """Take keys; None is silence, or nothing but the terminator where digits are wanted.

        Keys before the last `*` are taken back. A lone 0 wants the operator.

        Raises:
            OperatorWanted: for 0, after too many questions, or when the time is up.
        """
        self.spend()
        answer = yield self.batch(Collect(digits=digits, timeout=timeout), speak=True)
        if isinstance(answer, Silence) or not isinstance(answer, Pressed):
            return None
        keys = answer.keys.rpartition("*")[2] if digits > 1 else answer.keys
        if keys == "0":
            raise OperatorWanted
        return keys if keys or digits == 1 else None


def are_digits(keys: str) -> bool:
    """Only 0 to 9: `str.isdigit` would let superscripts through, and telephones have A to D."""
    return bool(keys) and all(key in "0123456789" for key in keys)
