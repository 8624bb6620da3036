"""What an import did, row by row, so that it can be taken back: keys, old values, marks of what it left (SQL text).

A row of `import_changes` names a row of a table by its key (dates as days since 2000). `before` holds the old values of
one that was changed and is null for one that was made. `mark` is a digest of what the import left there: an undo
leaves alone what somebody has changed since. Only columns that imports and people set are in it; what triggers
work out (balances, open amounts, search words) is not.
"""

# ruff: noqa: S608 -- tables, keys and columns come from the two tables below.
from __future__ import annotations

from collections.abc import Mapping

KEYS: Mapping[str, tuple[str, ...]] = {
    "tariffs": ("id",),
    "customers": ("id",),
    "contacts": ("id",),
    "premises": ("id",),
    "accounts": ("id",),
    "meters": ("id",),
    "registers": ("id",),
    "held_readings": ("id",),
    "readings": ("account_id", "register_id", "taken_on", "revision"),
    "invoices": ("account_id", "period"),
    "payments": ("account_id", "paid_on", "seq"),
}
DAYS = frozenset({"taken_on", "period", "paid_on"})
"""Parts of keys that are dates."""
_SET: Mapping[str, tuple[str, ...]] = {
    "tariffs": ("code", "name", "valid_from", "valid_to", "prices"),
    "customers": ("kind", "name", "language", "tax_number", "flags"),
    "contacts": ("name", "role", "phone", "email", "verified"),
    "premises": ("address", "time_zone"),
    "accounts": ("number", "customer_id", "premises_id", "tariff_id", "opened_on", "closed_on", "status", "flags"),
    "meters": ("serial", "model", "digits", "decimals", "multiplier", "installed_on", "removed_on", "verification_due"),
    "registers": ("code",),
    "held_readings": ("status", "decided_by", "value"),
    "readings": ("value", "source", "quality"),
    "invoices": ("issued_on", "due_on", "amount", "disputed"),
    "payments": ("amount", "channel", "reference"),
}


def key(table: str) -> str:
    """Return the SQL of a row's key; the row is `t`."""
    parts = (f"t.{name} - date '2000-01-01'" if name in DAYS else f"t.{name}" for name in KEYS[table])
    return f"array[{', '.join(parts)}]::int[]"


def same_row(table: str) -> str:
    """Return the SQL condition that `t` is the row that the change `c` names; it can use the table's primary key."""
    return " and ".join(
        f"t.{name} = " + (f"date '2000-01-01' + c.key[{n}]" if name in DAYS else f"c.key[{n}]")
        for n, name in enumerate(KEYS[table], 1)
    )


def mark(table: str) -> str:
    """Return the SQL of the digest of a row `t`."""
    return f"md5(row({', '.join(f't.{name}' for name in _SET[table])})::text)::uuid"


def made(table: str, source: str) -> str:
    """Return the statement that notes rows made.

    Args:
        table: where they were made.
        source: FROM clause that gives the rows as `t` and the number of the file's row as `w.row`.
    """
    return f"""
insert into import_changes (import_id, row, tbl, key, mark)
select %(import_id)s, w.row, '{table}', {key(table)}, {mark(table)} {source}
"""


def before(table: str, columns: tuple[str, ...], source: str) -> str:
    """Return the statement that notes old values before they are changed; `marked` completes it afterwards."""
    old = ", ".join(f"'{name}', t.{name}" for name in columns)
    return f"""
insert into import_changes (import_id, row, tbl, key, before)
select %(import_id)s, w.row, '{table}', {key(table)}, jsonb_build_object({old}) {source}
"""


def marked(table: str) -> str:
    """Return the statement that notes what the change left there."""
    return f"""
update import_changes c set mark = {mark(table)} from {table} t
where c.import_id = %(import_id)s and c.tbl = '{table}' and c.mark is null and {same_row(table)}
"""
