"""Bench of files in and out: rows a second of a million rows, and the largest memory of the process (shell).

Imports can only be measured by importing: they run in a schema of their own beside the base, made by the migrations
and dropped at the end, so that no row of the base is touched. Each step is a process of its own, so that its largest
memory is its own.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from psycopg import sql
from sqlalchemy.engine import make_url

from crm_core import clock, migrate
from crm_core.exporting import making
from crm_core.exporting.making import Wish
from crm_core.exporting.selection import Everybody
from crm_core.exporting.writers import Mark
from crm_core.importing import engine, sheet
from crm_core.importing.engine import Order
from crm_core.importing.store import connect
from crm_core.settings import Settings
from deploy.figures import Figure, at_most

SCHEMA = "bench_exchange"
MOST_ROWS = 1_000_000
MEMORY_BAR = 256.0
"""Megabytes of the process that imports or exports, whatever the size of the file."""
GROWTH_BAR = 1.25
"""Times the memory of a file a tenth as large: it does not grow with the rows."""
Step = Callable[[Settings, Path], int]


def figures(settings: Settings, subscribers: int) -> list[Figure]:
    """Measure files of as many rows as the base has subscribers, a million at most."""
    return run(settings, min(subscribers, MOST_ROWS))


def run(settings: Settings, rows: int = MOST_ROWS) -> list[Figure]:
    """Measure beside the base that the settings name.

    Args:
        settings: of the house.
        rows: of each file.

    """
    found: list[Figure] = []
    with _aside(settings) as (own, folder):
        _subscribers(folder / "tenth.csv", rows // 10)
        tenth = _measured("subscribers judged", own, folder / "tenth.csv", _judge, rows // 10)
        for kind, write in (("subscribers", _subscribers), ("meters", _meters), ("readings", _readings)):
            write(folder / f"{kind}.csv", rows)
            found += _measured(f"{kind} imported", own, folder / f"{kind}.csv", _bring_in, rows)
        grown = found[1].value / tenth[1].value
        found.append(at_most(f"memory at {rows:,} rows against {rows // 10:,}", grown, "times", GROWTH_BAR))
        _define(own)
        _values(folder / "values.csv", rows)
        found += _measured("values of a custom field imported", own, folder / "values.csv", _bring_in, rows)
        # One line more, and it is another file of which every other row is in.
        with (folder / "readings.csv").open("a", encoding="utf-8") as file:
            file.write("\n")
        found += _measured("readings sent again", own, folder / "readings.csv", _bring_in, rows)
        found += _measured("readings exported (CSV)", own, folder / "csv", _take_out, rows)
        found += _measured("readings exported (XLSX)", own, folder / "xlsx", _take_out, rows)
        found += _measured("readings taken back", own, folder, _take_back, rows)
    return [*tenth, *found]


def _measured(name: str, settings: Settings, path: Path, step: Step, rows: int) -> list[Figure]:
    """Do a step in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_alone, args=(theirs, settings, path, step))
    process.start()
    theirs.close()
    try:
        done, seconds, megabytes = ours.recv()
    finally:
        process.join()
    if done != rows:
        raise RuntimeError(f"{name}: {done} of {rows} rows")
    return [
        Figure(name=f"{name}, {rows:,} rows", value=rows / seconds, unit="rows/s"),
        at_most(f"{name}, {rows:,} rows, memory", megabytes, "MB", MEMORY_BAR),
    ]


def _alone(pipe: Connection, settings: Settings, path: Path, step: Step) -> None:
    began = time.monotonic()
    done = step(settings, path)
    seconds = time.monotonic() - began
    # The high water mark of this address space; what `getrusage` calls the largest began before exec.
    kilobytes = int(Path("/proc/self/status").read_text(encoding="ascii").split("VmHWM:")[1].split()[0])
    pipe.send((done, seconds, kilobytes / 1024))


def _bring_in(settings: Settings, path: Path) -> int:
    outcome = engine.bring_in(settings, Order(source=sheet.look_at(path)))
    return outcome.rows - outcome.rejected


def _judge(settings: Settings, path: Path) -> int:
    outcome = engine.bring_in(settings, Order(source=sheet.look_at(path), dry_run=True))
    return outcome.rows - outcome.rejected


def _take_out(settings: Settings, path: Path) -> int:
    wish = Wish(subject="readings", form=path.name, selection=Everybody(), role="manager")
    mark = Mark(export_id=1, user="bench", at=clock.now(), reason="bench", utility=settings.utility)
    return making.make(settings, wish, mark, lambda _: None).rows


def _take_back(settings: Settings, path: Path) -> int:
    with connect(settings.database_url) as db:
        row = db.execute("select id from imports where kind = 'readings' order by id limit 1").fetchone()
    undone = engine.take_back(settings, row[0] if row else 0, None, path / "kept.csv")
    return undone.taken["readings"]


@contextmanager
def _aside(settings: Settings) -> Iterator[tuple[Settings, Path]]:
    """Make tables of our own and a folder for files; both are gone at the end."""
    url = make_url(settings.database_url).update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    with connect(settings.database_url) as db, tempfile.TemporaryDirectory(dir=settings.run_dir) as folder:
        name = sql.Identifier(SCHEMA)
        db.execute(sql.SQL("drop schema if exists {} cascade").format(name))
        db.execute(sql.SQL("create schema {}").format(name))
        try:
            address = url.render_as_string(hide_password=False)
            migrate.upgrade(address)
            changes = {"database_url": address, "run_dir": Path(folder), "export_most_rows": 2 * MOST_ROWS}
            yield settings.model_copy(update=changes), Path(folder)
        finally:
            db.execute(sql.SQL("drop schema {} cascade").format(name))


def _subscribers(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("account,name,address,phone\n")
        for n in range(rows):
            file.write(f"B{n},Name{n % 9973} Surname{n % 7919},Town {n % 97} Street {n % 4999} {n},+7900{n:07}\n")


def _meters(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("account,serial,digits,zones\n")
        for n in range(rows):
            file.write(f"B{n},M{n},5,1\n")


def _define(settings: Settings) -> None:
    """Make the one custom field of the bench."""
    with connect(settings.database_url) as db:
        made = "insert into custom_fields (entity, code, title, type) values ('account', 'feeder', 'Feeder', 'text')"
        db.execute(made)


def _values(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("account,Feeder\n")
        for n in range(rows):
            file.write(f"B{n},F-{n % 4999}\n")


def _readings(path: Path, rows: int) -> None:
    """Two days of every other account: the second reading is judged beside the first."""
    today = clock.now().date()
    days: tuple[date, ...] = (today - timedelta(days=31), today - timedelta(days=1))
    with path.open("w", encoding="utf-8") as file:
        file.write("account,date,value\n")
        for n in range(rows):
            file.write(f"B{n // 2},{days[n % 2]},{n // 2 % 9000 + 100 * (n % 2)}\n")
