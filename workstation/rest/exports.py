"""REST of exports: asked for with a reason, approved by a second person, fetched once (shell)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.requests import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from starlette.responses import Response, StreamingResponse

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading, transaction
from crm_core.errors import NoSuchExport
from crm_core.exporting.life import ExportState
from crm_core.exporting.selection import MOST_NUMBERS
from crm_core.exporting.subjects import SUBJECTS
from crm_core.store import exports
from crm_core.store.exports import Export
from crm_core.store.jobs import Job
from crm_core.text import one_line
from workstation import taking_out
from workstation.deps import parts_of
from workstation.handing import hand_over
from workstation.rest.caller import Caller, allowed
from workstation.rest.imports import asker_of
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.problem import MEDIA, Problem
from workstation.sentences import Translate
from workstation.taking_out import LEAST_REASON, Question

router = APIRouter(tags=["files out"])
KEY = Path(ge=1, lt=2**31)
Asking = Annotated[Caller, allowed(Action.EXPORT)]
Approving = Annotated[Caller, allowed(Action.APPROVE_EXPORT)]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-zА-Яа-яЁё/-]{1,12}$")]  # noqa: RUF001 -- both scripts
GONE: dict[int | str, dict[str, Any]] = {
    410: {"model": Problem, "content": {MEDIA: {}}, "description": "The link was used, or its time is over"}
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {kind: {} for kind in taking_out.TYPES.values()}}
}


def _line(text: str) -> str:
    """Take out of a text what is no text: it goes into files, headers of messages and the access log."""
    return one_line(text, 300)


def _reason(text: str) -> str:
    said = _line(text)
    if len(said) < LEAST_REASON:
        raise ValueError(f"reason: at least {LEAST_REASON} characters")
    return said


class NewExport(BaseModel):
    """What you want to take out."""

    model_config = ConfigDict(extra="forbid")

    subject: Literal[
        "subscribers", "contacts", "meters", "readings", "invoices", "payments", "applications", "interactions"
    ]
    form: Literal["csv", "xlsx", "1c", "cim"] = "csv"
    """1c: invoices and payments; cim: readings."""
    numbers: Annotated[list[Number], Field(max_length=MOST_NUMBERS)] | None = None
    """Account numbers; everybody's when absent."""
    segment_id: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    """Accounts of a segment, as they are when the file is made; not together with numbers."""
    list_id: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    """Accounts of a list of a segment's members that stands still; by itself."""
    since: Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))] | None = None
    until: Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))] | None = None
    reason: Annotated[str, StringConstraints(min_length=LEAST_REASON, max_length=300), AfterValidator(_reason)]
    """It is written into the file and into the access log."""

    @model_validator(mode="after")
    def _possible(self) -> NewExport:
        if self.form not in SUBJECTS[self.subject].forms:
            raise ValueError(f"form: {self.subject} can be had as {', '.join(SUBJECTS[self.subject].forms)}")
        if sum(one is not None for one in (self.numbers, self.segment_id, self.list_id)) > 1:
            raise ValueError("segment_id: give numbers, a segment or a list, one of them")
        if self.since and self.until and self.until < self.since:
            raise ValueError("until: it must not be before since")
        return self


class Answer(BaseModel):
    """What a second person says."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, StringConstraints(max_length=300), AfterValidator(_line)] = ""


class ExportOut(BaseModel):
    """An export."""

    export_id: int
    state: ExportState
    subject: str
    form: str
    since: date | None
    until: date | None
    reason: str
    rows: int
    asked_by: int
    asked_at: datetime
    answered_by: int | None
    answer: str
    made_at: datetime | None
    fetched_at: datetime | None
    expires_at: datetime | None
    refusal: str
    job_id: int | None

    @classmethod
    def of(cls, found: Export, words: Translate = str) -> ExportOut:
        """Show an export."""
        known = {name: getattr(found, name) for name in cls.model_fields}
        return cls(**known | {"refusal": taking_out.refusal_of(found, words)})


class LinkOut(BaseModel):
    """The one link to a file."""

    link: str
    """Path under this server; it can be used once."""
    expires_at: datetime | None


@router.post("/exports", operation_id="ask_export", status_code=201, response_model=ExportOut)
async def ask_export(request: Request, body: NewExport, caller: Asking) -> ExportOut:
    """Ask for an export; a large one waits for another person's approval."""
    selection: dict[str, Any] = {"scope": "all"}
    if body.segment_id is not None:
        selection = {"scope": "segment", "segment_id": body.segment_id}
    elif body.list_id is not None:
        selection = {"scope": "list", "list_id": body.list_id}
    elif body.numbers is not None:
        selection = {"scope": "accounts", "numbers": body.numbers}
    question = Question(
        subject=body.subject,
        form=body.form,
        selection=selection,
        since=body.since,
        until=body.until,
        reason=body.reason,
    )
    parts = parts_of(request)
    return ExportOut.of(await taking_out.ask(parts, question, asker_of(parts, caller)))


