"""Exports as pages and the API ask for them: asked, approved, made, fetched once (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Error as DriverError

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading, transaction
from crm_core.errors import DatabaseTooSlow, ExportTooLarge, LinkUsed, first_line
from crm_core.exporting import making
from crm_core.exporting.life import ExportState, Step
from crm_core.exporting.making import Wish, folder
from crm_core.exporting.selecting import selected
from crm_core.exporting.subjects import FORMS, SUBJECTS
from crm_core.exporting.work import MAKE, delete
from crm_core.store import access_log, exports, jobs
from crm_core.store.exports import Asked, Export
from crm_core.store.jobs import Job
from workstation.deps import Parts
from workstation.handing import Asker, hand_over
from workstation.sentences import N_, SENTENCES, Translate, sentence

TITLE = N_("Export {number}: {what}")
WAITS = timedelta(days=7)
"""A question that nobody answered is over after so long."""
LEAST_REASON = 10
"""Characters of a reason."""
PIECE = 1 << 18
TYPES = {"csv": "text/csv", "txt": "text/plain", "xml": "application/xml",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody wants to take out."""

    subject: str
    form: str
    selection: dict[str, Any]
    since: date | None
    until: date | None
    reason: str


async def ask(parts: Parts, question: Question, asker: Asker) -> Export:
    """Put a wish for data on record; a small one goes to the workers at once, a large one waits for a second person.

    Raises:
        ExportTooLarge: more rows than may leave in one file.
        DatabaseTooSlow: the rows could not be counted in 10 s.
    """
    rows = await _count(parts, question, asker)
    asked = Asked(
        subject=question.subject,
        form=question.form,
        selection=question.selection,
        since=question.since,
        until=question.until,
        reason=question.reason,
        rows=rows,
        by=asker.user_id,
        role=asker.role.value,
    )
    async with transaction(parts.engine) as db:
        export_id, state = await exports.ask(
            db, asked, approval_rows=parts.settings.export_approval_rows, expires_at=clock.now() + WAITS
        )
        said = f"{question.subject} as {question.form}, {rows} rows: {question.reason}"
        await access_log.record(db, asker.user_id, Action.EXPORT, f"export {export_id}", said, asker.ip)
        made = await exports.by_id(db, export_id)
        job = await _job(db, made, asker) if state is ExportState.APPROVED else None
    if job is not None:
        await hand_over(parts.settings, job)
    return made


async def _count(parts: Parts, question: Question, asker: Asker) -> int:
    most = parts.settings.export_most_rows
    async with reading(parts.engine) as db:
        today = clock.now().astimezone(ZoneInfo(parts.settings.time_zone)).date()
        selection = await selected(db, question.selection, today)
    wish = Wish(
        subject=question.subject,
        form=question.form,
        selection=selection,
        since=question.since,
        until=question.until,
        role=asker.role.value,
    )
    try:
        rows = await asyncio.to_thread(making.count, parts.settings, wish, most + 1)
    except DriverError as error:
        raise DatabaseTooSlow(first_line(error)) from error
    if rows > most:
        what = f"{question.subject} as {question.form}"
        parts.access.note(asker.user_id, "export.refused", what, reason=f"more than {most} rows", ip=asker.ip)
        raise ExportTooLarge(f"more than {most:,} rows: choose fewer accounts or a shorter time")
    return rows


def refusal_of(found: Export, translate: Translate) -> str:
    """Say in the reader's language why there is no file; "" when nothing was refused."""
    return sentence(found.refusal, translate) if found.refusal in SENTENCES else found.refusal


def may_know(found: Export, user_id: int, *, approves: bool) -> bool:
    """Whether somebody may see an export: his own, one that waits for approval, or one that he answered."""
    if found.asked_by == user_id:
        return True
    return approves and (found.state is ExportState.WAITING or found.answered_by == user_id)


async def approve(db: Writing, export_id: int, why: str, asker: Asker) -> Job:
    """Let another person's export be made.

    Raises:
        OwnExport: whoever asked cannot approve.
        ExportOutOfTurn: it does not wait for that.
    """
    found = await exports.answer(db, export_id, asker.user_id, Step.APPROVE, why)
    await access_log.record(db, asker.user_id, Action.APPROVE_EXPORT, f"export {export_id}", why, asker.ip)
    return await _job(db, found, asker)


async def refuse(db: Writing, export_id: int, why: str, asker: Asker) -> None:
    """Refuse another person's export."""
    await exports.answer(db, export_id, asker.user_id, Step.REFUSE, why)
    await access_log.record(db, asker.user_id, "export.refused", f"export {export_id}", why, asker.ip)


async def fetch(parts: Parts, export_id: int, by: int, token: str, ip: str) -> tuple[Export, AsyncIterator[bytes]]:
    """Use the link of a file: once. The file is deleted when it was sent.

    Raises:
        NoSuchExport: there is none of that number, or it is another person's.
        LinkUsed: the link was used, is not the newest one, or its time is over.
    """
    async with transaction(parts.engine) as db:
        found = await exports.fetch(db, export_id, by, token, clock.now())
        await access_log.record(db, by, "export.downloaded", f"export {export_id}", f"{found.rows} rows", ip)
    path = folder(parts.settings) / found.stored
    if not found.stored or not path.is_file():
        raise LinkUsed(f"the file of export {export_id} is gone")
    return found, _sent(path)


async def _sent(path: Path) -> AsyncIterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece
    finally:
        delete([path])


def headers(found: Export) -> dict[str, str]:
    """Return the headers of a file: its name is of our own making, so that nothing in it can break out (RFC 6266)."""
    name = f"export-{found.export_id}-{found.subject}.{FORMS[found.form]}"
    return {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}


def media_type(found: Export) -> str:
    """Return what the file is."""
    return TYPES[FORMS[found.form]]


def choices(subject: str) -> tuple[str, ...]:
    """Return the forms a subject can have."""
    return SUBJECTS[subject].forms if subject in SUBJECTS else ()


async def _job(db: Writing, found: Export, asker: Asker) -> Job:
    title = asker.words(TITLE).format(number=found.export_id, what=found.subject)
    job = await jobs.create(db, MAKE, title, found.asked_by, {"export_id": found.export_id})
    await exports.noted(db, found.export_id, job_id=job.job_id)
    return job
