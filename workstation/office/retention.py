"""Pages of retention, legal holds, erasures and answers to subscribers (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import access, clock, guard_jobs
from crm_core.access import Action, Field
from crm_core.db import reading, transaction
from crm_core.erasure import Move, is_second_person, moved
from crm_core.errors import OnHold
from crm_core.masking import masked
from crm_core.retention import KINDS, Rule
from crm_core.store import access_log, erasures, jobs, retention, subjects
from workstation import guard_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.errors import Missing
from workstation.forms import Form
from workstation.handing import hand_over
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
LONGEST_DAYS = 36_525
LONGEST_REASON = 500
NO_ACCOUNT = N_("There is no account of this number.")
STANDING = N_("It stands already, or a legal hold keeps this customer.")
SHORTER = N_("The law keeps this for {least} days at least.")
MOVES = {"approve": Move.APPROVE, "refuse": Move.REFUSE}
done_sentences(
    {
        "held": N_("The hold stands."),
        "lifted": N_("The hold is lifted."),
        "asked": N_("Asked for. Somebody else must approve it."),
        "decided": N_("Decided."),
        "gathering": N_("Being gathered. It is ready in a moment."),
    }
)


@router.get("/retention")
async def rules(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show how long what is kept, and what would go now."""
    return await _rules(request, parts, who)


@router.post("/retention/rules/{kind}")
async def change_rule(request: Request, parts: PartsDep, who: Who, sent: Sent, kind: str) -> Response:
    """Say how long a kind is kept from now on."""
    if kind not in KINDS:
        raise Missing("no-such-page")
    form = form_of(request, who, sent)
    days = form.whole("days", 1, LONGEST_DAYS, required=True)
    if days is not None and days < KINDS[kind].least_days:
        form.refuse("days", SHORTER, least=KINDS[kind].least_days)
    if not form.fine or days is None:
        return await _rules(request, parts, who, form=form, at=kind)
    rule = Rule(kind=kind, days=days, enabled=form.flag("enabled"))
    async with transaction(parts.engine) as db:
        await retention.set_rule(db, rule, who.user_id, clock.now())
        said = f"{days} days" if rule.enabled else "off"
        await access_log.record(db, who.user_id, Action.RETAIN, f"retention {kind}", said)
    return go("/office/retention", "saved")


