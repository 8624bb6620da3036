"""Pages of document templates: edited with a preview on a sample account, every version kept (shell)."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from crm_core import clock, segment_jobs
from crm_core.db import reading, transaction
from crm_core.documents import making, page
from crm_core.documents.making import Maker, Order
from crm_core.documents.placeholders import COLLECTIONS, FILTERS, LONGEST, PLAIN, SCALARS, Fault
from crm_core.documents.render import judge
from crm_core.errors import NoSuchTemplate
from crm_core.store import access_log, subscribers, templates
from crm_core.store.templates import KINDS, Draft, Template
from workstation import segment_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, translate
from workstation.forms import Form
from workstation.office.base import form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
NEW = "new"
KIND_WORDS = {
    "statement": N_("Statement"),
    "notice": N_("Notice of debt"),
    "arrangement": N_("Payment arrangement"),
    "certificate": N_("Certificate"),
}
NO_ACCOUNT = N_("There is no such account to show it on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One request for a page of templates."""

    request: Request
    parts: Parts
    who: Person

    def sentence(self, fault: Fault) -> str:
        """Say why a template is not taken."""
        return segment_words.template_sentence(fault, translate(self.request, self.who))


def maker(parts: Parts, who: Person) -> Maker:
    """Return who makes documents in this request."""
    settings = parts.settings
    today = segment_jobs.today(settings)
    return Maker(user_id=who.user_id, name=who.name, utility=settings.utility, today=today, now=clock.now())


@router.get("/templates")
async def listing(request: Request, parts: PartsDep, who: Who, retired: str = "") -> Response:
    """List templates with their newest versions."""
    async with reading(parts.engine) as db:
        found = await templates.everyone(db, retired=bool(retired))
    return show(request, who, "templates.html", templates=found, retired=retired, kinds=_kinds(request, who))


@router.get("/templates/{template_id}")
async def one(request: Request, parts: PartsDep, who: Who, template_id: str) -> Response:
    """Show a template, an older version of it when asked, with a preview when an account is named."""
    view, asked = View(request=request, parts=parts, who=who), request.query_params
    if template_id == NEW:
        return await _page(view, None, form_of(request, who, {"language": who.language, "kind": "statement"}))
    async with reading(parts.engine) as db:
        newest = await templates.one(db, _key(template_id))
        version = number(asked.get("version"))
        old = await templates.one(db, newest.template_id, version) if version else newest
    values = {
        "code": newest.code, "language": newest.language, "title": newest.title, "kind": newest.kind,
        "body": old.body, "version": str(newest.version), "retired": str(int(newest.retired)),
        "account": asked.get("account", "")[:20],
    }  # fmt: skip
    return await _page(view, newest, form_of(request, who, values))


@router.post("/templates/{template_id}")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent, template_id: str) -> Response:
    """Store a new version, or show what is typed on a sample account (`do` is `preview`)."""
    view = View(request=request, parts=parts, who=who)
    known = None
    if template_id != NEW:
        async with reading(parts.engine) as db:
            known = await templates.one(db, _key(template_id))
    form = form_of(request, who, sent)
    if sent.get("do") != "preview" and (made := await _saved(view, known, form)):
        return go(f"/office/templates/{made}", "saved")
    return await _page(view, known, form)


def _key(template_id: str) -> int:
    key = number(template_id)
    if key is None:
        raise NoSuchTemplate(f"there is no template {template_id[:20]}")
    return key


async def _saved(view: View, known: Template | None, form: Form) -> int:
    """Store what was typed; 0 when something is wrong with it, which the form then says."""
    title = form.text("title", 100, required=True)
    kind = form.choice("kind", KINDS, required=True)
    if not form.fine:
        return 0
    draft = Draft(
        template_id=known.template_id if known else 0,
        code=known.code if known else form.values.get("code", "")[:40],
        language=known.language if known else form.values.get("language", "")[:10],
        title=title,
        kind=kind,
        body=form.values.get("body", "")[: LONGEST + 1],
        version=number(form.values.get("version")) or 0,
        retired=form.flag("retired"),
    )
    async with transaction(view.parts.engine) as db:
        await once(db, view.who, form.values)
        made = await templates.save(db, draft, view.who.user_id)
    if isinstance(made, int):
        return made
    for fault in made:
        name = {"template-code": "code", "template-code-taken": "code", "template-language": "language"}
        form.errors.setdefault(name.get(fault.code, "body"), view.sentence(fault))
    return 0


async def _page(view: View, known: Template | None, form: Form) -> Response:
    preview = await _preview(view, form)
    async with reading(view.parts.engine) as db:
        versions = await templates.versions(db, known.template_id) if known else []
    return show(
        view.request,
        view.who,
        "templates_one.html",
        status=200 if form.fine else 422,
        form=form,
        known=known,
        versions=versions,
        preview=preview,
        kinds=_kinds(view.request, view.who),
        scalars=SCALARS,
        plain=sorted(PLAIN),
        collections=COLLECTIONS,
        filters=sorted(FILTERS),
    )


async def _preview(view: View, form: Form) -> Markup | None:
    """Return the document as it would be for the account that is named; a look at its card is in the access log."""
    typed = form.values.get("account", "").strip()
    body = form.values.get("body", "")
    if not typed or judge(body):
        return None
    async with transaction(view.parts.engine) as db:
        found = await subscribers.by_account_number(db, typed)
        if found is None:
            form.refuse("account", NO_ACCOUNT)
            return None
        said = f"account {found.account_id}"
        await access_log.record(db, view.who.user_id, "card.viewed", said, "template preview", address(view.request))
        template = Template(
            template_id=0, code="", language=form.values.get("language", "en")[:8], title="", kind="arrangement",
            version=0, retired=False, body=body,
        )  # fmt: skip
        order = Order(template_id=0, account_id=found.account_id)
        drawn = await making.draw(db, template, order, maker(view.parts, view.who), sample=True)
    if isinstance(drawn, list):
        form.errors.setdefault("body", view.sentence(drawn[0]))
        return None
    return Markup(page.fragment(drawn.blocks))  # noqa: S704 -- every text in it is escaped, every tag is ours


def _kinds(request: Request, who: Person) -> dict[str, str]:
    say = translate(request, who)
    return {code: say(title) for code, title in KIND_WORDS.items()}
