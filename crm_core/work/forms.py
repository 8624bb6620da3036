"""Judging a filled form: what can be stored, and for every field that cannot, why (pure).

Nothing is lost: what is wrong stays as it was typed, beside a code that says what would be right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from crm_core import accounts, money, phones
from crm_core.text import one_line, storable
from crm_core.work.fields import Evidence, Field, FieldKind

LONGEST_ADDRESS, LONGEST_EMAIL, LONGEST_SERIAL = 400, 200, 24
EMAIL = re.compile(r"[^\s@<>\",;:()\[\]\\]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
NUMBER = re.compile(r"-?\d{1,12}(?:[.,]\d{1,6})?")
SPELLED_DAYS = ((r"(\d{4})-(\d{1,2})-(\d{1,2})", (1, 2, 3)), (r"(\d{1,2})[./](\d{1,2})[./](\d{4})", (3, 2, 1)))
TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})

Stored = str | bool
"""A value as it is kept in JSON: numbers, dates and moments as text, so that nothing is rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the utility's place decides about values."""

    today: date
    time_zone: str = "UTC"
    region: str = "RU"
    """Where telephone numbers without a country code are dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the utility is; from the settings."""

    country: str
    """ISO 3166: public holidays, and telephone numbers without a country code."""
    time_zone: str

    def today(self, now: datetime) -> date:
        """Return the utility's day at a moment."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def midnight(self, day: date) -> datetime:
        """Return the moment a day begins at the utility."""
        return datetime.combine(day, time(), ZoneInfo(self.time_zone))

    def place(self, now: datetime) -> Place:
        """Return what forms are judged by at a moment."""
        return Place(today=self.today(now), time_zone=self.time_zone, region=self.country)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a value cannot be taken; `facts` fill the sentence's gaps."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form that was judged."""

    values: Mapping[str, Stored]
    """What can be stored, by field; fields left empty are not in it."""
    faults: Mapping[str, Fault]

    @property
    def fine(self) -> bool:
        """Whether all of it can be stored."""
        return not self.faults


def judge(
    fields: Sequence[Field],
    values: Mapping[str, object],
    place: Place,
    known: Mapping[Evidence, str] | None = None,
) -> Filled:
    """Judge a filled form, every field by itself.

    Args:
        fields: the form.
        values: what was typed, by the field's code; text, numbers or flags.
        place: today, time zone and region of the utility.
        known: what the house knows by itself; taken where a field was left empty.

    Returns:
        What can be stored, and one fault for each field that is not right. A name that is no field is a fault too.

    """
    good: dict[str, Stored] = {}
    faults: dict[str, Fault] = {
        one_line(name, 60): Fault(code="field-unknown") for name in values if name not in {one.code for one in fields}
    }
    for one in fields:
        typed = _typed(values.get(one.code))
        if not typed and one.evidence is not Evidence.NONE:
            typed = (known or {}).get(one.evidence, "")
        if not typed:
            if one.required:
                faults[one.code] = Fault(code="field-required")
            continue
        found = _READERS[one.kind](one, typed, place)
        if isinstance(found, Fault):
            faults[one.code] = found
        else:
            good[one.code] = found
    return Filled(values=good, faults=faults)


