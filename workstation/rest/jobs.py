"""REST of background jobs: how far one is (shell)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.requests import Request
from pydantic import BaseModel

from crm_core.db import reading
from crm_core.errors import NoSuchJob
from crm_core.joblife import State
from crm_core.store import jobs
from workstation.deps import parts_of
from workstation.rest.caller import Caller, Present

router = APIRouter(tags=["jobs"])
KEY = Path(ge=1, lt=2**31)


class JobOut(BaseModel):
    """A background job."""

    job_id: int
    kind: str
    title: str
    state: State
    done: int
    total: int
    note: str
    trouble: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: jobs.Job) -> JobOut:
        """Show a job."""
        return cls(
            job_id=job.job_id,
            kind=job.kind,
            title=job.title,
            state=job.state,
            done=job.done,
            total=job.total,
            note=job.note,
            trouble=job.trouble,
            created_at=job.created_at,
            finished_at=job.finished_at,
        )


@router.get("/jobs/{job_id}", operation_id="read_job")
async def read_job(
    request: Request, job_id: Annotated[int, KEY], caller: Annotated[Caller, Depends(Present())]
) -> JobOut:
    """Tell how far a job of your own is."""
    async with reading(parts_of(request).engine) as db:
        job = await jobs.by_id(db, job_id)
    if job is None or job.asked_by != caller.user_id:
        raise NoSuchJob(f"there is no job {job_id}")
    return JobOut.of(job)
