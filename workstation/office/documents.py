"""Pages of an account's documents: made, shown before they are made, listed, opened (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from crm_core import segment_jobs
from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.documents import fonts, making, page
from crm_core.documents.content import MOST_PARTS, Wish
from crm_core.documents.making import MEDIA, Order, Press
from crm_core.documents.placeholders import Fault
from crm_core.documents.vault import DiskVault
from crm_core.errors import NoSuchAccount, NoSuchDocument
from crm_core.store import access_log, documents, owners, templates
from workstation import segment_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, translate
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.office.templates import maker
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
FIRST_IN_DAYS = 10
"""When the first instalment is due, until somebody says otherwise."""
done_sentences({"document": N_("The document is made and lies on the account.")})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One request for an account's documents."""

    request: Request
    parts: Parts
    who: Person
    account_id: int

    def sentence(self, fault: Fault) -> str:
        """Say why a template cannot be rendered."""
        return segment_words.template_sentence(fault, translate(self.request, self.who))


def press(parts: Parts) -> Press:
    """Return what documents are printed with and kept in."""
    run_dir = parts.settings.run_dir
    return Press(vault=DiskVault(run_dir), fonts=fonts.find(run_dir))


@router.get("/accounts/{account_id}/documents")
async def listing(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """List an account's documents, with the form for another one."""
    view = View(request=request, parts=parts, who=who, account_id=_account(account_id))
    values = {"parts": "6", "first_on": (segment_jobs.today(parts.settings) + timedelta(FIRST_IN_DAYS)).isoformat()}
    return await _page(view, form_of(request, who, values))


@router.post("/accounts/{account_id}/documents")
async def make(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Make a document, or show what it would say (`do` is `preview`)."""
    view = View(request=request, parts=parts, who=who, account_id=_account(account_id))
    form = form_of(request, who, sent)
    order = order_typed(form, parts, view.account_id)
    if order is None:
        return await _page(view, form)
    if sent.get("do") == "preview":
        return await _page(view, form, await _preview(view, order, form))
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        made = await making.make(db, press(parts), order, maker(parts, who))
    if isinstance(made, list):
        form.errors.setdefault("form", view.sentence(made[0]))
        return await _page(view, form)
    return go(f"/office/accounts/{view.account_id}/documents", "document")


@router.get("/accounts/{account_id}/documents/{document_id}")
async def opened(request: Request, parts: PartsDep, who: Who, account_id: str, document_id: str) -> Response:
    """Give a document out as it was made."""
    found, data = await open_document(
        parts, who.user_id, _account(account_id), number(document_id) or 0, address(request)
    )
    return as_file(found, data)


async def open_document(
    parts: Parts, user_id: int, account_id: int, document_id: int, ip: str
) -> tuple[documents.Document, bytes]:
    """Return a document with its bytes; every look at one is in the access log.

    Raises:
        NoSuchDocument: there is none of this key on this account, or its bytes are gone or changed.

    """
    async with transaction(parts.engine) as db:
        found = await documents.one(db, account_id, document_id)
        said = f"document {document_id}"
        await access_log.record(db, user_id, "document.viewed", f"account {account_id}", said, ip)
    data = await run_in_threadpool(press(parts).vault.fetch, found.sha256)
    if data is None:
        raise NoSuchDocument(f"the bytes of document {document_id} are gone")
    return found, data


def as_file(found: documents.Document, data: bytes) -> Response:
    """Return the bytes as a download whose name nobody outside chose (AC38)."""
    name = f"{found.code}-{found.account_id}-{found.document_id}.{found.format}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": "sandbox"}
    return Response(data, media_type=MEDIA[found.format], headers=headers)


def _account(account_id: str) -> int:
    key = number(account_id)
    if key is None:
        raise NoSuchAccount(f"there is no account {account_id[:20]}")
    return key


def order_typed(form: Form, parts: Parts, account_id: int) -> Order | None:
    """Read what is asked for; None when something is not right yet."""
    template = form.whole("template_id", least=1, required=True)
    number_of_parts = form.whole("parts", least=1, most=MOST_PARTS)
    today = segment_jobs.today(parts.settings)
    first = form.day("first_on", least=today, most=today + timedelta(366))
    if not form.fine or template is None:
        return None
    wish = Wish(parts=number_of_parts or 6, first_on=first or today + timedelta(FIRST_IN_DAYS))
    return Order(template_id=template, account_id=account_id, wish=wish)


async def _preview(view: View, order: Order, form: Form) -> Markup | None:
    async with reading(view.parts.engine) as db:
        template = await templates.one(db, order.template_id)
        drawn = await making.draw(db, template, order, maker(view.parts, view.who))
    if isinstance(drawn, list):
        form.errors.setdefault("form", view.sentence(drawn[0]))
        return None
    return Markup(page.fragment(drawn.blocks))  # noqa: S704 -- every text in it is escaped, every tag is ours


async def _page(view: View, form: Form, preview: Markup | None = None) -> Response:
    before = number(view.request.query_params.get("before"))
    async with reading(view.parts.engine) as db:
        theirs = await owners.of_account(db, view.account_id)
        found = await documents.listing(db, theirs.account_id, before, PAGE + 1)
        every = await templates.everyone(db)
    shown, more = cut(found, PAGE, lambda one: one.document_id)
    return show(
        view.request,
        view.who,
        "documents.html",
        status=200 if form.fine else 422,
        form=form,
        owners=theirs,
        documents=shown,
        more=more,
        choices=_choices(every),
        preview=preview,
        has_font=press(view.parts).fonts is not None,
        sees_fields=role_may(view.who.role, Action.CHANGE_CUSTOMER),
    )


def _choices(every: list[templates.Template]) -> list[tuple[int, str]]:
    return [(one.template_id, f"{one.title} ({one.language})") for one in every]
