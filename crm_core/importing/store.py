"""Merges judged rows into the base: set by set, in the one transaction of the file (shell).

Rows wait in the temporary table `import_rows`, which is unlogged by its nature; each step either gives some of them a
rule that rejects them or writes what is left. A row that is in the base already, equal in everything, is `known` and
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from crm_core.fields import Entity, FieldDefinition, Option, Type
from crm_core.importing import merging
from crm_core.importing.outcome import Outcome
from crm_core.importing.rows import Accepted
from crm_core.importing.sheet import Source
from crm_core.ledger.allocation import AllocationRule
from crm_core.reading_policy import ReadingRules

Connection = psycopg.Connection[tuple[Any, ...]]
_as_json = msgspec.json.Encoder(decimal_format="number").encode
LOCK = 0x1349047
"""Advisory lock of the transaction: one file at a time, so that two never race for the same account."""


def connect(url: str) -> Connection:
    """Open a connection from the settings' SQLAlchemy address."""
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1), autocommit=True)


def begin(db: Connection, kind: str, *, patience: int = 0) -> bool:
    """Take the lock and make the waiting room; False when another file is being imported.

    Args:
        db: inside the file's transaction.
        kind: kind of file, a key of `columns.KINDS`.
        patience: seconds to wait for another file to be done.
    """
    if not locked(db, patience=patience):
        return False
    db.execute(
        sql.SQL("create temporary table import_rows (row int, account text, cells text[], {}) on commit drop").format(
            sql.SQL(merging.STAGING[kind])
        )
    )
    return True


