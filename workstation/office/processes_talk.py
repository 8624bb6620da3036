"""The page of suggestions about a process: put, answered, accepted or declined (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.errors import NoSuchProcess
from crm_core.processes.suggestions import LONGEST, TRANSITIONS, SuggestionState, SuggestionStep
from crm_core.store import processes, processes_suggestions
from crm_core.store.processes_suggestions import Suggestion
from crm_core.work.fields import named
from workstation import process_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, show
from workstation.office.processes_base import ROOT, key, kind_of, runs_it
from workstation.office.work_base import Ask, mover
from workstation.sentences import N_

router = APIRouter(prefix=ROOT)
PAGE = 20
done_sentences({"suggested": N_("Your suggestion stands here for everybody, and waits for who runs the process.")})


@router.get("/kinds/{code}/suggestions")
async def listing(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """List suggestions about a process with their threads."""
    return await _page(request, parts, who, code, form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, code: str, form: Form) -> Response:
    asked = request.query_params
    state = asked.get("state", "")
    async with reading(parts.engine) as db:
        kind = await kind_of(db, code)
        served = await processes.published(db, kind.code)
        rows = await processes_suggestions.listing(
            db, kind.code, state=SuggestionState(state) if state in set(SuggestionState) else None,
            before=number(asked.get("before")), limit=PAGE + 1,
        )  # fmt: skip
        mine = await runs_it(db, who, kind.code)
    shown, more = cut(rows, PAGE, lambda row: row.suggestion_id)
    steps = [(one.code, named(one.titles, who.language)) for one in served.process.steps] if served else []
    return show(
        request, who, "processes/suggestions.html", status=200 if form.fine else 422, form=form, code=kind.code,
        title=named(kind.titles, who.language), rows=[(row, _buttons(row, who, runs=mine)) for row in shown],
        steps=steps, step_titles=dict(steps), states=said.STATES, words=said.STEPS, state=state,
        more=f"?before={more}&state={state}" if more else "", longest=LONGEST,
    )  # fmt: skip


def _buttons(row: Suggestion, who: Person, *, runs: bool) -> list[SuggestionStep]:
    """What this person may do with a suggestion now."""
    return [
        step
        for state, step in TRANSITIONS
        if state is row.state
        and step in said.STEPS
        and (row.by_id == who.user_id if step is SuggestionStep.WITHDRAW else runs)
    ]


@router.post("/kinds/{code}/suggestions")
async def put(request: Request, parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Put a suggestion."""
    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    async with reading(parts.engine) as db:
        kind = await kind_of(db, code)
    typed = ask.form
    body = typed.prose("body", LONGEST, required=True)
    if not typed.fine:
        return await _page(request, parts, who, code, typed)

    async def work(db: Writing) -> None:
        await processes_suggestions.put(db, kind.code, sent.get("step", ""), body, who.user_id, clock.now())

    form = await ask.do(work, Action.WORK_APPLICATION, f"process {kind.code}", "suggestion")
    return go(f"{ROOT}/kinds/{kind.code}/suggestions", "suggested") if form.fine else await _page(
        request, parts, who, code, form)  # fmt: skip


@router.post("/kinds/{code}/suggestions/{suggestion_id}/answers")
async def answer(  # noqa: PLR0913, PLR0917 -- FastAPI passes them by name
    request: Request, parts: PartsDep, who: Who, sent: Sent, code: str, suggestion_id: str
) -> Response:
    """Say something to a suggestion."""
    one = key(suggestion_id)

    async def work(db: Writing) -> None:
        body = sent.get("answer", "")[: LONGEST * 2]
        await processes_suggestions.answer(db, one, body, who.user_id, clock.now())

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = await ask.do(work, Action.WORK_APPLICATION, f"suggestion {one}", "answer")
    return await _back(ask, code, form)


@router.post("/kinds/{code}/suggestions/{suggestion_id}/decision")
async def decide(  # noqa: PLR0913, PLR0917 -- FastAPI passes them by name
    request: Request, parts: PartsDep, who: Who, sent: Sent, code: str, suggestion_id: str
) -> Response:
    """Accept, decline, take back or open a suggestion again."""
    one, step = key(suggestion_id), sent.get("step", "")
    if step not in set(said.STEPS):
        raise NoSuchProcess("there is no such step of a suggestion")

    async def work(db: Writing) -> None:
        reason = sent.get("answer", "")
        await processes_suggestions.settle(db, one, SuggestionStep(step), mover(who), reason, clock.now())

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = await ask.do(work, Action.WORK_APPLICATION, f"suggestion {one}", f"{step}: {sent.get('answer', '')}")
    return await _back(ask, code, form)


async def _back(ask: Ask, code: str, form: Form) -> Response:
    if not form.fine:
        return await _page(ask.request, ask.parts, ask.who, code, form)
    async with reading(ask.parts.engine) as db:
        kind = await kind_of(db, code)
    return go(f"{ROOT}/kinds/{kind.code}/suggestions", "saved")
