"""Pages: one call scored while it is heard, and a dispute ruled on by another person (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchEvaluation, NotYours
from crm_core.quality.life import OPEN, RULINGS, EvaluationState, EvaluationStep, step_refusal
from crm_core.quality.scoring import Score
from crm_core.store import evaluation_forms, evaluations, recordings
from crm_core.store.evaluations import LONGEST_SUMMARY, Evaluation, Sheet
from workstation import quality_words as said
from workstation import recorded
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who
from workstation.forms import Form
from workstation.office import quality_sheet
from workstation.office.base import done_sentences, form_of, go, once
from workstation.sentences import N_

router = APIRouter(prefix="/office/quality")
LIST, PAGE = "/office/quality", "quality_evaluation.html"
done_sentences({
    "draft": N_("The draft is saved. Nobody sees it but you."),
    "scored": N_("Scored. The operator can read it now."),
    "ruled": N_("Ruled. The operator can read it now."),
    "called-off": N_("Called off."),
})  # fmt: skip


async def _seen(parts: Parts, who: Person, text: str) -> Evaluation:
    """Return an evaluation, if it is for this person's eyes.

    What is not submitted yet is its grader's alone, and a manager's who may call it off; what belongs to a calibration
    is its grader's until that is over. The operator reads his own at /my/quality.
    """
    one = await quality_sheet.found(parts, text)
    mine = one.grader_id == who.user_id
    if one.operator_id == who.user_id or (one.blind and not mine):
        raise NotYours(f"the evaluation {one.evaluation_id} is not for {who.login}")
    if one.state in OPEN and not mine and not may(who.role, Action.MANAGE_QUALITY):
        raise NotYours(f"the evaluation {one.evaluation_id} is scored by another person")
    return one


@router.get("/evaluations/{evaluation_id}")
async def page(request: Request, parts: PartsDep, who: Who, evaluation_id: str) -> Response:
    """Show the recording with the form beside it."""
    return await _page(request, parts, who, await _seen(parts, who, evaluation_id), form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, one: Evaluation, form: Form) -> Response:
    scores = one.state in OPEN and one.grader_id == who.user_id
    rules = one.state is EvaluationState.DISPUTED and _refused(one, EvaluationStep.UPHOLD, who) is None
    return await quality_sheet.page(request, parts, who, one, form, PAGE, scores=scores, rules=rules)


def _refused(one: Evaluation, step: EvaluationStep, who: Person) -> str | None:
    refusal = step_refusal(step, who.user_id, one.grader_id, one.operator_id, blind=one.blind)
    return None if refusal is None else said.REFUSALS[refusal]


@router.get("/evaluations/{evaluation_id}/audio")
async def audio(request: Request, parts: PartsDep, who: Who, evaluation_id: str) -> Response:
    """Answer the player; each part is written down as heard, as on the recording's own page."""
    one = await _seen(parts, who, evaluation_id)
    async with reading(parts.engine) as db:
        found = await recordings.one(db, one.recording_id)
    return await recorded.answer(parts, request, who.user_id, found)


@router.post("/evaluations/{evaluation_id}")
async def fill(request: Request, parts: PartsDep, who: Who, sent: Sent, evaluation_id: str) -> Response:
    """Keep a draft, or submit what was scored."""
    one, form = await _seen(parts, who, evaluation_id), form_of(request, who, sent)
    whole = sent.get("do") == EvaluationStep.SUBMIT.value
    step = EvaluationStep.SUBMIT if whole else EvaluationStep.SAVE
    filled = await _filled(parts, one, form, whole=whole)
    if form.fine and await _taken(parts, who, sent, one, step, form, filled):
        return go(LIST, "scored") if whole else go(f"{LIST}/evaluations/{one.evaluation_id}", "draft")
    return await _page(request, parts, who, one, form)


async def _filled(parts: Parts, one: Evaluation, form: Form, *, whole: bool) -> tuple[Sheet, Score]:
    async with reading(parts.engine) as db:
        version = await evaluation_forms.one(db, one.form_id)
    return quality_sheet.read(form, version.sections, one.seconds, whole=whole)


async def _taken(  # noqa: PLR0913, PLR0917 -- a step, its words and its sheet
    parts: Parts, who: Person, sent: dict[str, str], one: Evaluation, step: EvaluationStep, form: Form,
    filled: tuple[Sheet, Score] | None, words: str = "",
) -> bool:  # fmt: skip
    """Take a step; False when it is not this person's, which the form then says."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        refusal = await evaluations.step(db, one, step, who.user_id, words, clock.now(), filled)
    if refusal is not None:
        form.refuse("form", said.REFUSALS[refusal])
    return refusal is None


@router.post("/evaluations/{evaluation_id}/ruling")
async def rule(request: Request, parts: PartsDep, who: Who, sent: Sent, evaluation_id: str) -> Response:
    """Uphold a score that was disputed, or amend it; by another person than its grader."""
    one, form = await _seen(parts, who, evaluation_id), form_of(request, who, sent)
    step = next((step for step in RULINGS if step.value == sent.get("do")), None)
    if step is None:
        raise NoSuchEvaluation("there is no such ruling")
    words = form.prose("ruling", LONGEST_SUMMARY, required=True)
    amends = step is EvaluationStep.AMEND
    filled = await _filled(parts, one, form, whole=True) if amends else None
    if form.fine and await _taken(parts, who, sent, one, step, form, filled, words):
        return go(f"{LIST}/evaluations/{one.evaluation_id}", "ruled")
    return await _page(request, parts, who, one, form)


@router.post("/evaluations/{evaluation_id}/cancellation")
async def cancel(request: Request, parts: PartsDep, who: Who, sent: Sent, evaluation_id: str) -> Response:
    """Call off what is not scored yet, with a reason."""
    one, form = await _seen(parts, who, evaluation_id), form_of(request, who, sent)
    why = form.text("why", 200, required=True)
    if form.fine and await _taken(parts, who, sent, one, EvaluationStep.CANCEL, form, None, why):
        return go(LIST, "called-off")
    return await _page(request, parts, who, one, form)