def locked(db: Connection, *, patience: int = 0) -> bool:
    """Take the lock of imports until the transaction ends; False when somebody else keeps it."""
    db.execute("set local timezone = 'UTC'")
    db.execute("set local jit = off")
    row = db.execute("select pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone()
    if row == (True,) or not patience:
        return row == (True,)
    try:
        with db.transaction():
            db.execute("select set_config('lock_timeout', %s, true)", [f"{patience}s"])
            db.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def finished(db: Connection, source: Source) -> tuple[int, int] | None:
    """Rows and number of the import that brought this very file in whole, less nothing."""
    row = db.execute(
        "select rows, id from imports where file_hash = %s and state = 'committed' and rejected = 0", [source.hash]
    ).fetchone()
    return (row[0], row[1]) if row else None


def stage(db: Connection, kind: str, rows: Iterator[tuple[int, Accepted, Sequence[str]]]) -> int:
    """Bring judged rows to the waiting room as they come; return how many values that were."""
    count = 0
    columns = [part.split()[0] for part in merging.STAGING[kind].replace("(14, ", "(14 ").split(",")]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with db.cursor().copy(sql.SQL("copy import_rows (row, account, cells, {}) from stdin").format(names)) as copy:
        for number, accepted, cells in rows:
            if columns == ["data"]:
                copy.write_row((number, accepted.account, list(cells), _as_json(accepted.data).decode()))
            else:
                copy.write_row((number, accepted.account, list(cells), *(accepted.data[name] for name in columns)))
            count += 1
    return count


def merge(
    db: Connection,
    steps: Sequence[tuple[str, str]],
    values: Mapping[str, object],
    judge: Callable[[], None],
    moved: Callable[[int], None],
) -> dict[str, int]:
    """Write what waits; return rows changed by step.

    Args:
        db: inside the file's transaction.
        steps: of the kind of file, `merging.steps`.
        values: `currency` of new accounts, `import_id`, `by` whom.
        judge: judges readings, between placing and storing them.
        moved: told how many steps are done; may raise to stop.
    """
    db.execute("analyze import_rows")
    values = {**values, **allocation(db)}
    changed: dict[str, int] = {}
    for done, (name, statement) in enumerate(steps):
        moved(done)
        if name == merging.JUDGE:
            judge()
            continue
        count = max(db.execute(statement.encode(), values).rowcount, 0)
        changed[name] = changed.get(name, 0) + count
    return changed


def allocation(db: Connection) -> dict[str, Any]:
    """Return how money is spread today, as `ledger.settling` takes it."""
    row = db.execute(
        "select rules->'allocation' from money_policies where valid_from <= current_date"
        " order by valid_from desc, id desc limit 1"
    ).fetchone()
    rule = AllocationRule() if row is None else AllocationRule.model_validate(row[0])
    return {"order": rule.order.value, "priority": list(rule.priority)}


def own_fields(db: Connection) -> list[FieldDefinition]:
    """Return the custom fields of the base that are in use, in the order in which forms show them."""
    found = db.execute(
        "select id, entity, code, title, type, required, coalesce(least, ''), coalesce(most, ''), options"
        " from custom_fields where not retired order by entity, position, id"
    )
    return [
        FieldDefinition(
            field_id=key,
            entity=Entity(entity),
            code=code,
            title=title,
            type=Type(kind),
            required=required,
            least=least,
            most=most,
            options=tuple(Option(**one) for one in options),
        )
        for key, entity, code, title, kind, required, least, most, options in found
    ]


def reading_rules(db: Connection, on: date) -> ReadingRules:
    """Return the rules of readings in force on a day; those of DOMAIN D2 when there are none yet."""
    names = list(ReadingRules.model_fields)
    query = sql.SQL("select {} from reading_policies where valid_from <= %s order by valid_from desc, id desc limit 1")
    row = db.execute(query.format(sql.SQL(", ").join(map(sql.Identifier, names))), [on]).fetchone()
    return ReadingRules() if row is None else ReadingRules.model_validate(dict(zip(names, row, strict=True)))


def rejected(db: Connection) -> Iterator[tuple[int, str, str, list[str]]]:
    """Rows the base would not have, with number, rule, detail and cells; one for each row of the file."""
    with db.cursor("rejected_rows") as cursor:
        cursor.execute(
            "select distinct on (row) row, rule, coalesce(detail, ''), cells from import_rows where rule is not null"
            " order by row, rule = 'row-together', rule"
        )
        yield from cursor


def held(db: Connection, most: int) -> tuple[dict[str, int], list[tuple[int, str, str, list[str]]]]:
    """Readings that were stored as held: how many by rule, and the first of them."""
    stored = (
        " from import_verdicts v join import_rows w on w.row = v.row and w.register_id = v.register_id"
        " where v.quality = 'held' and w.rule is null and not w.known"
    )
    rule = "case v.rule when 'outside-window' then 'outside-window-held' else v.rule end"
    counts = db.execute(f"select {rule}, count(*) {stored} group by 1".encode()).fetchall()
    first = db.execute(
        f"select w.row, {rule}, coalesce(v.detail, ''), w.cells {stored} order by 1 limit %s".encode(), [most]
    ).fetchall()
    return dict(counts), [(row, rule, detail, cells) for row, rule, detail, cells in first]


def enter(db: Connection, source: Source, kind: str, import_id: int | None, by: int | None) -> int:
    """Put an import on record, unless it is; return its number."""
    if import_id is not None:
        return import_id
    row = db.execute(
        "insert into imports (file_hash, file_name, kind, state, asked_by, form, size)"
        " values (%s, %s, %s, 'committing', %s, %s, %s) returning id",
        [source.hash, source.name, kind, by, source.form, source.size],
    ).fetchone()
    return int(row[0]) if row else 0


def remember(db: Connection, outcome: Outcome, undo_days: int) -> None:
    """Note that a file is in, and until when it can be taken back."""
    db.execute(
        "update imports set state = 'committed', kind = %s, rows = %s, rejected = %s, finished_at = clock_timestamp(),"
        " undo_until = now() + make_interval(days => %s), header = %s, mapping = %s, findings = %s, examples = %s,"
        " changed = %s, notes = %s where id = %s",
        [
            *(outcome.kind, outcome.rows, outcome.rejected, undo_days, Jsonb(outcome.header), Jsonb(outcome.mapping)),
            *(Jsonb(dict(outcome.findings)), Jsonb(outcome.examples), Jsonb(outcome.counted)),
            *(Jsonb(dict(outcome.notes)), outcome.import_id),
        ],
    )


class Standing(NamedTuple):
    """Whether an import can be taken back."""

    committed: bool
    in_time: bool


def standing(db: Connection, import_id: int) -> Standing | None:
    """Tell whether an import can be taken back, and keep it as it is meanwhile; None when there is none."""
    row = db.execute(
        "select state in ('committed', 'undoing'), undo_until > now() from imports where id = %s for update",
        [import_id],
    ).fetchone()
    return None if row is None else Standing(bool(row[0]), bool(row[1]))


def taken_back(db: Connection, import_id: int, by: int | None, undone: Mapping[str, Mapping[str, int]]) -> None:
    """Note that an import was taken back, and by whom; what it did row by row is forgotten."""
    db.execute("delete from import_changes where import_id = %s", [import_id])
    db.execute(
        "update imports set state = 'undone', undone_at = now(), undone_by = %s, undone = %s where id = %s",
        [by, Jsonb(undone), import_id],
    )


def remembered(db: Connection, kind: str, fingerprint: str) -> tuple[str, dict[str, int]] | None:
    """The kind and mapping that files with such a header had last; of one kind when it is not `auto`."""
    row = db.execute(
        "select kind, mapping from import_mappings where fingerprint = %s and (kind = %s or %s = 'auto')"
        " order by updated_at desc limit 1",
        [fingerprint, kind, kind],
    ).fetchone()
    return (row[0], row[1]) if row else None


def remember_mapping(db: Connection, kind: str, fingerprint: str, mapping: Mapping[str, int], by: int | None) -> None:
    """Keep a mapping for the next file with such a header."""
    db.execute(
        "insert into import_mappings (kind, fingerprint, mapping, by_user) values (%s, %s, %s, %s)"
        " on conflict (kind, fingerprint) do update set mapping = excluded.mapping, by_user = excluded.by_user,"
        " updated_at = now()",
        [kind, fingerprint, Jsonb(dict(mapping)), by],
    )


def prepared(db: Connection) -> bool:
    """Whether the database has our tables."""
    row = db.execute("select to_regclass('import_changes') is not null").fetchone()
    return row == (True,)
