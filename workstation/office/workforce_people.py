"""Pages: how the day keeps to its plan, and requests for leave (shell)."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NotYours
from crm_core.store import teams, workforce, workforce_days, workforce_leave, workforce_shifts
from crm_core.store.workforce_leave import Leave
from crm_core.work.jobs import site_of
from crm_core.workforce import adherence
from crm_core.workforce.leave import LeaveState, LeaveStep
from workstation import workforce_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 30
WHY = N_("Say why, so that who asked can plan again.")
done_sentences({"approved": N_("Approved."), "declined": N_("Declined.")})


@router.get("/workforce/now")
async def now(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show what each operator does beside what he should do now, and how he kept to today's plan."""
    site, at = site_of(parts.settings), clock.now()
    today = site.today(at)
    async with reading(parts.engine) as db:
        given = await workforce_days.today_of(db, today)
        stood = await workforce.states(db, site.midnight(today) - timedelta(hours=12), at)
        people = await workforce_shifts.people(db)
        mine = {one.user_id for one in await teams.led_by(db, who.user_id) if one.led}
    did, planned, rows = workforce_days.did(stood), workforce_days.by_operator(given), []
    for one in people:
        done = did.get(one.operator_id, [])
        shifts = planned.get(one.operator_id, [])
        plan = tuple(part for shift in shifts for part in workforce_days.parts(shift, site))
        does = done[-1].doing if done else adherence.Doing.AWAY
        verdict = adherence.verdict(plan, does, at)
        if one.operator_id in mine and (plan or verdict is not adherence.Verdict.FREE):
            since = done[-1].at if done else None
            rows.append((one, shifts, verdict, since, adherence.kept(plan, done, at), adherence.due(plan, at)))
    order = list(said.VERDICTS)
    late_first = sorted(
        rows, key=lambda row: (row[2] is adherence.Verdict.AS_PLANNED, order.index(row[2]), row[0].name)
    )
    whole = adherence.Kept(
        scheduled=sum(row[4].scheduled for row in rows), kept=sum(row[4].kept for row in rows),
        worked=sum(row[4].worked for row in rows), to_work=sum(row[4].to_work for row in rows),
    )  # fmt: skip
    return show(request, who, "workforce_now.html", rows=late_first, at=at, words=said, whole=whole,
                out=sum(row[2] in {adherence.Verdict.MISSING, adherence.Verdict.IN_BREAK} for row in rows))  # fmt: skip


@router.get("/leave")
async def requests(request: Request, parts: PartsDep, who: Who) -> Response:
    """List requests for leave; those that wait show what they would do to the plan."""
    return await _requests(request, parts, who, form_of(request, who, {}), None)


async def _requests(request: Request, parts: Parts, who: Person, form: Form, refused: int | None) -> Response:
    waiting = request.query_params.get("show", "") != "all"
    states = frozenset({LeaveState.ASKED}) if waiting else frozenset(LeaveState)
    async with reading(parts.engine) as db:
        mine = {one.user_id for one in await teams.led_by(db, who.user_id) if one.led}
        before = number(request.query_params.get("before"))
        found = await workforce_leave.listing(db, operators=mine, states=states, before=before, limit=PAGE + 1)
        shown, more = cut(found, PAGE, _key)
        short = await workforce_days.conflicts_of(db, [one for one in shown if one.state is LeaveState.ASKED])
        rows = [(one, short.get(one.request_id, ())) for one in shown]
    return show(request, who, "workforce_leave.html", status=200 if form.fine else 422, form=form, rows=rows,
                more=more, waiting=waiting, words=said, refused=refused)  # fmt: skip


def _key(one: Leave) -> int:
    return one.request_id


@router.post("/leave/{row_id}")
async def decide(request: Request, parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Approve a request or decline it; only of one's own teams, and never one's own."""
    form, key = form_of(request, who, sent), number(row_id) or 0
    does = form.choice("do", (LeaveStep.APPROVE.value, LeaveStep.DECLINE.value), required=True)
    reason = form.text("reason", workforce_leave.LONGEST_NOTE)
    if does == LeaveStep.DECLINE and not reason:
        form.refuse("reason", WHY)
    if not form.fine:
        return await _requests(request, parts, who, form, key)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        asked = await workforce_leave.one(db, key)
        led = {one.user_id for one in await teams.led_by(db, who.user_id) if one.led}
        if asked.operator_id not in led or asked.operator_id == who.user_id:
            raise NotYours(f"the request {key} is of another team")
        await workforce_leave.step(db, key, LeaveStep(does), who.user_id, reason, clock.now())
    return go("/office/leave", "approved" if does == LeaveStep.APPROVE else "declined")
