"""REST of imports and exports (shell)."""

from __future__ import annotations

from fastapi import APIRouter

from workstation.rest import exports, imports

router = APIRouter()
router.include_router(imports.router)
router.include_router(exports.router)
