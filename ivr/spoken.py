"""Values as they are spoken: money, dates, hours, numbers, digits in words of a language (pure).

A synthesiser left alone with "1 021,50" guesses; in Russian it guesses the gender and the case wrong. So every value
becomes words here. One `Tongue` a language, in `ivr/tongues`; another language is one more row of `TONGUES` and one
wording file.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ivr.tongue import Day, Digits, Energy, Hour, Key, Money, Noun, Tongue, Value, Words, same
from ivr.tongues import amharic, arabic, english, hungarian, persian, russian, thai
from ivr.wording import Wording, pieces

__all__ = [
    "TONGUES", "Day", "Digits", "Energy", "Hour", "Key", "Money", "Noun", "Tongue", "Value", "Words", "render", "say",
]  # fmt: skip

TONGUES: Mapping[str, Tongue] = MappingProxyType(
    {
        one.language: one
        for one in (
            english.TONGUE,
            russian.TONGUE,
            arabic.TONGUE,
            persian.TONGUE,
            hungarian.TONGUE,
            amharic.TONGUE,
            thai.TONGUE,
        )
    }
)
"""Languages callers can be spoken to in."""


def say(value: Value, tongue: Tongue) -> str:  # noqa: PLR0911 - one line a kind of value
    """Return a value in words."""
    match value:
        case Money():
            return _money(value, tongue)
        case Day():
            return tongue.day(value)
        case Hour(hour):
            return tongue.hour(hour % 24)
        case Digits(digits):
            return ", ".join(tongue.number(int(digit), "m") for digit in digits)
        case Energy(amount):
            return tongue.quantity(amount, tongue.kilowatt_hour)
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
    unit, part = tongue.money.get(code, (same(code), Noun("", "", "")))
    words = tongue.quantity(whole, unit)
    if rest:
        # A currency we have no words for: its code, then the plain number of hundredths.
        hundredths = tongue.quantity(rest, part) if part.one else tongue.number(rest, part.gender)
        words += f"{tongue.between}{hundredths}"
    return words.strip()
