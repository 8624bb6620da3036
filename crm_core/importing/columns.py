"""Which columns a file may have and what people call them (pure). docs/import.md is written from this table.

A header is compared folded: small letters, no punctuation, Russian yo as ye. The first column that fits a field wins.
Custom fields come with the base: they are called by their title, their code, or `entity.code`.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_of
from hashlib import sha256

from crm_core.fields import Entity, FieldDefinition


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a row may say."""

    name: str
    required: bool
    what: str
    names: tuple[str, ...]
    """Headers that mean it, English and Russian."""
    own: FieldDefinition | None = None
    """The custom field it is."""


_ACCOUNT = Field(
    "account", True, "account number",
    ("account", "account number", "account no", "acct", "лицевой счет", "номер лицевого счета", "лс", "л с", "счет"),
)  # fmt: skip
_SERIAL = ("serial", "serial number", "meter", "meter number", "meter no", "номер счетчика", "счетчик",
           "заводской номер", "номер пу", "прибор учета")  # fmt: skip

KINDS: dict[str, tuple[Field, ...]] = {
    "subscribers": (
        _ACCOUNT,
        Field("name", True, "name of the person or organisation",
              ("name", "customer", "customer name", "full name", "subscriber", "фио", "абонент", "наименование",
               "потребитель", "имя")),
        Field("address", True, "address of the premises",
              ("address", "premises", "supply address", "адрес", "адрес объекта", "адрес помещения")),
        Field("kind", False, "person or organisation; told from the name when absent",
              ("kind", "type", "customer type", "тип", "тип абонента", "вид", "категория")),
        Field("phone", False, "telephone number of the contact",
              ("phone", "telephone", "tel", "mobile", "phone number", "телефон", "тел", "мобильный", "номер телефона")),
        Field("contact", False, "the contact's own name; the customer's when absent",
              ("contact", "contact name", "contact person", "контакт", "контактное лицо")),
        Field("role", False, "the contact's role: owner, director, accountant, energy manager",
              ("role", "position", "должность", "роль")),
        Field("email", False, "the contact's e-mail address",
              ("email", "e mail", "mail", "почта", "электронная почта", "эл почта")),
        Field("tax_number", False, "tax number; accounts with the same one belong to one customer",
              ("tax number", "tax id", "vat", "vat number", "inn", "инн")),
        Field("tariff", False, "code or name of the tariff", ("tariff", "rate", "тариф", "код тарифа")),
        Field("time_zone", False, "time zone of the premises, such as Europe/Moscow",
              ("time zone", "timezone", "tz", "часовой пояс")),
        Field("language", False, "language the customer speaks, such as ru",
              ("language", "lang", "язык")),
        Field("opened_on", False, "day the account was opened",
              ("opened", "opened on", "open date", "contract date", "дата открытия", "дата договора")),
    ),
    "meters": (
        _ACCOUNT,
        Field("serial", True, "serial number", _SERIAL),
        Field("digits", True, "digits before the point", ("digits", "dials", "разрядность", "знаков", "число знаков")),
        Field("decimals", False, "digits after the point, 0 when absent",
              ("decimals", "decimal places", "знаков после запятой", "дробных знаков")),
        Field("registers", False, "1 or single, 2 or day/night; 1 when absent",
              ("registers", "zones", "rates", "зоны", "тарифность", "число зон", "количество зон")),
        Field("multiplier", False, "current transformer ratio, 1 when absent",
              ("multiplier", "ratio", "ct ratio", "коэффициент", "ктт", "коэффициент трансформации")),
        Field("model", False, "model", ("model", "meter type", "meter model", "модель", "марка", "тип счетчика",
              "тип пу")),
        Field("installed_on", False, "day of installation; 2000-01-01 when absent",
              ("installed", "installed on", "installation date", "дата установки")),
        Field("removed_on", False, "day of removal", ("removed", "removed on", "removal date", "дата снятия")),
        Field("verification_due", False, "day by which it must be verified",
              ("verification due", "verification date", "next verification", "дата поверки", "срок поверки",
               "следующая поверка", "дата следующей поверки")),
    ),
    "readings": (
        Field("account", False, "account number; may be absent when the serial number is there", _ACCOUNT.names),
        Field("taken_on", True, "day of the reading",
              ("date", "taken on", "reading date", "дата", "дата показаний", "дата снятия показаний")),
        Field("value", False, "reading of a single register, or of the one `register` names",
              ("value", "reading", "показание", "показания", "текущие показания")),
        Field("day", False, "reading of the day register",
              ("day", "day value", "t1", "т1", "день", "показание день", "показания день")),
        Field("night", False, "reading of the night register",
              ("night", "night value", "t2", "т2", "ночь", "показание ночь", "показания ночь")),
        Field("register", False, "single, day or night", ("register", "zone", "регистр", "зона", "тарифная зона")),
        Field("serial", False, "serial number; may be absent when the account has one meter", _SERIAL),
        Field("source", False, "ivr, operator, web, inspector, amr or office; operator when absent",
              ("source", "источник", "способ", "способ передачи")),
        Field("quality", False, "actual or estimate", ("quality", "estimated", "вид показаний", "качество")),
        Field("unit", False, "kWh, or Wh; kWh when absent", ("unit", "uom", "единица", "ед изм", "единица измерения")),
    ),
    "invoices": (
        _ACCOUNT,
        Field("period", True, "month billed",
              ("period", "month", "billing period", "период", "месяц", "расчетный период")),
        Field("amount", True, "amount", ("amount", "total", "sum", "сумма", "начислено", "к оплате", "сумма счета")),
        Field("issued_on", False, "day of issue; first of the next month when absent",
              ("issued", "issued on", "invoice date", "bill date", "дата счета", "дата выставления")),
        Field("due_on", False, "day by which it is to be paid; 20 days after issue when absent",
              ("due", "due on", "due date", "pay by", "срок оплаты", "оплатить до")),
        Field("disputed", False, "yes when the customer disputes it", ("disputed", "dispute", "оспорен", "спорный")),
    ),
    "payments": (
        _ACCOUNT,
        Field("paid_on", True, "day of payment",
              ("date", "paid", "paid on", "payment date", "дата", "дата оплаты", "дата платежа")),
        Field("amount", True, "amount",
              ("amount", "sum", "payment", "paid amount", "сумма", "оплачено", "сумма платежа", "сумма оплаты")),
        Field("channel", False, "bank, post, card, office or autopay; bank when absent",
              ("channel", "method", "way", "канал", "способ оплаты", "способ")),
        Field("reference", False, "number of the payment; tells two equal payments apart",
              ("reference", "ref", "payment id", "transaction", "номер платежа", "документ", "назначение")),
        Field("direction", False, "out marks a payment of ours, which is rejected; in when absent",
              ("direction", "направление")),
    ),
    "fields": (
        _ACCOUNT,
        Field("serial", False, "serial number, where a column is about the meter", _SERIAL),
    ),
}  # fmt: skip
"""Fields by kind of file."""
_NOT_A_WORD = re.compile(r"[^0-9a-zа-я]+")
_STATES = frozenset({"value", "day", "night"})
LONGEST_HEADER = 60
OWNERS: Mapping[str, frozenset[Entity]] = {
    "subscribers": frozenset({Entity.CUSTOMER, Entity.ACCOUNT, Entity.PREMISES}),
    "meters": frozenset({Entity.METER}),
    "fields": frozenset(Entity),
}
"""Whose custom fields a kind of file may bring."""
Own = Sequence[FieldDefinition]
"""The custom fields of a base."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a file says what."""

    kind: str
    columns: dict[str, int]
    """Field's name to the column's place, counted from 0."""
    own: dict[str, FieldDefinition] = made_of(default_factory=dict)
    """Which of them are custom fields."""


