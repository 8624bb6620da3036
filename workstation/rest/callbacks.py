"""REST: call-backs: kept places, promised times, voicemail (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["callbacks"])
