"""Rows of a file judged one by one: Accepted or Rejected with a reason (pure).

What only the base can tell (is there such an account?) is decided later and in SQL; everything else here. An
accepted row carries plain values that JSON knows; dates are ISO text and decimals are text.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import available_timezones

from crm_core import accounts, phones
from crm_core import text as texts
from crm_core.fields import Entity
from crm_core.importing import keys, own, values
from crm_core.importing.columns import Layout
from crm_core.importing.rules import why
from crm_core.importing.values import Cell

Data = dict[str, str | int | bool | list[dict[str, object]] | None]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row that can go in."""

    account: str
    data: Data
    notes: tuple[str, ...] = ()
    """What was repaired or is worth knowing: `phone repaired`, `no check digit`."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot."""

    rule: str
    """A code of `rules.RULES`."""
    detail: str = ""
    """What the rule saw."""
    field: str = ""
    """Which field it is about, where the rule can be about several: people know it by their own header."""

    @property
    def reason(self) -> str:
        """Why, in English words for the person who made the file."""
        return why(self.rule, self.told(self.field.replace("_", " ")))

    def told(self, header: str) -> str:
        """Return what the rule saw, with the name of the column where it is about one."""
        return f"{header} {self.detail}".strip() if self.field else self.detail


@dataclass(frozen=True, slots=True)
class Rules:
    """What judging needs to know about the house."""

    today: date
    region: str
    """Where telephone numbers without a country code are dialled."""
    time_zone: str
    """Time zone of premises for which the file names none."""
    area: str = ""
    """Area code of telephone numbers that come without one; "" when there is none to assume."""


class _No(ValueError):
    """This row is rejected."""

    def __init__(self, rule: str, detail: str = "", field: str = "") -> None:
        super().__init__(rule)
        self.rejected = Rejected(rule, detail, field)


class Row(Mapping[str, Cell]):
    """Cells of one row by the names of the fields; an absent column is None."""

    def __init__(self, layout: Layout, cells: Sequence[Cell]) -> None:
        self._cells = {name: cells[place] if place < len(cells) else None for name, place in layout.columns.items()}

    def __getitem__(self, name: str) -> Cell:
        return self._cells.get(name)

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 -- Mapping says it
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def text(self, name: str, most: int) -> str:
        """Return a cell as one line of text that fits its column."""
        told = values.text(self._cells.get(name))
        if told.isascii() and told.isprintable() and "  " not in told:
            return told[:most]
        return texts.one_line(told, most)

    def said(self, name: str) -> bool:
        """Whether the cell holds anything."""
        return values.text(self[name]) != ""


_ACCOUNT = re.compile(r"[0-9A-Za-zА-Яа-яЁё/-]{1,12}")
_ORGANISATION = re.compile(
    r"\b(llc|ltd|inc|gmbh|plc|jsc|ооо|оао|зао|пао|ао|ип|тсж|тсн|снт|жск|гбоу|мбоу|мку|муп|гуп)\b", re.IGNORECASE
)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
_ZONES = available_timezones()
SOURCES = {"ivr", "operator", "web", "inspector", "amr", "office"}
CHANNELS = {"bank", "post", "card", "office", "autopay"}
_SAID_CHANNEL = {"банк": "bank", "почта": "post", "карта": "card", "касса": "office", "офис": "office",
                 "автоплатеж": "autopay", "автоплатёж": "autopay"}  # fmt: skip
_REGISTER = {"": "single", "single": "single", "1": "single", "day": "day", "t1": "day", "т1": "day", "день": "day",
             "night": "night", "t2": "night", "т2": "night", "ночь": "night"}  # fmt: skip
_TWO = {"2", "day/night", "day night", "двухтарифный", "день/ночь", "два"}
_FIRM_WORDS = {"organisation", "organization", "company", "legal", "firm", "business", "юр", "юрлицо", "юр лицо",
               "юридическое лицо", "организация", "компания"}  # fmt: skip
_UNITS = {"": 0, "kwh": 0, "квтч": 0, "квт ч": 0, "квт*ч": 0, "wh": 3, "втч": 3}
"""Units of a dial, and by which power of ten they are smaller than ours."""
_OUT = {"out", "outgoing", "расход", "списание", "исходящий"}
LARGEST = Decimal("999999999999.99")