def fold(header: str) -> str:
    """Fold a header for comparison."""
    return _NOT_A_WORD.sub(" ", header[:LONGEST_HEADER].lower().replace("ё", "е")).strip()


def fingerprint(headers: Sequence[str]) -> str:
    """Return what tells one header from another: files of one program have the same, whatever is in their rows."""
    return sha256("\x1f".join(fold(header) for header in headers).encode()).hexdigest()


def name_of(one: FieldDefinition) -> str:
    """Return what a mapping calls a custom field."""
    return f"{one.entity.value}.{one.code}"


def fields_of(kind: str, own: Own = ()) -> tuple[Field, ...]:
    """Return everything a row of a kind may say.

    Args:
        kind: a key of `KINDS`.
        own: custom fields of the base; retired ones and those of what the kind is not about are passed over.
    """
    theirs = [one for one in own if one.entity in OWNERS.get(kind, ()) and not one.retired]
    if not theirs:
        return KINDS[kind]
    taken = {name for known in KINDS[kind] for name in known.names}
    called = [dict.fromkeys(map(fold, (one.title, one.code, name_of(one)))) for one in theirs]
    often = Counter(name for names in called for name in names)
    # A header that could mean two of them, or something else, means none: only `entity.code` tells them apart.
    return *KINDS[kind], *(
        Field(
            name_of(one), False, one.title, tuple(name for name in names if often[name] == 1 and name not in taken), one
        )
        for one, names in zip(theirs, called, strict=True)
    )


