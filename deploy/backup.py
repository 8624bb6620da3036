"""Backups of the base: one consistent dump with the files beside it, and whether it can be brought back (shell).

`pg_dump` and the counting of rows look at one and the same snapshot, so that the manifest says exactly what the dump
holds. A backup that was never restored is a hope: `verify` restores it and counts again.
https://www.postgresql.org/docs/current/app-pgdump.html (`--snapshot`)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from crm_core import migrate
from crm_core.db import address
from crm_core.errors import BackupRefused, first_line
from deploy import backup_files, pump
from deploy.postgres import binaries

DUMP, MANIFEST = "base.dump", "manifest.json"
COMPRESSION = "gzip:1"
"""What every build of `pg_dump` can do; a higher level costs three times the time for a tenth of the size."""
SPOKEN_OF = (("documents", "documents", "sha256"), ("files", "application_files", "digest"))
"""Folder of files, and where the base says which of them there are."""
CALM = "set timezone = 'UTC'; set statement_timeout = 0; set idle_in_transaction_session_timeout = 0"
"""What a long look needs: moments written alike everywhere, and no clock over it."""
Told = Callable[[str, int, int], None]
"""Hears what is being done, how far it is, and of how much (0: nobody knows)."""


def silent(_what: str, _done: int, _of: int) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a table holds."""

    rows: int
    fingerprint: str
    """Sum of 64-bit hashes of all rows: the same rows in any order have the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds; lies beside the dump."""

    made_at: datetime
    revision: str
    server: str
    bytes: int
    sha256: str
    tables: Mapping[str, Contents]
    files: backup_files.Files = backup_files.NONE
    """Attachments and documents beside the base."""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def make(url: str, folder: Path, now: datetime, told: Told = silent, *, run_dir: Path | None = None) -> Path:
    """Dump a base, and copy the files beside it, into a new folder below `folder`; returns its path.

    Args:
        url: of the base.
        folder: of backups.
        now: names the new one.
        told: hears how far it is.
        run_dir: where attachments and documents lie; None: the base alone.

    Raises:
        BackupRefused: the base has no tables, or `pg_dump` could not do it.

    """
    place = folder / f"{now:%Y%m%dT%H%M%SZ}"
    partial = place.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    try:
        manifest = _dumped(url, partial, now, told, run_dir)
        _private(partial / MANIFEST, json.dumps(asdict(manifest) | {"made_at": now.isoformat()}, indent=1))
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return place


def _dumped(url: str, partial: Path, now: datetime, told: Told, run_dir: Path | None) -> Manifest:
    """Dump and count in one snapshot."""
    with _connected(url) as db, db.transaction():
        db.execute("set transaction isolation level repeatable read, read only")
        snapshot = _value(db, "select pg_export_snapshot()")
        revision = _revision(db)
        dumping = _Dump(url, snapshot, partial / DUMP, told)
        dumping.start()
        try:
            tables = contents(db, told)
        finally:
            # The snapshot lives as long as this transaction: it ends when the dump has read it all.
            dumping.join()
        server = str(_value(db, "show server_version"))
        files = backup_files.NONE
        if run_dir is not None:
            # What the snapshot speaks of was on the disk before it was on record.
            files = backup_files.save(run_dir, partial, told)
            files = replace(files, lacking=_lacking(db, partial))
    size, digest = dumping.result()
    return Manifest(
        made_at=now, revision=revision, server=server, bytes=size, sha256=digest, tables=tables, files=files
    )


def read(place: Path) -> Manifest:
    """Return what a backup says of itself.

    Raises:
        BackupRefused: there is no backup, or it is not whole.

    """
    try:
        said = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        tables = {name: Contents(**held) for name, held in said.pop("tables").items()}
        files = backup_files.Files(**said.pop("files")) if "files" in said else backup_files.NONE
        made_at = datetime.fromisoformat(said.pop("made_at"))
        return Manifest(made_at=made_at, tables=tables, files=files, **said)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackupRefused(f"{place} is no backup: {first_line(error)}") from error


def restore(place: Path, url: str, *, over: bool = False, told: Told = silent, run_dir: Path | None = None) -> Manifest:
    """Bring a backup back into a base, whole or not at all, and count whether all of it is there.

    Args:
        place: folder of the backup.
        url: of a base that is empty.
        over: throw away what the base holds.
        told: hears how far it is.
        run_dir: where attachments and documents are to lie; None: they are checked and stay in the backup.

    Raises:
        BackupRefused: the backup is damaged, the base is not empty, or what came back is not what went in.

    """
    manifest = read(place)
    told("checking", 0, manifest.bytes)
    if pump.digest(place / DUMP) != manifest.sha256:
        raise BackupRefused(f"{place / DUMP} is damaged: its SHA-256 is not that of the manifest")
    backup_files.check(place, manifest.files, told)
    with _connected(url) as db:
        if _tables(db) and not over:
            raise BackupRefused("the base is not empty: name an empty one with --into, or say --over")
        # The dump brings the schema with it.
        db.execute("drop schema if exists public cascade")
    try:
        _restored(place / DUMP, manifest, url, told)
    finally:
        with _connected(url) as db:
            db.execute("create schema if not exists public")
    if run_dir is not None:
        backup_files.bring_back(place, run_dir, manifest.files, told)
    with _connected(url) as db:
        differs = difference(manifest.tables, contents(db, told)) + _files_differ(db, place, manifest.files)
    if differs:
        raise BackupRefused(f"what came back is not what went in: {'; '.join(differs[:5])}")
    return manifest


