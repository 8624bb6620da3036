"""The page of adherence: what each operator does beside what he should do now, pushed as it changes (shell)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from crm_core import clock
from crm_core.db import reading
from crm_core.store import teams, workforce, workforce_days, workforce_shifts
from crm_core.work.jobs import site_of
from crm_core.workforce import adherence
from workstation import workforce_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Who
from workstation.office.base import show

router = APIRouter(prefix="/office/workforce")
MOST_WATCHED = 40
"""Pages that one process keeps live."""
LEAST_SECONDS = 3.0
MOST_SECONDS = 15.0
"""Who is missing, and how much of the plan was kept, change with the clock as well; who went away is noticed by it."""
_watched = asyncio.Semaphore(MOST_WATCHED)


@router.get("/now")
async def now(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show what each operator does beside what he should do now, and how he kept to today's plan."""
    return show(request, who, "workforce_now.html", **await _kept(parts, who))


@router.get("/now/live")
async def live(parts: PartsDep, who: Who) -> Response:
    """Stream the same, each time an operator's state changes, and every quarter of a minute (server-sent events)."""
    if _watched.locked():
        # The page says what it said when it was opened; it is not told more.
        return Response(status_code=204)
    return StreamingResponse(_stream(parts, who), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _stream(parts: Parts, who: Person) -> AsyncIterator[str]:
    async with _watched:
        async for _ in parts.hub.onlookers.moves(LEAST_SECONDS, MOST_SECONDS):
            if await parts.sessions.find(who.token) is None:
                # Signed out, or locked out: who was shown it is shown no more of it.
                return
            kept = await _kept(parts, who)
            html = parts.templates.render("office/workforce_now_rows.html", who.language, **kept)
            yield f"data: {json.dumps({'html': html})}\n\n"


async def _kept(parts: Parts, who: Person) -> dict[str, Any]:
    """Return what the page shows to who leads these people; who is not where he should be comes first."""
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
    out = sum(row[2] in {adherence.Verdict.MISSING, adherence.Verdict.IN_BREAK} for row in rows)
    return {"rows": late_first, "at": at, "words": said, "whole": whole, "out": out}