def header_of(one: FieldDefinition, kind: str, own: Own) -> str:
    """Return the header of a custom field's column that an import recognises: its title where that is enough."""
    known = next(field for field in fields_of(kind, own) if field.own is one)
    return one.title if fold(one.title) in known.names else name_of(one)


def recognise(headers: Sequence[str], kind: str = "auto", own: Own = ()) -> Layout | None:
    """Find the kind of file whose required columns are all there; the one that explains most columns wins.

    Args:
        headers: cells of a row that may be the header.
        kind: a kind's name to consider only that one, `auto` for all.
        own: custom fields of the base.
    """
    folded = [fold(header) for header in headers]
    found = [
        layout
        for name in KINDS
        if kind in {"auto", name} and (layout := lay_out(name, _guessed(name, folded, own), own)) is not None
    ]
    return max(found, key=lambda layout: len(layout.columns), default=None)


def missing(headers: Sequence[str], kind: str) -> tuple[str, ...]:
    """Name the required fields of a kind for which no column is there."""
    folded = {fold(header) for header in headers}
    return tuple(field.name for field in KINDS[kind] if field.required and folded.isdisjoint(field.names))


def guess(headers: Sequence[str], kind: str, own: Own = ()) -> dict[str, int]:
    """Return the columns that could be told for a kind, also when required ones are not among them."""
    return _guessed(kind, [fold(header) for header in headers], own)


def lay_out(kind: str, columns: Mapping[str, int], own: Own = ()) -> Layout | None:
    """Make a layout of columns that somebody named; None when a required field has none, or two share one."""
    fields = {field.name: field for field in (fields_of(kind, own) if kind in KINDS else ())}
    if not fields or not columns.keys() <= fields.keys() or len(set(columns.values())) < len(columns):
        return None
    if any(field.required and field.name not in columns for field in fields.values()):
        return None
    if kind == "readings" and (columns.keys().isdisjoint(_STATES) or columns.keys().isdisjoint({"account", "serial"})):
        return None
    theirs = {name: known.own for name, known in fields.items() if known.own is not None and name in columns}
    if kind == "fields" and not theirs:
        return None
    return Layout(kind, dict(columns), theirs)


def still_known(kind: str, columns: Mapping[str, int], own: Own = ()) -> dict[str, int]:
    """Return what of a mapping that was remembered is still there: custom fields can be retired."""
    known = {field.name for field in fields_of(kind, own)}
    return {name: place for name, place in columns.items() if name in known}


def _guessed(kind: str, folded: list[str], own: Own = ()) -> dict[str, int]:
    columns: dict[str, int] = {}
    for field in fields_of(kind, own):
        place = next((n for n, header in enumerate(folded) if header in field.names), None)
        if place is not None and place not in columns.values():
            columns[field.name] = place
    return columns