def judge(layout: Layout, cells: Sequence[Cell], rules: Rules) -> tuple[Accepted, ...] | Rejected:
    """Judge one row.

    Returns:
        What is to be stored, more than one value when the row holds several readings; or why nothing is.
    """
    row = Row(layout, cells)
    try:
        nameless = layout.kind == "readings" and not row.said("account") and row.said("serial")
        found = _JUDGES[layout.kind]("" if nameless else _account(row), row, rules)
        if layout.own:
            found[0].data["own"] = _own(layout, row)
    except _No as no:
        return no.rejected
    return found


def _account(row: Row) -> str:
    number = row.text("account", 40).replace(" ", "")
    if not number:
        raise _No("account-empty")
    if not _ACCOUNT.fullmatch(number):
        raise _No("account-spelling")
    return number


def _subscriber(account: str, row: Row, rules: Rules) -> tuple[Accepted, ...]:
    name, address = row.text("name", 200), row.text("address", 300)
    if not name:
        raise _No("name-empty")
    if not address:
        raise _No("address-empty")
    notes = [] if accounts.is_account_number(account) else ["no check digit"]
    phone = ""
    if row.said("phone"):
        spelled = row.text("phone", 60)
        repaired = phones.e164(spelled, rules.region)
        local = phones.e164(spelled, rules.region, rules.area) if repaired is None and rules.area else None
        if repaired is None and local is None:
            raise _No("not-a-phone")
        phone = repaired or local or ""
        notes += ["area code added"] if local else ["phone repaired"] if phone != spelled else []
    zone = row.text("time_zone", 40) or rules.time_zone
    if zone not in _ZONES:
        raise _No("time-zone")
    email = row.text("email", 254)
    if email and not _EMAIL.fullmatch(email):
        raise _No("not-an-email")
    opened = _day(row, "opened_on", latest=rules.today)
    data: Data = {
        "name": name, "name_key": keys.key(name), "address": address, "address_key": keys.address_key(address),
        "kind": _kind(row, name), "phone": phone, "contact": row.text("contact", 200) or name,
        "role": row.text("role", 60), "email": email, "tax_number": row.text("tax_number", 20),
        "tariff": row.text("tariff", 60), "time_zone": zone, "language": row.text("language", 8).lower(),
        "opened_on": (opened or rules.today).isoformat(),
    }  # fmt: skip
    return (Accepted(account, data, tuple(notes)),)


def _kind(row: Row, name: str) -> str:
    said = row.text("kind", 40).lower().replace(".", " ").replace("-", " ").strip()
    if said:
        return "organisation" if " ".join(said.split()) in _FIRM_WORDS else "person"
    return "organisation" if _ORGANISATION.search(name) else "person"


def _meter(account: str, row: Row, rules: Rules) -> tuple[Accepted, ...]:
    serial = _serial(row)
    if not serial:
        raise _No("serial-empty")
    digits = values.whole(row["digits"], 1, 9)
    if digits is None:
        raise _No("whole-number", "1 … 9", "digits")
    installed = _day(row, "installed_on", latest=rules.today)
    removed = _day(row, "removed_on", latest=rules.today)
    if installed and removed and removed < installed:
        raise _No("removed-early")
    data: Data = {
        "serial": serial, "digits": digits, "decimals": _number(row, "decimals", 0, 3, 0),
        "multiplier": _number(row, "multiplier", 1, 100_000, 1), "model": row.text("model", 80),
        "two": row.text("registers", 20).lower() in _TWO, "installed_on": _iso(installed), "removed_on": _iso(removed),
        "verification_due": _iso(_day(row, "verification_due")),
    }  # fmt: skip
    return (Accepted(account, data),)


def _reading(account: str, row: Row, rules: Rules) -> tuple[Accepted, ...]:
    taken = _day(row, "taken_on", latest=rules.today)
    if taken is None:
        raise _No("reading-day-empty")
    source = row.text("source", 20).lower()
    estimate = row.text("quality", 20).lower().startswith(("est", "расч", "норм", "средн"))
    common: Data = {
        "serial": _serial(row), "taken_on": taken.isoformat(),
        # An estimate is the utility's own, whoever sent the file (DOMAIN D2, rule 10).
        "source": "office" if estimate else source if source in SOURCES else "operator",
    }  # fmt: skip
    register = _REGISTER.get(row.text("register", 20).lower())
    if register is None:
        raise _No("register-unknown")
    found = []
    for field, code in (("value", register), ("day", "day"), ("night", "night")):
        if row.said(field):
            found.append(Accepted(account, {**common, "register": code, "value": str(_state(row, field))}))
    if not found:
        raise _No("no-reading")
    if len({accepted.data["register"] for accepted in found}) < len(found):
        raise _No("register-twice")
    return tuple(found)


