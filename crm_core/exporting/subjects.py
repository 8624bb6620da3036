"""What can be taken out: subjects, their columns, and which columns somebody may see in full (pure; SQL text).

Headers are those that an import recognises, so that what went out can come in again.
"""

# ruff: noqa: S608 -- statements are put together of our own text only.
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BAIT = "(a.flags ? 'honey' or c.flags ? 'honey')"
"""Cards that belong to nobody: whoever carries them away is noticed."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file."""

    header: str
    sql: str
    field: str = ""
    """What of a subscriber it shows (`name`, `phone`, …): masked for who may not see it; "" is for everybody."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be taken out."""

    columns: tuple[Column, ...]
    rows: str
    """FROM clause; `a` is the account, `c` its customer."""
    order: str
    counted: str
    """The smallest FROM clause with as many rows; `a` need not be there, `x.account_id` is."""
    day: str = ""
    """SQL of the day of a row, where rows have one."""
    forms: tuple[str, ...] = ("csv", "xlsx")


_PEOPLE = "accounts a join customers c on c.id = a.customer_id"
_ACCOUNT = Column("account", "a.number")
SUBJECTS: Mapping[str, Subject] = {
    "subscribers": Subject(
        (
            _ACCOUNT,
            Column("name", "c.name", "name"),
            Column("address", "p.address", "address"),
            Column("kind", "c.kind"),
            Column("tax number", "c.tax_number", "tax_number"),
            Column("tariff", "t.code"),
            Column("time zone", "p.time_zone"),
            Column("language", "c.language"),
            Column("opened", "a.opened_on"),
            Column("status", "a.status"),
            Column("balance", "a.balance", "balance"),
        ),
        f"{_PEOPLE} join premises p on p.id = a.premises_id join tariffs t on t.id = a.tariff_id",
        "a.id",
        "(select id as account_id from accounts) x",
        "a.opened_on",
    ),
    "contacts": Subject(
        (
            _ACCOUNT,
            Column("name", "c.name", "name"),
            Column("address", "p.address", "address"),
            Column("contact", "k.name", "contact_name"),
            Column("role", "k.role"),
            Column("phone", "k.phone", "phone"),
            Column("email", "k.email", "email"),
            Column("verified", "k.verified"),
        ),
        f"{_PEOPLE} join premises p on p.id = a.premises_id join contacts k on k.customer_id = c.id",
        "a.id, k.id",
        "(select a.id as account_id from accounts a join contacts k on k.customer_id = a.customer_id) x",
    ),
    "readings": Subject(
        (
            _ACCOUNT,
            Column("serial", "m.serial"),
            Column("register", "g.code"),
            Column("date", "r.taken_on"),
            Column("value", "r.value"),
            Column("consumption", "r.consumption"),
            Column("source", "r.source"),
            Column("quality", "r.quality"),
        ),
        f"readings r join {_PEOPLE} on a.id = r.account_id join registers g on g.id = r.register_id"
        " join meters m on m.id = g.meter_id",
        "r.account_id, m.id, r.taken_on, g.code, r.revision",
        "(select account_id, taken_on from readings) x",
        "r.taken_on",
        ("csv", "xlsx", "cim"),
    ),
    "invoices": Subject(
        (
            _ACCOUNT,
            Column("period", "i.period"),
            Column("amount", "i.amount"),
            Column("issued", "i.issued_on"),
            Column("due", "i.due_on"),
            Column("open", "i.open_amount"),
            Column("disputed", "i.disputed"),
            Column("name", "c.name", "name"),
        ),
        f"invoices i join {_PEOPLE} on a.id = i.account_id",
        "i.account_id, i.period",
        "(select account_id, period from invoices) x",
        "i.period",
        ("csv", "xlsx", "1c"),
    ),
    "payments": Subject(
        (
            _ACCOUNT,
            Column("date", "y.paid_on"),
            Column("amount", "y.amount"),
            Column("channel", "y.channel"),
            Column("reference", "y.reference"),
            Column("name", "c.name", "name"),
        ),
        f"payments y join {_PEOPLE} on a.id = y.account_id",
        "y.account_id, y.paid_on, y.seq",
        "(select account_id, paid_on from payments) x",
        "y.paid_on",
        ("csv", "xlsx", "1c"),
    ),
    "applications": Subject(
        (
            _ACCOUNT,
            Column("number", "f.number"),
            Column("kind", "f.kind"),
            Column("title", "f.title"),
            Column("stage", "f.stage"),
            Column("filed", "f.filed_on"),
            Column("due", "f.due_on"),
        ),
        f"applications f join {_PEOPLE} on a.id = f.account_id",
        "f.id",
        "(select account_id, filed_on from applications) x",
        "f.filed_on",
    ),
    "interactions": Subject(
        (
            _ACCOUNT,
            Column("began", "n.began_at"),
            Column("channel", "n.channel"),
            Column("direction", "n.direction"),
            Column("number", "n.number", "phone"),
            Column("outcome", "n.outcome"),
            Column("operator", "u.login"),
            Column("result", "n.disposition"),
            Column("note", "n.note", "note"),
        ),
        f"interactions n join {_PEOPLE} on a.id = n.account_id left join users u on u.id = n.operator_id",
        "n.id",
        "(select account_id, began_at::date as began_on from interactions where account_id is not null) x",
        "n.began_at::date",
    ),
}
"""By name, as exports keep it."""
_COUNTED_DAY = {
    "readings": "x.taken_on",
    "invoices": "x.period",
    "payments": "x.paid_on",
    "applications": "x.filed_on",
    "interactions": "x.began_on",
}
FORMS: Mapping[str, str] = {"csv": "csv", "xlsx": "xlsx", "1c": "txt", "cim": "xml"}
"""Forms of files, and the ends of their names."""
CHOSEN = "export_accounts"
"""Temporary table of the accounts that were selected."""


def statement(name: str, *, everybody: bool) -> str:
    """Return the SELECT of a subject: its columns, then the account's id, then whether it is bait.

    Parameters of it: `since` and `until`, days or None.
    """
    subject = SUBJECTS[name]
    columns = ", ".join(column.sql for column in subject.columns)
    chosen = "" if everybody else f" join {CHOSEN} z on z.account_id = a.id"
    return f"select {columns}, a.id, {BAIT} from {subject.rows}{chosen}{_within(subject.day)} order by {subject.order}"


def count_statement(name: str, *, everybody: bool) -> str:
    """Return the SELECT that counts rows up to `most`; parameters as in `statement`, and `most`."""
    subject = SUBJECTS[name]
    chosen = "" if everybody else f" join {CHOSEN} z using (account_id)"
    if name == "subscribers":
        counted = f"accounts a join (select id as account_id from accounts) x on x.account_id = a.id{chosen}"
        return f"select count(*) from (select from {counted}{_within(subject.day)} limit %(most)s) n"
    day = _COUNTED_DAY.get(name, "")
    return f"select count(*) from (select from {subject.counted}{chosen}{_within(day)} limit %(most)s) n"


def _within(day: str) -> str:
    if not day:
        return ""
    return (
        f" where (%(since)s::date is null or {day} >= %(since)s::date)"
        f" and (%(until)s::date is null or {day} <= %(until)s::date)"
    )
