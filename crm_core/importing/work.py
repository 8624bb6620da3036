"""What workers do with imports: judge, commit, take back (shell). `crm_core.jobs` carries progress and cancelling."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from psycopg import Error as DriverError

from crm_core.db import transaction
from crm_core.errors import DatabaseUnavailable, FileRefused, first_line
from crm_core.importing import engine, sheet
from crm_core.importing.engine import NoHeader, Order
from crm_core.importing.life import ImportState, Step
from crm_core.importing.limits import Unreadable
from crm_core.importing.outcome import Outcome
from crm_core.jobs import Progress, perform
from crm_core.settings import Settings
from crm_core.store import access_log, imports
from crm_core.store.imports import Import

FOLDER = "imports"
"""Under the run folder: files that came in and the rows that were not taken; only we can look into it."""
JUDGE, COMMIT, UNDO = "import.judge", "import.commit", "import.undo"
PATIENCE = 3_600
"""Seconds that a worker waits for another import to be done."""
TOLD_SECONDS: Final = 0.5


def folder(settings: Settings) -> Path:
    """Return the folder of files that came in, made when it is missing."""
    place = settings.run_dir / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def new_file(settings: Settings) -> Path:
    """Create an empty file of our own naming, for us only: what people call it never becomes a path."""
    path = folder(settings) / secrets.token_hex(16)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def rejected_file(settings: Settings, import_id: int) -> Path:
    """Return where the rejected rows of an import are, when there are any."""
    return folder(settings) / f"{import_id}.rejected.csv"


def kept_file(settings: Settings, import_id: int) -> Path:
    """Return where the rows are that an undo left alone."""
    return folder(settings) / f"{import_id}.kept.csv"


def files_of(settings: Settings, import_id: int, stored: str) -> list[Path]:
    """Return every file of an import that may be there: what came in, and rows of people that did not go in or out."""
    kept = [folder(settings) / stored] if stored else []
    return [*kept, rejected_file(settings, import_id), kept_file(settings, import_id)]


class _Bridge:
    """Tells a job's progress from the thread in which the engine works."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._loop = asyncio.get_running_loop()
        self._told = 0.0

    def moved(self, phase: str, done: int, total: int) -> None:
        """Tell it, at most twice a second; raises when the job was cancelled."""
        now = self._loop.time()
        if now - self._told < TOLD_SECONDS and phase != "merging":
            return
        self._told = now
        note = self._progress.job.detail.get("phases", {}).get(phase, "")
        asyncio.run_coroutine_threadsafe(self._progress.advance(done, total, note), self._loop).result()


def judge(job_id: int) -> None:
    """Judge every row of a file and change nothing."""
    _run(job_id, _judge)


def commit(job_id: int) -> None:
    """Bring a judged file in."""
    _run(job_id, _commit)


def undo(job_id: int) -> None:
    """Take a committed import back."""
    _run(job_id, _undo)


Work = Callable[[Settings, Progress], Awaitable[Mapping[str, Any]]]


def _run(job_id: int, work: Work) -> None:
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, lambda progress: _worded(settings, progress, work))


async def _worded(settings: Settings, progress: Progress, work: Work) -> Mapping[str, Any]:
    """Work; what the engine says of a file is kept with the import, to be told in its reader's language."""
    try:
        return await work(settings, progress)
    except Unreadable as refusal:
        import_id = int(progress.job.detail["import_id"])
        values: dict[str, Any] = {"refusal": json.dumps({"text": refusal.text, **refusal.values})}
        if isinstance(refusal, NoHeader):
            values["header"] = list(refusal.header)
        async with transaction(progress.engine) as db:
            await imports.noted(db, import_id, **values)
            by = progress.job.asked_by
            await access_log.record(db, by, "import.refused", f"import {import_id}", str(refusal))
        raise FileRefused(str(refusal)) from refusal


# A worker that died after its work was done, before it could say so, is followed by another one: nothing is done twice.
async def _judge(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    found = await _found(progress)
    if found.state is ImportState.JUDGED:
        return {"import_id": found.import_id}
    if found.state is not ImportState.JUDGING:
        async with transaction(progress.engine) as db:
            await imports.step(db, found.import_id, Step.BEGIN)
    outcome = await _engine(settings, progress, found, dry_run=True)
    async with transaction(progress.engine) as db:
        await imports.step(
            db,
            found.import_id,
            Step.FOUND,
            kind=outcome.kind or found.kind,
            rows=outcome.rows,
            rejected=outcome.rejected,
            header=outcome.header,
            mapping=outcome.mapping,
            findings=dict(outcome.findings),
            examples=[list(one) for one in outcome.examples],
            changed=outcome.counted,
            notes=dict(outcome.notes),
            refusal="",
        )
    return {"import_id": found.import_id, "rows": outcome.rows, "rejected": outcome.rejected}


async def _commit(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    found = await _found(progress)
    if found.state is ImportState.COMMITTED:
        return {"import_id": found.import_id}
    outcome = await _engine(settings, progress, found, dry_run=False)
    async with transaction(progress.engine) as db:
        said = f"committed: {outcome.rows} rows, {outcome.rejected} rejected"
        await access_log.record(db, found.asked_by, "import.committed", f"import {found.import_id}", said)
    return {"import_id": found.import_id, "rows": outcome.rows, "rejected": outcome.rejected}


async def _undo(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    found = await _found(progress)
    if found.state is ImportState.UNDONE:
        return {"import_id": found.import_id}
    report = kept_file(settings, found.import_id)
    undone = await _threaded(engine.take_back, settings, found.import_id, progress.job.asked_by, report)
    async with transaction(progress.engine) as db:
        said = f"taken back: {sum(undone.taken.values())} rows, {sum(undone.kept.values())} stay"
        await access_log.record(db, progress.job.asked_by, "import.undone", f"import {found.import_id}", said)
    return {"import_id": found.import_id, "taken": dict(undone.taken), "kept": dict(undone.kept)}


async def _found(progress: Progress) -> Import:
    async with transaction(progress.engine) as db:
        return await imports.by_id(db, int(progress.job.detail["import_id"]))


async def _engine(settings: Settings, progress: Progress, found: Import, *, dry_run: bool) -> Outcome:
    path = folder(settings) / found.stored
    source = await _threaded(sheet.look_at, path, found.file_name)
    order = Order(
        source=source,
        kind=found.kind,
        mapping=found.mapping if found.kind != "auto" else {},
        header=found.header if found.kind != "auto" and found.mapping else (),
        import_id=found.import_id,
        by=found.asked_by,
        report=rejected_file(settings, found.import_id),
        dry_run=dry_run,
        patience=PATIENCE,
        undo_days=settings.import_undo_days,
    )
    outcome: Outcome = await _threaded(engine.bring_in, settings, order, _Bridge(progress))
    if outcome.repeated:
        raise Unreadable(
            "this very file is in already, all {rows} rows of it: import {number}",
            rows=outcome.rows,
            number=outcome.import_id or 0,
        )
    return outcome


async def _threaded(work: Any, *words: Any) -> Any:
    """Work in a thread; a database that is away becomes an error with a code."""
    try:
        return await asyncio.to_thread(work, *words)
    except DriverError as error:
        raise DatabaseUnavailable(first_line(error)) from error
