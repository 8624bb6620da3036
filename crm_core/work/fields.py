"""Fields of a form as data: what may be asked, and whether a definition makes sense (pure).

Forms of applications and what a result of a contact needs are both lists of such fields, kept as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from crm_core.text import one_line

CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
MOST_FIELDS, MOST_OPTIONS = 40, 60
LONGEST_TEXT = 2000
LONGEST_TITLE = 120


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    """Money, two decimals, never below zero."""
    DATE = "date"
    MOMENT = "moment"
    """Day and time of day, at the utility."""
    CHOICE = "choice"
    FLAG = "flag"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    METER = "meter"
    """A meter's serial."""
    ACCOUNT = "account"
    """An account's number, with its check digit."""


class Evidence(StrEnum):
    """What the house knows by itself, so that nobody need type it."""

    NONE = ""
    READING = "reading"
    """A reading stored in this call."""
    APPLICATION = "application"
    """An application filed in this call."""
    PROMISED_AMOUNT = "promised_amount"
    PROMISED_DATE = "promised_date"
    """Of a promise recorded for this account today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of what can be chosen."""

    code: str
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form."""

    code: str
    kind: FieldKind
    titles: Mapping[str, str]
    """By language; English is the one that must be there."""
    help: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    options: tuple[Option, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    """Of numbers and amounts; of dates and moments in days from today."""
    longest: int = 400
    """Characters of a text."""
    evidence: Evidence = Evidence.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """What is wrong with a definition."""

    code: str
    place: str
    """Which field, or which part of one."""


def named(titles: Mapping[str, str], language: str) -> str:
    """Return a title in a language, else in English, else in any."""
    return titles.get(language) or titles.get("en") or next(iter(titles.values()), "")


def read(data: object) -> tuple[tuple[Field, ...], tuple[Defect, ...]]:
    """Read a list of fields as it came from a page, a token or the database.

    Returns:
        The fields that make sense, and what is wrong with the others.

    """
    if not isinstance(data, Sequence) or isinstance(data, str | bytes) or len(data) > MOST_FIELDS:
        return (), (Defect(code="form-not-list", place=""),)
    fields: list[Field] = []
    defects: list[Defect] = []
    for place, one in enumerate(data, start=1):
        try:
            found = _field(one, f"{place}")
        except _Wrong as wrong:
            defects.append(Defect(code=wrong.code, place=wrong.place))
            continue
        if found.code in {known.code for known in fields}:
            defects.append(Defect(code="form-code-twice", place=found.code))
        else:
            fields.append(found)
    return tuple(fields), tuple(defects)


class _Wrong(Exception):
    """A part of a definition makes no sense."""

    def __init__(self, code: str, place: str) -> None:
        super().__init__(code)
        self.code, self.place = code, place


def _field(data: object, place: str) -> Field:
    if not isinstance(data, Mapping):
        raise _Wrong("form-not-field", place)
    code = data.get("code")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise _Wrong("form-bad-code", place)
    try:
        kind, evidence = FieldKind(str(data.get("kind"))), Evidence(str(data.get("evidence", "")))
    except ValueError:
        raise _Wrong("form-bad-kind", code) from None
    titles = words(data.get("titles"))
    if not titles.get("en"):
        raise _Wrong("form-no-title", code)
    options = _options(data.get("options", ()), code)
    if (kind is FieldKind.CHOICE) != bool(options):
        raise _Wrong("form-options", code)
    least, most = _limit(data.get("least"), code), _limit(data.get("most"), code)
    longest = data.get("longest", 400)
    if not isinstance(longest, int) or not 0 < longest <= LONGEST_TEXT:
        raise _Wrong("form-bad-limit", code)
    if least is not None and most is not None and least > most:
        raise _Wrong("form-bad-limit", code)
    return Field(
        code=code, kind=kind, titles=titles, help=words(data.get("help")), required=bool(data.get("required", False)),
        options=options, least=least, most=most, longest=longest, evidence=evidence,
    )  # fmt: skip


def words(data: object) -> dict[str, str]:
    """Read titles by language; what is none is left out."""
    if isinstance(data, str):
        data = {"en": data}
    if not isinstance(data, Mapping):
        return {}
    return {
        str(language)[:8]: tidy
        for language, text in list(data.items())[:20]
        if isinstance(text, str) and (tidy := one_line(text, LONGEST_TITLE))
    }


def _options(data: object, place: str) -> tuple[Option, ...]:
    if not isinstance(data, Sequence) or isinstance(data, str) or len(data) > MOST_OPTIONS:
        raise _Wrong("form-options", place)
    options: dict[str, Option] = {}
    for one in data:
        code = one.get("code") if isinstance(one, Mapping) else one
        titles = words(one.get("titles")) if isinstance(one, Mapping) else {}
        if not isinstance(code, str) or not CODE.fullmatch(code) or code in options:
            raise _Wrong("form-options", place)
        options[code] = Option(code=code, titles=titles or {"en": code})
    return tuple(options.values())


def _limit(data: object, place: str) -> Decimal | None:
    if data is None or data == "":
        return None
    try:
        number = Decimal(str(data))
    except InvalidOperation:
        raise _Wrong("form-bad-limit", place) from None
    if not number.is_finite() or abs(number) >= 10**12:
        raise _Wrong("form-bad-limit", place)
    return number


def dump(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Write fields as `read` takes them; what is as usual is left out."""
    return [_dumped(one) for one in fields]


def _dumped(one: Field) -> dict[str, Any]:
    data: dict[str, Any] = {"code": one.code, "kind": one.kind.value, "titles": dict(one.titles)}
    if one.help:
        data["help"] = dict(one.help)
    if one.required:
        data["required"] = True
    if one.options:
        data["options"] = [{"code": option.code, "titles": dict(option.titles)} for option in one.options]
    if one.least is not None:
        data["least"] = str(one.least)
    if one.most is not None:
        data["most"] = str(one.most)
    if one.longest != 400:
        data["longest"] = one.longest
    if one.evidence is not Evidence.NONE:
        data["evidence"] = one.evidence.value
    return data
