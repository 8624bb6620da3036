"""What workers do with exports: make the file, delete what is over (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Error as DriverError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock
from crm_core.access import Action
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.errors import CrmError, DatabaseUnavailable, first_line
from crm_core.exporting import making
from crm_core.exporting.life import ExportState, Step
from crm_core.exporting.making import Wish, folder
from crm_core.exporting.selecting import selected
from crm_core.exporting.writers import Mark
from crm_core.importing import work as importing
from crm_core.jobs import Progress, perform
from crm_core.settings import Settings
from crm_core.store import access_log, exports, imports
from crm_core.store.exports import Export

MAKE = "export.make"


def make(job_id: int) -> None:
    """Make the file of an approved export."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, lambda progress: _make(settings, progress))


def sweep() -> None:
    """Delete files whose time is over, and the memory of imports that can no longer be taken back (`schedule`)."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    asyncio.run(_sweep_once(settings))


async def _make(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    export_id = int(progress.job.detail["export_id"])
    async with transaction(progress.engine) as db:
        found = await exports.locked(db, export_id)
        if found.state is ExportState.READY:
            return {"export_id": export_id}
        if found.state is not ExportState.MAKING:
            await exports.step(db, export_id, Step.BEGIN)
    try:
        made = await _made(settings, progress, found)
    except CrmError as error:
        async with transaction(progress.engine) as db:
            await exports.noted(db, export_id, refusal=error.code)
            await access_log.record(db, found.asked_by, "export.refused", f"export {export_id}", str(error))
        raise
    now = clock.now()
    expires = now + timedelta(hours=settings.export_hours)
    async with transaction(progress.engine) as db:
        await exports.step(
            db,
            export_id,
            Step.DONE,
            made_at=now,
            expires_at=expires,
            rows=made.rows,
            stored=made.name,
            file_hash=made.hash,
            baits=made.baits,
        )
        said = f"{made.rows} rows, sha256 {made.hash}"
        await access_log.record(db, found.asked_by, "export.made", f"export {export_id}", said)
        for account_id in made.bait_accounts:
            # Whoever carries a card away that belongs to nobody is noticed as if he had opened it.
            await access_log.record(db, found.asked_by, Action.SEE_CARD, f"account {account_id}", f"export {export_id}")
    return {"export_id": export_id, "rows": made.rows}


async def _made(settings: Settings, progress: Progress, found: Export) -> making.Made:
    loop = asyncio.get_running_loop()
    mark = Mark(
        export_id=found.export_id, user=found.user, at=clock.now(), reason=found.reason, utility=settings.utility
    )
    async with reading(progress.engine) as db:
        today = clock.now().astimezone(ZoneInfo(settings.time_zone)).date()
        wish = await wish_of(db, found, today, settings.export_approval_rows)

    def moved(rows: int) -> None:
        asyncio.run_coroutine_threadsafe(progress.advance(rows, max(found.rows, rows)), loop).result()

    try:
        return await asyncio.to_thread(making.make, settings, wish, mark, moved)
    except DriverError as error:
        raise DatabaseUnavailable(first_line(error)) from error


async def wish_of(db: AsyncConnection, found: Export, today: date, alone: int) -> Wish:
    """Return what an export on record asks for.

    A segment may have grown since: of what nobody else agreed to there may be as many rows as one person may have
    alone, of what somebody did a tenth more than he was shown.

    Args:
        db: a connection.
        found: the export.
        today: the date at the utility.
        alone: rows that need no second person.
    """
    return Wish(
        subject=found.subject,
        form=found.form,
        selection=await selected(db, found.selection, today),
        since=found.since,
        until=found.until,
        role=found.role,
        most=max(alone, found.rows) if found.answered_by is None else found.rows + max(alone, found.rows // 10),
    )


async def _sweep_once(settings: Settings) -> None:
    engine = open_engine(settings, name="busbar-sweep", size=1)
    try:
        await swept(settings, engine)
    finally:
        await engine.dispose()


async def swept(settings: Settings, engine: AsyncEngine) -> list[Export]:
    """Delete what is over; return the exports that ended."""
    now = clock.now()
    async with transaction(engine) as db:
        ended = await exports.expire(db, now)
        for one in ended:
            await access_log.record(db, None, "export.expired", f"export {one.export_id}")
        left = await imports.forgotten(db, now)
    delete([folder(settings) / one.stored for one in ended if one.stored])
    delete([path for import_id, name in left for path in importing.files_of(settings, import_id, name)])
    return ended


def delete(paths: list[Path]) -> None:
    """Delete files; one that is gone is gone."""
    for path in paths:
        path.unlink(missing_ok=True)
