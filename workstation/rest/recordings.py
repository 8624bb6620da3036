"""REST: recordings of calls (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["recordings"])
