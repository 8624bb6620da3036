"""Values as they are spoken: money, dates, numbers, digits in words of a language (pure).

A synthesiser left alone with "1 021,50" guesses; in Russian it guesses the gender and the case wrong. So every value
becomes words here. One `Tongue` a language; another language is one more row of `TONGUES` and one wording file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from num2words import num2words

from ivr.wording import Wording, pieces


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


Value = Money | Day | Digits | Energy | Key | Words


@dataclass(frozen=True, slots=True)
class Noun:
    """Forms of a counted noun: for one, for few (Russian 2-4), for many; and its grammatical gender."""

    one: str
    few: str
    many: str
    gender: str = "m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How a language speaks values, and the voice that speaks it."""

    language: str
    voice: str
    """espeak-ng voice with its variant: measured calm ones, docs/ivr.md."""
    rate: int = 150
    """Words a minute; the synthesiser's own 175 is hard to follow on a telephone."""
    pitch: int = 45
    number: Callable[[int, str], str]
    """Number and gender in words."""
    counted: Callable[[int, Noun], str]
    """Form of a noun for a number."""
    day: Callable[[Day], str]
    money: Mapping[str, tuple[Noun, Noun]]
    """Currency to its noun and that of its hundredth."""
    kilowatt_hour: Noun


def say(value: Value, tongue: Tongue) -> str:
    """Return a value in words."""
    match value:
        case Money():
            return _money(value, tongue)
        case Day():
            return tongue.day(value)
        case Digits(digits):
            return ", ".join(tongue.number(int(digit), "m") for digit in digits)
        case Energy(amount):
            noun = tongue.kilowatt_hour
            return f"{tongue.number(amount, noun.gender)} {tongue.counted(amount, noun)}"
        case Key(key):
            return tongue.number(key, "m")
        case Words(text):
            return text


def render(wording: Wording, prompt: str, values: Mapping[str, Value], tongue: Tongue) -> str:
    """Return the whole sentence of a prompt in words.

    Raises:
        KeyError: the wording has no such prompt, or a value is missing; `inspection.check` finds both beforehand.
    """
    return "".join(
        text + (say(values[place], tongue) if place else "") for text, place in pieces(wording.prompts[prompt])
    )


def _money(value: Money, tongue: Tongue) -> str:
    cents = int((abs(value.amount) * 100).to_integral_value())
    whole, rest = divmod(cents, 100)
    code = value.currency
    unit, part = tongue.money.get(code, (Noun(code, code, code), Noun("", "", "")))
    words = f"{tongue.number(whole, unit.gender)} {tongue.counted(whole, unit)}"
    if rest:
        words += f" {tongue.number(rest, part.gender)} {tongue.counted(rest, part)}"
    return words.strip()


# --- English -------------------------------------------------------------------------------------

_MONTHS_EN = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def _number_en(number: int, _gender: str) -> str:
    return str(num2words(number, lang="en")).replace(",", "")


def _counted_en(number: int, noun: Noun) -> str:
    return noun.one if number == 1 else noun.many


def _day_en(value: Day) -> str:
    words = f"the {num2words(value.day.day, lang='en', to='ordinal')} of {_MONTHS_EN[value.day.month - 1]}"
    if value.day.year != value.near.year:
        words += f" {num2words(value.day.year, lang='en', to='year')}"
    return words


def _english(one: str, many: str) -> Noun:
    return Noun(one, many, many)


# --- Russian -------------------------------------------------------------------------------------

_MONTHS_RU = (
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()  # noqa: SIM905
)


def _number_ru(number: int, gender: str) -> str:
    return str(num2words(number, lang="ru", gender=gender))


def _counted_ru(number: int, noun: Noun) -> str:
    tens, ones = number % 100, number % 10
    if 11 <= tens <= 14:
        return noun.many
    return noun.one if ones == 1 else noun.few if 2 <= ones <= 4 else noun.many


def _day_ru(value: Day) -> str:
    words = f"{_ordinal_ru(value.day.day, 'n')} {_MONTHS_RU[value.day.month - 1]}"
    if value.day.year != value.near.year:
        words += f" {_ordinal_ru(value.day.year, 'm')} года"
    return words


def _ordinal_ru(number: int, gender: str) -> str:
    """Return the genitive: "pay before the fifth", "came on the fifth" are both genitive in Russian."""
    return str(num2words(number, lang="ru", to="ordinal", case="g", gender=gender))


TONGUES: Mapping[str, Tongue] = MappingProxyType(
    {
        "en": Tongue(
            language="en",
            voice="en-us+f4",
            rate=148,
            number=_number_en,
            counted=_counted_en,
            day=_day_en,
            money={
                "RUB": (_english("ruble", "rubles"), _english("kopeck", "kopecks")),
                "USD": (_english("dollar", "dollars"), _english("cent", "cents")),
                "EUR": (_english("euro", "euros"), _english("cent", "cents")),
                "GBP": (_english("pound", "pounds"), _english("penny", "pence")),
            },
            kilowatt_hour=_english("kilowatt-hour", "kilowatt-hours"),
        ),
        "ru": Tongue(
            language="ru",
            voice="ru+f4",
            rate=142,
            number=_number_ru,
            counted=_counted_ru,
            day=_day_ru,
            money={
                "RUB": (Noun("рубль", "рубля", "рублей"), Noun("копейка", "копейки", "копеек", "f")),
                "USD": (Noun("доллар", "доллара", "долларов"), Noun("цент", "цента", "центов")),
                "EUR": (Noun("евро", "евро", "евро"), Noun("цент", "цента", "центов")),
                "GBP": (Noun("фунт", "фунта", "фунтов"), Noun("пенни", "пенни", "пенни", "n")),
            },
            kilowatt_hour=Noun("киловатт-час", "киловатт-часа", "киловатт-часов"),
        ),
    }
)
"""Languages callers can be spoken to in."""
