"""REST of applications, tasks, signals and contacts, gathered (shell)."""

from __future__ import annotations

from fastapi import APIRouter

from workstation.rest import work_applications, work_contacts, work_signals, work_tasks

router = APIRouter()
for one in (work_applications, work_tasks, work_signals, work_contacts):
    router.include_router(one.router)
