"""REST of documents: templates, and what was made of them for an account (shell)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core import clock, segment_jobs
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.documents import making
from crm_core.documents.content import MOST_PARTS, Wish
from crm_core.documents.making import Maker, Order
from crm_core.documents.placeholders import LONGEST, Fault
from crm_core.store import documents, templates, users
from crm_core.store.documents import Document
from crm_core.store.templates import Draft, Template
from workstation.deps import Parts, parts_of
from workstation.errors import Refused
from workstation.office.documents import as_file, open_document, press
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.segment_words import template_sentence

router = APIRouter(tags=["documents"])
KEY = Path(ge=1, lt=2**31)
Manager = Annotated[Caller, allowed(Action.MANAGE_TEMPLATES)]
Writer = Annotated[Caller, allowed(Action.MAKE_DOCUMENT)]
GIVEN: dict[str, dict[str, str]] = {"application/pdf": {}, "text/html": {}}
KindName = Literal["statement", "notice", "arrangement", "certificate"]


class TemplateOut(BaseModel):
    """A template in its newest version."""

    template_id: int
    code: str
    language: str
    title: str
    kind: str
    version: int
    retired: bool
    body: str

    @classmethod
    def of(cls, one: Template) -> TemplateOut:
        """Show a template."""
        return cls(
            template_id=one.template_id,
            code=one.code,
            language=one.language,
            title=one.title,
            kind=one.kind,
            version=one.version,
            retired=one.retired,
            body=one.body,
        )


class TemplatesOut(BaseModel):
    """Every template that is in use."""

    items: list[TemplateOut]


class NewTemplate(BaseModel):
    """A template to be stored."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=30)]
    language: Annotated[str, Field(max_length=8)]
    title: Annotated[str, Field(max_length=100)]
    kind: KindName
    body: Annotated[str, Field(max_length=LONGEST)]


class NewVersion(BaseModel):
    """A new version of a template; `version` is the one you read."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=100)]
    kind: KindName
    body: Annotated[str, Field(max_length=LONGEST)]
    retired: bool = False
    version: Annotated[int, Field(ge=1, lt=2**31)]


class DocumentOut(BaseModel):
    """A document on an account."""

    document_id: int
    account_id: int
    template_id: int
    template: str
    version: int
    title: str
    language: str
    format: str
    sha256: str
    size: int
    pages: int
    made_by: str
    made_at: datetime

    @classmethod
    def of(cls, one: Document) -> DocumentOut:
        """Show a document."""
        return cls(
            document_id=one.document_id,
            account_id=one.account_id,
            template_id=one.template_id,
            template=one.code,
            version=one.version,
            title=one.title,
            language=one.language,
            format=one.format,
            sha256=one.sha256,
            size=one.size,
            pages=one.pages,
            made_by=one.made_by,
            made_at=one.made_at,
        )


class NewDocument(BaseModel):
    """A document to be made; the terms are for arrangements."""

    model_config = ConfigDict(extra="forbid")

    template_id: Annotated[int, Field(ge=1, lt=2**31)]
    parts: Annotated[int, Field(ge=1, le=MOST_PARTS)] = 6
    first_on: date | None = None
    """Not before today, at most a year ahead."""


@router.get("/templates", operation_id="list_templates")
async def list_templates(request: Request, caller: Writer) -> TemplatesOut:  # noqa: ARG001 -- the right
    """List templates that documents can be made of."""
    async with reading(parts_of(request).engine) as db:
        return TemplatesOut(items=[TemplateOut.of(one) for one in await templates.everyone(db)])


@router.post("/templates", operation_id="make_template", status_code=201, response_model=TemplateOut)
async def make_template(request: Request, body: NewTemplate, caller: Manager, once: OnceDep) -> Response:
    """Store a new template."""
    draft = Draft(code=body.code, language=body.language, title=body.title, kind=body.kind, body=body.body)
    return await once.run(caller, lambda db: _saved(request, caller, db, draft), 201)


@router.put("/templates/{template_id}", operation_id="change_template", response_model=TemplateOut)
async def change_template(
    request: Request, template_id: Annotated[int, KEY], body: NewVersion, caller: Manager, once: OnceDep
) -> Response:
    """Store a new version; those before it stay."""

    async def work(db: Writing) -> TemplateOut:
        known = await templates.one(db, template_id)
        draft = Draft(
            template_id=template_id,
            code=known.code,
            language=known.language,
            title=body.title,
            kind=body.kind,
            body=body.body,
            version=body.version,
            retired=body.retired,
        )
        return await _saved(request, caller, db, draft)

    return await once.run(caller, work)


async def _saved(request: Request, caller: Caller, db: Writing, draft: Draft) -> TemplateOut:
    made = await templates.save(db, draft, caller.user_id)
    if isinstance(made, list):
        raise _refused(request, caller, made)
    return TemplateOut.of(await templates.one(db, made))


def _refused(request: Request, caller: Caller, faults: list[Fault]) -> Refused:
    say = parts_of(request).templates.translation(caller.language)
    place = {"template-code": "code", "template-code-taken": "code", "template-language": "language"}
    place |= {"template-title": "title"}
    return Refused({place.get(fault.code, "body"): template_sentence(fault, say) for fault in reversed(faults)})


@router.get("/accounts/{account_id}/documents", operation_id="list_documents")
async def list_documents(
    request: Request,
    account_id: Annotated[int, KEY],
    caller: Writer,  # noqa: ARG001 -- the right
    ask: PageAsk,
) -> Page[DocumentOut]:
    """List an account's documents, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts_of(request).engine) as db:
        rows = await documents.listing(db, account_id, before, ask.more)
    return ask.page(rows, DocumentOut.of, lambda one: (one.document_id,))


@router.post(
    "/accounts/{account_id}/documents", operation_id="make_document", status_code=201, response_model=DocumentOut
)
async def make_document(
    request: Request, account_id: Annotated[int, KEY], body: NewDocument, caller: Writer, once: OnceDep
) -> Response:
    """Make a document and put it on the account."""
    parts = parts_of(request)

    async def work(db: Writing) -> DocumentOut:
        maker = await _maker(db, parts, caller)
        first = body.first_on or maker.today
        if not 0 <= (first - maker.today).days <= 366:
            raise Refused({"first_on": first.isoformat()})
        order = Order(template_id=body.template_id, account_id=account_id, wish=Wish(parts=body.parts, first_on=first))
        made = await making.make(db, press(parts), order, maker)
        if isinstance(made, list):
            raise _refused(request, caller, made)
        return DocumentOut.of(made)

    return await once.run(caller, work, 201)


async def _maker(db: Writing, parts: Parts, caller: Caller) -> Maker:
    person = await users.by_id(db, caller.user_id)
    return Maker(
        user_id=caller.user_id,
        name=person.name if person else caller.name,
        utility=parts.settings.utility,
        today=segment_jobs.today(parts.settings),
        now=clock.now(),
    )


@router.get(
    "/accounts/{account_id}/documents/{document_id}",
    operation_id="open_document",
    response_class=Response,
    responses={200: {"content": GIVEN, "description": "The document as it was made"}},
)
async def open_one(
    request: Request, account_id: Annotated[int, KEY], document_id: Annotated[int, KEY], caller: Writer
) -> Response:
    """Give a document out as it was made; the look is in the access log."""
    found, data = await open_document(parts_of(request), caller.user_id, account_id, document_id, caller.ip)
    return as_file(found, data)
