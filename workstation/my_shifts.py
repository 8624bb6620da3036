"""Pages: one's own shifts, breaks and leave; a fragment of the day for the desk (shell)."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NotYours
from crm_core.store import workforce_days, workforce_leave, workforce_shifts
from crm_core.work.jobs import site_of
from crm_core.workforce import adherence
from crm_core.workforce.leave import LIVE, LeaveKind, LeaveRefusal, LeaveStep
from workstation import workforce_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office.base import form_of, go, once, show

router = APIRouter(prefix="/my")
PAGE = "/my/shifts"
AHEAD = timedelta(days=35)
BEHIND = timedelta(days=7)


@router.get("/shifts")
async def shifts(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show one's own published shifts, and one's requests for leave."""
    return await _page(request, parts, who, form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    today = site_of(parts.settings).today(clock.now())
    async with reading(parts.engine) as db:
        given = await workforce_shifts.listing(
            db, today - BEHIND, today + AHEAD, operator_id=who.user_id, published=True
        )
        asked = await workforce_leave.listing(db, operators=[who.user_id], limit=20)
    page = show(request, who, "my_shifts.html", status=200 if form.fine else 422, form=form, given=given, asked=asked,
                today=today, words=said, kinds=_kinds(parts, who),
                live=LIVE)  # fmt: skip
    if any(not one.seen for one in given):
        async with transaction(parts.engine) as db:
            await workforce_shifts.seen(db, who.user_id, clock.now())
    return page


def _kinds(parts: Parts, who: Person) -> list[tuple[str, str]]:
    say = parts.templates.translation(who.language)
    return [(one.value, say(text)) for one, text in said.KINDS.items()]


@router.get("/shifts/today")
async def today(parts: PartsDep, who: Who) -> Response:
    """Return the own day as a fragment for the desk: the shift, what is due now, the next break, what is new."""
    site, at = site_of(parts.settings), clock.now()
    day = site.today(at)
    async with reading(parts.engine) as db:
        given = await workforce_days.today_of(db, day, who.user_id)
        new = await workforce_shifts.unseen(db, who.user_id, day)
    plan = [part for one in given for part in workforce_days.parts(one.shift, site)]
    coming = next((one for one in plan if one.begins > at and one.doing is adherence.Doing.BREAK), None)
    html = parts.templates.render(
        "my_day.html", who.language, plan=plan, due=adherence.due(plan, at), next_break=coming, new=new
    )
    return HTMLResponse(html)


@router.post("/leave")
async def ask(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Ask for leave."""
    form = form_of(request, who, sent)
    first, last = form.day("first", required=True), form.day("last", required=True)
    kind = form.choice("kind", [one.value for one in LeaveKind], required=True)
    note = form.prose("note", workforce_leave.LONGEST_NOTE)
    if first is not None and last is not None and form.fine:
        today_is = site_of(parts.settings).today(clock.now())
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            found = await workforce_leave.ask(
                db, who.user_id, first, last, LeaveKind(kind), note, today_is, clock.now()
            )
        if not isinstance(found, LeaveRefusal):
            return go(PAGE, "sent")
        form.refuse("last" if found is LeaveRefusal.ENDS_BEFORE else "first", said.REFUSALS[found])
    return await _page(request, parts, who, form)


@router.post("/leave/{row_id}/withdrawal")
async def withdraw(parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Withdraw one's own request."""
    key = number(row_id) or 0
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        if (await workforce_leave.one(db, key)).operator_id != who.user_id:
            raise NotYours(f"the request {key} is of somebody else")
        await workforce_leave.step(db, key, LeaveStep.WITHDRAW, who.user_id, "", clock.now())
    return go(PAGE, "saved")
