"""`busbar backup`, `busbar restore`: where backups lie, scratch bases to prove them in, erasures done again (shell)."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from crm_core import clock, db, journal, rights
from crm_core.documents.vault import DiskVault
from crm_core.errors import BackupRefused
from crm_core.settings import Settings
from crm_core.store import access_log, documents, erasures
from crm_core.work.shelf import FolderShelf
from deploy import backup
from deploy.postgres import Postgres

MEGA = 1e6


def folder(settings: Settings) -> Path:
    """Return where backups lie when nothing else is said."""
    return settings.run_dir / "backups"


def make(settings: Settings, to: Path | None, *, prove: bool, scratch: str) -> None:
    """Make a backup, prove it when asked, and say what it is.

    Raises:
        BackupRefused: it could not be made, or it cannot be brought back.

    """
    began = time.monotonic()
    with _telling() as told:
        place = backup.make(settings.database_url, to or folder(settings), clock.now(), told, run_dir=settings.run_dir)
    manifest = backup.read(place)
    seconds = time.monotonic() - began
    size = _size(settings.database_url)
    print(
        f"{place}: {manifest.rows:,} rows of {len(manifest.tables)} tables, {manifest.bytes / MEGA:,.1f} MB "
        f"of {size / MEGA:,.0f} MB in {seconds:.1f} s ({size / MEGA / seconds:.0f} MB/s); "
        f"{_files(manifest)}"
    )
    if manifest.files.spoiled:
        print(f"{manifest.files.spoiled} of the files are not any more what they were when they were kept.")
    if manifest.files.lacking:
        print(f"{manifest.files.lacking} files that the base speaks of were not there to be saved.")
    asyncio.run(_noted(settings, "backup.made", place.name, f"{manifest.rows} rows, sha256 {manifest.sha256[:16]}"))
    if prove:
        verify(settings, place, scratch)


def verify(settings: Settings, place: Path, scratch: str) -> None:
    """Restore a backup into a scratch base, compare every table, and throw the scratch base away.

    Raises:
        BackupRefused: it cannot be brought back, or not all of it.

    """
    began = time.monotonic()
    with _scratch(settings, scratch) as url, _telling() as told:
        manifest = backup.restore(place, url, told=told)
    seconds = time.monotonic() - began
    print(
        f"{place} comes back whole: {manifest.rows:,} rows, every table compared, {_files(manifest)} with their "
        f"checksums, in {seconds:.1f} s"
    )
    asyncio.run(_noted(settings, "backup.verified", place.name, f"{manifest.rows} rows"))


def restore(settings: Settings, place: Path, into: str, *, over: bool) -> None:
    """Bring a backup back, up to the newest revision, and forget again who was forgotten since.

    Raises:
        BackupRefused: the base is not empty, or the backup is damaged.

    """
    url = into or settings.database_url
    with _telling() as told:
        manifest = backup.restore(place, url, over=over, told=told, run_dir=settings.run_dir)
    revision = backup.brought_up_to_date(url)
    again = asyncio.run(_forget_again(settings, url, journal.erased_since(settings, manifest.made_at)))
    print(f"{manifest.rows:,} rows are back as of {manifest.made_at:%Y-%m-%d %H:%M} UTC, tables at {revision}")
    print(f"{_files(manifest)} are back in {settings.run_dir}")
    if again:
        print(f"{again} subscribers who were erased since then are erased again.")


def _files(manifest: backup.Manifest) -> str:
    return f"{manifest.files.count:,} documents and attachments, {manifest.files.bytes / MEGA:,.1f} MB"


async def _forget_again(settings: Settings, url: str, customer_ids: list[int]) -> int:
    engine = db.engine(settings.model_copy(update={"database_url": url}))
    done = 0
    try:
        for customer_id in dict.fromkeys(customer_ids):
            async with db.transaction(engine) as writing:
                who = await erasures.known(writing, customer_id)
                if who is not None:
                    for statement in rights.HISTORIES_OPEN:
                        await writing.execute(text(statement))
                    attached = await erasures.erase(writing, who)
                    printed = await documents.erase(writing, who.account_ids)
                    for statement in rights.HISTORIES_SHUT:
                        await writing.execute(text(statement))
                    said = "again, after a restore"
                    await access_log.record(writing, None, "customer.erasure_done", f"customer {customer_id}", said)
                    done += 1
            if who is not None:
                for name in attached:
                    FolderShelf(settings.run_dir / "files").forget(name)
                for name in printed:
                    DiskVault(settings.run_dir).forget(name)
    finally:
        await engine.dispose()
    return done


async def _noted(settings: Settings, action: str, what: str, said: str) -> None:
    engine = db.engine(settings)
    try:
        async with db.transaction(engine) as writing:
            await access_log.record(writing, None, action, what, said)
    finally:
        await engine.dispose()


@contextmanager
def _scratch(settings: Settings, scratch: str) -> Iterator[str]:
    """Yield the address of an empty base, and throw away one that was made here."""
    if scratch:
        yield scratch
        return
    server = Postgres(settings.run_dir)
    if settings.database_url != server.url():
        raise BackupRefused("name an empty base of your server with --scratch: we may not make one there")
    name = f"verify_{secrets.token_hex(4)}"
    server.provide(name)
    try:
        yield server.url(name)
    finally:
        with psycopg.connect(server.conninfo("postgres", "postgres"), autocommit=True) as admin:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@contextmanager
def _telling() -> Iterator[backup.Told]:
    """Show how far the work is, on standard error, where somebody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[how_far]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        tasks = {kind: bars.add_task(kind, total=None, how_far="", visible=False) for kind in ("tables", "bytes")}

        def told(what: str, done: int, of: int) -> None:
            is_bytes = what in {"dump", "restore", "checking"}
            how_far = f"{done / MEGA:,.0f} MB" if is_bytes else f"{done} of {of}"
            task = tasks["bytes" if is_bytes else "tables"]
            bars.update(task, description=what, completed=done, total=of or None, how_far=how_far, visible=True)

        yield told


def _size(url: str) -> int:
    with psycopg.connect(db.address(url).set(drivername="postgresql").render_as_string(hide_password=False)) as link:
        row = link.execute("select pg_database_size(current_database())").fetchone()
    return 0 if row is None else int(row[0])
