"""What can be taken out: subjects, their columns, and which columns somebody may see in full (pure; SQL text).

Headers are those that an import recognises, so that what went out can come in again.
"""

# ruff: noqa: S608 -- statements are put together of our own text only.
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made_of

from crm_core.fields import Entity, FieldDefinition, Type
from crm_core.importing.columns import Own, header_of

BAIT = "(a.flags ? 'honey' or c.flags ? 'honey')"
"""Cards that belong to nobody: whoever carries them away is noticed."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file."""

    header: str
    sql: str
    field: str = ""
    """What of a subscriber it shows (`name`, `phone`, …): masked for who may not see it; "" is for everybody."""
    titles: Mapping[str, str] = made_of(default_factory=dict)
    """What people call the codes that stand in it."""


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
    kind: str = ""
    """Kind of file as which it comes in again with its custom fields; "" has none."""


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
        kind="subscribers",
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
    "meters": Subject(
        (
            _ACCOUNT,
            Column("serial", "m.serial"),
            Column("model", "m.model"),
            Column("digits", "m.digits"),
            Column("decimals", "m.decimals"),
            Column("zones", "(select greatest(count(*), 1) from registers g where g.meter_id = m.id)"),
            Column("multiplier", "m.multiplier"),
            Column("installed", "m.installed_on"),
            Column("removed", "m.removed_on"),
            Column("verification due", "m.verification_due"),
        ),
        f"meters m join {_PEOPLE} on a.id = m.account_id",
        "m.account_id, m.id",
        "(select account_id, installed_on from meters) x",
        "m.installed_on",
        kind="meters",
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
    "meters": "x.installed_on",
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


_OWNERS = {
    "subscribers": {Entity.CUSTOMER: "c.id", Entity.ACCOUNT: "a.id", Entity.PREMISES: "p.id"},
    "meters": {Entity.METER: "m.id"},
}
"""SQL of whose custom fields a subject has."""
_VALUES = {
    Type.FLAG: "v.number = 1",
    Type.DATE: "v.day",
    Type.WHOLE: "trim_scale(v.number)",
    Type.NUMBER: "trim_scale(v.number)",
    Type.AMOUNT: "v.number::numeric(20, 2)",
    Type.SEVERAL: "string_agg(v.text, ';' order by v.position)",
}
"""SQL of a field's value by its type; a text otherwise."""


def columns_of(name: str, own: Own = ()) -> tuple[Column, ...]:
    """Return the columns of a subject: its own, then the custom fields of what its rows are about.

    Args:
        name: a key of `SUBJECTS`.
        own: the custom fields of the base that are in use.
    """
    subject, owners = SUBJECTS[name], _OWNERS.get(name, {})
    return *subject.columns, *(
        Column(header_of(one, subject.kind, own), _value(one, owners[one.entity]), titles=_titles(one))
        for one in own
        if one.entity in owners
    )


def _value(one: FieldDefinition, owner: str) -> str:
    """SQL of a custom field's value; keys of fields are numbers of ours."""
    value = _VALUES.get(one.type, "v.text")
    return f"(select {value} from custom_values v where v.entity_id = {owner} and v.field_id = {one.field_id:d})"


def _titles(one: FieldDefinition) -> Mapping[str, str]:
    return {option.code: option.title for option in one.options}


def statement(name: str, columns: tuple[Column, ...], *, everybody: bool) -> str:
    """Return the SELECT of a subject: its columns, then the account's id, then whether it is bait.

    Parameters of it: `since` and `until`, days or None.
    """
    subject = SUBJECTS[name]
    wanted = ", ".join(column.sql for column in columns)
    chosen = "" if everybody else f" join {CHOSEN} z on z.account_id = a.id"
    return f"select {wanted}, a.id, {BAIT} from {subject.rows}{chosen}{_within(subject.day)} order by {subject.order}"


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
