"""Pages of calibrations: a call that several score blind, and how far they agree (shell)."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, may
from crm_core.db import reading, transaction
from crm_core.errors import NotYours
from crm_core.quality import agreement
from crm_core.quality.forms import FormState, items
from crm_core.quality_jobs import GRADERS
from crm_core.store import calibrations, evaluation_forms, evaluations, recordings
from crm_core.store.calibrations import Calibration
from crm_core.work.fields import named
from workstation import quality_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import NOT_A_CHOICE, Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.office.work_base import site
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE, ROWS = "/office/quality/calibrations", 20
DUE_DAYS = 7
LEAST_GRADERS = 2
TOO_FEW = N_("Choose two people at least.")
done_sentences({
    "calibration": N_("It is on the lists of all who shall score it; nobody sees what the others say."),
    "compared": N_("Closed. Everybody who scored it sees now what the others said."),
})  # fmt: skip


def _alpha(one: Calibration) -> float | None:
    return agreement.of_call(one.sections, [grade.answers for grade in one.submitted])


@router.get("/quality/calibrations")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List calibrations; figures of those that are closed."""
    async with reading(parts.engine) as db:
        found = await calibrations.listing(db, before=number(request.query_params.get("before")), limit=ROWS + 1)
    shown, more = cut(found, ROWS, lambda one: one.calibration_id)
    closed = [one for one in shown if one.closed_at]
    over_all = agreement.of_calls((one.sections, [grade.answers for grade in one.submitted]) for one in closed)
    return show(
        request, who, "quality_calibrations.html", rows=[(one, _alpha(one)) for one in shown], over_all=over_all,
        more=f"{PAGE}?before={more}" if more else "", title=lambda titles: named(titles, who.language),
        manages=may(who.role, Action.MANAGE_QUALITY), reliable=agreement.RELIABLE, tentative=agreement.TENTATIVE,
        closed=len(closed),
    )  # fmt: skip


@router.get("/quality/calibrations/{row_id}")
async def one(request: Request, parts: PartsDep, who: Who, row_id: str) -> Response:
    """Show who has scored a call and, once it is closed, what each said and how far they agree."""
    async with reading(parts.engine) as db:
        found = await calibrations.one(db, number(row_id) or 0)
    grades = found.submitted
    manages = may(who.role, Action.MANAGE_QUALITY)
    if not manages and who.user_id not in {grade.grader_id for grade in found.grades}:
        raise NotYours(f"the calibration {found.calibration_id} is scored by others")
    agreed = agreement.by_item(found.sections, [grade.answers for grade in grades]) if found.closed_at else ()
    scores = [grade.score for grade in grades if grade.score is not None]
    return show(
        request, who, "quality_calibration.html", one=found, agreed=agreed, alpha=_alpha(found), grades=grades,
        items=items(found.sections), title=lambda titles: named(titles, who.language), words=said, manages=manages,
        reliable=agreement.RELIABLE, tentative=agreement.TENTATIVE,
        spread=max(scores) - min(scores) if len(scores) > 1 else None,
        ready=len(grades) == len(found.grades) and len(grades) >= LEAST_GRADERS,
    )  # fmt: skip


@router.get("/recordings/{recording_id}/calibration")
async def new(request: Request, parts: PartsDep, who: Who, recording_id: str) -> Response:
    """Ask who shall score a recording blind, and on which form."""
    return await _new(request, parts, who, number(recording_id) or 0, form_of(request, who, {}))


async def _new(request: Request, parts: Parts, who: Person, key: int, form: Form) -> Response:
    async with reading(parts.engine) as db:
        heard = await recordings.one(db, key)
        versions = await evaluation_forms.listing(db, FormState.PUBLISHED)
        people = await evaluations.graders(db, GRADERS)
    return show(
        request, who, "quality_calibration_new.html", status=200 if form.fine else 422, form=form, heard=heard,
        forms=[(one.code, named(one.titles, who.language)) for one in versions],
        graders=[one for one in people if one[0] != heard.operator_id],
    )  # fmt: skip


@router.post("/recordings/{recording_id}/calibration")
async def begin(request: Request, parts: PartsDep, who: Who, sent: Sent, recording_id: str) -> Response:
    """Let several people score a recording blind."""
    form, key = form_of(request, who, sent), number(recording_id) or 0
    title = form.text("title", 80, required=True)
    async with reading(parts.engine) as db:
        heard = await recordings.one(db, key)
        version = await evaluation_forms.published(db, form.values.get("on_form", ""))
        people = await evaluations.graders(db, GRADERS)
    graders = [one for one, _ in people if one != heard.operator_id and form.flag(f"grader_{one}")]
    if len(graders) < LEAST_GRADERS:
        form.refuse("graders", TOO_FEW)
    if version is None:
        form.refuse("on_form", NOT_A_CHOICE)
    if version is None or not form.fine:
        return await _new(request, parts, who, key, form)
    due_on = site(parts).today(clock.now()) + timedelta(days=DUE_DAYS)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        made = await calibrations.begin(db, heard, version, title, graders, due_on, who.user_id, clock.now())
    return go(f"{PAGE}/{made}", "calibration")


@router.post("/quality/calibrations/{row_id}/end")
async def end(parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Close a calibration: its graders see each other's answers."""
    key = number(row_id) or 0
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await calibrations.close(db, key, who.user_id, clock.now())
    return go(f"{PAGE}/{key}", "compared")
