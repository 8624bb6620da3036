"""Taking an import back: what it made goes, what it changed gets its old value, unless somebody came after it (shell).

Everything happens in one transaction, table by table, from what hangs on others to what others hang on. A row stays
when its mark says that somebody changed it since, or when something that came later refers to it; each is told.
"""

# ruff: noqa: S608 -- tables and columns come from the catalogue of the database and from `journal`.
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from crm_core.importing import own
from crm_core.importing.billing import SETTLE
from crm_core.importing.journal import KEYS, mark, same_row
from crm_core.importing.store import Connection, allocation

ORDER = (
    *(
        "payments",
        "invoices",
        "held_readings",
        "readings",
        "registers",
        "meters",
        "contacts",
        "accounts",
        "premises",
        "customers",
    ),
    "tariffs",
)
RESTORED = {
    "held_readings": ("status", "decided_at"),
    "customers": ("name", "name_key"),
    "premises": ("address", "address_key"),
    "meters": ("removed_on", "verification_due"),
}
"""Columns that imports change in rows that were there."""
_BULK = {
    "accounts": (
        "select from readings r where r.account_id = t.id",
        "select from invoices r where r.account_id = t.id",
        "select from payments r where r.account_id = t.id",
        "select from invoice_lines r where r.account_id = t.id",
        own.held_by("account"),
    ),
    "customers": (own.held_by("customer"),),
    "premises": (own.held_by("premises"),),
    "meters": (own.held_by("meter"),),
    "registers": (
        """select from readings r join meters m on m.account_id = r.account_id
            where m.id = t.meter_id and r.register_id = t.id""",
    ),
    "invoices": (
        "select from invoice_lines r where r.account_id = t.account_id and r.period = t.period",
        "select from allocations r where r.account_id = t.account_id and r.period = t.period",
        "select from disputes r where r.account_id = t.account_id and r.period = t.period",
    ),
    "payments": (
        "select from allocations r where (r.account_id, r.paid_on, r.seq) = (t.account_id, t.paid_on, t.seq)",
        """select from payments r
            where (r.account_id, r.reverses_on, r.reverses_seq) = (t.account_id, t.paid_on, t.seq)""",
    ),
}
"""References from tables that carry no foreign keys: they are too large, or they refer to several tables."""
_DERIVED = {"duplicate_pairs": "r.state = 'open'"}
"""Rows that the house worked out by itself and nobody has looked at: they go with what they are about."""
# A later reading counts from the one before it: without that one its consumption would be wrong.
_BUILT_UPON = """
select from readings r where (r.account_id, r.register_id) = (t.account_id, t.register_id)
    and (r.taken_on, r.revision) > (t.taken_on, t.revision)
    and not exists (select from import_undo o where o.tbl = 'readings'
        and o.key = array[r.account_id, r.register_id, r.taken_on - date '2000-01-01', r.revision]::int[])
"""


@dataclass(slots=True)
class Undone:
    """What became of everything an import did."""

    taken: Counter[str] = field(default_factory=Counter)
    """Rows taken back, by table."""
    kept: Counter[str] = field(default_factory=Counter)
    """Rows that stay as they are, by rule."""


def take_back(db: Connection, import_id: int) -> Undone:
    """Take an import back as far as nobody built on it; which rows stay is in the temporary table `import_kept`.

    Args:
        db: inside a transaction that holds the lock of imports.
        import_id: a committed import.
    """
    db.execute("create temporary table import_kept (row int, tbl text, rule text) on commit drop")
    # Readings are asked for by their key whether this import made them: an index for the moment.
    db.execute(
        "create temporary table import_undo (row int, tbl text, key int[], before jsonb, mark uuid) on commit drop"
    )
    db.execute(
        "insert into import_undo select row, tbl, key, before, mark from import_changes where import_id = %s",
        [import_id],
    )
    db.execute("create index on import_undo (tbl, key)")
    db.execute("analyze import_undo")
    undone = Undone()
    undone.taken[own.TABLE] = _own_values(db)
    for table in ORDER:
        if table in RESTORED:
            undone.taken[table] += _restore(db, table)
        undone.taken[table] += _remove(db, table)
    _settle(db)
    undone.taken += Counter()
    for rule, count in db.execute("select rule, count(*) from import_kept group by 1").fetchall():
        undone.kept[rule] = count
    return undone


