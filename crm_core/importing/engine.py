"""One file into the base, or back out of it: one transaction, whoever asks for it (shell).

The command line, the worker and the benches use the same two functions: `bring_in` and `take_back`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from crm_core import clock
from crm_core.importing import columns, judging, sheet, store, undo, values
from crm_core.importing.columns import Layout, Own
from crm_core.importing.limits import Unreadable
from crm_core.importing.merging import steps as steps_of
from crm_core.importing.outcome import Outcome
from crm_core.importing.report import EXAMPLES, Report, example, path_beside
from crm_core.importing.rows import Accepted, Rejected, Rules, judge
from crm_core.importing.sheet import Reading, Rows, Source
from crm_core.settings import Settings

HEADER_WITHIN = 20
"""The header is looked for in so many rows: exports begin with titles."""
TOLD_EVERY = 2_000
"""Rows between two words about progress."""
_LACKING = {"fields": "custom field"}
"""What a header lacks that has every column that is needed."""


class Stopped(Exception):
    """Somebody cancelled; the transaction is taken back."""


class Watch(Protocol):
    """Is told how far an import is (port)."""

    def moved(self, phase: str, done: int, total: int) -> None:
        """Take note; `total` is 0 when nobody knows it.

        Raises:
            Stopped: somebody cancelled.
        """


class NoWatch:
    """Nobody looks (the fake of the port)."""

    def moved(self, phase: str, done: int, total: int) -> None:
        """Let it pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done with a file."""

    source: Source
    kind: str = "auto"
    mapping: Mapping[str, int] = field(default_factory=dict)
    """Places of columns by field; remembered or guessed ones when empty."""
    header: Sequence[str] = ()
    """The row in which the mapping finds its columns; the first that can be one when empty."""
    import_id: int | None = None
    """Of an import that is on record already."""
    by: int | None = None
    """The user who asked."""
    report: Path | None = None
    """Where rejected rows go; beside the file when None."""
    dry_run: bool = False
    undo_days: int = 7
    patience: int = 0
    """Seconds to wait for another import to be done."""


class NoHeader(Unreadable):
    """No row of the beginning names the columns; somebody can."""

    header: Sequence[str] = ()
    """The row that looks most like a header."""

    def seen(self, header: Sequence[str]) -> NoHeader:
        """Note the row that looks most like one."""
        self.header = header
        return self


class _DryRun(Exception):
    """Takes the transaction back; carries the outcome."""


def bring_in(settings: Settings, order: Order, watch: Watch | None = None) -> Outcome:
    """Import one file whole, less its rejected rows, or not at all.

    Raises:
        Unreadable: it cannot be done at all; the text says why.
        Stopped: somebody cancelled.
        psycopg.Error: the database is away; nothing was changed.
    """
    if order.kind not in {"auto", *columns.KINDS}:
        raise Unreadable("there is no kind {kind}; kinds are {kinds}", kind=order.kind, kinds=", ".join(columns.KINDS))
    with store.connect(settings.database_url) as db:
        if not store.prepared(db):
            raise Unreadable("the database has no tables yet: run `busbar migrate` first")
        earlier = store.finished(db, order.source)
        if earlier is not None:
            return Outcome(rows=earlier[0], import_id=earlier[1], repeated=True)
        try:
            with sheet.rows(order.source, settings.time_zone) as found:
                # A spreadsheet is unpacked before its first row comes: no transaction waits for that.
                head = _header(found, order, store.own_fields(db), lambda kind, mark: store.remembered(db, kind, mark))
                with db.transaction():
                    return _transact(db, settings, order, watch or NoWatch(), found, head)
        except _DryRun as taken_back:
            outcome: Outcome = taken_back.args[0]
            return outcome


def take_back(settings: Settings, import_id: int, by: int | None, report: Path | None = None) -> undo.Undone:
    """Take a committed import back; what stays is written to `report`, row by row.

    Raises:
        Unreadable: it cannot be taken back; the text says why.
    """
    with store.connect(settings.database_url) as db, db.transaction():
        if not store.locked(db, patience=60):
            raise Unreadable("another file is being imported; wait for it")
        standing = store.standing(db, import_id)
        if standing is None:
            raise Unreadable("there is no import {number}", number=import_id)
        if not standing.committed:
            raise Unreadable("import {number} is not in the base", number=import_id)
        if not standing.in_time:
            raise Unreadable("the time to take import {number} back is over", number=import_id)
        undone = undo.take_back(db, import_id)
        if report is not None and undone.kept:
            with Report(report, ["table"]) as kept:
                for number, table, rule in undo.kept(db):
                    kept.add(number, rule, "", [table])
        store.taken_back(db, import_id, by, {"taken": dict(undone.taken), "kept": dict(undone.kept)})
    return undone


_Head = tuple[list[str], Layout, set[str]]
"""The header row, what its columns are, and the titles above it."""


def _transact(  # noqa: PLR0913, PLR0917 -- what is brought where, by whom, and who looks on
    db: store.Connection, settings: Settings, order: Order, watch: Watch, found: Reading, head: _Head
) -> Outcome:
    now = clock.now()
    today = now.astimezone(ZoneInfo(settings.time_zone)).date()
    rules = Rules(today=today, region=settings.country, time_zone=settings.time_zone, area=settings.area_code)
    header, layout, titles = head
    outcome = Outcome(kind=layout.kind, header=header, mapping=dict(layout.columns))
    if not store.begin(db, layout.kind, patience=order.patience):
        raise Unreadable("another file is being imported; wait for it")
    outcome.import_id = store.enter(db, order.source, layout.kind, order.import_id, order.by)
    with Report(order.report or path_beside(order.source.path), header) as report:
        store.stage(db, layout.kind, _judged(_told(found, watch), titles, layout, rules, report, outcome))
        steps = steps_of(layout.kind, with_fields=bool(layout.own))
        policy = store.reading_rules(db, today).policy(today)
        outcome.changed = store.merge(
            db,
            steps,
            {"currency": settings.currency, "import_id": outcome.import_id, "by": order.by},
            lambda: judging.judge_waiting(db, policy, now, lambda done, total: watch.moved("judging", done, total)),
            lambda done: watch.moved("merging", done, len(steps)),
        )
        for number, rule, detail, cells in store.rejected(db):
            report.add(number, rule, detail, cells)
        _conclude(db, order, report, outcome)
    if order.dry_run:
        raise _DryRun(outcome)
    return outcome


def _conclude(db: store.Connection, order: Order, report: Report, outcome: Outcome) -> None:
    outcome.rejected = report.rows
    outcome.report = report.path if report.rows else None
    outcome.findings = report.counts
    outcome.examples = report.examples
    if outcome.kind == "readings":
        counts, first = store.held(db, EXAMPLES - min(EXAMPLES // 2, len(outcome.examples)))
        outcome.findings += Counter(counts)
        outcome.examples = [*outcome.examples, *(example(*one) for one in first)][:EXAMPLES]
    outcome.examples.sort()
    if not order.dry_run and outcome.import_id is not None:
        store.remember(db, outcome, order.undo_days)
        store.remember_mapping(db, outcome.kind, columns.fingerprint(outcome.header), outcome.mapping, order.by)


class _Recall(Protocol):
    def __call__(self, kind: str, mark: str) -> tuple[str, dict[str, int]] | None: ...


def _header(found: Reading, order: Order, own: Own, recall: _Recall) -> _Head:
    """Read up to the header row and what stood above it; Unreadable, with what is missing, when there is none."""
    best: list[str] = []
    titles: set[str] = set()
    for _, cells in islice(found, HEADER_WITHIN):
        header = [values.text(cell) for cell in cells]
        layout = _layout(header, order, own, recall)
        if layout is not None:
            return header, layout, titles
        titles.update(_only(header))
        if sum(map(bool, header)) > sum(map(bool, best)):
            best = header
    if order.kind != "auto":
        lacking = ", ".join(columns.missing(best, order.kind)) or _LACKING.get(order.kind, "value")
        raise NoHeader(
            "no header with the columns of {kind} was found; missing: {missing}", kind=order.kind, missing=lacking
        ).seen(best)
    raise NoHeader("the columns are none that are known: say what the file holds and which column is what").seen(best)


def _layout(header: list[str], order: Order, own: Own, recall: _Recall) -> Layout | None:
    """What somebody said now, else what was said of such a header before, else what can be guessed."""
    if sum(map(bool, header)) < 2:
        return None
    if order.header and list(order.header) != header:
        return None
    if order.mapping and order.kind != "auto":
        chosen = columns.lay_out(order.kind, order.mapping, own)
        return chosen if chosen and max(order.mapping.values()) < len(header) else None
    recalled = recall(order.kind, columns.fingerprint(header))
    if recalled is not None:
        kind, mapping = recalled
        return columns.lay_out(kind, columns.still_known(kind, mapping, own), own)
    return columns.recognise(header, order.kind, own)


def _only(cells: Sequence[str]) -> tuple[str, ...]:
    """The only cell of a row that says something, as titles do."""
    said = tuple(filter(None, cells))
    return said if len(said) == 1 else ()


def _judged(  # noqa: PLR0913, PLR0917 -- what a row is judged by, and what is told of it
    found: Rows, titles: set[str], layout: Layout, rules: Rules, report: Report, outcome: Outcome
) -> Iterator[tuple[int, Accepted, Sequence[str]]]:
    """Judge row after row; rejected ones go to the report at once, the others on."""
    for number, cells in found:
        told = [values.text(cell).replace("\x00", "") for cell in cells]
        # A title that comes again below the rows is no row: what this house exports is marked at both ends.
        if not any(told) or not titles.isdisjoint(_only(told)):
            continue
        outcome.rows += 1
        verdict = judge(layout, cells, rules)
        if isinstance(verdict, Rejected):
            place = layout.columns.get(verdict.field, len(outcome.header))
            called = outcome.header[place] if place < len(outcome.header) else verdict.field
            report.add(number, verdict.rule, verdict.told(called), told)
            continue
        for accepted in verdict:
            outcome.notes.update(accepted.notes)
            yield number, accepted, told


def _told(found: Reading, watch: Watch) -> Rows:
    """Pass rows on and say how many they were, and of how many when this much of the file held so many."""
    for number, cells in found:
        yield number, cells
        if number % TOLD_EVERY == 0:
            part = found.part()
            watch.moved("reading", number, max(number, round(number / part)) if part else 0)
