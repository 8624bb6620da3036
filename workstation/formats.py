"""Numbers, money, days and telephone numbers as people of one language read them (pure).

A card shows some two hundred of them, so each pattern is read from CLDR once per language and applied with
plain string work; a test holds the result equal to Babel's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol, get_minus_sign_symbol

from workstation import pseudo

NOTHING = "—"
"""Shown where a value is not known."""
CENT = Decimal("0.01")
CONVENTIONS = {"ar": "ar_EG", "en": "en_GB", pseudo.CODE: "en_GB"}
"""Whose conventions a language without a country follows: day before month, 24 hours, its own digits."""
DIGITS = {name: "".join(chr(zero + one) for one in range(10)) for name, zero in (("arab", 0x660), ("arabext", 0x6F0))}
"""Shapes of the digits of numbering systems that CLDR makes the default of a language."""
DAYS = {"am": "MMM d y", "ar": "d MMM y", "fa": "d MMM y"}
"""Where CLDR's medium date is all digits or not the one browsers write: a page has one way to write a day."""
TIMES = {"am": "HH:mm", "ar": "HH:mm"}
"""Where CLDR's short time has halves of a day: the house's clocks have 24 hours."""
SYSTEM = "default"


class Formats:
    """The filters of one language.

    Args:
        language: as Babel names it (`ru`, `en`).
        time_zone: IANA name of the zone that moments are shown in.
        currency: ISO 4217 code used where a template names none.

    """

    def __init__(self, language: str, time_zone: str, currency: str) -> None:
        self.locale = Locale.parse(CONVENTIONS.get(language, language))
        self._zone = ZoneInfo(time_zone)
        self._currency = currency
        digits = DIGITS.get(self.locale.default_numbering_system, "0123456789")
        self._digits = str.maketrans("0123456789", digits)
        self._minus = get_minus_sign_symbol(self.locale, numbering_system=SYSTEM)
        signs = {
            ",": get_group_symbol(self.locale, numbering_system=SYSTEM),
            ".": get_decimal_symbol(self.locale, numbering_system=SYSTEM),
            "-": self._minus,
        }
        self._separators = str.maketrans(signs) | self._digits
        self._affixes: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {}
        self.day: Callable[[date | datetime | None], str] = lru_cache(maxsize=8192)(self._day)
        self._minute: Callable[[datetime], str] = lru_cache(maxsize=8192)(self._time_of_day)

    @property
    def filters(self) -> Mapping[str, Callable[..., str]]:
        """Filters by the name templates use."""
        return {
            "money": self.money,
            "number": self.number,
            "day": self.day,
            "moment": self.moment,
            "clock": self.clock,
            "phone": phone,
        }

    def money(self, amount: Decimal | None, currency: str = "") -> str:
        """Write an amount with two decimals and its currency (`1 234,50 ₽`)."""
        if amount is None:
            return NOTHING
        before, after = self._affix(currency or self._currency)[amount < 0]
        digits = f"{abs(amount).quantize(CENT, ROUND_HALF_UP):,f}"
        return before + digits.translate(self._separators) + after

    def number(self, value: Decimal | int | None, decimals: int | None = None) -> str:
        """Write a number with its groups; `decimals` rounds it, None keeps what it has."""
        if value is None:
            return NOTHING
        digits = f"{Decimal(value):,f}" if decimals is None else f"{value:,.{decimals}f}"
        return digits.translate(self._separators)

    def moment(self, at: datetime | None) -> str:
        """Write day and time of day in the utility's zone."""
        if at is None:
            return NOTHING
        local = at.astimezone(self._zone)
        return f"{self.day(local.date())} {self._minute(local.replace(second=0, microsecond=0))}"

    def clock(self, value: float | timedelta | datetime | None) -> str:
        """Write a duration (seconds or timedelta) as `m:ss`, and a moment as the time of day."""
        if value is None:
            return NOTHING
        if isinstance(value, datetime):
            return self._minute(value.astimezone(self._zone).replace(second=0, microsecond=0))
        seconds = max(0, int(value.total_seconds() if isinstance(value, timedelta) else value))
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        shown = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
        return shown.translate(self._digits)

    def _day(self, value: date | datetime | None) -> str:
        if value is None:
            return NOTHING
        if isinstance(value, datetime):
            value = value.astimezone(self._zone).date()
        return format_date(value, DAYS.get(self.locale.language, "medium"), self.locale).translate(self._digits)

    def _time_of_day(self, value: datetime) -> str:
        pattern = TIMES.get(self.locale.language, "short")
        return format_time(value.timetz(), pattern, tzinfo=self._zone, locale=self.locale).translate(self._digits)

    def _affix(self, currency: str) -> tuple[tuple[str, str], tuple[str, str]]:
        known = self._affixes.get(currency)
        if known is None:
            pattern = self.locale.currency_formats["standard"]
            symbol = get_currency_symbol(currency, self.locale)
            # CLDR's currencySpacing: a symbol that ends in a letter stands apart from the digits (Babel leaves it out).
            apart = f"{symbol}\N{NO-BREAK SPACE}" if symbol[-1:].isalpha() else symbol
            known = (
                (_put(pattern.prefix[0], symbol, apart), pattern.suffix[0].replace("¤", symbol)),
                (
                    _put(pattern.prefix[1].replace("-", self._minus), symbol, apart),
                    pattern.suffix[1].replace("-", self._minus).replace("¤", symbol),
                ),
            )
            self._affixes[currency] = known
        return known


def _put(prefix: str, symbol: str, apart: str) -> str:
    return prefix.replace("¤", apart if prefix.endswith("¤") else symbol)


@lru_cache(maxsize=8192)
def phone(number: str) -> str:
    """Write an E.164 number in groups (`+7 912 345-67-89`); anything else, and a masked one, as it is."""
    if not number.startswith("+") or "*" in number:
        return number
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def length(seconds: float) -> str:
    """Return a length as people read it: 1:02:03, 2:03."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
