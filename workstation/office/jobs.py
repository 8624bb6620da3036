"""Pages of background jobs: what runs, how far it is, live (shell)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import Response, StreamingResponse

from crm_core import clock
from crm_core import jobs as job_runner
from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchJob
from crm_core.store import jobs
from workstation.access import Person
from workstation.deps import PartsDep, Who, number
from workstation.office.base import go, show

router = APIRouter(prefix="/office")
PAGE = 50


@router.get("/jobs")
async def listing(request: Request, parts: PartsDep, who: Who, before: str = "") -> Response:
    """List jobs: one's own, for administrators everybody's."""
    mine = None if role_may(who.role, Action.MANAGE_USERS) else who.user_id
    async with reading(parts.engine) as db:
        found = await jobs.listing(db, asked_by=mine, before_id=number(before), limit=PAGE + 1)
    return show(
        request, who, "jobs.html", jobs=found[:PAGE], more=found[PAGE - 1].job_id if len(found) > PAGE else None
    )


@router.get("/jobs/{job_id}")
async def one(request: Request, parts: PartsDep, who: Who, job_id: str) -> Response:
    """Show a job; while it runs the page follows it."""
    return show(request, who, "job.html", job=await _job(parts.engine, who, job_id))


@router.get("/jobs/{job_id}/events")
async def events(parts: PartsDep, who: Who, job_id: str) -> Response:
    """Stream how far a job is, until it is over (server-sent events)."""
    job = await _job(parts.engine, who, job_id)

    async def stream() -> AsyncIterator[str]:
        async for now in job_runner.watch(parts.settings.redis_url, parts.engine, job.job_id):
            said = {"state": now.state, "done": now.done, "total": now.total, "note": now.note}
            yield f"data: {json.dumps(said)}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


@router.post("/jobs/{job_id}/cancel")
async def cancel(parts: PartsDep, who: Who, job_id: str) -> Response:
    """Stop a job."""
    job = await _job(parts.engine, who, job_id)
    async with transaction(parts.engine) as db:
        await jobs.cancelled(db, job.job_id, clock.now())
    return go(f"/office/jobs/{job.job_id}", "cancelled")


async def _job(engine: AsyncEngine, who: Person, job_id: str) -> jobs.Job:
    """Return a job that this person may see: one's own, or anybody's for administrators."""
    key = number(job_id)
    async with reading(engine) as db:
        job = None if key is None else await jobs.by_id(db, key)
    if job is None or (job.asked_by != who.user_id and not role_may(who.role, Action.MANAGE_USERS)):
        raise NoSuchJob(f"there is no job {job_id[:20]}")
    return job
