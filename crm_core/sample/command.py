"""`busbar sample`: makes the sample base, takes an interrupted one up again, says what it came to (shell)."""

from __future__ import annotations

import asyncio
import json
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from queue import Empty, SimpleQueue
from threading import Event
from zoneinfo import ZoneInfo

import psycopg
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from crm_core import clock
from crm_core.errors import first_line
from crm_core.sample import extras, facts, session, store
from crm_core.sample.plan import Impossible, Loaded, Plan
from crm_core.settings import Settings

SEED = 1
"""Another number would make another base."""
WORKERS = 2
"""Connections that work side by side on a large base: one for each core of the reference machine."""


def run(
    settings: Settings,
    *,
    subscribers: int = 5_000,
    months: int = 24,
    restart: bool = False,
    today: date | None = None,
) -> int:
    """Make the sample base, or what is missing of it.

    Args:
        settings: where the database is, its time zone.
        subscribers: accounts to make.
        months: months of history.
        restart: throw an existing sample away first.
        today: the day the history ends at; the utility's own today when None.

    Returns:
        The exit code: 0 made or already there, 1 impossible (said in one sentence), 130 stopped by Ctrl-C.
    """
    errors = Console(stderr=True, soft_wrap=True)
    try:
        plan = Plan(
            subscribers=subscribers,
            months=months,
            seed=SEED,
            currency=settings.currency,
            today=today or _today(settings),
        )
        loaded = load(settings, plan, restart=restart)
        if loaded.fresh:
            asyncio.run(extras.papers(settings, plan))
    except Impossible as refusal:
        errors.print(f"busbar sample: {refusal}", markup=False)
        return 1
    except psycopg.OperationalError as failure:
        reason = first_line(failure)
        errors.print(f"busbar sample: the database does not answer ({reason}); is `busbar up` running?", markup=False)
        return 1
    except KeyboardInterrupt:
        errors.print("busbar sample: stopped; the same command takes up where this one ended", markup=False)
        return 130
    _report(loaded)
    return 0


def load(settings: Settings, plan: Plan, *, restart: bool = False) -> Loaded:
    """Bring the base to what the plan says; Impossible when it cannot be."""
    began = time.monotonic()
    with session.connect(settings.database_url) as db:
        store.keep_others_out(db)
        if restart:
            store.wipe(db)
        known = store.state(db) or store.begin(db, plan)
        if (known.plan.subscribers, known.plan.months, known.plan.seed) != (plan.subscribers, plan.months, plan.seed):
            raise Impossible(
                f"a sample of {known.plan.subscribers} subscribers and {known.plan.months} months is here already;"
                " ask for the same, or give --restart"
            )
        todo = list(known.plan.chunks(known.done))
        with _progress() as progress:
            rows = _Filling(settings, known.plan, store.operators(db)).run(todo, progress)
            loaded_at = time.monotonic()
            if todo or known.aside:
                task = progress.add_task("indexes and statistics", total=len(known.aside) + len(store.TABLES) + 1)
                for step in store.finish(db, known.aside):
                    progress.update(task, advance=1, description=step[:60])
            if todo or known.aside:
                extras.fill(db, known.plan)
            if todo or known.aside or facts.missing(db):
                _facts(db, known.plan, settings.time_zone, progress)
        ended = time.monotonic()
        return Loaded(
            subscribers=known.plan.subscribers,
            fresh=sum(high - low + 1 for _, low, high in todo),
            rows=rows,
            seconds=ended - began,
            load_seconds=loaded_at - began,
            bytes=store.size(db),
            client_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        )


class _Filling:
    """Makes the chunks that are missing, two at a time when there are many."""

    def __init__(self, settings: Settings, plan: Plan, operators: list[int]) -> None:
        self._url = settings.database_url
        self._plan = plan
        self._operators = operators
        self._queue: SimpleQueue[tuple[int, int, int]] = SimpleQueue()
        self._stop = Event()
        self._open: list[session.Connection] = []

    def run(self, todo: list[tuple[int, int, int]], progress: Progress) -> int:
        """Make these chunks; return the rows written."""
        for chunk in todo:
            self._queue.put(chunk)
        missing = sum(high - low + 1 for _, low, high in todo)
        total = self._plan.subscribers
        task = progress.add_task("subscribers", total=total, completed=total - missing)
        workers = WORKERS if self._plan.large else 1
        with ThreadPoolExecutor(workers) as pool:
            try:
                jobs = [pool.submit(self._work, progress, task) for _ in range(workers)]
                return sum(job.result() for job in jobs)
            except BaseException:
                # One failed or somebody pressed Ctrl-C: the chunks in hand are given up, they were not committed.
                self._stop.set()
                for db in self._open:
                    db.cancel_safe(timeout=5)
                raise

    def _work(self, progress: Progress, task: TaskID) -> int:
        rows = 0
        with session.connect(self._url) as db:
            self._open.append(db)
            calendar = session.prepare(db, self._plan, self._operators)
            while not self._stop.is_set():
                try:
                    chunk = self._queue.get_nowait()
                except Empty:
                    break
                rows += store.fill(db, self._plan, calendar, chunk)
                progress.advance(task, chunk[2] - chunk[1] + 1)
        return rows


def _facts(db: session.Connection, plan: Plan, zone: str, progress: Progress) -> None:
    """Work out what segments ask of every account: the load itself leaves no notes of what changed."""
    task = progress.add_task("facts of accounts", total=plan.subscribers)
    for done in facts.fill(db, plan, zone):
        progress.update(task, completed=done)


def _today(settings: Settings) -> date:
    return clock.now().astimezone(ZoneInfo(settings.time_zone)).date()


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _report(loaded: Loaded) -> None:
    """Print a table for people and one JSON line for programs, as the house's benches do."""
    table = Table(title="Sample base")
    for heading in ("figure", "value", "unit"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    figures = loaded.figures()
    for name, value, unit in figures:
        table.add_row(name, f"{value:,}", unit)
    console = Console()
    console.print(table)
    line = [{"name": n, "value": v, "unit": u, "bar": "", "held": None} for n, v, u in figures]
    console.file.write(json.dumps({"title": "Sample base", "figures": line}) + "\n")
