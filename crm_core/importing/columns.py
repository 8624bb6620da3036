"""Which columns a file may have and what people call them (pure). docs/import.md is written from this table.

A header is compared folded: small letters, no punctuation, Russian yo as ye. The first column that fits a field wins.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a row may say."""

    name: str
    required: bool
    what: str
    names: tuple[str, ...]
    """Headers that mean it, English and Russian."""


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
}  # fmt: skip
"""Fields by kind of file."""
_NOT_A_WORD = re.compile(r"[^0-9a-zа-я]+")
_STATES = frozenset({"value", "day", "night"})
LONGEST_HEADER = 60


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a file says what."""

    kind: str
    columns: dict[str, int]
    """Field's name to the column's place, counted from 0."""


def fold(header: str) -> str:
    """Fold a header for comparison."""
    return _NOT_A_WORD.sub(" ", header[:LONGEST_HEADER].lower().replace("ё", "е")).strip()


def fingerprint(headers: Sequence[str]) -> str:
    """Return what tells one header from another: files of one program have the same, whatever is in their rows."""
    return sha256("\x1f".join(fold(header) for header in headers).encode()).hexdigest()


def recognise(headers: Sequence[str], kind: str = "auto") -> Layout | None:
    """Find the kind of file whose required columns are all there; the one that explains most columns wins.

    Args:
        headers: cells of a row that may be the header.
        kind: a kind's name to consider only that one, `auto` for all.
    """
    folded = [fold(header) for header in headers]
    found = [
        layout
        for name in KINDS
        if kind in {"auto", name} and (layout := lay_out(name, _guessed(name, folded))) is not None
    ]
    return max(found, key=lambda layout: len(layout.columns), default=None)


def missing(headers: Sequence[str], kind: str) -> tuple[str, ...]:
    """Name the required fields of a kind for which no column is there."""
    folded = {fold(header) for header in headers}
    return tuple(field.name for field in KINDS[kind] if field.required and folded.isdisjoint(field.names))


def guess(headers: Sequence[str], kind: str) -> dict[str, int]:
    """Return the columns that could be told for a kind, also when required ones are not among them."""
    return _guessed(kind, [fold(header) for header in headers])


def lay_out(kind: str, columns: Mapping[str, int]) -> Layout | None:
    """Make a layout of columns that somebody named; None when a required field has none, or two share one."""
    fields = {field.name: field for field in KINDS.get(kind, ())}
    if not fields or not columns.keys() <= fields.keys() or len(set(columns.values())) < len(columns):
        return None
    if any(field.required and field.name not in columns for field in fields.values()):
        return None
    if kind == "readings" and (columns.keys().isdisjoint(_STATES) or columns.keys().isdisjoint({"account", "serial"})):
        return None
    return Layout(kind, dict(columns))


def _guessed(kind: str, folded: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for field in KINDS[kind]:
        place = next((n for n, header in enumerate(folded) if header in field.names), None)
        if place is not None and place not in columns.values():
            columns[field.name] = place
    return columns
