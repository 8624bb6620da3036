"""A form as it was typed, read into values, with one sentence for each field that is not right yet (pure)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date
from decimal import Decimal

from crm_core.text import one_line, storable
from workstation import typed
from workstation.sentences import N_, Translate

REQUIRED = N_("This is needed.")
TOO_LONG = N_("At most {most} characters.")
NOT_WHOLE = N_("A whole number is needed here.")
NOT_AMOUNT = N_("An amount is needed here, like 1234.50.")
NOT_DAY = N_("A date is needed here, like 2026-11-22.")
TOO_SMALL = N_("At least {least}.")
TOO_LARGE = N_("At most {most}.")
TOO_EARLY = N_("Not before {least}.")
TOO_LATE = N_("Not after {most}.")
NOT_A_CHOICE = N_("Choose one of the list.")
CARD_NUMBER = N_("This looks like the number of a payment card. It is never written down: take it out.")


class Form:
    """What was typed, and what is wrong with it; every reading of a field notes its own fault.

    Args:
        sent: fields as they came.
        translate: gettext of the reader's language.

    """

    def __init__(self, sent: Mapping[str, str], translate: Translate) -> None:
        self.values: dict[str, str] = {name: typed.sent(name, value) for name, value in sent.items()}
        """As typed: a refused form is shown again with them."""
        self.errors: dict[str, str] = {}
        """Sentence by field."""
        self._translate = translate

    @property
    def fine(self) -> bool:
        """Nothing read so far is wrong."""
        return not self.errors

    def refuse(self, name: str, sentence: str, /, **values: object) -> None:
        """Say what is wrong with a field; the first fault of a field stays."""
        said = self._translate(sentence)
        self.errors.setdefault(name, said.format(**values) if values else said)

    def text(self, name: str, most: int, *, required: bool = False) -> str:
        """Read one line of text."""
        return self._text(name, one_line(self.values.get(name, ""), most + 1), most, required=required)

    def prose(self, name: str, most: int, *, required: bool = False) -> str:
        """Read several lines of text."""
        return self._text(name, storable(self.values.get(name, "").strip(), most + 1), most, required=required)

    def _text(self, name: str, value: str, most: int, *, required: bool) -> str:
        if required and not value:
            self.refuse(name, REQUIRED)
        if len(value) > most:
            self.refuse(name, TOO_LONG, most=most)
        return value[:most]

    def whole(self, name: str, least: int = 0, most: int = 2**31 - 1, *, required: bool = False) -> int | None:
        """Read a whole number between two bounds; None when it is empty or wrong."""
        number = self._number(name, NOT_WHOLE, required=required)
        if number is not None and number != number.to_integral_value():
            self.refuse(name, NOT_WHOLE)
            return None
        within = self._within(name, number, Decimal(least), Decimal(most))
        return None if within is None else int(within)

    def amount(
        self, name: str, least: Decimal, most: Decimal, *, places: int = 2, required: bool = False
    ) -> Decimal | None:
        """Read an amount between two bounds, with at most `places` decimals; None when it is empty or wrong."""
        number = self._number(name, NOT_AMOUNT, required=required)
        if number is not None and number != round(number, places):
            self.refuse(name, NOT_AMOUNT)
            return None
        return self._within(name, number, least, most)

    def _number(self, name: str, fault: str, *, required: bool) -> Decimal | None:
        written = self.values.get(name, "").strip()
        if not written:
            if required:
                self.refuse(name, REQUIRED)
            return None
        number = typed.decimal(written)
        if number is None:
            self.refuse(name, fault)
        return number

    def _within(self, name: str, number: Decimal | None, least: Decimal, most: Decimal) -> Decimal | None:
        if number is not None and number < least:
            self.refuse(name, TOO_SMALL, least=least)
            return None
        if number is not None and number > most:
            self.refuse(name, TOO_LARGE, most=most)
            return None
        return number

    def day(
        self, name: str, least: date | None = None, most: date | None = None, *, required: bool = False
    ) -> date | None:
        """Read a date between two days; None when it is empty or wrong."""
        written = self.values.get(name, "").strip()
        if not written:
            if required:
                self.refuse(name, REQUIRED)
            return None
        try:
            day = date.fromisoformat(written)
        except ValueError:
            self.refuse(name, NOT_DAY)
            return None
        if least is not None and day < least:
            self.refuse(name, TOO_EARLY, least=least.isoformat())
            return None
        if most is not None and day > most:
            self.refuse(name, TOO_LATE, most=most.isoformat())
            return None
        return day

    def choice(self, name: str, options: Container[str], *, required: bool = False) -> str:
        """Read one of some codes; "" when it is empty or none of them."""
        value = self.values.get(name, "")
        if not value and not required:
            return ""
        if value not in options:
            self.refuse(name, NOT_A_CHOICE if value else REQUIRED)
            return ""
        return value

    def flag(self, name: str) -> bool:
        """Read a checkbox."""
        return self.values.get(name, "") not in {"", "0", "false"}