@router.post("/retention/sweep")
async def sweep(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Let go now what is older than its rule allows."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        job = await jobs.create(db, guard_jobs.RETENTION, "Retention", who.user_id, {})
        await access_log.record(db, who.user_id, Action.RETAIN, f"job {job.job_id}", "carried out by hand")
    await hand_over(parts.settings, job)
    return go(f"/office/jobs/{job.job_id}")


@router.get("/retention/holds")
async def holds(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show legal holds, with the form to place one."""
    return await _holds(request, parts, who)


@router.post("/retention/holds")
async def place_hold(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Keep everything that is a customer's."""
    form = form_of(request, who, sent)
    reason = form.text("reason", LONGEST_REASON, required=True)
    async with transaction(parts.engine) as db:
        customer_id = await _customer(db, form)
        if form.fine and customer_id is not None:
            try:
                await retention.place_hold(db, customer_id, reason, who.user_id, clock.now())
                await once(db, who, sent)
                said = f"customer {customer_id}"
                await access_log.record(db, who.user_id, Action.RETAIN, said, f"hold placed: {reason}")
            except OnHold:
                form.refuse("account", STANDING)
    return go("/office/retention/holds", "held") if form.fine else await _holds(request, parts, who, form=form)


@router.post("/retention/holds/{hold_id}/lift")
async def lift_hold(request: Request, parts: PartsDep, who: Who, sent: Sent, hold_id: str) -> Response:
    """Lift a hold, with a reason."""
    key = number(hold_id)
    if key is None:
        raise Missing("no-such-hold")
    form = form_of(request, who, sent)
    reason = form.text("lift_reason", LONGEST_REASON, required=True)
    if not form.fine:
        return await _holds(request, parts, who, form=form, at=key)
    async with transaction(parts.engine) as db:
        customer_id = await retention.lift_hold(db, key, reason, who.user_id, clock.now())
        await access_log.record(db, who.user_id, Action.RETAIN, f"customer {customer_id}", f"hold lifted: {reason}")
    return go("/office/retention/holds", "lifted")


@router.get("/erasures")
async def all_erasures(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show erasures, with the form to ask for one."""
    return await _erasures(request, parts, who)


@router.post("/erasures")
async def ask_erasure(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Ask that a subscriber be forgotten."""
    form = form_of(request, who, sent)
    reason = form.text("reason", LONGEST_REASON, required=True)
    async with transaction(parts.engine) as db:
        customer_id = await _customer(db, form)
        if form.fine and customer_id is not None:
            try:
                await erasures.ask(db, customer_id, reason, who.user_id, clock.now())
                await once(db, who, sent)
                await access_log.record(db, who.user_id, Action.ERASE, f"customer {customer_id}", reason)
            except OnHold:
                form.refuse("account", STANDING)
    return go("/office/erasures", "asked") if form.fine else await _erasures(request, parts, who, form=form)


@router.post("/erasures/{erasure_id}/{move}")
async def decide_erasure(parts: PartsDep, who: Who, erasure_id: str, move: str) -> Response:
    """Approve or refuse an erasure; who asked for it does not."""
    key = number(erasure_id)
    if key is None or move not in MOVES:
        raise Missing("no-such-erasure")
    job = None
    async with transaction(parts.engine) as db:
        decided = await erasures.decide(db, key, MOVES[move], who.user_id, clock.now())
        said = f"customer {decided.customer_id}"
        await access_log.record(db, who.user_id, Action.APPROVE_ERASURE, said, decided.state.value)
        if MOVES[move] is Move.APPROVE:
            title = f"Erasure of customer {decided.customer_id}"
            job = await jobs.create(db, guard_jobs.ERASURE, title, who.user_id, {"erasure_id": key})
    if job is not None:
        await hand_over(parts.settings, job)
    return go("/office/erasures", "decided")


@router.get("/retention/answers")
async def answers(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show answers to subscribers, with the form to ask for one."""
    return await _answers(request, parts, who)


@router.post("/retention/answers")
async def ask_answer(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Ask for everything known of a customer."""
    form = form_of(request, who, sent)
    reason = form.text("reason", LONGEST_REASON, required=True)
    job = None
    async with transaction(parts.engine) as db:
        customer_id = await _customer(db, form)
        if form.fine and customer_id is not None:
            await once(db, who, sent)
            key = await subjects.ask(db, customer_id, reason, who.user_id, clock.now())
            await access_log.record(db, who.user_id, Action.ANSWER_SUBJECT, f"customer {customer_id}", reason)
            title = f"Answer to customer {customer_id}"
            job = await jobs.create(db, guard_jobs.ANSWER, title, who.user_id, {"answer_id": key})
    if job is None:
        return await _answers(request, parts, who, form=form)
    await hand_over(parts.settings, job)
    return go("/office/retention/answers", "gathering")


@router.get("/retention/answers/{answer_id}/file")
async def fetch_answer(parts: PartsDep, who: Who, answer_id: str) -> Response:
    """Give an answer out, until its time is over; each time is written down."""
    key = number(answer_id)
    if key is None:
        raise Missing("no-such-answer")
    async with transaction(parts.engine) as db:
        customer_id, packet = await subjects.take(db, key, clock.now())
        await access_log.record(db, who.user_id, Action.ANSWER_SUBJECT, f"customer {customer_id}", "fetched")
    name = f"customer-{customer_id}.zip"
    return Response(
        packet, media_type="application/zip", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


async def _customer(db: AsyncConnection, form: Form) -> int | None:
    """Return whose account was typed."""
    account = form.text("account", 20, required=True)
    customer_id = await retention.customer_of(db, account) if account else None
    if account and customer_id is None:
        form.refuse("account", NO_ACCOUNT)
    return customer_id


async def _rules(request: Request, parts: Parts, who: Person, *, form: Form | None = None, at: str = "") -> Response:
    async with reading(parts.engine) as db:
        kept = await retention.rules(db)
        due = {one.kind: one for one in await retention.due(db, clock.now())}
    return _show(request, who, "guard_retention.html", form, rules=kept, due=due, kinds=KINDS, at=at)


async def _holds(
    request: Request, parts: Parts, who: Person, *, form: Form | None = None, at: int | None = None
) -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await retention.holds(db, before_id=before, limit=PAGE + 1)
        numbers = await access_log.numbers(db, _objects(found))
    shown, more = cut(found, PAGE, lambda one: one.hold_id)
    hidden = Field.NAME in access.hidden(who.role)
    names = {one.hold_id: masked(Field.NAME, one.customer) if hidden else one.customer for one in shown}
    return _show(request, who, "guard_holds.html", form, holds=shown, names=names, numbers=numbers, more=more, at=at)


async def _erasures(request: Request, parts: Parts, who: Person, *, form: Form | None = None) -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await erasures.listing(db, before_id=before, limit=PAGE + 1)
        numbers = await access_log.numbers(db, _objects(found))
    shown, more = cut(found, PAGE, lambda one: one.erasure_id)
    moves = {
        one.erasure_id: [
            name
            for name, move in MOVES.items()
            if moved(one.state, move) is not None and is_second_person(one.asked_by, who.user_id)
        ]
        for one in shown
    }
    return _show(request, who, "guard_erasures.html", form, erasures=shown, numbers=numbers, more=more, moves=moves)


async def _answers(request: Request, parts: Parts, who: Person, *, form: Form | None = None) -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await subjects.listing(db, before_id=before, limit=PAGE + 1)
        numbers = await access_log.numbers(db, _objects(found))
    shown, more = cut(found, PAGE, lambda one: one.answer_id)
    return _show(request, who, "guard_answers.html", form, answers=shown, numbers=numbers, more=more, now=clock.now())


def _objects(found: Sequence[Any]) -> list[str]:
    return [f"customer {one.customer_id}" for one in found]


def _show(request: Request, who: Person, template: str, form: Form | None, **values: Any) -> Response:
    """Show one of the four pages, with the tabs that lead to those this person may see."""
    tabs = {
        "/office/retention": Action.RETAIN,
        "/office/retention/holds": Action.RETAIN,
        "/office/erasures": Action.APPROVE_ERASURE,
        "/office/retention/answers": Action.ANSWER_SUBJECT,
    }
    return show(
        request,
        who,
        template,
        status=200 if form is None or form.fine else 422,
        open_tabs=[path for path, action in tabs.items() if access.may(who.role, action)],
        may_ask=access.may(who.role, Action.ERASE),
        words=guard_words,
        **({"form": form} if form else {}),
        **values,
    )