def _files_differ(db: psycopg.Connection, place: Path, said: backup_files.Files) -> list[str]:
    """Say what of the files came back otherwise than it went in."""
    if said is backup_files.NONE:
        return []
    lacking = _lacking(db, place)
    return [f"{lacking - said.lacking} files that the base speaks of are missing"] if lacking > said.lacking else []


def _lacking(db: psycopg.Connection, place: Path) -> int:
    """Count documents and attachments of the base whose file is not below a folder."""
    lacking = 0
    for folder, table, column in SPOKEN_OF:
        query = sql.SQL("select distinct {} from {}").format(sql.Identifier(column), sql.Identifier(table))
        with db.cursor(name="files") as digests:
            digests.execute(query)
            lacking += sum(not (place / folder / digest[:2] / digest).is_file() for (digest,) in digests)
    return lacking


def difference(expected: Mapping[str, Contents], found: Mapping[str, Contents]) -> list[str]:
    """Return in words where two bases differ, empty where they do not."""
    said = []
    for name in sorted({*expected, *found}):
        one, other = expected.get(name), found.get(name)
        if one is None or other is None:
            said.append(f"{name} is {'not in the backup' if one is None else 'missing'}")
        elif one.rows != other.rows:
            said.append(f"{name} has {other.rows} rows, not {one.rows}")
        elif one.fingerprint != other.fingerprint:
            said.append(f"{name} has other contents")
    return said


def contents(db: psycopg.Connection, told: Told = silent) -> dict[str, Contents]:
    """Count every table of a base and take its fingerprint, in the snapshot of the transaction."""
    names = _tables(db)
    found = {}
    for place, name in enumerate(names):
        told(name, place, len(names))
        query = "select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text from {} t"
        row = db.execute(sql.SQL(query).format(sql.Identifier(name))).fetchone()
        if row is not None:
            found[name] = Contents(rows=row[0], fingerprint=row[1])
    return found


def _tables(db: psycopg.Connection) -> list[str]:
    query = (
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1"
    )
    return [name for (name,) in db.execute(query)]


def _revision(db: psycopg.Connection) -> str:
    if "alembic_version" not in _tables(db):
        raise BackupRefused("this base has no tables of ours: run `busbar migrate` first")
    return str(_value(db, "select version_num from alembic_version"))


class _Dump(threading.Thread):
    """Runs `pg_dump` and writes what it says, beside the counting."""

    def __init__(self, url: str, snapshot: str, file: Path, told: Told) -> None:
        super().__init__(name="dump", daemon=True)
        options = ["--format=custom", f"--compress={COMPRESSION}", "--no-owner", "--no-privileges"]
        self._argv = [str(_program("pg_dump")), *options, f"--snapshot={snapshot}", "--schema=public"]
        self._url = url
        self._file = file
        self._told = told
        self._done: tuple[int, str] | None = None
        self._trouble = ""

    def run(self) -> None:
        """Pump until `pg_dump` has said everything."""
        with _started(self._argv, self._url, stdout=subprocess.PIPE) as process:
            said = pump.Errors(process)
            if process.stdout is not None:
                self._done = pump.into_file(process.stdout, self._file, lambda done: self._told("dump", done, 0))
            if process.wait() != 0:
                self._trouble = said.first() or f"pg_dump ended with {process.returncode}"

    def result(self) -> tuple[int, str]:
        """Return bytes and SHA-256.

        Raises:
            BackupRefused: it did not end well.

        """
        if self._trouble or self._done is None:
            raise BackupRefused(f"pg_dump: {self._trouble or 'it said nothing'}")
        return self._done


def _restored(file: Path, manifest: Manifest, url: str, told: Told) -> None:
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    argv = [str(_program("pg_restore")), *options, "--dbname=" + (address(url).database or "")]
    with _started(argv, url, stdin=subprocess.PIPE) as process:
        said = pump.Errors(process)
        if process.stdin is not None:
            pump.from_file(file, process.stdin, lambda done: told("restore", done, manifest.bytes))
        if process.wait() != 0:
            raise BackupRefused(f"pg_restore: {said.first() or process.returncode}; nothing was changed by it")
    with _connected(url) as db:
        db.execute("analyze")


def _program(name: str) -> Path:
    """Return a program of PostgreSQL's.

    Raises:
        BackupRefused: it is not where the others are.

    """
    found = binaries() / name
    if not found.exists():
        raise BackupRefused(f"{found} is missing: install PostgreSQL's client programs")
    return found


@contextmanager
def _started(
    argv: list[str], url: str, *, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of PostgreSQL's; the way to the base is in its environment, which `ps` shows to nobody else."""
    where = address(url)
    known = {
        "PGHOST": str(where.query.get("host") or where.host or ""),
        "PGPORT": str(where.port or ""),
        "PGUSER": where.username or "",
        "PGPASSWORD": where.password or "",
        "PGDATABASE": where.database or "",
        "PGOPTIONS": "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0",
        "LC_ALL": "C",
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    known = {name: value for name, value in known.items() if value}
    with subprocess.Popen(argv, env=environment | known, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(address(url).set(drivername="postgresql").render_as_string(hide_password=False)) as db:
            db.execute(CALM.encode())
            db.commit()
            yield db
    except psycopg.Error as error:
        raise BackupRefused(first_line(error)) from error


def _value(db: psycopg.Connection, query: str) -> str:
    row = db.execute(query.encode()).fetchone()
    return "" if row is None else row[0]


def _private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def brought_up_to_date(url: str) -> str:
    """Bring a base that was restored to the newest revision; returns which."""
    migrate.upgrade(url)
    return migrate.head()
