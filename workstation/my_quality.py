"""Pages: one's own calls as they were scored, read, disputed (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchEvaluation
from crm_core.quality.choosing import week_of
from crm_core.quality.life import BY_OPERATOR, SHOWN, EvaluationState, EvaluationStep, advance, disputable_until
from crm_core.quality.trends import WEEKS, Mean, line, weeks
from crm_core.store import evaluation_forms, evaluation_means, evaluations, recordings
from crm_core.store.evaluations import LONGEST_SUMMARY, Evaluation, Filter
from crm_core.work.fields import named
from crm_core.work.jobs import site_of
from workstation import quality_words as said
from workstation import recorded
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.formats import length
from workstation.forms import Form
from workstation.office import quality_sheet
from workstation.office.base import cut, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/my")
PAGE, ROWS = "/my/quality", 20
CHART = 960, 160
"""Width and height of the drawing."""
STEPS = {one.value: one for one in BY_OPERATOR}
WHY = N_("Say what was scored wrongly, and why.")


@router.get("/quality")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List one's own calls that were scored, newest first."""
    wanted = Filter(states=SHOWN, operator_id=who.user_id, calibrations=False)
    async with reading(parts.engine) as db:
        rows = await evaluations.listing(db, wanted, after=number(request.query_params.get("after")), limit=ROWS + 1)
        trend = await _trend(db, parts, who)
    shown, more = cut(rows, ROWS, lambda one: one.evaluation_id)
    return show(
        request, who, "my_quality.html", rows=shown, more=f"{PAGE}?after={more}" if more else "", words=said,
        length=length, title=lambda titles: named(titles, who.language), unread=EvaluationState.SUBMITTED,
        trend=trend,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One's own scores beside the team's."""

    weeks: list[tuple[date, Mean]]
    sections: list[tuple[str, Mean]]
    own_line: str
    team_line: str

    @property
    def calls(self) -> int:
        """How many of one's own were scored in these weeks."""
        return sum(mean.own_calls for _, mean in self.weeks)

    @property
    def drawn(self) -> bool:
        """Whether there is more to draw than a single week."""
        return sum(mean.own is not None for _, mean in self.weeks) > 1


async def _trend(db: AsyncConnection, parts: Parts, who: Person) -> Trend:
    site = site_of(parts.settings)
    last = week_of(site.today(clock.now()))
    since = site.midnight(last - timedelta(days=7 * (WEEKS - 1)))
    known = await evaluation_means.by_week(db, who.user_id, since, parts.settings.time_zone)
    by_section = await evaluation_means.by_section(db, who.user_id, since)
    versions = await evaluation_forms.listing(db)
    # The newest version that knows a section names it.
    names = {
        (one.code, section.code): named(section.titles, who.language)
        for one in reversed(versions)
        for section in one.sections
    }
    rows = weeks(known, last)
    return Trend(
        weeks=rows,
        sections=[(name, by_section[key].shown) for key, name in names.items() if key in by_section],
        own_line=line([mean.own for _, mean in rows], *CHART),
        team_line=line([mean.team for _, mean in rows], *CHART),
    )


async def _mine(parts: Parts, who: Person, text: str) -> Evaluation:
    one = await quality_sheet.found(parts, text)
    if one.operator_id != who.user_id or one.blind or one.state not in SHOWN:
        raise NoSuchEvaluation(f"there is no evaluation {one.evaluation_id} of {who.login}")
    return one


@router.get("/quality/{evaluation_id}")
async def page(request: Request, parts: PartsDep, who: Who, evaluation_id: str) -> Response:
    """Show how one's own call was scored, with its recording."""
    return await _page(request, parts, who, await _mine(parts, who, evaluation_id), form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, one: Evaluation, form: Form) -> Response:
    until = disputable_until(one.submitted_at, one.dispute_days) if one.submitted_at else None
    open_still = until is not None and clock.now() <= until
    return await quality_sheet.page(
        request, parts, who, one, form, "my_quality_one.html", until=until,
        answers_it=one.state is EvaluationState.SUBMITTED, disputes=open_still,
        settles=one.state is not EvaluationState.SUBMITTED and advance(one.state, EvaluationStep.CLOSE) is not None,
    )  # fmt: skip


@router.get("/quality/{evaluation_id}/audio")
async def audio(request: Request, parts: PartsDep, who: Who, evaluation_id: str) -> Response:
    """Let an operator hear the own call that was scored; it is written down as every listen is."""
    one = await _mine(parts, who, evaluation_id)
    async with reading(parts.engine) as db:
        found = await recordings.one(db, one.recording_id)
    return await recorded.answer(parts, request, who.user_id, found)


@router.post("/quality/{evaluation_id}")
async def answer(request: Request, parts: PartsDep, who: Who, sent: Sent, evaluation_id: str) -> Response:
    """Acknowledge what was scored, dispute it with a reason, or take note of the ruling."""
    one, form = await _mine(parts, who, evaluation_id), form_of(request, who, sent)
    step = STEPS.get(sent.get("do", ""))
    if step is None:
        raise NoSuchEvaluation("there is no such answer to an evaluation")
    why = form.prose("why", LONGEST_SUMMARY)
    if step is EvaluationStep.DISPUTE and not why:
        form.refuse("why", WHY)
    if form.fine:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            refusal = await evaluations.step(db, one, step, who.user_id, why, clock.now())
        if refusal is None:
            return go(f"{PAGE}/{one.evaluation_id}", "saved")
        form.refuse("form", said.REFUSALS[refusal])
    return await _page(request, parts, who, one, form)
