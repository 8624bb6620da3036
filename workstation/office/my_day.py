"""An operator's own day: his calls, results, promises, states and what waits for him (shell)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading
from crm_core.store import dispositions, evaluations, own_day
from workstation.deps import PartsDep, Who, translate
from workstation.office.base import show
from workstation.sentences import N_

router = APIRouter()
PROMISE_DAYS = 60
"""Promises are due days after they were taken."""
STATES = {
    "ready": N_("Ready"), "reserved": N_("Ringing"), "talking": N_("Talking"), "wrap_up": N_("Write up"),
    "not_ready": N_("Not ready"),
}  # fmt: skip
REASONS = {
    "break": N_("Break"), "lunch": N_("Lunch"), "training": N_("Training"), "meeting": N_("Meeting"),
    "paperwork": N_("Paperwork"), "technical": N_("Technical trouble"), "no-answer": N_("No answer"),
    "phone-lost": N_("Phone lost"), "declined": N_("Declined"), "signed-in": N_("Signed in"),
}  # fmt: skip


@router.get("/my/day")
async def day(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the signed-in person his own day, and nobody else's."""
    now, zone = clock.now(), ZoneInfo(parts.settings.time_zone)
    since = datetime.combine(parts.cards.today(), time(), tzinfo=zone)
    async with reading(parts.engine) as db:
        mine = await own_day.of_user(db, who.user_id, since, now - timedelta(PROMISE_DAYS), now)
        own = await dispositions.own_titles(db, who.language)
        unread = await evaluations.unread(db, who.user_id)
    said = translate(request, who)
    return show(
        request, who, "my_day.html", day=mine, promise_days=PROMISE_DAYS, unread=unread,
        results=[(own.get(code) or said(title), times) for code, title, times in mine.results],
        spans=[
            (said(STATES.get(one.state, one.state)), said(REASONS.get(one.reason, one.reason)) if one.reason else "",
             timedelta(seconds=one.seconds))
            for one in mine.spans
        ],
        talk=timedelta(seconds=mine.calls.talk_seconds), wrap=timedelta(seconds=mine.calls.wrap_seconds),
        handling=timedelta(seconds=mine.calls.handling_seconds),
    )  # fmt: skip
