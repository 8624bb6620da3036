"""The rows of an export, out of the base into a file, from one snapshot and in constant memory (shell)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from crm_core.errors import ExportGrew, ExportTooLarge
from crm_core.exporting.seeing import Mask, masks, titled
from crm_core.exporting.selection import Selection, prepare
from crm_core.exporting.subjects import FORMS, Column, columns_of, count_statement, statement
from crm_core.exporting.writers import WRITERS, Mark, Writer
from crm_core.importing.store import Connection, connect, own_fields
from crm_core.settings import Settings

FOLDER = "exports"
"""Under the run folder; only we can look into it."""
TOLD_EVERY = 2_000
MOST_BAITS = 20
"""Cards of nobody that are noted one by one; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be taken out."""

    subject: str
    form: str
    selection: Selection
    since: date | None = None
    until: date | None = None
    role: str
    """Of who asked: decides what is masked."""
    most: int | None = None
    """Rows that were agreed to; None while it is only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file that is ready."""

    name: str
    """In the folder of exports."""
    rows: int
    hash: str
    """SHA-256."""
    baits: int
    bait_accounts: tuple[int, ...]


def folder(settings: Settings) -> Path:
    """Return the folder of files that go out, made when it is missing."""
    place = settings.run_dir / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def count(settings: Settings, wish: Wish, most: int) -> int:
    """Count the rows, up to `most`: more than that is not looked for."""
    with connect(settings.database_url) as db, db.transaction():
        db.execute("set local statement_timeout = '10s'")
        prepare(db, wish.selection)
        query = count_statement(wish.subject, everybody=wish.selection.everybody)
        row = db.execute(query.encode(), {**_days(wish), "most": most}).fetchone()
    return int(row[0]) if row else 0


def make(settings: Settings, wish: Wish, mark: Mark, moved: Callable[[int], None]) -> Made:
    """Write the file.

    Args:
        settings: where the base and the run folder are; how many rows may leave.
        wish: what is taken out.
        mark: who takes it.
        moved: told how many rows are written; may raise to stop.

    Raises:
        ExportTooLarge: more rows than may leave in one file; no file is left behind.
        ExportGrew: more rows than were agreed to; no file is left behind.
    """
    name = f"{mark.export_id}-{secrets.token_hex(8)}.{FORMS[wish.form]}"
    path = folder(settings) / name
    try:
        rows, baits = _write(settings, wish, mark, path, moved)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    few = tuple(sorted(baits)[:MOST_BAITS])
    return Made(name=name, rows=rows, hash=digest, baits=len(baits), bait_accounts=few)


def _write(
    settings: Settings, wish: Wish, mark: Mark, path: Path, moved: Callable[[int], None]
) -> tuple[int, set[int]]:
    with ExitStack() as written, connect(settings.database_url) as db, db.transaction():
        db.execute("set transaction isolation level repeatable read")
        db.execute("set local jit = off")
        columns = columns_of(wish.subject, own_fields(db))
        writer = WRITERS[wish.form](path, [column.header for column in columns], mark)
        # A spreadsheet is put together when it is closed: no transaction waits for that.
        written.callback(writer.close)
        prepare(db, wish.selection)
        return _rows(db, settings, wish, columns, writer, moved)


def _rows(  # noqa: PLR0913, PLR0917 -- out of where, what, into what
    db: Connection,
    settings: Settings,
    wish: Wish,
    columns: tuple[Column, ...],
    writer: Writer,
    moved: Callable[[int], None],
) -> tuple[int, set[int]]:
    rows, baits = 0, set[int]()
    shown: dict[int, Mask] = {n: partial(titled, one.titles) for n, one in enumerate(columns) if one.titles}
    shown |= masks(wish.role, columns)
    with db.cursor("export_rows") as cursor:
        cursor.itersize = TOLD_EVERY
        cursor.execute(statement(wish.subject, columns, everybody=wish.selection.everybody).encode(), _days(wish))
        for *cells, account_id, bait in cursor:
            if wish.most is not None and rows >= wish.most:
                raise ExportGrew(f"more than {wish.most:,} rows by now: ask again")
            if rows >= settings.export_most_rows:
                raise ExportTooLarge(
                    f"more than {settings.export_most_rows:,} rows: choose fewer accounts or a shorter time"
                )
            if bait:
                baits.add(account_id)
            for place, show in shown.items():
                cells[place] = show("" if cells[place] is None else str(cells[place]))
            writer.add(cells)
            rows += 1
            if rows % TOLD_EVERY == 0:
                moved(rows)
    return rows, baits


def _days(wish: Wish) -> Mapping[str, Any]:
    return {"since": wish.since, "until": wish.until}
