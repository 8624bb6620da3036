"""REST: flows of the IVR: versions, publishing, how callers went (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["flows"])
