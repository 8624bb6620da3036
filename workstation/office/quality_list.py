"""Pages: what is to be scored and was, disputes that wait for a ruling, calls chosen by hand (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, may
from crm_core.db import reading, transaction
from crm_core.errors import EvaluationOutOfTurn, NoSuchRecording
from crm_core.quality.choosing import Source
from crm_core.quality.forms import FormState
from crm_core.quality.life import OPEN, SHOWN, EvaluationState
from crm_core.quality_jobs import GRADERS
from crm_core.recordings import HEARD
from crm_core.store import evaluation_forms, evaluations, recordings
from crm_core.store.evaluations import Filter, New
from crm_core.store.recordings import Recording
from crm_core.work.fields import named
from workstation import quality_words as said
from workstation.access import Person
from workstation.deps import PartsDep, Sent, Who, number
from workstation.formats import length
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.office.work_base import site
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 30
DUE_DAYS = 7
VIEWS: Mapping[str, str] = {
    "mine": N_("For you to score"), "disputes": N_("To be ruled on"), "open": N_("To be scored by all"),
    "done": N_("Scored calls"),
}  # fmt: skip
done_sentences({"assigned": N_("It is on the list of what is to be scored.")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """How a recording can be scored."""

    evaluation_id: int | None
    """Somebody scores it, or did."""
    forms: list[tuple[str, str]]
    """Codes and titles of what it can be scored on; empty where it cannot."""
    graders: list[tuple[int, str]]


async def offered(db: AsyncConnection, who: Person, found: Recording) -> Offered | None:
    """Return how a recording can be scored, None to whom that is no matter."""
    if not may(who.role, Action.EVALUATE) or found.operator_id in {None, who.user_id}:
        return None
    known = await evaluations.of_recording(db, found.recording_id)
    if known is not None or found.state not in HEARD:
        return Offered(evaluation_id=known, forms=[], graders=[])
    forms = await evaluation_forms.listing(db, FormState.PUBLISHED)
    people = await evaluations.graders(db, GRADERS)
    return Offered(
        evaluation_id=None,
        forms=[(one.code, named(one.titles, who.language)) for one in forms],
        graders=[one for one in people if one[0] != found.operator_id],
    )


@router.get("/quality")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List evaluations: one's own to be scored, disputes, or all."""
    asked = request.query_params
    view = asked["show"] if asked.get("show") in VIEWS else "mine"
    wanted = {
        "mine": Filter(states=OPEN, grader_id=who.user_id),
        "disputes": Filter(states={EvaluationState.DISPUTED}, rulings_of=who.user_id),
        "open": Filter(states=OPEN, calibrations=False),
        "done": Filter(states=SHOWN, calibrations=False),
    }[view]
    async with reading(parts.engine) as db:
        rows = await evaluations.listing(db, wanted, after=number(asked.get("after")), limit=PAGE + 1)
    shown, more = cut(rows, PAGE, lambda one: one.evaluation_id)
    return show(
        request, who, "quality_list.html", rows=shown, view=view, views=VIEWS, words=said, length=length,
        more=f"/office/quality?show={view}&after={more}" if more else "", today=site(parts).today(clock.now()),
        title=lambda titles: named(titles, who.language), manages=may(who.role, Action.MANAGE_QUALITY),
    )  # fmt: skip


@router.post("/recordings/{recording_id}/evaluation")
async def choose(request: Request, parts: PartsDep, who: Who, sent: Sent, recording_id: str) -> Response:
    """Put a recording on the list of what is to be scored."""
    form, key = form_of(request, who, sent), number(recording_id) or 0
    today = site(parts).today(clock.now())
    async with reading(parts.engine) as db:
        found = await recordings.one(db, key)
        choices = await offered(db, who, found)
    if choices is None or found.operator_id is None:
        raise NoSuchRecording(f"nobody scores the recording {key} by {who.login}")
    code = form.choice("on_form", {code for code, _ in choices.forms}, required=True)
    # Whoever may not manage scores it himself.
    others = {str(one) for one, _ in choices.graders} if may(who.role, Action.MANAGE_QUALITY) else {str(who.user_id)}
    grader = form.choice("grader", others, required=True)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        version = await evaluation_forms.published(db, code)
        if version is None or not form.fine:
            raise EvaluationOutOfTurn(f"the recording {key} cannot be scored on {code or 'nothing'}")
        new = New(
            recording_id=key, operator_id=found.operator_id, grader_id=int(grader), form_id=version.form_id,
            source=Source.HAND, due_on=today + timedelta(days=DUE_DAYS), cause=who.login,
        )  # fmt: skip
        made = await evaluations.assign(db, [new], clock.now())
        if not made:
            raise EvaluationOutOfTurn(f"somebody scores the recording {key} already")
    if int(grader) == who.user_id:
        return go(f"/office/quality/evaluations/{made[0]}", "assigned")
    return go(f"/office/recordings/{key}", "assigned")
