"""`busbar import FILE`: one file, one transaction, one report of what was not taken (shell)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from crm_core import clock
from crm_core.errors import first_line
from crm_core.importing import columns, sheet, store, values
from crm_core.importing.report import Report
from crm_core.importing.rows import Accepted, Rejected, Rules, judge
from crm_core.importing.values import Cell
from crm_core.settings import Settings

HEADER_WITHIN = 20
"""The header is looked for in so many rows: exports begin with titles."""
DONE, REFUSED, SOME_REJECTED, STOPPED = 0, 1, 3, 130
"""Exit codes."""


@dataclass(slots=True)
class Outcome:
    """What became of a file."""

    kind: str = ""
    rows: int = 0
    rejected: int = 0
    changed: dict[str, int] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    report: Path | None = None
    repeated: bool = False
    """The very same file is in already, whole."""

    @property
    def nothing_new(self) -> bool:
        """Whether the base is as it was."""
        return not any(count for name, count in self.changed.items() if name not in {"", "reject", "known"})


class _DryRun(Exception):
    """Takes the transaction back; carries the outcome."""


def run(settings: Settings, path: Path, *, kind: str = "auto", dry_run: bool = False) -> int:
    """Import a customer base of the user's own; nothing is half-written, and a second run changes nothing.

    Args:
        settings: where the database is; region of telephone numbers, time zone and currency of what is new.
        path: CSV or XLSX, columns as in docs/import.md.
        kind: `subscribers`, `meters`, `readings`, `invoices`, `payments`, or `auto` (or nothing) to tell by the header.
        dry_run: judge and report everything, then change nothing.

    Returns:
        The exit code: 0 all rows are in, 3 some rows were rejected (see the report), 1 nothing was done,
        130 stopped by Ctrl-C, nothing was done.
    """
    path = Path(path)
    kind = kind or "auto"
    errors = Console(stderr=True, soft_wrap=True)
    try:
        outcome = bring_in(settings, path, kind=kind, dry_run=dry_run)
    except sheet.Unreadable as refusal:
        errors.print(f"busbar import: {refusal}", markup=False)
        return REFUSED
    except psycopg.OperationalError as failure:
        reason = first_line(failure)
        errors.print(f"busbar import: the database does not answer ({reason}); is `busbar up` running?", markup=False)
        return REFUSED
    except OSError as failure:
        errors.print(f"busbar import: {failure}", markup=False)
        return REFUSED
    except KeyboardInterrupt:
        errors.print("busbar import: stopped, nothing was changed", markup=False)
        return STOPPED
    _tell(path, outcome, dry_run=dry_run)
    return SOME_REJECTED if outcome.rejected else DONE


def bring_in(settings: Settings, path: Path, *, kind: str = "auto", dry_run: bool = False) -> Outcome:
    """Import one file; sheet.Unreadable when it cannot be done at all."""
    if kind not in {"auto", *columns.KINDS}:
        raise sheet.Unreadable(f"there is no kind {kind!r}; kinds are {', '.join(columns.KINDS)}")
    source = sheet.look_at(path)
    with store.connect(settings.database_url) as db:
        if not store.prepared(db):
            raise sheet.Unreadable("the database has no tables yet: run `busbar migrate` first")
        earlier = store.finished(db, source)
        if earlier is not None and earlier[1] == 0:
            return Outcome(rows=earlier[0], repeated=True)
        try:
            with db.transaction():
                return _transact(db, settings, source, kind, dry_run=dry_run)
        except _DryRun as taken_back:
            outcome: Outcome = taken_back.args[0]
            return outcome


def _transact(db: store.Connection, settings: Settings, source: sheet.Source, kind: str, *, dry_run: bool) -> Outcome:
    if not store.begin(db):
        raise sheet.Unreadable("another file is being imported; wait for it")
    today = clock.now().astimezone(ZoneInfo(settings.time_zone)).date()
    rules = Rules(today=today, region=settings.country, time_zone=settings.time_zone)
    with ExitStack() as stack:
        numbered = enumerate(stack.enter_context(sheet.rows(source)), 1)
        headers, layout = _header(numbered, kind)
        outcome = Outcome(kind=layout.kind)
        report = stack.enter_context(Report(source.path, headers))
        progress = stack.enter_context(_progress())
        store.stage(db, _judged(_shown(numbered, progress), layout, rules, report, outcome))
        task = progress.add_task("into the base", total=None)
        outcome.changed = store.merge(db, layout.kind, settings.currency)
        progress.remove_task(task)
        for number, reason, cells in store.rejected(db):
            report.add(number, reason, cells)
        outcome.rejected = report.rows
        outcome.report = report.path if report.rows else None
        store.remember(db, source, layout.kind, outcome.rows, outcome.rejected)
    if dry_run:
        raise _DryRun(outcome)
    return outcome


def _header(numbered: Iterator[tuple[int, Sequence[Cell]]], kind: str) -> tuple[list[str], columns.Layout]:
    """Read up to the header row; Unreadable, with what is missing, when there is none."""
    best: list[str] = []
    for _, cells in islice(numbered, HEADER_WITHIN):
        headers = [values.text(cell) for cell in cells]
        layout = columns.recognise(headers, kind)
        if layout is not None:
            return headers, layout
        if sum(map(bool, headers)) > sum(map(bool, best)):
            best = headers
    if kind != "auto":
        lacking = ", ".join(columns.missing(best, kind)) or "value"
        raise sheet.Unreadable(f"no header with the columns of {kind} was found; missing: {lacking} (docs/import.md)")
    raise sheet.Unreadable(
        "the columns are none that docs/import.md lists; name the kind with --kind to see what is missing"
    )


def _judged(
    numbered: Iterator[tuple[int, Sequence[Cell]]],
    layout: columns.Layout,
    rules: Rules,
    report: Report,
    outcome: Outcome,
) -> Iterator[tuple[int, Accepted, Sequence[str]]]:
    """Judge row after row; rejected ones go to the report at once, the others on."""
    for number, cells in numbered:
        told = [values.text(cell).replace("\x00", "") for cell in cells]
        if not any(told):
            continue
        outcome.rows += 1
        verdict = judge(layout, cells, rules)
        if isinstance(verdict, Rejected):
            report.add(number, verdict.reason, told)
            continue
        for accepted in verdict:
            outcome.notes.update(accepted.notes)
            yield number, accepted, told


def _shown(numbered: Iterator[tuple[int, Sequence[Cell]]], progress: Progress) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Pass rows on and show how many they were."""
    task = progress.add_task("rows", total=None)
    for number, cells in numbered:
        yield number, cells
        if number % 1000 == 0:
            progress.update(task, completed=number)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _tell(path: Path, outcome: Outcome, *, dry_run: bool) -> None:
    console = Console()
    if outcome.repeated:
        console.print(f"{path.name} is in already, all {outcome.rows} rows of it; nothing was changed.", markup=False)
        return
    table = Table(title=f"{outcome.kind}, {'would be' if dry_run else 'now'}")
    table.add_column("what")
    table.add_column("rows", justify="right")
    table.add_row("rows in the file", f"{outcome.rows:,}")
    for name, count in outcome.changed.items():
        if name and name != "reject":
            table.add_row({"known": "in the base already"}.get(name, name), f"{count:,}")
    table.add_row("rejected", f"{outcome.rejected:,}")
    for note, count in outcome.notes.items():
        table.add_row(note, f"{count:,}")
    console.print(table)
    if outcome.nothing_new:
        console.print("Nothing was changed: everything that could go in was in already.")
    if outcome.report is not None:
        console.print(f"Rejected rows with reasons: {outcome.report}", markup=False, soft_wrap=True)
