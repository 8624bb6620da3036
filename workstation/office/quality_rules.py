"""Pages of the rules by which calls are chosen to be scored (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.quality.choosing import Basis, ChoiceRule
from crm_core.quality.forms import FormState
from crm_core.quality_jobs import GRADERS
from crm_core.store import evaluation_forms, evaluation_rules, evaluations, teams
from crm_core.work.fields import named
from workstation import quality_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.forms import Form
from workstation.office.base import done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office/quality")
PAGE = "/office/quality/rules"
NO_GRADER = N_("Choose at least one person who scores.")
USUAL = {"count": "2", "least_seconds": "60", "due_days": "7", "basis": Basis.CHANCE.value}
done_sentences({"chooses": N_("The rule chooses from the next night on.")})


@router.get("/rules")
async def rules(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the rules, with a form for a new one."""
    return await _page(request, parts, who, form_of(request, who, USUAL))


async def _page(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    async with reading(parts.engine) as db:
        kept = await evaluation_rules.listing(db)
        versions = await evaluation_forms.listing(db, FormState.PUBLISHED)
        graders = await evaluations.graders(db, GRADERS)
        groups = await teams.everyone(db)
    say = translate(request, who)
    return show(
        request, who, "quality_rules.html", status=200 if form.fine else 422, form=form, rules=kept, graders=graders,
        names=dict(graders), forms={one.code: named(one.titles, who.language) for one in versions}, words=said,
        teams={one.code: named(one.titles, who.language) for one in groups},
        bases=[(one.value, say(text)) for one, text in said.BASES.items()],
    )  # fmt: skip


@router.post("/rules")
async def add(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Let a new rule choose."""
    form = form_of(request, who, sent)
    async with reading(parts.engine) as db:
        forms = {one.code for one in await evaluation_forms.listing(db, FormState.PUBLISHED)}
        known = [key for key, _ in await evaluations.graders(db, GRADERS)]
        groups = {one.code for one in await teams.everyone(db)}
    rule = _typed(form, forms, known, groups)
    if rule is None:
        return await _page(request, parts, who, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await evaluation_rules.add(db, rule, who.user_id, clock.now())
    return go(PAGE, "chooses")


def _typed(form: Form, forms: set[str], known: list[int], groups: set[str]) -> ChoiceRule | None:
    title, code = form.text("title", 80, required=True), form.choice("on_form", forms, required=True)
    basis = form.choice("basis", {one.value for one in Basis}, required=True)
    team, queue, topic = form.choice("team", groups), form.text("queue", 40), form.text("topic", 40)
    count = form.whole("count", 1, 20, required=True)
    least = form.whole("least_seconds", 0, 3600, required=True)
    due = form.whole("due_days", 1, 60, required=True)
    graders = tuple(key for key in known if form.flag(f"grader_{key}"))
    if not graders:
        form.refuse("graders", NO_GRADER)
    if not form.fine or count is None or least is None or due is None:
        return None
    return ChoiceRule(
        title=title, form=code, basis=Basis(basis), team=team, queue=queue, topic=topic, count=count,
        least_seconds=least, graders=graders[:20], due_days=due,
    )  # fmt: skip


@router.post("/rules/{row_id}/end")
async def end(parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Let a rule choose no more; what it chose stays to be scored."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await evaluation_rules.end(db, number(row_id) or 0, who.user_id, clock.now())
    return go(PAGE, "ended")
