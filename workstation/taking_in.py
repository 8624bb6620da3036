"""Imports as pages and the API ask for them: received, judged, committed, taken back; each with its job (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from crm_core import clock
from crm_core.access import Action, Role, may
from crm_core.db import Writing, transaction
from crm_core.errors import BadValue, ImportOutOfTurn, UndoTooLate
from crm_core.importing import columns, sheet
from crm_core.importing.life import Step
from crm_core.importing.limits import Unreadable
from crm_core.importing.work import COMMIT, JUDGE, UNDO
from crm_core.masking import STARS
from crm_core.store import access_log, fields, imports, jobs
from crm_core.store.imports import Import, Received
from crm_core.store.jobs import Job
from crm_core.text import one_line
from workstation.deps import Parts
from workstation.handing import Asker, hand_over
from workstation.sentences import N_
from workstation.uploads import Upload

TITLES = {
    JUDGE: N_("Judge {name}"),
    COMMIT: N_("Bring {name} in"),
    UNDO: N_("Take {name} back"),
}
PHASES = {
    JUDGE: {
        "reading": N_("Rows are read and judged."),
        "judging": N_("Readings are judged, account by account."),
        "merging": N_("It is worked out what would change."),
    },
    COMMIT: {
        "reading": N_("Rows are read and judged."),
        "judging": N_("Readings are judged, account by account."),
        "merging": N_("Rows are brought in, step by step."),
    },
}
"""What is being done, told beside the bar in the words of who asked."""
KINDS = ("auto", *columns.KINDS)


async def take_in(parts: Parts, upload: Upload, asker: Asker) -> int:
    """Put a file that was sent in on record and have it judged; return the number of its import.

    Raises:
        Unreadable: it cannot be taken; the file is gone.
    """
    try:
        import_id, job = await _received(parts, upload, asker)
    except Unreadable as refusal:
        parts.access.note(asker.user_id, "import.refused", upload.name, reason=str(refusal), ip=asker.ip)
        upload.drop()
        raise
    except BaseException:
        upload.drop()
        raise
    await hand_over(parts.settings, job)
    return import_id


async def _received(parts: Parts, upload: Upload, asker: Asker) -> tuple[int, Job]:
    kind = upload.fields.get("kind", "auto") or "auto"
    if kind not in KINDS:
        raise Unreadable("there is no kind {kind}; kinds are {kinds}", kind=one_line(kind, 40), kinds=", ".join(KINDS))
    source = await asyncio.to_thread(sheet.look_at, upload.path, upload.name)
    file = Received(
        name=upload.name, hash=source.hash, form=source.form, size=source.size, stored=upload.path.name, kind=kind
    )
    async with transaction(parts.engine) as db:
        known = await imports.whole(db, source.hash)
        if known is not None:
            rows = (await imports.by_id(db, known)).rows
            raise Unreadable(
                "this very file is in already, all {rows} rows of it: import {number}", rows=rows, number=known
            )
        import_id = await imports.receive(db, file, asker.user_id)
        said = f"received {upload.name}, {source.size} bytes, sha256 {source.hash}"
        await access_log.record(db, asker.user_id, Action.IMPORT, f"import {import_id}", said, asker.ip)
        return import_id, await _job(db, JUDGE, import_id, upload.name, asker)


def sees_rows(found: Import, user_id: int, role: Role) -> bool:
    """Whether somebody is shown rows of a file: who brought it in has them; of the others only who may open cards."""
    return found.asked_by == user_id or (found.asked_by is None and may(role, Action.SEE_CARD))


def as_seen(found: Import, user_id: int, role: Role) -> Import:
    """Return an import as somebody is shown it: rows of a file that another person brought in are covered."""
    if sees_rows(found, user_id, role):
        return found
    covered = [one._replace(detail="…", cells=tuple(STARS for _ in one.cells)) for one in found.examples]
    return replace(found, examples=covered)


async def judge(db: Writing, import_id: int, kind: str, mapping: Mapping[str, int], asker: Asker) -> Job:
    """Have a file judged again with columns that somebody named.

    Raises:
        BadValue: the columns are not enough for the kind; nothing was changed.
    """
    found = await imports.by_id(db, import_id)
    own = await fields.definitions(db)
    if columns.lay_out(kind, mapping, own) is None or any(place >= len(found.header) for place in mapping.values()):
        raise BadValue("name a column for every field that is needed, each column once")
    await imports.step(db, import_id, Step.JUDGE, kind=kind, mapping=dict(mapping), refusal="", job_id=None)
    return await _job(db, JUDGE, import_id, found.file_name, asker)


async def commit(db: Writing, import_id: int, asker: Asker) -> Job:
    """Have a judged file brought in."""
    found = await imports.step(db, import_id, Step.COMMIT)
    await access_log.record(db, asker.user_id, Action.IMPORT, f"import {import_id}", "to be committed", asker.ip)
    return await _job(db, COMMIT, import_id, found.file_name, asker)


async def undo(db: Writing, import_id: int, asker: Asker) -> Job:
    """Have a committed import taken back.

    Raises:
        UndoTooLate: its time is over.
    """
    found = await imports.step(db, import_id, Step.UNDO)
    if not found.may_undo(clock.now()):
        raise UndoTooLate(f"import {import_id} was committed too long ago")
    await access_log.record(db, asker.user_id, Action.IMPORT, f"import {import_id}", "to be taken back", asker.ip)
    return await _job(db, UNDO, import_id, found.file_name, asker)


async def cancel(db: Writing, import_id: int, asker: Asker) -> None:
    """Cancel an import that is not in yet; what a worker has half done is taken back with its transaction.

    Raises:
        ImportOutOfTurn: it is in, or over, already; nothing was changed.
    """
    found = await imports.step(db, import_id, Step.CANCEL)
    if found.job_id is not None:
        job = await jobs.by_id(db, found.job_id)
        if job is not None and jobs.is_open(job) and await jobs.cancelled(db, found.job_id, clock.now()) is None:
            raise ImportOutOfTurn(f"import {import_id} was just ended by a worker")
    await access_log.record(db, asker.user_id, "import.cancelled", f"import {import_id}", "", asker.ip)


async def _job(db: Writing, kind: str, import_id: int, name: str, asker: Asker) -> Job:
    title = asker.words(TITLES[kind]).format(name=name)
    phases = {phase: asker.words(said) for phase, said in PHASES.get(kind, {}).items()}
    job = await jobs.create(db, kind, title, asker.user_id, {"import_id": import_id, "phases": phases})
    await imports.noted(db, import_id, job_id=job.job_id)
    return job
