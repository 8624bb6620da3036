"""REST of imports: a file is sent in, judged, committed, taken back (shell)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.requests import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.errors import FileRefused
from crm_core.importing import rules
from crm_core.importing.life import ImportState
from crm_core.importing.limits import MOST_COLUMNS, Unreadable
from crm_core.store import imports
from crm_core.store.imports import Import
from crm_core.store.jobs import Job
from workstation import taking_in, uploads
from workstation.deps import Parts, parts_of
from workstation.handing import Asker, hand_over
from workstation.office.imports import refusal_of, refused
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk

router = APIRouter(tags=["files in"])
KEY = Path(ge=1, lt=2**31)
Importer = Annotated[Caller, allowed(Action.IMPORT)]
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "kind": {"type": "string", "enum": list(taking_in.KINDS), "default": "auto"},
                    "file": {"type": "string", "format": "binary", "description": "docs/import.md says which forms."},
                },
            }
        }
    },
}


class Finding(BaseModel):
    """A rule that rejected or held rows."""

    rule: str
    rows: int
    held: bool
    """Stored, and waiting for a second look; false: not taken."""
    why: str
    right: str


class RowOut(BaseModel):
    """One of the first rows with a finding."""

    row: int
    """Of the file, as programs show it."""
    rule: str
    why: str
    right: str
    cells: list[str]


class ImportOut(BaseModel):
    """An import."""

    import_id: int
    state: ImportState
    kind: str
    file_name: str
    form: str
    size: int
    rows: int
    rejected: int
    header: list[str]
    mapping: dict[str, int]
    """Place of a field's column, counted from 0."""
    changed: dict[str, int]
    """What was, or would be, made or changed."""
    notes: dict[str, int]
    findings: list[Finding]
    examples: list[RowOut]
    undone: dict[str, dict[str, int]]
    refusal: str
    """One sentence, when the file could not be taken."""
    job_id: int | None
    created_at: datetime
    finished_at: datetime | None
    undo_until: datetime | None

    @classmethod
    def of(cls, known: Import, asker: Asker) -> ImportOut:
        """Show an import to somebody."""
        found, words = taking_in.as_seen(known, asker.user_id, asker.role), asker.words
        return cls(
            import_id=found.import_id,
            state=found.state,
            kind=found.kind,
            file_name=found.file_name,
            form=found.form,
            size=found.size,
            rows=found.rows,
            rejected=found.rejected,
            header=list(found.header),
            mapping=dict(found.mapping),
            changed=dict(found.changed),
            notes=dict(found.notes),
            findings=[
                Finding(
                    rule=rule,
                    rows=rows,
                    held=rule in rules.HELD,
                    why=rules.why(rule, "…", words),
                    right=rules.right(rule, "…", words),
                )
                for rule, rows in found.findings.items()
            ],
            examples=[
                RowOut(
                    row=one.row,
                    rule=one.rule,
                    why=rules.why(one.rule, one.detail, words),
                    right=rules.right(one.rule, one.detail, words),
                    cells=list(one.cells),
                )
                for one in found.examples
            ],
            undone={name: dict(counts) for name, counts in found.undone.items()},
            refusal=refusal_of(found.refusal, words),
            job_id=found.job_id,
            created_at=found.created_at,
            finished_at=found.finished_at,
            undo_until=found.undo_until,
        )


FieldName = Annotated[str, Field(max_length=40)]


