"""How documents spell amounts, days and codes in the language they are written in (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

NOTHING = "—"
BARE_CODE = re.compile(r"([A-Za-z])(?=\d)")
CONVENTIONS = {"en": "en_GB"}
"""Whose conventions a language without a country follows."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "bank": "bank transfer", "post": "post office", "card": "card", "office": "cash desk",
        "autopay": "automatic payment", "paid": "paid", "open": "open", "overdue": "overdue", "disputed": "disputed",
        "single": "single tariff", "day": "day", "night": "night", "actual": "actual", "estimate": "estimate",
        "exchange": "meter exchange", "current": "not yet due", "1-30": "1 to 30 days", "31-60": "31 to 60 days",
        "61-90": "61 to 90 days", "91-180": "91 to 180 days", "181-365": "181 to 365 days",
        "366-1095": "1 to 3 years", "1096+": "more than 3 years", "person": "person", "organisation": "organisation",
        "reversal": "taken back", "penalty": "penalty", "fee": "fee", "correction": "correction", "refund": "refund",
        "waiver": "waiver", "goodwill": "goodwill", "dispute": "settled dispute", "opening": "opening balance",
    },
    "ru": {
        "bank": "банк", "post": "почта", "card": "карта", "office": "касса", "autopay": "автоплатёж",
        "paid": "оплачен", "open": "не оплачен", "overdue": "просрочен", "disputed": "оспаривается",
        "single": "однотарифный", "day": "день", "night": "ночь", "actual": "фактическое", "estimate": "расчётное",
        "exchange": "замена счётчика", "current": "срок не наступил", "1-30": "от 1 до 30 дней",
        "31-60": "от 31 до 60 дней", "61-90": "от 61 до 90 дней", "91-180": "от 91 до 180 дней",
        "181-365": "от 181 до 365 дней", "366-1095": "от 1 года до 3 лет", "1096+": "более 3 лет",
        "person": "физическое лицо", "organisation": "организация", "reversal": "возврат", "penalty": "пени",
        "fee": "плата за услугу", "correction": "исправление", "refund": "возврат денег", "waiver": "списание",
        "goodwill": "уступка", "dispute": "решённый спор", "opening": "начальное сальдо",
    },
}  # fmt: skip
"""Codes of the base in words; a language that is not here shows the code."""
FRAME: Mapping[str, Mapping[str, str]] = {
    "en": {"page": "Page {page} of {pages}", "made": "Made {day}, {who}", "account": "Account {number}"},
    "ru": {"page": "Страница {page} из {pages}", "made": "Составлено {day}, {who}", "account": "Лицевой счёт {number}"},
}
"""What stands around every document."""


def is_language(code: str) -> bool:
    """Tell whether a template can be written in this language: whether its numbers and dates are known."""
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError, TypeError):
        return False
    return len(code) <= 8


class Wording:
    """Formats of one language.

    Args:
        language: as Babel names it.
        currency: ISO 4217.

    """

    def __init__(self, language: str, currency: str) -> None:
        self.language = language
        self.locale = Locale.parse(CONVENTIONS.get(language, language))
        self.currency = currency
        self._words = WORDS.get(language, {})
        self._frame = FRAME.get(language, FRAME["en"])

    @property
    def filters(self) -> Mapping[str, Callable[..., str]]:
        """Filters by the name templates use."""
        return {"money": self.money, "day": self.day, "month": self.month, "number": self.number, "word": self.word}

    def money(self, amount: Decimal | None) -> str:
        """Write an amount with its currency."""
        if amount is None:
            return NOTHING
        written = format_currency(amount, self.currency, locale=self.locale)
        # CLDR wants a space between a currency of letters and its digits; Babel leaves it out.
        return BARE_CODE.sub("\\1\u00a0", written)

    def number(self, value: Decimal | int | None) -> str:
        """Write a number with its groups and the decimals it has, trailing zeros left out."""
        if value is None:
            return NOTHING
        plain = Decimal(value)
        plain = plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain.normalize()
        return format_decimal(plain, locale=self.locale, decimal_quantization=False)

    def day(self, day: date | None) -> str:
        """Write a day."""
        # CLDR's medium Russian day ends in an abbreviation of "year", which a table has no room for.
        style = "dd.MM.yyyy" if self.language == "ru" else "medium"
        return NOTHING if day is None else format_date(day, style, self.locale)

    def month(self, day: date | None) -> str:
        """Write the month that a day lies in."""
        return NOTHING if day is None else format_date(day, "LLLL yyyy", self.locale)

    def word(self, code: str) -> str:
        """Write a code of the base in words."""
        return self._words.get(code, code)

    def frame(self, name: str, **values: object) -> str:
        """Write what stands around a document."""
        return self._frame[name].format(**values)
