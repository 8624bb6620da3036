"""Pages of the quality of calls, gathered: lists, evaluations, calibrations, collections, rules, forms (shell)."""

from __future__ import annotations

from fastapi import APIRouter

from workstation.office import (
    quality_calibrations,
    quality_evaluation,
    quality_forms,
    quality_list,
    quality_rules,
    quality_training,
)

router = APIRouter()
for page in (quality_list, quality_evaluation, quality_calibrations, quality_training, quality_rules, quality_forms):
    router.include_router(page.router)