class Mapping(BaseModel):
    """Which column is what."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["subscribers", "meters", "readings", "invoices", "payments", "fields"]
    mapping: Annotated[dict[FieldName, Annotated[int, Field(ge=0, lt=MOST_COLUMNS)]], Field(max_length=MOST_COLUMNS)]
    """Place of each field's column, counted from 0; custom fields are called `customer.code`, `account.code`,
    `premises.code`, `meter.code`."""


@router.post(
    "/imports",
    operation_id="send_import",
    status_code=201,
    response_model=ImportOut,
    openapi_extra={"requestBody": FORM},
)
async def send_import(request: Request, caller: Importer) -> ImportOut:
    """Send a file in; it is judged by a worker and nothing is changed yet. A file that is in whole is refused."""
    parts = parts_of(request)
    upload = await uploads.receive(request, parts.settings, _anybody)
    asker = asker_of(parts, caller)
    try:
        import_id = await taking_in.take_in(parts, upload, asker)
    except Unreadable as refusal:
        raise FileRefused(refused(refusal, asker.words)) from refusal
    return await _shown(parts, import_id, asker)


@router.get("/imports", operation_id="list_imports")
async def list_imports(request: Request, caller: Importer, ask: PageAsk) -> Page[ImportOut]:
    """List imports, newest first."""
    parts = parts_of(request)
    before = ask.after[0] if ask.after else None
    async with reading(parts.engine) as db:
        found = await imports.listing(db, before_id=None if before is None else int(before), limit=ask.more)
    asker = asker_of(parts, caller)
    return ask.page(found, lambda one: ImportOut.of(one, asker), lambda one: (one.import_id,))


@router.get("/imports/{import_id}", operation_id="read_import")
async def read_import(request: Request, import_id: Annotated[int, KEY], caller: Importer) -> ImportOut:
    """Tell how far an import is and what was found."""
    parts = parts_of(request)
    return await _shown(parts, import_id, asker_of(parts, caller))


@router.post("/imports/{import_id}/judge", operation_id="judge_import", response_model=ImportOut)
async def judge_import(
    request: Request, import_id: Annotated[int, KEY], body: Mapping, caller: Importer, once: OnceDep
) -> Response:
    """Judge a file again with columns that you name."""
    return await _stepped(
        request, once, caller, import_id, lambda db, by: taking_in.judge(db, import_id, body.kind, body.mapping, by)
    )


@router.post("/imports/{import_id}/commit", operation_id="commit_import", response_model=ImportOut)
async def commit_import(request: Request, import_id: Annotated[int, KEY], caller: Importer, once: OnceDep) -> Response:
    """Bring a judged file in."""
    return await _stepped(request, once, caller, import_id, lambda db, by: taking_in.commit(db, import_id, by))


@router.post("/imports/{import_id}/undo", operation_id="undo_import", response_model=ImportOut)
async def undo_import(request: Request, import_id: Annotated[int, KEY], caller: Importer, once: OnceDep) -> Response:
    """Take a committed import back."""
    return await _stepped(request, once, caller, import_id, lambda db, by: taking_in.undo(db, import_id, by))


@router.post("/imports/{import_id}/cancel", operation_id="cancel_import", response_model=ImportOut)
async def cancel_import(request: Request, import_id: Annotated[int, KEY], caller: Importer, once: OnceDep) -> Response:
    """Cancel an import that is not in yet; what is half done is taken back."""

    async def cancelled(db: Writing, by: Asker) -> None:
        await taking_in.cancel(db, import_id, by)

    return await _stepped(request, once, caller, import_id, cancelled)


def _anybody(_: object) -> None:
    """A program's token came with the request; there is nothing to judge in the form."""


async def _stepped(
    request: Request,
    once: OnceDep,
    caller: Caller,
    import_id: int,
    step: Callable[[Writing, Asker], Awaitable[Job | None]],
) -> Response:
    """Let a step happen, then hand its job to the workers; sent twice it is one."""
    parts = parts_of(request)
    asker = asker_of(parts, caller)
    jobs: list[Job] = []

    async def work(db: Writing) -> ImportOut:
        job = await step(db, asker)
        if job is not None:
            jobs.append(job)
        return ImportOut.of(await imports.by_id(db, import_id), asker)

    answer = await once.run(caller, work)
    for job in jobs:
        await hand_over(parts.settings, job)
    return answer


async def _shown(parts: Parts, import_id: int, asker: Asker) -> ImportOut:
    async with reading(parts.engine) as db:
        return ImportOut.of(await imports.by_id(db, import_id), asker)


def asker_of(parts: Parts, caller: Caller) -> Asker:
    """Return who asks through a program."""
    return Asker(
        user_id=caller.user_id, role=caller.role, ip=caller.ip, words=parts.templates.translation(caller.language)
    )