def _own_values(db: Connection) -> int:
    """Give custom fields the values they had."""
    for statement in own.UNDO:
        db.execute(statement.encode())
    row = db.execute(own.UNDONE.encode()).fetchone()
    return int(row[0]) if row else 0


def _settle(db: Connection) -> None:
    """What stays open of bills is worked out anew where bills or payments went."""
    db.execute(
        "create temporary table ledger_touched on commit drop as"
        " select distinct key[1] as account_id from import_undo where tbl in ('invoices', 'payments')"
    )
    values = allocation(db)
    for _, statement in SETTLE:
        db.execute(statement.encode(), values)


def kept(db: Connection) -> Iterator[tuple[int, str, str]]:
    """Rows that stay: number in the file, table, rule."""
    with db.cursor("kept_rows") as cursor:
        cursor.execute("select row, tbl, rule from import_kept order by row, tbl")
        yield from cursor


def _restore(db: Connection, table: str) -> int:
    """Give rows that the import changed their old values."""
    named = f"from import_undo c join {table} t on {same_row(table)} where c.tbl = '{table}' and c.before is not null"
    db.execute(
        f"insert into import_kept select c.row, c.tbl, 'changed-since' {named}"
        f" and c.mark is distinct from {mark(table)}".encode()
    )
    columns = RESTORED[table]
    sets = ", ".join(f"{name} = o.{name}" for name in columns)
    return db.execute(
        f"update {table} t set {sets} from import_undo c, jsonb_populate_record(null::{table}, c.before) o"
        f" where c.tbl = '{table}' and c.before is not null and {same_row(table)} and c.mark = {mark(table)}".encode()
    ).rowcount


def _remove(db: Connection, table: str) -> int:
    """Remove rows that the import made; those that somebody changed or refers to stay."""
    named = f"from import_undo c join {table} t on {same_row(table)} where c.tbl = '{table}' and c.before is null"
    db.execute(
        f"insert into import_kept select c.row, c.tbl, 'changed-since' {named}"
        f" and c.mark is distinct from {mark(table)}".encode()
    )
    free = f"c.mark = {mark(table)}"
    references = _references(db, table)
    derived = [one for one in references if one[0] in _DERIVED]
    if table == "readings":
        used, rule = [_BUILT_UPON], "built-upon"
    else:
        used, rule = [*(_reference(*one) for one in references), *_BULK.get(table, ())], "in-use"
    if used:
        in_use = " or ".join(f"exists ({one})" for one in used)
        db.execute(f"insert into import_kept select c.row, c.tbl, '{rule}' {named} and {free} and ({in_use})".encode())
        free += f" and not ({in_use})"
    for name, column in derived:
        db.execute(
            f"delete from {name} r using import_undo c, {table} t where r.{column} = t.id and ({_DERIVED[name]})"
            f" and c.tbl = '{table}' and c.before is null and {same_row(table)} and {free}".encode()
        )
    return db.execute(
        f"delete from {table} t using import_undo c"
        f" where c.tbl = '{table}' and c.before is null and {same_row(table)} and {free}".encode()
    ).rowcount


def _references(db: Connection, table: str) -> list[tuple[str, str]]:
    """Table and column of every foreign key that would forbid a row to go; whatever part of the house made it."""
    if KEYS[table] != ("id",):
        return []
    found = db.execute(
        "select c.conrelid::regclass::text, a.attname from pg_constraint c"
        " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
        " where c.contype = 'f' and c.confrelid = %s::regclass and c.confdeltype in ('a', 'r')"
        " and array_length(c.conkey, 1) = 1 order by 1, 2",
        [table],
    ).fetchall()
    return [(name, column) for name, column in found]


def _reference(name: str, column: str) -> str:
    counts = f" and not ({_DERIVED[name]})" if name in _DERIVED else ""
    return f'select from {name} r where r."{column}" = t.id{counts}'