@router.get("/exports", operation_id="list_exports")
async def list_exports(request: Request, caller: Asking, ask: PageAsk) -> Page[ExportOut]:
    """List your own exports and those that wait for approval, newest first."""
    before = ask.after[0] if ask.after else None
    async with reading(parts_of(request).engine) as db:
        found = await exports.listing(
            db, asked_by=caller.user_id, before_id=None if before is None else int(before), limit=ask.more
        )
    words = parts_of(request).templates.translation(caller.language)
    return ask.page(found, lambda one: ExportOut.of(one, words), lambda one: (one.export_id,))


@router.get("/exports/{export_id}", operation_id="read_export")
async def read_export(request: Request, export_id: Annotated[int, KEY], caller: Asking) -> ExportOut:
    """Tell how far an export is."""
    async with reading(parts_of(request).engine) as db:
        found = await exports.by_id(db, export_id)
    if not taking_out.may_know(found, caller.user_id, approves=caller.may(Action.APPROVE_EXPORT)):
        raise NoSuchExport(f"there is no export {export_id} of yours")
    return ExportOut.of(found, parts_of(request).templates.translation(caller.language))


@router.post("/exports/{export_id}/approve", operation_id="approve_export", response_model=ExportOut)
async def approve_export(
    request: Request, export_id: Annotated[int, KEY], body: Answer, caller: Approving, once: OnceDep
) -> Response:
    """Approve another person's export."""
    parts = parts_of(request)
    asker = asker_of(parts, caller)
    jobs: list[Job] = []

    async def work(db: Writing) -> ExportOut:
        jobs.append(await taking_out.approve(db, export_id, body.answer, asker))
        return ExportOut.of(await exports.by_id(db, export_id))

    answer = await once.run(caller, work)
    for job in jobs:
        await hand_over(parts.settings, job)
    return answer


@router.post("/exports/{export_id}/refuse", operation_id="refuse_export", response_model=ExportOut)
async def refuse_export(
    request: Request, export_id: Annotated[int, KEY], body: Answer, caller: Approving, once: OnceDep
) -> Response:
    """Refuse another person's export."""
    asker = asker_of(parts_of(request), caller)

    async def work(db: Writing) -> ExportOut:
        await taking_out.refuse(db, export_id, body.answer, asker)
        return ExportOut.of(await exports.by_id(db, export_id))

    return await once.run(caller, work)


# Not by way of `Once`: an answer that is kept would keep the link.
@router.post("/exports/{export_id}/link", operation_id="link_export")
async def link_export(request: Request, export_id: Annotated[int, KEY], caller: Asking) -> LinkOut:
    """Make the link to your file; one made earlier is no good any more."""
    async with transaction(parts_of(request).engine) as db:
        token = await exports.link(db, export_id, caller.user_id, clock.now())
        found = await exports.by_id(db, export_id)
    return LinkOut(link=f"/api/v1/exports/{export_id}/file/{token}", expires_at=found.expires_at)


@router.get(
    "/exports/{export_id}/file/{token}",
    operation_id="fetch_export",
    response_class=StreamingResponse,
    responses={**FILE, **GONE},
)
async def fetch_export(
    request: Request,
    export_id: Annotated[int, KEY],
    token: Annotated[str, Path(max_length=64)],
    caller: Asking,
) -> Response:
    """Fetch your file: once; it is deleted afterwards."""
    found, pieces = await taking_out.fetch(parts_of(request), export_id, caller.user_id, token, caller.ip)
    return StreamingResponse(pieces, media_type=taking_out.media_type(found), headers=taking_out.headers(found))
