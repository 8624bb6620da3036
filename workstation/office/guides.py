"""Pages of articles, scripts and texts: written, every version kept, marks and answers read (shell)."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchGuide
from crm_core.store import guides
from crm_core.store.guides import Draft, Guide
from crm_core.work.fields import Defect
from crm_core.work.guides import DOES, GAPS, LONGEST_BODY, LONGEST_TITLE, TOPICS, GuideKind, script
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show
from workstation.office.work_base import note_defects
from workstation.sentences import N_

router = APIRouter(prefix="/office")
NEW = "new"
PAGE = 50
TOLD_DAYS = 30
"""How far back answers of a script are counted."""
KIND_WORDS = {
    GuideKind.ARTICLE: N_("Article"),
    GuideKind.SCRIPT: N_("Script"),
    GuideKind.NOTE: N_("Text for the note"),
    GuideKind.MESSAGE: N_("Message"),
}


@router.get("/guides")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List guides of a kind, with the words that were looked for."""
    asked = request.query_params
    kind = GuideKind(asked["kind"]) if asked.get("kind") in set(GuideKind) else GuideKind.ARTICLE
    words, retired = asked.get("q", "")[:100], asked.get("retired") == "1"
    async with reading(parts.engine) as db:
        if words:
            found = await guides.found(db, kind, who.language, words, limit=PAGE)
        else:
            found = await guides.listing(db, kind, retired=retired, after=number(asked.get("after")), limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda one: one.guide_id)
    form = form_of(request, who, dict(asked))
    form.values["kind"] = kind.value
    here = f"/office/guides?kind={kind.value}{'&retired=1' if retired else ''}"
    return show(
        request, who, "guides.html", rows=rows, kind=kind.value, kinds=_kinds(request, who), form=form,
        more=f"{here}&after={more}" if more and not words else "",
    )  # fmt: skip


def _kinds(request: Request, who: Person) -> dict[str, str]:
    said = translate(request, who)
    return {code.value: said(title) for code, title in KIND_WORDS.items()}


@router.get("/guides/{guide_id}")
async def one(request: Request, parts: PartsDep, who: Who, guide_id: str) -> Response:
    """Show a guide to be changed, an older version of it when asked."""
    asked = request.query_params
    if guide_id == NEW:
        kind = asked.get("kind", "")
        values = {"kind": kind if kind in set(GuideKind) else GuideKind.ARTICLE.value, "language": who.language}
        return await _page(request, parts, who, None, form_of(request, who, values))
    async with reading(parts.engine) as db:
        newest = await guides.one(db, _key(guide_id))
        version = number(asked.get("version"))
        old = await guides.one(db, newest.guide_id, version) if version else newest
    values = {
        "kind": newest.kind.value, "code": newest.code, "language": newest.language, "title": old.title,
        "body": old.body, "version": str(newest.version), "retired": str(int(newest.retired)),
        **{f"topic_{topic}": "1" for topic in newest.topics},
    }  # fmt: skip
    return await _page(request, parts, who, newest, form_of(request, who, values))


@router.post("/guides/{guide_id}")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent, guide_id: str) -> Response:
    """Store a new guide, or a new version of one."""
    known: Guide | None = None
    if guide_id != NEW:
        async with reading(parts.engine) as db:
            known = await guides.one(db, _key(guide_id))
    form = form_of(request, who, sent)
    draft = _draft(form, known)
    if draft is None:
        return await _page(request, parts, who, known, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        made = await guides.save(db, draft, who.user_id)
    if isinstance(made, int):
        return go(f"/office/guides/{made}", "saved")
    note_defects(form, made, translate(request, who), _field_of, "body")
    return await _page(request, parts, who, known, form)


def _key(guide_id: str) -> int:
    key = number(guide_id)
    if key is None:
        raise NoSuchGuide(f"there is no guide {guide_id[:20]}")
    return key


def _draft(form: Form, known: Guide | None) -> Draft | None:
    """Read what was typed; None when something is not right, which the form then says."""
    kind = known.kind.value if known else form.choice("kind", set(GuideKind), required=True)
    title = form.text("title", LONGEST_TITLE, required=True)
    if not form.fine:
        return None
    topics = tuple(name.removeprefix("topic_") for name in form.values if name.startswith("topic_") and form.flag(name))
    return Draft(
        guide_id=known.guide_id if known else 0,
        kind=GuideKind(kind),
        code=known.code if known else form.values.get("code", "")[:40],
        language=known.language if known else form.values.get("language", "").strip()[:8],
        title=title,
        topics=topics,
        body=form.values.get("body", "")[: LONGEST_BODY + 1],
        version=number(form.values.get("version")) or 0,
        retired=form.flag("retired"),
    )


def _field_of(defect: Defect) -> str:
    return defect.place if defect.place in {"code", "language", "title"} else ""


async def _page(request: Request, parts: Parts, who: Person, known: Guide | None, form: Form) -> Response:
    kind = known.kind if known else GuideKind(form.values.get("kind") or GuideKind.ARTICLE)
    async with reading(parts.engine) as db:
        versions = await guides.versions(db, known.guide_id) if known else []
        scripted = known is not None and kind is GuideKind.SCRIPT
        since = clock.now() - timedelta(TOLD_DAYS)
        told = await guides.told(db, known.guide_id, since) if known and scripted else []
    steps = script(form.values.get("body", ""))[0].steps if kind is GuideKind.SCRIPT else ()
    return show(
        request, who, "guides_one.html", status=200 if form.fine else 422, form=form, known=known, kind=kind.value,
        kinds=_kinds(request, who), versions=versions, told=told, days=TOLD_DAYS, steps=steps, topics=TOPICS,
        gaps=GAPS, does=sorted(DOES),
    )  # fmt: skip