def _typed(value: object) -> str:
    """What was typed as text, with the digits of every script as ours."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = storable(str(value), 4 * LONGEST_ADDRESS + 2000).strip()
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in text)


def _text(one: Field, typed: str, _place: Place) -> Stored | Fault:
    longest = {FieldKind.ADDRESS: LONGEST_ADDRESS}.get(one.kind, one.longest)
    if len(typed) > longest:
        return Fault(code="field-too-long", facts={"longest": str(longest)})
    # Line breaks stay in a text; what controls terminals or turns writing round does not.
    lines = (one_line(line, longest) for line in typed.splitlines())
    return "\n".join(lines).strip()


def _number(one: Field, typed: str, _place: Place) -> Stored | Fault:
    plain = typed.translate(money.SPACES).replace("\u2212", "-")
    if not NUMBER.fullmatch(plain):
        return Fault(code="field-not-number")
    try:
        number = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return Fault(code="field-not-number")
    return _within(one, number) or f"{number:f}"


def _amount(one: Field, typed: str, _place: Place) -> Stored | Fault:
    amount = money.parse(typed)
    if amount is None or amount != money.rounded(amount):
        return Fault(code="field-not-amount")
    if amount < 0 or amount > money.LARGEST:
        return Fault(code="field-not-amount")
    return _within(one, amount) or f"{money.rounded(amount):f}"


def _within(one: Field, number: Decimal) -> Fault | None:
    if one.least is not None and number < one.least:
        return Fault(code="field-too-small", facts={"least": f"{one.least:f}"})
    if one.most is not None and number > one.most:
        return Fault(code="field-too-large", facts={"most": f"{one.most:f}"})
    return None


def day(typed: str) -> date | None:
    """Read a date as forms and people spell it: `2026-11-30`, `30.11.2026`, `30/11/2026`; None when it is none."""
    for pattern, order in (
        (r"(\d{4})-(\d{1,2})-(\d{1,2})", (1, 2, 3)),
        (r"(\d{1,2})[./](\d{1,2})[./](\d{4})", (3, 2, 1)),
    ):
        found = re.fullmatch(pattern, typed)
        if found:
            try:
                return date(*(int(found[group]) for group in order))
            except ValueError:
                return None
    return None


def _date(one: Field, typed: str, place: Place) -> Stored | Fault:
    found = day(typed)
    if found is None:
        return Fault(code="field-not-date")
    return _on_time(one, found, place) or found.isoformat()


def _on_time(one: Field, found: date, place: Place) -> Fault | None:
    earliest = _shifted(place.today, one.least)
    latest = _shifted(place.today, one.most)
    if earliest is not None and found < earliest:
        return Fault(code="field-too-early", facts={"earliest": earliest.isoformat()})
    if latest is not None and found > latest:
        return Fault(code="field-too-late", facts={"latest": latest.isoformat()})
    return None


def _shifted(today: date, days: Decimal | None) -> date | None:
    if days is None:
        return None
    try:
        return today + timedelta(days=int(days))
    except OverflowError:
        return None


def _moment(one: Field, typed: str, place: Place) -> Stored | Fault:
    found = re.fullmatch(r"(\S+?)[T\s,]+(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?", typed)
    on = day(found[1]) if found else None
    if found is None or on is None or int(found[2]) > 23 or int(found[3]) > 59:
        return Fault(code="field-not-moment")
    if found[4]:
        try:
            at = datetime.fromisoformat(f"{on.isoformat()}T{int(found[2]):02}:{found[3]}{found[4]}")
        except ValueError:
            return Fault(code="field-not-moment")
    else:
        at = datetime(on.year, on.month, on.day, int(found[2]), int(found[3]), tzinfo=ZoneInfo(place.time_zone))
    return _on_time(one, at.astimezone(ZoneInfo(place.time_zone)).date(), place) or at.isoformat()


def _choice(one: Field, typed: str, _place: Place) -> Stored | Fault:
    return typed if typed in {option.code for option in one.options} else Fault(code="field-not-option")


def _flag(one: Field, typed: str, _place: Place) -> Stored | Fault:
    answer = typed.casefold()
    if answer not in TRUE | FALSE:
        return Fault(code="field-not-flag")
    # A flag that must be set is a declaration: "no" is not one.
    if one.required and answer in FALSE:
        return Fault(code="field-required")
    return answer in TRUE


def _phone(_one: Field, typed: str, place: Place) -> Stored | Fault:
    return phones.e164(typed, place.region) or Fault(code="field-not-phone")


def _email(_one: Field, typed: str, _place: Place) -> Stored | Fault:
    fine = len(typed) <= LONGEST_EMAIL and EMAIL.fullmatch(typed) and typed == one_line(typed, LONGEST_EMAIL)
    return typed if fine else Fault(code="field-not-email")


def _meter(_one: Field, typed: str, _place: Place) -> Stored | Fault:
    serial = one_line(typed, LONGEST_SERIAL + 1)
    fine = len(serial) <= LONGEST_SERIAL and re.fullmatch(r"[\w\-./ ]+", serial)
    return serial if fine else Fault(code="field-not-meter")


def _account(_one: Field, typed: str, _place: Place) -> Stored | Fault:
    number = typed.translate(money.SPACES).replace("-", "")
    return number if accounts.is_account_number(number) else Fault(code="field-not-account")


_READERS: Mapping[FieldKind, Callable[[Field, str, Place], Stored | Fault]] = {
    FieldKind.TEXT: _text,
    FieldKind.ADDRESS: _text,
    FieldKind.NUMBER: _number,
    FieldKind.AMOUNT: _amount,
    FieldKind.DATE: _date,
    FieldKind.MOMENT: _moment,
    FieldKind.CHOICE: _choice,
    FieldKind.FLAG: _flag,
    FieldKind.PHONE: _phone,
    FieldKind.EMAIL: _email,
    FieldKind.METER: _meter,
    FieldKind.ACCOUNT: _account,
}
