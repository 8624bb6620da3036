"""Merges judged rows into the base: set by set, in the one transaction of the file (shell).

Rows wait in the temporary table `import_rows`; each step either gives some of them a reason to be rejected or writes
what is left. A row that is in the base already, equal in everything, is `known` and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from crm_core.importing import merging
from crm_core.importing.rows import Accepted
from crm_core.importing.sheet import Source
from crm_core.ledger.allocation import AllocationRule

Connection = psycopg.Connection[tuple[Any, ...]]
LOCK = 0x1349047
"""Advisory lock of the transaction: one file at a time, so that two never race for the same account."""


def connect(url: str) -> Connection:
    """Open a connection from the settings' SQLAlchemy address."""
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1), autocommit=True)


def begin(db: Connection) -> bool:
    """Take the lock and make the waiting room; False when another file is being imported."""
    row = db.execute("select pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone()
    if row != (True,):
        return False
    db.execute(
        "create temporary table import_rows (row int, account text, data jsonb, cells text[], account_id int,"
        " reason text, known boolean not null default false) on commit drop"
    )
    db.execute("set local timezone = 'UTC'")
    db.execute("set local jit = off")
    return True


def finished(db: Connection, source: Source) -> tuple[int, int] | None:
    """Rows and rejected rows of this very file when it has been imported before."""
    row = db.execute(
        "select rows, rejected from imports where file_hash = %s and finished_at is not null", [source.hash]
    ).fetchone()
    return (row[0], row[1]) if row else None


def stage(db: Connection, rows: Iterator[tuple[int, Accepted, Sequence[str]]]) -> int:
    """Bring judged rows to the waiting room as they come; return how many values that were."""
    count = 0
    with db.cursor().copy("copy import_rows (row, account, data, cells) from stdin") as copy:
        for number, accepted, cells in rows:
            copy.write_row((number, accepted.account, json.dumps(accepted.data), list(cells)))
            count += 1
    return count


def merge(db: Connection, kind: str, currency: str) -> dict[str, int]:
    """Write what waits; return rows changed by step.

    Args:
        db: inside the file's transaction.
        kind: kind of file, a key of `columns.KINDS`.
        currency: of new accounts.
    """
    db.execute("analyze import_rows")
    values = {"currency": currency, **_allocation(db)}
    changed: dict[str, int] = {}
    for name, statement in merging.STEPS[kind]:
        changed[name] = changed.get(name, 0) + max(db.execute(statement, values).rowcount, 0)
    return changed


def _allocation(db: Connection) -> dict[str, Any]:
    """Return how money is spread today, as `ledger.settling` takes it."""
    row = db.execute(
        "select rules->'allocation' from money_policies where valid_from <= current_date"
        " order by valid_from desc, id desc limit 1"
    ).fetchone()
    rule = AllocationRule() if row is None else AllocationRule.model_validate(row[0])
    return {"order": rule.order.value, "priority": list(rule.priority)}


def rejected(db: Connection) -> Iterator[tuple[int, str, list[str]]]:
    """Rows the base would not have, with number, reason and cells; one for each row of the file."""
    with db.cursor("rejected_rows") as cursor:
        cursor.execute(
            "select distinct on (row) row, reason, cells from import_rows where reason is not null order by row, reason"
        )
        yield from cursor


def remember(db: Connection, source: Source, kind: str, rows: int, rejected_rows: int) -> None:
    """Note that this file is in."""
    db.execute(
        "insert into imports (file_hash, file_name, kind, rows, rejected, finished_at)"
        " values (%s, %s, %s, %s, %s, now()) on conflict (file_hash) do update set file_name = excluded.file_name,"
        " kind = excluded.kind, rows = excluded.rows, rejected = excluded.rejected, finished_at = now()",
        [source.hash, source.path.name, kind, rows, rejected_rows],
    )


def prepared(db: Connection) -> bool:
    """Whether the database has our tables."""
    row = db.execute("select to_regclass('imports') is not null").fetchone()
    return row == (True,)
