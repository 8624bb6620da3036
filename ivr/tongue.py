"""A tongue: the kinds of values that are spoken and what a language must know to speak them (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its ISO 4217 currency; the sign is not spoken, sentences say who owes."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, spoken with the year only when it is not the year of `near`."""

    day: date
    near: date


@dataclass(frozen=True, slots=True)
class Hour:
    """A full hour of the day, 0 to 23, with the word a language says beside it (hours, o'clock, p.m.)."""

    hour: int


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits spoken one by one."""

    digits: str


@dataclass(frozen=True, slots=True)
class Energy:
    """Whole kilowatt-hours."""

    kilowatt_hours: int


@dataclass(frozen=True, slots=True)
class Key:
    """The number of a key."""

    key: int


@dataclass(frozen=True, slots=True)
class Words:
    """Text as it is: the utility's name. Never text of a caller."""

    text: str


Value = Money | Day | Hour | Digits | Energy | Key | Words


@dataclass(frozen=True, slots=True)
class Noun:
    """Forms of a counted noun: for one, for few (Russian 2-4, Arabic 3-10), for many; its grammatical gender."""

    one: str
    few: str
    many: str
    gender: str = "m"
    two: str = ""
    """Arabic says two of a thing in one word, without the number."""


def same(word: str, gender: str = "m") -> Noun:
    """Return a noun that keeps its form whatever is counted."""
    return Noun(word, word, word, gender)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How a language speaks values, and the voice that speaks it."""

    language: str
    name: str
    """The language in itself."""
    voice: str
    """espeak-ng voice with its variant: measured calm ones, docs/voices.md."""
    rate: int = 150
    """Words a minute; the synthesiser's own 175 is hard to follow on a telephone."""
    pitch: int = 45
    number: Callable[[int, str], str]
    """Number and gender in words."""
    quantity: Callable[[int, Noun], str]
    """A number of things."""
    day: Callable[[Day], str]
    hour: Callable[[int], str]
    money: Mapping[str, tuple[Noun, Noun]]
    """Currency to its noun and that of its hundredth."""
    kilowatt_hour: Noun
    between: str = " "
    """What stands between an amount and its hundredths."""
    caution: str = ""
    """What a house should know before it lets this voice speak, in one sentence; "" when there is nothing."""
