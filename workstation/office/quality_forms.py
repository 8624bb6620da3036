"""Pages of evaluation forms: written as lines with a preview, published, older versions kept (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchEvaluation
from crm_core.quality import forms
from crm_core.quality.forms import FormState, FormStep, Section
from crm_core.store import evaluation_forms
from crm_core.store.evaluation_forms import Version
from crm_core.work.fields import CODE, named
from workstation import quality_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.forms import Form
from workstation.office.base import done_sentences, form_of, go, once, show
from workstation.office.notation import LONGEST, spelled, titles_of
from workstation.office.quality_notation import lines_of, sections_of
from workstation.office.work_base import note_defects
from workstation.sentences import N_

router = APIRouter(prefix="/office/quality")
PAGE, NEW = "/office/quality/forms", "new"
STEPS = {one.value: one for one in FormStep}
NOT_A_CODE = N_("A code is small Latin letters, digits and _, a letter first, at most 30.")
NO_TITLE = N_("A title in English is needed.")
done_sentences({
    "published": N_("In use: what is scored from now on is scored on this version."),
    "retired": N_("Nothing new is scored on it. What was scored stays."),
})  # fmt: skip


@router.get("/forms")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the forms, each with its versions."""
    async with reading(parts.engine) as db:
        found = await evaluation_forms.listing(db)
    by_code: dict[str, list[Version]] = {}
    for one in found:
        by_code.setdefault(one.code, []).append(one)
    return show(
        request, who, "quality_forms.html", codes=by_code, words=said, title=lambda one: named(one, who.language)
    )


@router.get("/forms/{row_id}")
async def one(request: Request, parts: PartsDep, who: Who, row_id: str) -> Response:
    """Show a version, as lines and as graders see it; `new` shows an empty form."""
    known = await _known(parts, row_id)
    values = {"dispute_days": "10"}
    if known is not None:
        values = {
            "code": known.code, "titles": " | ".join(spelled(known.titles)), "lines": lines_of(known.sections),
            "dispute_days": str(known.dispute_days),
        }  # fmt: skip
    sections = known.sections if known else ()
    return _page(request, who, known, form_of(request, who, values), sections)


async def _known(parts: Parts, row_id: str) -> Version | None:
    if row_id == NEW:
        return None
    async with reading(parts.engine) as db:
        return await evaluation_forms.one(db, number(row_id) or 0)


def _page(request: Request, who: Person, known: Version | None, form: Form, sections: tuple[Section, ...]) -> Response:
    return show(
        request, who, "quality_form.html", status=200 if form.fine else 422, form=form, known=known,
        sections=sections, words=said, title=lambda one: named(one, who.language), new=NEW,
        draft=known is None or known.state is FormState.DRAFT,
        published=known is not None and known.state is FormState.PUBLISHED,
    )  # fmt: skip


@router.post("/forms/{row_id}")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Keep what was typed as the draft of the next version, or show it as graders would see it."""
    known = await _known(parts, row_id)
    form = form_of(request, who, sent)
    code = known.code if known else form.values.get("code", "").strip()
    titles = titles_of([part.strip() for part in form.text("titles", 400).split("|")])
    days = form.whole("dispute_days", 1, 60, required=True)
    sections, defects = forms.read(sections_of(form.prose("lines", LONGEST, required=True)))
    if not CODE.fullmatch(code):
        form.refuse("code", NOT_A_CODE)
    if not titles.get("en"):
        form.refuse("titles", NO_TITLE)
    note_defects(form, defects, translate(request, who), lambda _: "", "lines")
    if form.values.get("do") == "preview" or days is None or not form.fine:
        return _page(request, who, known, form, sections)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        made = await evaluation_forms.draft(db, code, titles, sections, days, who.user_id, clock.now())
    return go(f"{PAGE}/{made}", "saved")


@router.post("/forms/{row_id}/steps")
async def step(parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Publish a draft, discard it, or retire a version."""
    does, key = STEPS.get(sent.get("do", "")), number(row_id) or 0
    if does is None:
        raise NoSuchEvaluation("there is no such step of an evaluation form")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await evaluation_forms.step(db, key, does, who.user_id, clock.now())
    return go(
        PAGE if does is FormStep.DISCARD else f"{PAGE}/{key}", "published" if does is FormStep.PUBLISH else "retired"
    )