def _state(row: Row, field: str) -> Decimal:
    unit = row.text("unit", 20)
    if unit.lower() not in _UNITS:
        raise _No("unit", unit)
    value = values.state(row[field])
    if value is None:
        raise _No("not-a-number")
    shown = value.scaleb(-_UNITS[unit.lower()])
    exact = shown.quantize(Decimal("0.001"))
    if exact != shown:
        raise _No("not-a-number")
    return exact


def _invoice(account: str, row: Row, rules: Rules) -> tuple[Accepted, ...]:
    period = values.month(row["period"])
    if period is None:
        raise _No("month")
    if period > rules.today:
        raise _No("month-future")
    issued = _day(row, "issued_on") or (period + timedelta(days=32)).replace(day=1)
    due = _day(row, "due_on") or issued + timedelta(days=20)
    if due < issued:
        raise _No("due-early")
    data: Data = {
        "period": period.isoformat(), "amount": str(_money(row, zero=True)), "issued_on": issued.isoformat(),
        "due_on": due.isoformat(), "disputed": values.yes(row["disputed"]),
    }  # fmt: skip
    return (Accepted(account, data),)


def _payment(account: str, row: Row, rules: Rules) -> tuple[Accepted, ...]:
    if row.text("direction", 20).lower() in _OUT:
        raise _No("outgoing")
    paid = _day(row, "paid_on", latest=rules.today)
    if paid is None:
        raise _No("payment-day-empty")
    channel = row.text("channel", 20).lower()
    channel = _SAID_CHANNEL.get(channel, channel)
    data: Data = {
        "paid_on": paid.isoformat(), "amount": str(_money(row, zero=False)),
        "channel": channel if channel in CHANNELS else "bank", "reference": row.text("reference", 40) or None,
    }  # fmt: skip
    return (Accepted(account, data),)


def _of_fields(account: str, row: Row, _: Rules) -> tuple[Accepted, ...]:
    """A row of custom fields alone: whose they are; `_own` reads them."""
    return (Accepted(account, {"serial": _serial(row)}),)


def _own(layout: Layout, row: Row) -> list[dict[str, object]]:
    """Read the custom fields of a row, in the shape in which `own.STEPS` takes them."""
    found: list[dict[str, object]] = []
    for name, definition in layout.own.items():
        parts = own.parts_of(definition, row[name])
        if isinstance(parts, own.Refused):
            raise _No(parts.rule, parts.detail)
        if parts is not None:
            if definition.entity is Entity.METER and not row.said("serial"):
                raise _No("meter-unnamed", definition.title)
            found.append({"field": definition.field_id, "of": definition.entity.value, "parts": parts})
    if layout.kind == "fields" and not found:
        raise _No("nothing-said")
    return found


def _money(row: Row, *, zero: bool) -> Decimal:
    found = values.amount(row["amount"])
    if found is None or abs(found) > LARGEST:
        raise _No("amount")
    if found < 0 or not (found or zero):
        raise _No("amount-positive")
    return found


def _day(row: Row, name: str, *, latest: date | None = None) -> date | None:
    if not row.said(name):
        return None
    found = values.day(row[name])
    if found is None:
        raise _No("not-a-date", field=name)
    if latest is not None and found > latest:
        raise _No("future-date", field=name)
    return found


def _number(row: Row, name: str, lowest: int, highest: int, otherwise: int) -> int:
    if not row.said(name):
        return otherwise
    found = values.whole(row[name], lowest, highest)
    if found is None:
        raise _No("whole-number", f"{lowest} … {highest}", name)
    return found


def _serial(row: Row) -> str:
    serial = row.text("serial", 60).replace(" ", "").upper()
    if len(serial) > 24:
        raise _No("serial-long")
    return serial


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


_JUDGES: dict[str, Callable[[str, Row, Rules], tuple[Accepted, ...]]] = {
    "subscribers": _subscriber,
    "meters": _meter,
    "readings": _reading,
    "invoices": _invoice,
    "payments": _payment,
    "fields": _of_fields,
}
