"""Pages: requests for leave, asked for and decided (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NotYours
from crm_core.store import teams, workforce_days, workforce_leave
from crm_core.store.workforce_leave import Leave
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
