"""Pages of applications, tasks, signals and contacts, gathered (shell)."""

from __future__ import annotations

from fastapi import APIRouter

from workstation.office import (
    work_applications,
    work_contacts,
    work_dispositions,
    work_kinds,
    work_signals,
    work_tasks,
)

router = APIRouter()
for page in (work_applications, work_kinds, work_tasks, work_signals, work_contacts, work_dispositions):
    router.include_router(page.router)
