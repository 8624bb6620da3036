"""Custom fields: how they are defined and what values they take (pure).

Numbers come as people type them (`1 234,50`), dates as `2026-11-29`; a value leaves typed. Each rule that refuses has a
code with one sentence; a field that is required may stay empty only where nothing of its card is changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from crm_core import money
from crm_core.text import one_line


class Entity(StrEnum):
    """What a field belongs to."""

    CUSTOMER = "customer"
    ACCOUNT = "account"
    PREMISES = "premises"
    METER = "meter"


class Type(StrEnum):
    """What a field's values are."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    FLAG = "flag"
    CHOICE = "choice"
    SEVERAL = "several"
    """Several of the choices."""


CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
POINTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
"""A day as it is written in Russian: 29.11.2026."""
LONGEST_TITLE = 80
LONGEST_TEXT = 400
"""Characters: four bytes each still fit into an entry of an index."""
MOST_OPTIONS = 100
MOST_FIELDS = 60
"""Of one entity: a card has to stay readable."""
MOST_NUMBER = Decimal(10) ** 12
PLACES = Decimal("0.000001")
YES = frozenset({"1", "yes", "true", "on", "y", "да", "+"})
NO = frozenset({"0", "no", "false", "off", "n", "нет", "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice; retired ones stay where they are set, and cannot be set any more."""

    code: str
    title: str
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """One custom field."""

    field_id: int = 0
    entity: Entity
    code: str
    title: str
    help: str = ""
    type: Type
    required: bool = False
    least: str = ""
    """Lowest number or earliest day; fewest characters of a text."""
    most: str = ""
    options: tuple[Option, ...] = ()
    position: int = 0
    retired: bool = False
    version: int = 1

    @property
    def named(self) -> Mapping[str, Option]:
        """Options by code."""
        return {option.code: option for option in self.options}


Value = str | Decimal | date | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why something is not taken: which field of the form, the rule's code, what would be right."""

    field: str
    code: str
    detail: str = ""


RULES: Mapping[str, str] = {
    "field-code": "A code is a small Latin letter, then letters, digits or underscores, at most 30.",
    "field-code-taken": "There is a field of this code already.",
    "field-title": "A title is needed, at most 80 characters.",
    "field-type": "The type of a field that holds values cannot be changed.",
    "field-limits": "The limits do not fit the type: {detail}",
    "field-options": "A choice needs options, each with a code and a title of its own, at most 100.",
    "field-too-many": "There are too many fields: at most {detail}.",
    "value-required": "{detail} is required.",
    "value-whole": "{detail}: a whole number is needed.",
    "value-number": "{detail}: a number is needed, such as 12.5.",
    "value-amount": "{detail}: an amount is needed, such as 1234.50.",
    "value-date": "{detail}: a date is needed, such as 2026-11-29.",
    "value-flag": "{detail}: yes or no is needed.",
    "value-choice": "{detail}: choose from the list.",
    "value-too-small": "{detail} is the least that is taken.",
    "value-too-large": "{detail} is the most that is taken.",
    "value-unknown-field": "There is no field {detail}.",
}
"""Codes of rules and the sentence each has; shown through gettext."""
_SENTENCE_OF_TYPE = {
    Type.WHOLE: "value-whole",
    Type.NUMBER: "value-number",
    Type.AMOUNT: "value-amount",
    Type.DATE: "value-date",
    Type.FLAG: "value-flag",
}


def define(
    wanted: FieldDefinition, *, before: FieldDefinition | None, others: Sequence[FieldDefinition]
) -> FieldDefinition | list[Fault]:
    """Judge the definition of a field.

    Args:
        wanted: as it was typed.
        before: what it changes; None for a new one.
        others: fields of the same entity, itself left out.

    Returns:
        The definition as it is to be stored, or every fault of it.

    """
    made = replace(
        wanted,
        code=wanted.code.strip().lower(),
        title=one_line(wanted.title, LONGEST_TITLE + 1),
        help=one_line(wanted.help, 300),
        least=wanted.least.strip(),
        most=wanted.most.strip(),
        options=_kept_options(wanted, before),
    )
    faults: list[Fault] = []
    if not CODE.fullmatch(made.code):
        faults.append(Fault(field="code", code="field-code"))
    if any(other.code == made.code for other in others):
        faults.append(Fault(field="code", code="field-code-taken"))
    if not made.title or len(made.title) > LONGEST_TITLE:
        faults.append(Fault(field="title", code="field-title"))
    if before is not None and (before.type is not made.type or before.entity is not made.entity):
        faults.append(Fault(field="type", code="field-type"))
    if before is None and len(others) >= MOST_FIELDS:
        faults.append(Fault(field="code", code="field-too-many", detail=str(MOST_FIELDS)))
    if not _options_fit(made):
        faults.append(Fault(field="options", code="field-options"))
    if detail := _limits_fault(made):
        faults.append(Fault(field="least", code="field-limits", detail=detail))
    return faults or made


def _kept_options(wanted: FieldDefinition, before: FieldDefinition | None) -> tuple[Option, ...]:
    """Return the options as wanted; those left out are retired, for values may name them."""
    tidy = tuple(
        replace(option, code=option.code.strip().lower(), title=one_line(option.title, LONGEST_TITLE))
        for option in wanted.options
    )
    named = {option.code for option in tidy}
    gone = tuple(replace(old, retired=True) for old in (before.options if before else ()) if old.code not in named)
    return tidy + gone


def _options_fit(made: FieldDefinition) -> bool:
    if made.type not in {Type.CHOICE, Type.SEVERAL}:
        return not made.options
    codes = [option.code for option in made.options]
    fit = all(CODE.fullmatch(option.code) and option.title for option in made.options)
    return 0 < len(codes) <= MOST_OPTIONS and len(set(codes)) == len(codes) and fit


def _limits_fault(made: FieldDefinition) -> str:
    """Return the limit that does not fit, "" when both do."""
    if made.type in {Type.FLAG, Type.CHOICE, Type.SEVERAL}:
        return made.least or made.most
    low, high = _limit(made, made.least), _limit(made, made.most)
    for typed, limit in ((made.least, low), (made.most, high)):
        if typed and limit is None:
            return typed
    if low is not None and high is not None and low > high:  # type: ignore[operator]  # both of one type
        return f"{made.least} > {made.most}"
    return ""


def _limit(made: FieldDefinition, typed: str) -> Decimal | date | None:
    if not typed:
        return None
    if made.type is Type.DATE:
        return _day(typed)
    number = _number(typed)
    if made.type is Type.TEXT and number is not None and not (number == int(number) and 0 <= number <= LONGEST_TEXT):
        return None
    return number


def judge(definition: FieldDefinition, typed: Sequence[str]) -> Value | Fault | None:
    """Judge what was typed for a field.

    Args:
        definition: of the field.
        typed: one text, or one for each choice; empty ones count as nothing.

    Returns:
        The value, None for nothing, or why it is not taken.

    """
    filled = [text for text in (one_line(text, 4 * LONGEST_TEXT) for text in typed) if text]
    if not filled:
        return _fault(definition, "value-required", definition.title) if definition.required else None
    match definition.type:
        case Type.CHOICE | Type.SEVERAL:
            return _choice(definition, filled)
        case Type.FLAG:
            return _flag(definition, filled[0])
        case Type.TEXT:
            return _text(definition, filled[0])
        case Type.WHOLE | Type.NUMBER | Type.AMOUNT | Type.DATE:
            return _measured(definition, filled[0])


def _fault(definition: FieldDefinition, code: str, detail: str) -> Fault:
    return Fault(field=definition.code, code=code, detail=detail)


def _choice(definition: FieldDefinition, typed: list[str]) -> Value | Fault:
    named = definition.named
    # Files and people name a choice by its title as often as by its code.
    titled = {option.title.casefold(): option.code for option in definition.options}
    codes = [text if text in named else titled.get(text.casefold(), "") for text in typed]
    if any(not code or named[code].retired for code in codes):
        return _fault(definition, "value-choice", definition.title)
    if definition.type is Type.SEVERAL:
        return tuple(code for code in named if code in codes)
    return codes[0] if len(set(codes)) == 1 else _fault(definition, "value-choice", definition.title)


def _flag(definition: FieldDefinition, typed: str) -> Value | Fault:
    if typed.casefold() in YES:
        return True
    return False if typed.casefold() in NO else _fault(definition, "value-flag", definition.title)


def _text(definition: FieldDefinition, typed: str) -> Value | Fault:
    text = one_line(typed, LONGEST_TEXT + 1)
    most = int(definition.most) if definition.most else LONGEST_TEXT
    if len(text) > most:
        return _fault(definition, "value-too-large", str(most))
    if definition.least and len(text) < int(definition.least):
        return _fault(definition, "value-too-small", definition.least)
    return text


def _measured(definition: FieldDefinition, typed: str) -> Value | Fault:
    value: Decimal | date | None
    match definition.type:
        case Type.DATE:
            value = _day(typed)
        case Type.AMOUNT:
            value = money.parse(typed)
        case _:
            value = _number(typed)
    if value is None or (definition.type is Type.WHOLE and isinstance(value, Decimal) and value % 1):
        return _fault(definition, _SENTENCE_OF_TYPE[definition.type], definition.title)
    low, high = _limit(definition, definition.least), _limit(definition, definition.most)
    if low is not None and value < low:  # type: ignore[operator]  # limits are of the field's type
        return _fault(definition, "value-too-small", definition.least)
    if high is not None and value > high:  # type: ignore[operator]
        return _fault(definition, "value-too-large", definition.most)
    return value


def _number(typed: str) -> Decimal | None:
    plain = typed.translate(money.SPACES).replace("\u2212", "-").replace(",", ".")
    if len(plain) > 24 or not set(plain) <= set("0123456789.+-"):
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    fits = abs(number) < MOST_NUMBER and number == number.quantize(PLACES)
    return number if fits else None


def _day(typed: str) -> date | None:
    pointed = POINTED.fullmatch(typed)
    try:
        day = date(*map(int, reversed(pointed.groups()))) if pointed else date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 1800 <= day.year <= 2500 else None


def spelled(value: Value | None) -> str:
    """Return a value as it would be typed: for forms, exports and the audit."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value)
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case str():
            return value
