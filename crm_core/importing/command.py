"""`busbar import`: the engine with a terminal around it (shell)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from crm_core.errors import first_line
from crm_core.importing import columns, engine, sheet, store
from crm_core.importing.engine import Order
from crm_core.importing.limits import Unreadable
from crm_core.importing.outcome import Outcome
from crm_core.importing.rules import HELD, why
from crm_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE, REFUSED, SOME_REJECTED, STOPPED = 0, 1, 3, 130
"""Exit codes."""


def run(
    settings: Settings, path: Path, *, kind: str = "auto", dry_run: bool = False, mapping: Sequence[str] = ()
) -> int:
    """Import a customer base of the user's own; nothing is half-written, and a second run changes nothing.

    Args:
        settings: where the database is; region of telephone numbers, time zone and currency of what is new.
        path: a file of one of the forms of docs/import.md.
        kind: `subscribers`, `meters`, `readings`, `invoices`, `payments`, `fields`, or `auto` (or nothing) to tell it
            by the header.
        dry_run: judge and report everything, then change nothing.
        mapping: `field=column`, the column by its header or its place from 1; needs a kind.

    Returns:
        The exit code: 0 all rows are in, 3 some rows were rejected (see the report), 1 nothing was done,
        130 stopped by Ctrl-C, nothing was done.
    """
    return _guarded(lambda: _import(settings, Path(path), kind or "auto", mapping, dry_run=dry_run))


def take_back(settings: Settings, import_id: int) -> int:
    """Take import number `import_id` back; rows that somebody built upon stay and are told.

    Returns:
        The exit code: 0 everything is taken back, 3 some rows stay (see the report), 1 nothing was done.
    """
    return _guarded(lambda: _take_back(settings, import_id))


def _guarded(work: Callable[[], int]) -> int:
    errors = Console(stderr=True, soft_wrap=True)
    try:
        return work()
    except Unreadable as refusal:
        errors.print(f"busbar import: {refusal}", markup=False)
    except psycopg.OperationalError as failure:
        reason = first_line(failure)
        errors.print(f"busbar import: the database does not answer ({reason}); is `busbar up` running?", markup=False)
    except OSError as failure:
        errors.print(f"busbar import: {failure}", markup=False)
    except KeyboardInterrupt:
        errors.print("busbar import: stopped, nothing was changed", markup=False)
        return STOPPED
    return REFUSED


def _import(settings: Settings, path: Path, kind: str, mapping: Sequence[str], *, dry_run: bool) -> int:
    source = sheet.look_at(path)
    places = _places(settings, source, kind, mapping) if mapping else {}
    order = Order(source=source, kind=kind, mapping=places, dry_run=dry_run, undo_days=settings.import_undo_days)
    with _shown() as watch:
        outcome = engine.bring_in(settings, order, watch)
    _tell(path, outcome, dry_run=dry_run)
    return SOME_REJECTED if outcome.rejected else DONE


def _places(settings: Settings, source: sheet.Source, kind: str, mapping: Sequence[str]) -> dict[str, int]:
    """Turn `field=column` into places; columns are named by header or counted from 1."""
    if kind not in columns.KINDS:
        raise Unreadable("say with --kind what the file holds when you map its columns")
    with store.connect(settings.database_url) as db:
        own = store.own_fields(db) if store.prepared(db) else []
    with sheet.rows(source) as found:
        header = next(([columns.fold(str(cell or "")) for cell in cells] for _, cells in found if any(cells)), [])
    places: dict[str, int] = {}
    known = {one.name for one in columns.fields_of(kind, own)}
    for word in mapping:
        name, _, column = word.partition("=")
        folded = columns.fold(column)
        if name not in known:
            raise Unreadable(
                "{kind} have no field {name}; fields are {known}", kind=kind, name=name, known=", ".join(sorted(known))
            )
        if folded in header:
            places[name] = header.index(folded)
        elif column.isdecimal() and 0 < int(column) <= len(header):
            places[name] = int(column) - 1
        else:
            raise Unreadable("the file has no column {column} for {name}", column=column, name=name)
    return {**columns.guess(header, kind, own), **places}


def _take_back(settings: Settings, import_id: int) -> int:
    report = Path(f"import-{import_id}.kept.csv")
    undone = engine.take_back(settings, import_id, None, report)
    console = Console()
    table = Table(title=f"import {import_id}, taken back")
    table.add_column("what")
    table.add_column("rows", justify="right")
    for name, count in undone.taken.items():
        table.add_row(name, f"{count:,}")
    for rule, count in undone.kept.items():
        table.add_row(f"stays: {why(rule, '')}", f"{count:,}")
    console.print(table)
    if undone.kept:
        console.print(f"Rows that stay, with reasons: {report}", markup=False, soft_wrap=True)
    return SOME_REJECTED if undone.kept else DONE


class _Bar:
    """Shows progress on the terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("reading", total=None)

    def moved(self, phase: str, done: int, total: int) -> None:
        """Draw it."""
        self._progress.update(self._task, description=phase, completed=done, total=total or None)


@contextmanager
def _shown() -> Iterator[_Bar]:
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        # In a pipe a bar would leave an empty line behind, and nothing else.
        disable=not console.is_terminal,
    ) as progress:
        yield _Bar(progress)


def _tell(path: Path, outcome: Outcome, *, dry_run: bool) -> None:
    console = Console()
    if outcome.repeated:
        console.print(f"{path.name} is in already, all {outcome.rows} rows of it; nothing was changed.", markup=False)
        return
    number = "" if dry_run else f"import {outcome.import_id}: "
    table = Table(title=f"{number}{outcome.kind}, {'would be' if dry_run else 'now'}")
    table.add_column("what")
    table.add_column("rows", justify="right")
    table.add_row("rows in the file", f"{outcome.rows:,}")
    for name, count in outcome.counted.items():
        table.add_row({"known": "in the base already"}.get(name, name), f"{count:,}")
    for rule, count in outcome.findings.items():
        if rule in HELD:
            table.add_row(f"held: {rule}", f"{count:,}")
    table.add_row("rejected", f"{outcome.rejected:,}")
    for note, count in outcome.notes.items():
        table.add_row(note, f"{count:,}")
    console.print(table)
    if outcome.nothing_new:
        console.print("Nothing was changed: everything that could go in was in already.")
    if outcome.report is not None:
        console.print(f"Rejected rows with reasons: {outcome.report}", markup=False, soft_wrap=True)
