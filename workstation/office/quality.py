"""Pages of the quality of calls, gathered: forms (shell)."""

from __future__ import annotations

from fastapi import APIRouter

from workstation.office import quality_forms

router = APIRouter()
for part in (quality_forms,):
    router.include_router(part.router)
